"""What people of the story do, each through the service they would use on the page."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from kernel.clock import ManualClock
from kernel.money import Money
from legal.matters import service as matters
from legal.matters.lifecycle import CourtStage, Route
from recobro.cases.tables import Case
from recobro.demo.world import Stage
from recobro.handoff import service as handoff
from recobro.intake import previewing
from recobro.intake import service as intake
from recobro.notices import printing
from recobro.notices.tables import PrintBatch
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.service import record_payment
from recobro.remittances import service as remittances
from tenants.roles import Role
from tenants.tables import Membership
from tenants.work import Work, tenant_work

Run = Callable[[], None]


def place(stage: Stage, client: str, name: str, data: bytes, *, run: Run) -> UUID:
    """A client's own person uploads a file, looks at the preview and confirms it."""
    role = Role.CLIENT_UPLOADER if client == "aceros" else Role.CLIENT_ADMIN
    who = stage.who(role, client)
    with tenant_work(who) as work:
        received = intake.receive(work, client_id=stage.clients[client], name=name, data=data)
    with tenant_work(who) as work:
        previewing.preview(work, received.placement_id)
    with tenant_work(who) as work:
        intake.confirm(work, received.placement_id)
    run()
    return received.placement_id


def receive(work: Work, case: Case, amount: Money, *, on: date, direct: bool, key: str) -> UUID:
    """The accountant writes down money that arrived, at the agency or at the client."""
    return record_payment(
        work,
        case_id=case.id,
        amount=amount,
        direction=Direction.TO_CLIENT if direct else Direction.TO_AGENCY,
        method=Method.TRANSFER,
        received_on=on,
        key=key,
        reference=f"Transferencia {case.number}",
    )


def print_letters(stage: Stage) -> None:
    """On Fridays the supervisor prints what waits; what was printed before goes to the post."""
    with tenant_work(stage.who(Role.SUPERVISOR)) as work:
        ready = work.session.scalars(
            select(PrintBatch.id).where(PrintBatch.agency_id == stage.agency_id, PrintBatch.state == "ready")
        ).all()
        for batch_id in ready:
            printing.mark_posted(work, batch_id, on=work.now().date())
        if printing.waiting_letters(work):
            printing.make_batch(work)


def close_month(stage: Stage, client: str, last_day: date, *, run: Run) -> None:
    """The accountant closes a client's month and pays over what is due two days later, the last one is left to pay."""
    accountant = stage.who(Role.ACCOUNTANT)
    with tenant_work(accountant) as work:
        for currency in remittances.currencies_of(work, stage.clients[client]):
            last = remittances.last_remittance(work, stage.clients[client], currency)
            if last is not None and last.period_to >= last_day:
                if last.state == "closed" and last_day.month == 9:
                    remittances.pay_over(work, last.id, on=work.now().date(), reference=f"TR-{last.number}")
                continue
            remittances.close_period(work, client_id=stage.clients[client], currency=currency, period_to=last_day)
    run()


def hand_over(stage: Stage, case_id: UUID, *, run: Run, clock: ManualClock, first: bool) -> None:
    """The supervisor hands a case to a lawyer, who takes it. The first one goes to outside counsel and to court."""
    role = Role.COUNSEL if first else Role.LAWYER
    lawyer = stage.who(role)
    with tenant_work(stage.who(Role.SUPERVISOR)) as work:
        membership_id = work.session.scalars(
            select(Membership.id).where(
                Membership.agency_id == stage.agency_id, Membership.person_id == lawyer.person_id
            )
        ).one()
        matter_id = handoff.propose(work, case_id=case_id, membership_id=membership_id, why="Sin acuerdo").id
    run()
    with tenant_work(lawyer) as work:
        handoff.accept(work, matter_id)
    if not first:
        return
    today = clock.now().date()
    with tenant_work(lawyer) as work:
        matter = matters.open_matter(work, matter_id)
        court = {"MX": "Juzgado Ficticio Décimo de lo Mercantil", "ES": "Juzgado Ficticio de Primera Instancia 7"}
        matters.describe(
            work,
            matter_id,
            court=court[stage.house.country],
            file_no="1204/2026",
            route=Route.ORAL.value,
        )
        handoff.reach_stage(work, matter_id, CourtStage.FILED, on=today, note="Demanda presentada con el dossier")
        matters.open_deadline(
            work,
            matter_id,
            title="Contestación de la demanda",
            due_on=today + timedelta(days=20),
            counted="20 días naturales desde la presentación, por confirmar con el juzgado",
        )
        handoff.add_cost(
            work,
            matter_id,
            concept="Copias certificadas",
            amount=Money(1_850_00 if matter.currency == "MXN" else 95_00, matter.currency),
            spent_on=today,
            recoverable=True,
        )
    run()
