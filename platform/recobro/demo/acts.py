"""What people of the story do, each through the service they would use on the page."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import select

from kernel.clock import instant_of
from kernel.money import Money
from kernel.text import msg
from legal.records.consents import Said
from legal.rules.facts import Channel
from legal.rules.packs.answer_kinds import Forum, Topic
from recobro.agreements import service as agreements
from recobro.agreements.schedule import Every
from recobro.cases import flags, selections
from recobro.cases import service as cases
from recobro.complaints import service as complaints
from recobro.complaints.rules import Outcome as End
from recobro.consents import service as consents
from recobro.demo.telling import Life, Telling
from recobro.demo.world import Stage
from recobro.desk import service as desk
from recobro.desk.outcomes import Outcome
from recobro.intake import previewing
from recobro.intake import service as intake
from recobro.notices import printing
from recobro.notices.tables import PrintBatch
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.service import record_payment
from recobro.remittances import service as remittances
from tenants.roles import Role
from tenants.work import tenant_work

Run = Callable[[], None]


def place(stage: Stage, client: str, name: str, data: bytes, *, run: Run) -> UUID:
    """A client's own person uploads a file, looks at the preview and confirms it."""
    role = Role.CLIENT_UPLOADER if client == "aceros" else Role.CLIENT_ADMIN
    who = stage.who(role, client)
    with tenant_work(who) as work:
        received = intake.receive(work, client_id=stage.clients[client], name=name, file=io.BytesIO(data))
    with tenant_work(who) as work:
        previewing.preview(work, received.placement_id)
    with tenant_work(who) as work:
        intake.confirm(work, received.placement_id)
    run()
    return received.placement_id


def share_out(telling: Telling, lives: list[Life]) -> None:
    """The supervisor gives each new case to a collector."""
    with tenant_work(telling.stage.who(Role.SUPERVISOR)) as work:
        for life in lives:
            if life.collector:
                person = telling.stage.people[life.collector]
                selections.assign(work, [life.case_id], person_id=person.person_id, person=person.name)


def pay(
    telling: Telling, life: Life, *, amount: int | None = None, percent: int | None = None, direct: bool = False
) -> bool:
    """The accountant writes down money that arrived today, at the agency or at the client: everything, a part in
    hundredths or an amount. False when the case owes nothing any more."""
    today = telling.clock.now().astimezone(telling.zone).date()
    with tenant_work(telling.stage.who(Role.ACCOUNTANT)) as work:
        case = cases.open_case(work, life.case_id)
        wanted = case.balance * percent // 100 if percent else amount or case.balance
        money = Money(min(wanted, case.balance), case.currency)
        if money.minor <= 0:
            return False
        small = money.minor < {"MXN": 4_000_00, "COP": 800_000_00, "EUR": 300_00}[case.currency]
        record_payment(
            work,
            case_id=case.id,
            amount=money,
            direction=Direction.TO_CLIENT if direct else Direction.TO_AGENCY,
            method=life.random.choice((Method.DEPOSIT, Method.CASH)) if small else Method.TRANSFER,
            received_on=today,
            key=f"{case.number}/{today.isoformat()}",
            reference=f"{life.random.randrange(10**6, 10**7)}",
        )
        return money.minor < case.balance


def call(
    telling: Telling, life: Life, *, outcome: str, note: str = "", keep: bool = False,
    again: tuple[int, int, str] | None = None, minutes: int = 0,
) -> None:  # fmt: skip
    """A collector notes a call and what came of it; `again` is the month, day and hour they agreed to speak."""
    at = None
    if again is not None:
        month, day, hour = again
        hours, _, rest = hour.partition(":")
        zone = telling.zone
        at = instant_of(date(telling.clock.now().year, month, day), zone, int(hours), int(rest))
    seconds = minutes * 60 + life.random.randrange(10, 55)
    with tenant_work(telling.stage.people[life.collector]) as work:
        # Asked before, as on the page: nobody in the story calls without leave.
        if desk.open_call(work, life.case_id) is None:
            desk.start_call(work, case_id=life.case_id)
        desk.record_outcome(
            work,
            case_id=life.case_id,
            outcome=Outcome(outcome),
            note=note,
            duration_s=seconds,
            again_at=at,
            keep_in_hand=keep,
        )


def promise(telling: Telling, life: Life, *, amount: int, due_on: date, note: str = "Por transferencia") -> None:
    """A collector keeps the debtor's word."""
    with tenant_work(telling.stage.people[life.collector]) as work:
        case = cases.open_case(work, life.case_id)
        money = Money(min(amount, case.balance), case.currency)
        agreements.make_promise(work, case_id=life.case_id, amount=money, due_on=due_on, note=note)


def offer(
    telling: Telling, life: Life, *, count: int, first_on: date, every: str = "month", discount_bp: int = 0
) -> None:
    """A collector puts a plan on the table."""
    with tenant_work(telling.stage.people[life.collector]) as work:
        plan = agreements.offer(
            work,
            case_id=life.case_id,
            count=count,
            first_on=first_on,
            every=Every(every),
            discount_bp=discount_bp,
        )
        life.plan = plan.id
    telling.finish()


def note(telling: Telling, life: Life, *, text: str) -> None:
    """A collector writes something down for the others."""
    with tenant_work(telling.stage.people[life.collector]) as work:
        cases.add_note(work, life.case_id, text=text)


def visit(telling: Telling, life: Life) -> None:
    """The debtor opens their page."""
    with tenant_work(telling.stage.job) as work:
        case = cases.open_case(work, life.case_id)
        cases.note_event(work, case, kind="visit", title=msg("Abrió su página"), tone="info", visibility="client")
        agreements.offer_seen(work, case.id)


def sign(telling: Telling, life: Life) -> None:
    """The debtor signs the plan on their page."""
    assert life.plan is not None
    evidence: Mapping[str, object] = {
        "name": life.debtor.name,
        "signatory": "Elena Firmante, administración" if life.debtor.kind == "firm" else "",
        "fact": "customer" if life.debtor.kind == "firm" else "tax_id",
        "ip": "203.0.113.7",
        "user_agent": "Demo",
        "text_sha256": "",
    }
    with tenant_work(telling.debtor(life)) as work:
        agreements.accept(work, life.plan, evidence=dict(evidence))
    telling.finish()


def decline(telling: Telling, life: Life) -> None:
    """The debtor does not want the plan."""
    assert life.plan is not None
    with tenant_work(telling.debtor(life)) as work:
        agreements.decline(work, life.plan)
    telling.finish()


def say(telling: Telling, life: Life, *, what: str, text: str) -> None:
    """The debtor writes on their page: asks for a call, or says they have paid."""
    with tenant_work(telling.debtor(life)) as work:
        work.outbox.add("cases.debtor_said", case_id=life.case_id, what=what, text=text)
    telling.finish()


def flag(telling: Telling, life: Life, *, kind: str, reason: str) -> None:
    """The debtor disputes the debt or asks for help on their page."""
    with tenant_work(telling.debtor(life)) as work:
        flags.open_flag(work, case_id=life.case_id, kind=kind, reason=reason)
    telling.finish()


def consent(
    telling: Telling, life: Life, *, channel: str, words: str, withdrawn: bool = False, how: str = "call"
) -> None:
    """A collector notes that the debtor allows a channel, or no longer does."""
    noted = consents.note_withdrawal if withdrawn else consents.note_consent
    with tenant_work(telling.stage.people[life.collector]) as work:
        noted(work, life.case_id, Said(how, words=words), channel=Channel(channel))


def inconvenient(telling: Telling, life: Life, *, words: str, begins: int, ends: int) -> None:
    """A collector notes hours that do not suit the debtor."""
    with tenant_work(telling.stage.people[life.collector]) as work:
        consents.note_inconvenient(work, life.case_id, Said("call", words=words), begins=time(begins), ends=time(ends))


def lawyer(telling: Telling, life: Life, *, name: str, address: str, words: str) -> None:
    """A collector notes who acts for the debtor."""
    with tenant_work(telling.stage.people[life.collector]) as work:
        consents.note_lawyer(
            work, life.case_id, Said("email", words=words), card=consents.LawyerCard(name, address=address)
        )


def complain(
    telling: Telling, life: Life, *, forum: str, topics: Sequence[str], words: str, reference: str = "",
    due_on: date | None = None,
) -> None:  # fmt: skip
    """The supervisor records a complaint that came today."""
    today = telling.clock.now().astimezone(telling.zone).date()
    received = complaints.Received(Forum(forum), today, [Topic(topic) for topic in topics], words, reference)
    with tenant_work(telling.stage.who(Role.SUPERVISOR)) as work:
        life.extra["complaint"] = complaints.record(work, life.case_id, received, due_on=due_on).id


def reply(telling: Telling, life: Life, *, text: str, outcome: str = "") -> None:
    """The supervisor answers it, and says how it ended if that is known."""
    today = telling.clock.now().astimezone(telling.zone).date()
    with tenant_work(telling.stage.who(Role.SUPERVISOR)) as work:
        complaints.answer(
            work, life.extra["complaint"], answered_on=today, text=text,
            outcome=End(outcome) if outcome else None,
        )  # fmt: skip


ACTS: Mapping[str, Callable[..., Any]] = {
    "call": call,
    "promise": promise,
    "offer": offer,
    "note": note,
    "visit": visit,
    "sign": sign,
    "decline": decline,
    "say": say,
    "flag": flag,
    "pay": pay,
    "consent": consent,
    "inconvenient": inconvenient,
    "lawyer": lawyer,
    "complain": complain,
    "reply": reply,
}


def post_letters(stage: Stage) -> None:
    """The supervisor takes what was printed before to the post."""
    with tenant_work(stage.who(Role.SUPERVISOR)) as work:
        ready = work.session.scalars(
            select(PrintBatch.id).where(PrintBatch.agency_id == stage.agency_id, PrintBatch.state == "ready")
        ).all()
        for batch_id in ready:
            printing.mark_posted(work, batch_id, on=work.now().date())


def print_letters(stage: Stage) -> None:
    """The supervisor prints what waits."""
    with tenant_work(stage.who(Role.SUPERVISOR)) as work:
        if printing.waiting_letters(work):
            printing.make_batch(work)


def close_month(stage: Stage, client: str, last_day: date, *, run: Run) -> None:
    """The accountant closes a client's month."""
    with tenant_work(stage.who(Role.ACCOUNTANT)) as work:
        for currency in remittances.currencies_of(work, stage.clients[client]):
            last = remittances.last_remittance(work, stage.clients[client], currency)
            if last is None or last.period_to < last_day:
                remittances.close_period(work, client_id=stage.clients[client], currency=currency, period_to=last_day)
    run()


def pay_over(stage: Stage, client: str) -> None:
    """The accountant pays over what the last statement says is due."""
    with tenant_work(stage.who(Role.ACCOUNTANT)) as work:
        for currency in remittances.currencies_of(work, stage.clients[client]):
            last = remittances.last_remittance(work, stage.clients[client], currency)
            if last is not None and last.state == "closed":
                remittances.pay_over(work, last.id, on=work.now().date(), reference=f"TR-{last.number}")
