"""Rows in conflict are decided: what is here stays and the row is dropped, or the debt is corrected by what the file
says while nobody has paid, agreed or been told otherwise; it is undone with its file."""

from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.ids import new_id
from kernel.problems import Invalid
from recobro.cases.tables import Case, CaseEvent, Debt, DebtComponent
from recobro.debtors.tables import ContactPoint
from recobro.intake import committing, previewing, queries, service
from recobro.intake.kinds.placement import PLACEMENT
from recobro.intake.repair import repairing
from recobro.intake.staged import taking
from recobro.intake.tables import Placement, PlacementEffect
from recobro.intake.undo import undoing
from recobro.ledger.verification import verify
from recobro.notices.tables import Notice
from tenants.roles import Role
from tenants.service import client_by_id
from tests.service.test_intake import bring as place
from tests.service.test_intake import wired as wired
from tests.service.test_undo import later
from tests.support.files import brought, previewed
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")

HEAD = "No cliente,Deudor,Folio,Vencimiento,Saldo,Intereses,Correo\n"
FIRST = (
    "100,Aceros Ficticios SA,A-1,17/09/2026,100.00,0,a@ficticios.example\n"
    "100,Aceros Ficticios SA,A-2,17/09/2026,200.00,20.00,\n"
    "200,Llantas Modelo SA,B-1,17/09/2026,300.00,0,\n"
)
OTHER = (
    "100,Aceros Ficticios SA,A-1,17/09/2026,150.00,10.00,\n100,Aceros Ficticios SA,A-2,17/09/2026,180.00,0,\n"
    "200,Llantas Modelo SA,B-1,30/09/2026,300.00,0,\n300,Tornillos Demo SA,C-1,17/09/2026,50.00,0,\n"
)


@pytest.fixture
def client_id(world: World) -> UUID:
    found = world.client()
    place(world, found, HEAD + FIRST)
    later(world)
    return found


def looked(world: World, client_id: UUID, rows: str = OTHER) -> Placement:
    return previewed(world, client_id, HEAD + rows, kind="placement", name="otra.csv")


def decide(
    world: World, placement: Placement, causes: dict[str, str], lines: dict[int, str] | None = None
) -> Placement:
    with world.work() as work:
        repairing.decide(work, placement.id, causes=causes, lines=lines)
    return reread(world, placement)


def reread(world: World, placement: Placement) -> Placement:
    with world.work() as work:
        found = service.open_placement(work, placement.id)
        work.session.refresh(found, ["left_lines"])
        return found


def commit(world: World, placement: Placement) -> Placement:
    with world.work() as work:
        service.confirm(work, placement.id)
    committing.commit(world.work, placement.id)
    return reread(world, placement)


def issues(world: World, placement: Placement) -> list[tuple[int, str, str, str]]:
    with world.work() as work:
        found = queries.issues(work, placement.id, kinds=["conflict", "decided"])
        return [(one.line, one.kind, one.code, one.details.get("bar", "")) for one in found]


def debts(world: World) -> dict[str, tuple[int, int, str]]:
    """What was handed over, what is owed, and when it was due, of every debt."""
    with world.work() as work:
        found = work.session.scalars(select(Debt).where(Debt.agency_id == world.agency_id))
        return {debt.reference: (debt.original, debt.balance, f"{debt.due_on:%d/%m}") for debt in found}


def parts(world: World, reference: str) -> dict[str, tuple[int, int]]:
    with world.work() as work:
        found = work.session.scalars(
            select(DebtComponent).join(Debt, Debt.id == DebtComponent.debt_id).where(Debt.reference == reference)
        )
        return {one.kind: (one.charged, one.owed) for one in found if one.charged}


def test_what_is_here_is_kept_by_one_decision_and_told(world: World, client_id: UUID) -> None:
    placement = looked(world, client_id)
    assert issues(world, placement) == [
        (2, "conflict", "known_amount", ""), (3, "conflict", "known_amount", ""), (4, "conflict", "known_due", ""),
    ]  # fmt: skip
    placement = decide(world, placement, {"known_amount": "keep"}, {4: "keep"})
    assert (placement.counts["conflicts"], placement.counts["decided"], placement.counts["created"]) == (0, 3, 1)
    done = commit(world, placement)
    assert (done.counts["created"], done.counts["changed"], done.left_lines) == (1, 0, [])
    assert debts(world)["A-1"] == (100_00, 100_00, "17/09")
    with world.work() as work:
        told = queries.answer(work, done, lambda template, details: template.format(**details))["decided"]
        assert [one["line"] for one in told] == [2, 3, 4]
        assert "Se decidió conservar" in told[0]["reason"]


def test_what_the_file_says_corrects_the_debt_its_parts_and_its_case(world: World, client_id: UUID) -> None:
    placement = decide(world, looked(world, client_id), {"known_amount": "take", "known_due": "take"})
    assert (placement.counts["created"], placement.counts["changed"], placement.counts["corrected"]) == (1, 3, 3)
    done = commit(world, placement)
    assert (done.state, done.counts["conflicts"]) == ("committed", 0)
    assert debts(world) == {
        "A-1": (150_00, 150_00, "17/09"), "A-2": (180_00, 180_00, "17/09"), "B-1": (300_00, 300_00, "30/09"),
        "C-1": (50_00, 50_00, "17/09"),
    }  # fmt: skip
    assert parts(world, "A-1") == {"principal": (140_00, 140_00), "default_interest": (10_00, 10_00)}
    assert parts(world, "A-2") == {"principal": (180_00, 180_00)}
    with world.work() as work:
        assert sorted(work.session.scalars(select(Case.balance).where(Case.client_id == client_id))) == [
            50_00, 300_00, 330_00,
        ]  # fmt: skip
        titles = work.session.scalars(select(CaseEvent.title).where(CaseEvent.ref_table == "corrections")).all()
        assert sorted(titles) == sorted([taking.CORRECTED, taking.CORRECTED, taking.CORRECTED_DUE])
        kept = work.session.scalars(select(PlacementEffect).where(PlacementEffect.placement_id == done.id)).all()
        assert {one.kind for one in kept} == {"corrected"}
    again = looked(world, client_id, OTHER + "\n")
    assert (again.counts["unchanged"], again.counts["conflicts"]) == (4, 0)


def test_corrections_are_undone_with_their_file_while_nothing_rests_on_them(world: World, client_id: UUID) -> None:
    before = debts(world)
    done = commit(world, decide(world, looked(world, client_id), {"known_amount": "take", "known_due": "take"}))
    later(world)
    with world.work() as work:
        work.session.scalars(select(Debt).where(Debt.reference == "B-1")).one().balance -= 1
    with world.work() as work:
        undoing.ask_undo(work, done.id)
    undoing.undo(world.work, done.id)
    after = reread(world, done)
    assert after.state == "undone"
    assert {"reasons": ["money"], "cases": 0, "debts": 1} in after.undone["groups"]
    assert debts(world) == {**before, "B-1": (300_00, 300_00 - 1, "30/09")}
    assert parts(world, "A-2") == {"principal": (180_00, 180_00), "default_interest": (20_00, 20_00)}
    with world.work() as work:
        assert verify(work.session, world.agency_id).faults == []
        told = work.session.scalars(select(CaseEvent).where(CaseEvent.ref_table == "undone")).all()
        assert sorted(event.details["reference"] for event in told) == ["A-1", "A-2"]


def test_a_debt_that_was_paid_or_charged_is_not_corrected_and_it_is_said_what_does_instead(
    world: World, client_id: UUID
) -> None:
    day = world.clock.now().date().isoformat()
    moves = f"Factura,Tipo,Importe,Fecha,Id\nA-1,pago,40.00,{day},P1\nA-2,cargo,5.00,{day},C1\n"
    brought(world, client_id, moves, kind="financial")
    placement = decide(world, looked(world, client_id), {"known_amount": "take"})
    assert issues(world, placement)[:2] == [
        (2, "conflict", "known_amount", "allocation"), (3, "conflict", "known_amount", "money"),
    ]  # fmt: skip
    assert (placement.counts["conflicts"], placement.counts["changed"]) == (3, 0)
    with world.work() as work:
        told = queries.answer(work, placement, lambda template, _details: template)["conflicts"]
        assert [one.get("cannot_take") for one in told] == [taking.EITHER, taking.EITHER, None]


def test_a_list_that_says_what_is_owed_after_payments_changes_nothing_and_advice_counts_from_it(
    world: World, client_id: UUID
) -> None:
    day = world.clock.now().date().isoformat()
    brought(world, client_id, f"Factura,Tipo,Importe,Fecha,Id\nA-1,pago,40.00,{day},P1\n", kind="financial")
    row = "100,Aceros Ficticios SA,A-1,17/09/2026,{},0,\n"

    for owed in ("60.00", "100.00"):
        again = looked(world, client_id, row.format(owed))
        assert (again.counts["unchanged"], again.counts["conflicts"]) == (1, 0)
    other = looked(world, client_id, row.format("75.00"))
    with world.work() as work:
        [told] = queries.answer(work, other, lambda template, details: (template, details))["conflicts"]
    template, details = told["cannot_take"]
    assert template == taking.EITHER
    assert details["owed"]["minor"] == 60_00


def test_what_changes_between_the_word_and_the_job_lets_nothing_in(world: World, client_id: UUID) -> None:
    placement = decide(world, looked(world, client_id), {"known_amount": "take"})
    with world.work() as work:
        service.confirm(work, placement.id)
        client = client_by_id(work, client_id)
        service.open_placement(work, placement.id)
        previewing.stage_placement(work, placement, client)
        work.session.scalars(select(Debt).where(Debt.reference == "A-1")).one().balance -= 1
        work.flush()
        with pytest.raises(taking.TakeStale):
            PLACEMENT.apply(work, placement, client, taking.PART)


def test_a_decision_is_taken_back_and_one_row_may_differ_from_its_cause(world: World, client_id: UUID) -> None:
    placement = decide(world, looked(world, client_id), {"known_amount": "take"}, {3: "keep"})
    assert issues(world, placement)[:2] == [(2, "decided", "took_amount", ""), (3, "decided", "kept_amount", "")]
    placement = decide(world, placement, {}, {2: ""})
    assert issues(world, placement)[0] == (2, "conflict", "known_amount", "")
    placement = decide(world, placement, {"known_amount": ""})
    assert placement.counts["conflicts"] == 3
    with world.work() as work, pytest.raises(Invalid):
        repairing.decide(work, placement.id, causes={"known_debtor": "take"})


def test_what_was_left_in_conflict_is_decided_after_the_commit_and_goes_in_as_one_more_batch(
    world: World, client_id: UUID
) -> None:
    done = commit(world, looked(world, client_id))
    assert done.counts["conflicts"] == 3
    done = decide(world, done, {"known_amount": "take"}, {4: "keep"})
    assert (done.counts["conflicts"], previewing.waiting_of(done)) == (0, 2)
    with world.work() as work:
        repairing.reprocess(work, done.id)
    committing.commit(world.work, done.id)
    assert debts(world)["A-1"][0] == 150_00
    assert reread(world, done).left_lines == []


def test_a_client_takes_its_own_word_by_a_job_that_sees_what_it_may_not(world: World, client_id: UUID) -> None:
    uploader = world.principal(Role.CLIENT_UPLOADER, client_id=client_id)
    with world.work(uploader) as work:
        data = BytesIO((HEAD + OTHER).encode())
        found = service.receive(work, client_id=client_id, name="otra.csv", file=data)
        previewing.preview(work, found.placement_id)
    with world.work(uploader) as work:
        assert repairing.decide(work, found.placement_id, causes={"known_amount": "take"}) is False
    with world.work() as work:
        previewing.preview_if_open(work, found.placement_id)
        placement = service.open_placement(work, found.placement_id)
        assert (placement.state, placement.counts["corrected"]) == ("previewed", 2)
    with world.work(uploader) as work:
        assert previewing.confirm_as_shown(work, found.placement_id)
    committing.commit(world.work, found.placement_id)
    assert debts(world)["A-1"][0] == 150_00


@pytest.mark.parametrize(("state", "bar"), [("sent", "notice"), ("queued", "")])
def test_a_notice_that_went_out_stands_against_a_correction(
    world: World, client_id: UUID, state: str, bar: str
) -> None:
    with world.work() as work:
        case = work.session.scalars(select(Case).join(Debt).where(Debt.reference == "A-1")).one()
        point = work.session.scalars(select(ContactPoint).where(ContactPoint.debtor_id == case.debtor_id)).one()
        common = {
            "agency_id": world.agency_id,
            "client_id": client_id,
            "case_id": case.id,
            "contact_point_id": point.id,
        }
        work.add(
            Notice(
                **common, id=new_id(), channel="email", template="first", locale="es_MX", purpose="collect",
                address=point.value, state=state, amount=1, currency="MXN", calculated_on=work.now().date(),
                by="Luis Demo", queued_at=work.now(), due_at=work.now(),
            )
        )  # fmt: skip
    assert [bar for _, _, _, bar in issues(world, looked(world, client_id))] == [bar, bar, ""]
