"""The cases of the story that go to a lawyer, and how far each gets."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from kernel.money import Money
from legal.matters import service as matters
from legal.matters.lifecycle import CourtStage, Route
from legal.rules.calendar import business_day
from legal.rules.packs.loading import pack_of
from recobro.cases import service as cases
from recobro.cases.lifecycle import Stage as CaseStage
from recobro.demo import papers
from recobro.demo.acts import pay
from recobro.demo.telling import Life, Telling
from recobro.handoff import service as handoff
from tenants.context import Principal
from tenants.roles import Role
from tenants.tables import Membership
from tenants.work import tenant_work

_COURTS = {
    "MX": "Juzgado Ficticio Décimo de lo Mercantil",
    "CO": "Juzgado Ficticio Séptimo Civil Municipal",
    "ES": "Juzgado Ficticio de Primera Instancia 7",
}
_COSTS = {"MXN": 1_850_00, "COP": 240_000_00, "EUR": 95_00}
# How many days after the lawyer took it, and with which words.
_COURSE = (
    (12, CourtStage.FILED, "Demanda presentada con el expediente del caso"),
    (33, CourtStage.ADMITTED, "Auto de admisión"),
    (61, CourtStage.SERVED, "Notificada la parte demandada en su domicilio"),
)
_AFTER_DAYS = 30


def follow(telling: Telling, life: Life, day: date) -> None:
    """What comes next for a case that is meant for court: it is handed over, taken, filed; and sometimes paid."""
    if life.handed_on is None:
        if (day - life.placed_on).days >= _AFTER_DAYS and life.attempts:
            hand_over(telling, life, day)
        return
    age = (day - life.handed_on).days
    step = life.extra.setdefault("court", 0)
    if life.extra["first"] and step < len(_COURSE) and age >= _COURSE[step][0]:
        _reach(telling, life, day, step)
        life.extra["court"] = step + 1
    # Of those that stay with the agency's own lawyer, most pay once they hear from one.
    paid = life.extra.setdefault("court_paid", 0)
    if not life.extra["first"] and paid < 2 and age >= 24 + 27 * paid:
        pay(telling, life, percent=35)
        life.extra["court_paid"] = paid + 1


def hand_over(telling: Telling, life: Life, day: date) -> None:
    """The supervisor hands a case to a lawyer, who takes it. The first one goes to outside counsel."""
    with tenant_work(telling.stage.job) as work:
        stage = cases.open_case(work, life.case_id).stage
    if stage not in (CaseStage.CALLS, CaseStage.NEGOTIATION, CaseStage.NOTICES):
        return
    life.extra["first"] = not any(other.handed_on for other in telling.lives.values())
    life.handed_on = day
    lawyer = _lawyer(telling, life)
    if life.extra["first"]:
        # The one that is filed has all its papers; the others show what a lawyer still asks for.
        with tenant_work(telling.stage.who(Role.SUPERVISOR)) as work:
            papers.attach(work, life.case_id)
    with tenant_work(telling.stage.who(Role.SUPERVISOR)) as work:
        membership_id = work.session.scalars(
            select(Membership.id).where(
                Membership.agency_id == telling.stage.agency_id, Membership.person_id == lawyer.person_id
            )
        ).one()
        matter = handoff.propose(
            work, case_id=life.case_id, membership_id=membership_id, why="Sin acuerdo después de los avisos y llamadas"
        )
        life.extra["matter"] = matter.id
    with tenant_work(lawyer) as work:
        handoff.accept(work, life.extra["matter"])
    telling.finish()


def _lawyer(telling: Telling, life: Life) -> Principal:
    return telling.stage.who(Role.COUNSEL if life.extra["first"] else Role.LAWYER)


def _reach(telling: Telling, life: Life, day: date, step: int) -> None:
    matter_id: UUID = life.extra["matter"]
    _, stage, words = _COURSE[step]
    with tenant_work(_lawyer(telling, life)) as work:
        matter = matters.open_matter(work, matter_id)
        if step == 0:
            court = _COURTS[telling.stage.house.country]
            matters.describe(work, matter_id, court=court, file_no="1204/2026", route=Route.ORAL.value)
        handoff.reach_stage(work, matter_id, stage, on=day, note=words)
        if step == 0:
            handoff.add_cost(
                work,
                matter_id,
                concept="Copias certificadas",
                amount=Money(_COSTS[matter.currency], matter.currency),
                spent_on=day,
                recoverable=True,
            )
        if step == len(_COURSE) - 1:
            matters.open_deadline(
                work,
                matter_id,
                title="Contestación de la demanda",
                due_on=business_day(
                    pack_of(telling.stage.house.country).calendar, day + timedelta(days=27 - day.weekday())
                ),
                counted="Según el emplazamiento, por confirmar con el juzgado",
            )
    telling.finish()
