"""An agency in which every page has something to show, made by its own services over a few weeks."""

from dataclasses import dataclass
from datetime import date, time
from io import BytesIO
from uuid import UUID

from sqlalchemy import select

from legal.records.consents import Said
from legal.rules.facts import Agreed, Channel
from legal.rules.packs.answer_kinds import Forum, Topic
from recobro.agreements import service as agreements
from recobro.cases import service as cases
from recobro.cases.flags import open_flag
from recobro.cases.links import make_link
from recobro.cases.tables import Case
from recobro.complaints import service as complaints
from recobro.complaints.service import Attached, Received
from recobro.consents import service as consents
from recobro.consents.contesting import note_validation
from recobro.consents.service import LawyerCard
from recobro.debtor_pages import sessions
from recobro.debtors.tables import Debtor
from recobro.desk.outcomes import Outcome
from recobro.handoff.rules import Paper
from recobro.handoff.service import attach
from recobro.intake import previewing
from recobro.intake import service as intake
from recobro.notices import printing
from tenants.context import Kind, Principal
from tenants.roles import Role
from tenants.work import Work, tenant_work
from tests.support.stories import HEADINGS, Story, pesos

DEBTORS = ("Ferretería El Tornillo Feliz", "Abarrotes La Prueba", "Muebles Imaginarios", "Transportes Quimera",
           "Papelería Sin Nombre")  # fmt: skip
EVIDENCE = {"name": "Luis Demo", "fact": "tax_id", "ip": "203.0.113.7", "user_agent": "Prueba", "text_sha256": ""}


@dataclass(frozen=True)
class Visit:
    """A debtor's way in: the link's token and a visit's cookie."""

    token: str
    cookie: str


@dataclass(frozen=True)
class Sample:
    """The cases by what happened to them, and the debtors' visits to three of them."""

    promised: UUID
    offered: UUID
    waiting: UUID
    running: UUID
    handed: UUID
    matter: UUID
    placement: UUID
    open_placement: UUID
    visits: dict[str, Visit]


def live(story: Story) -> Sample:
    """Let the agency live."""
    placement = story.upload("cartera.csv", _file("A", DEBTORS))
    ids = _cases(story)
    promised, offered, waiting, running, handed = (ids[name] for name in DEBTORS)
    open_placement = _previewed(story)
    story.on("2026-03-17")
    with story.as_(Role.SUPERVISOR) as work:
        printing.make_batch(work)
        cases.add_note(work, promised, text="Habla solo por las mañanas.")
        open_flag(work, case_id=offered, kind="dispute", reason="No reconoce una factura")
        records(work, offered)
        attach(work, handed, paper=Paper.INVOICE, name="A-5.pdf", data=b"%PDF-1.7 de prueba")
    story.run()
    story.call(promised, Outcome.RIGHT_PARTY, "Pagará el viernes")
    story.promise(promised, pesos("500"), due="2026-03-20")
    _sign(story, running, story.offer(running, count=2, first="2026-03-17"))
    story.run()
    story.receive(running, pesos("2000"), reference="SPEI 1")
    story.take_back(story.receive(promised, pesos("100"), reference="SPEI 2"), "Era de otro deudor")
    matter = story.hand_over(handed, "No contesta")
    story.jump("2026-04-02")
    story.pay_over(story.close_month("2026-03-31")[0].id)
    story.offer(offered, count=3, first="2026-04-06")
    story.offer(waiting, count=5, first="2026-04-06", discount_bp=1500)
    story.promise(promised, pesos("400"), due="2026-04-08")
    story.run()
    visits = {name: _visit(story, ids[name]) for name in (DEBTORS[0], DEBTORS[1], DEBTORS[3])}
    return Sample(
        promised, offered, waiting, running, handed, matter, placement.id, open_placement,
        dict(zip(("free", "offered", "running"), visits.values(), strict=True)),
    )  # fmt: skip


def records(work: Work, offered: UUID) -> None:
    """A ledger of consent with something of everything, a validation notice, and three complaints."""
    said = Said("call", words="Así lo dijo", recording="grabación 0417")
    consents.note_consent(work, offered, said, channel=Channel.EMAIL)
    consents.note_consent(work, offered, said, scope=Agreed.HOURS, channel=Channel.PHONE)
    consents.note_withdrawal(work, offered, said, channel=Channel.SMS)
    consents.note_inconvenient(work, offered, said, days=["mon", "fri"], begins=time(9), ends=time(11))
    lawyer = consents.note_lawyer(work, offered, said, card=LawyerCard("Lic. Inés Demo", address="Calle 1"))
    consents.end_line(work, offered, lawyer, said)
    note_validation(work, offered, channel=Channel.LETTER, provided_on=date(2026, 3, 10))
    for forum, due_on in ((Forum.REDECO, date(2026, 3, 18)), (Forum.PROFECO, None), (Forum.OWN, date(2026, 3, 10))):
        received = Received(forum, date(2026, 3, 9), [Topic.TREATMENT, Topic.HOURS], "Me gritaron.", "R-2026-77")
        proof = Attached("queja.pdf", b"%PDF-1.7 de prueba")
        row = complaints.record(work, offered, received, due_on=due_on, document=proof)
        if forum is Forum.OWN:
            complaints.answer(work, row.id, answered_on=date(2026, 3, 12), text="Se le pidió una disculpa.")


def _file(prefix: str, names: tuple[str, ...]) -> str:
    rows = [HEADINGS]
    for number, name in enumerate(names, 1):
        rows.append((
            f"{prefix}{number:03}", name, "", f"{prefix}-{number}", "15/01/2026", "MXN", f"{number * 1000},00",
            f"pagos{number}@{prefix.lower()}.example", f"+52442555{number:04}", f"Calle {number}", "Querétaro",
            "QUE", "76000",
        ))  # fmt: skip
    return "".join(";".join(row) + "\n" for row in rows)


def _previewed(story: Story) -> UUID:
    """A file that nobody has confirmed, with a row that does not go in."""
    text = _file("B", ("Imprenta Ficticia", "Taller Ficticio")).replace("2000,00", "dos mil")
    who = story.people[Role.CLIENT_UPLOADER]
    with tenant_work(who) as work:
        found = intake.receive(
            work, client_id=story.client_id, name="marzo.csv", file=BytesIO(text.encode())
        ).placement_id
    with tenant_work(who) as work:
        previewing.preview(work, found)
    return found


def _cases(story: Story) -> dict[str, UUID]:
    with story.looking() as work:
        rows = work.session.execute(
            select(Debtor.name, Case.id)
            .join(Case, (Case.agency_id == Debtor.agency_id) & (Case.debtor_id == Debtor.id))
            .where(Case.agency_id == work.agency_id)
        )
        return {name: case_id for name, case_id in rows}  # noqa: C416


def _sign(story: Story, case_id: UUID, agreement_id: UUID) -> None:
    debtor = Principal(story.world.agency_id, Kind.DEBTOR, role="debtor", name="Luis Demo", scope_id=case_id)
    with tenant_work(debtor) as work:
        agreements.accept(work, agreement_id, evidence=dict(EVIDENCE))


def _visit(story: Story, case_id: UUID) -> Visit:
    with story.looking() as work:
        token = make_link(work, case_id).url.rsplit("/", 1)[1]
    door = sessions.find_door(token)
    assert door is not None
    assert door.question is not None
    cookie = sessions.answer(door, next(iter(door.question.answers)))
    assert cookie is not None
    return Visit(token, cookie)
