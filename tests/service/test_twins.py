"""Two debtors that are one: found by what they share, made one by a person, and two again, with every cent in place."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from kernel.ids import new_id
from kernel.problems import Invalid, NotFound, Problem
from legal.records.consents import Said
from legal.records.tables import ConsentEvent, ContactAttempt
from legal.rules.facts import Channel
from recobro.agreements.service import make_promise
from recobro.agreements.tables import Promise
from recobro.cases import flags
from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, Move, MoveRefused
from recobro.cases.tables import Case, CaseBalance, CaseEvent, CaseFlag, Debt, DebtComponent, DebtorLink
from recobro.clients.tables import Contract
from recobro.config import Settings
from recobro.consents import service as consents
from recobro.debtors.facts import note_fact, sources_of
from recobro.debtors.queries import debtors_meant
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.ledger.verification import verify
from recobro.notices.facts import contact_facts
from recobro.notices.gathering import gather_one
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.reversing import reverse_payment
from recobro.payments.service import PaymentRefused, record_payment
from recobro.payments.tables import Checkout, Payment, PaymentAllocation
from recobro.twins import queries
from recobro.twins.finding import find_of_debtors, find_of_placement
from recobro.twins.merging import merge
from recobro.twins.refusing import MergeRefused, happened_since
from recobro.twins.service import keep_apart
from recobro.twins.tables import DebtorMerge, DebtorPair
from recobro.twins.undoing import open_merge, undo_merge
from recobro.wiring import wire
from tenants.outbox import OutboxRow
from tenants.roles import Role
from tenants.work import Work
from tests.support.database import SECRET
from tests.support.world import World, make_world, mxn

WHY = "Mismo RFC y mismo teléfono"
TAX_ID = "FTF190312AB4"


def debtor_of(world: World, case_id: UUID, **known: object) -> UUID:
    """The debtor of a case, with what else is known of it."""
    with world.work() as work:
        debtor = work.session.get_one(Debtor, (work.agency_id, cases.open_case(work, case_id).debtor_id))
        for name, value in known.items():
            setattr(debtor, name, value)
            if name in ("tax_id", "customer_ref"):
                setattr(debtor, f"{name}_norm", value)
        return debtor.id


@pytest.fixture
def wired(database_urls: tuple[str, str], tmp_path: Path) -> None:
    """This process reaches its database and a folder for files."""
    wire(Settings(data=tmp_path, secret=SECRET, files=tmp_path), database_urls[0])


@pytest.fixture
def two(world: World) -> tuple[UUID, UUID]:
    """Two cases of one client whose debtors are one."""
    client_id, day = world.client(), world.clock.now().date() - timedelta(days=40)
    one = world.case(client_id, debts=[("A-1", mxn("600.00"), day), ("A-2", mxn("100.00"), day)], customer_ref="379")
    other = world.case(
        client_id, name="Ferreteria el Tornillo Feliz SA de CV", customer_ref="00379", email="otra@tornillo.example",
        debts=[("B-1", mxn("400.00"), day), ("B-2", mxn("50.00"), day)],
    )  # fmt: skip
    debtor_of(world, one, tax_id="", region="")
    debtor_of(world, other, tax_id=TAX_ID, city="Querétaro")
    return one, other


def joined(world: World, one: UUID, other: UUID, **fields: str) -> UUID:
    with world.work() as work:
        ids = [cases.open_case(work, case_id).debtor_id for case_id in (one, other)]
        return merge(work, survivor_id=ids[0], other_id=ids[1], reason=WHY, fields=fields)


def parted(world: World, merge_id: UUID) -> None:
    with world.work() as work:
        undo_merge(work, merge_id, reason="Eran dos sucursales")


def pay(world: World, case_id: UUID, amount: str, *debts: UUID) -> UUID:
    with world.work() as work:
        return record_payment(
            work, case_id=case_id, amount=mxn(amount), direction=Direction.TO_AGENCY, method=Method.TRANSFER,
            received_on=work.now().date(), key=str(new_id()), debts=debts, reference="SPEI 1",
        )  # fmt: skip


def prove(world: World) -> None:
    """Everything that must hold of money, whatever was merged: ledger, debts, components, allocations, cases."""
    with world.work() as work:
        assert verify(work.session, work.agency_id).faults == []
        for debt in work.session.scalars(select(Debt)):
            owed, forgiven, charged = work.session.execute(
                select(func.sum(DebtComponent.owed), func.sum(DebtComponent.forgiven), func.sum(DebtComponent.charged))
                .where(DebtComponent.debt_id == debt.id)
            ).one()  # fmt: skip
            paid = work.session.scalar(
                select(func.coalesce(func.sum(PaymentAllocation.amount), 0))
                .join(Payment, Payment.id == PaymentAllocation.payment_id)
                .where(PaymentAllocation.debt_id == debt.id, Payment.state == "posted")
            )
            assert (debt.balance, charged - (paid or 0) - forgiven) == (owed, owed), debt.reference
            assert debt.debtor_id == cases.open_case(work, debt.case_id).debtor_id
        for payment in work.session.scalars(select(Payment).where(Payment.state == "posted")):
            applied = work.session.scalar(
                select(func.sum(PaymentAllocation.amount)).where(PaymentAllocation.payment_id == payment.id)
            )
            assert (applied or 0) == payment.applied
        for case in work.session.scalars(select(Case)):
            rows = work.session.scalars(select(Debt).where(Debt.case_id == case.id, Debt.state == "open")).all()
            assert (case.balance, case.debt_count) == (sum(row.balance for row in rows), len(rows)), case.number
            kept = work.session.scalars(select(CaseBalance).where(CaseBalance.case_id == case.id)).all()
            assert sum(row.balance for row in kept) == case.balance


def picture(world: World) -> Mapping[str, Sequence[object]]:
    """Everything a merge may touch, as it stands."""
    asked = {
        "cases": "SELECT number, stage, close_code, balance, debt_count, oldest_due_on, queue_at, queue_reason,"
                 " queue_priority, next_step_at, assigned_to FROM cases ORDER BY number",
        "balances": "SELECT case_id, currency, placed, balance, debt_count FROM case_balances"
                    " WHERE placed <> 0 ORDER BY 1, 2",
        "debts": "SELECT reference, case_id, debtor_id, balance, state FROM debts ORDER BY reference",
        "debtors": "SELECT id, name, name_norm, tax_id, tax_id_norm, customer_ref, city, time_zone, merged_into"
                   " FROM debtors ORDER BY id",
        "points": "SELECT debtor_id, channel, value, consent, quality FROM contact_points ORDER BY 1, 2, 3",
        "flags": "SELECT case_id, kind, closed_at FROM case_flags ORDER BY 1, 2",
        "promises": "SELECT case_id, amount, state FROM promises ORDER BY 1, 2",
        "links": "SELECT id, case_id, dead_at FROM debtor_links ORDER BY 1",
        "attempts": "SELECT id, person_key FROM contact_attempts ORDER BY 1",
        "payments": "SELECT number, case_id, state, applied FROM payments ORDER BY 1",
        "words": "SELECT word, kind, source_id, debtor_id FROM search_words ORDER BY 1, 2, 3",
    }  # fmt: skip
    with world.work() as work:
        return {name: [tuple(row) for row in work.session.execute(text(sql))] for name, sql in asked.items()}


def test_a_merge_moves_debts_and_undoing_it_puts_everything_back(world: World, two: tuple[UUID, UUID]) -> None:
    one, other = two
    pay(world, one, "50.00")
    pay(world, other, "100.00")
    with world.work() as work:
        case = cases.open_case(work, other)
        work.add(
            DebtorLink(
                agency_id=work.agency_id, client_id=case.client_id, id=new_id(), case_id=other,
                debtor_id=case.debtor_id, token_sha256="0" * 64, purposes=["see"], created_at=work.now(),
                expires_at=work.now() + timedelta(days=30),
            )
        )  # fmt: skip
        flags.open_flag(work, case_id=other, kind="dispute", reason="No reconoce B-1")
        make_promise(work, case_id=other, amount=mxn("20.00"), due_on=work.now().date() + timedelta(days=3))
    before = picture(world)
    prove(world)

    merge_id = joined(world, one, other)

    prove(world)
    with world.work() as work:
        kept, gone = cases.open_case(work, one), cases.open_case(work, other)
        assert (kept.balance, kept.debt_count, gone.balance, gone.debt_count) == (1000_00, 4, 0, 0)
        assert (gone.stage, gone.close_code) == ("closed", "merged")
        assert [flag.kind for flag in work.session.scalars(select(CaseFlag).where(CaseFlag.case_id == one))] == [
            "dispute"
        ]
        assert kept.queue_reason == flags.DISPUTED
        assert work.session.scalars(select(Promise)).one().case_id == one
        assert work.session.scalars(select(DebtorLink)).one().dead_at is not None
        told = work.session.scalars(select(CaseEvent.details).where(CaseEvent.case_id == other)).all()
        assert {"number": kept.number} in told
        debtor = work.session.get_one(Debtor, (work.agency_id, kept.debtor_id))
        # Its own number stays; what it had not comes from the other.
        assert (debtor.customer_ref, debtor.tax_id, debtor.city) == ("379", TAX_ID, "Querétaro")
        source = sources_of(work, [debtor])[debtor.id]
        assert (source["tax_id"].kind, source["tax_id"].ref, source["customer_ref"].kind) == (
            "merge",
            merge_id,
            "client",
        )
        values = work.session.scalars(select(ContactPoint.value).where(ContactPoint.debtor_id == debtor.id)).all()
        assert sorted(values) == [
            "+524425550142", "Calle Inventada 10", "otra@tornillo.example", "pagos@tornillo.example"
        ]  # fmt: skip
        found = work.session.scalars(select(Debtor.id).where(Debtor.id.in_(debtors_meant(work, "otra@tornillo"))))
        assert found.all() == [debtor.id]

    parted(world, merge_id)

    prove(world)
    assert picture(world) == before


def test_a_closed_case_opens_when_a_merge_makes_it_owe_and_closes_again_after(
    world: World, two: tuple[UUID, UUID]
) -> None:
    one, other = two
    pay(world, one, "700.00")
    before = picture(world)
    merge_id = joined(world, one, other)
    with world.work() as work:
        assert (cases.open_case(work, one).stage, cases.open_case(work, one).balance) == ("calls", 450_00)
    parted(world, merge_id)
    assert picture(world)["cases"] == before["cases"]
    prove(world)


def test_a_paid_case_that_is_merged_returns_as_paid(world: World, two: tuple[UUID, UUID]) -> None:
    one, other = two
    pay(world, other, "450.00")
    before = picture(world)
    merge_id = joined(world, one, other)
    prove(world)
    parted(world, merge_id)
    assert picture(world) == before


def test_a_payment_taken_back_after_a_merge_is_owed_where_its_debts_are(world: World, two: tuple[UUID, UUID]) -> None:
    one, other = two
    payment_id = pay(world, other, "400.00")
    merge_id = joined(world, one, other)
    with world.work() as work:
        assert cases.open_case(work, one).balance == 750_00
        reverse_payment(work, payment_id, reason="Cheque devuelto")
    with world.work() as work:
        assert cases.open_case(work, one).balance == 1150_00
        assert cases.open_case(work, other).balance == 0
    prove(world)
    parted(world, merge_id)
    prove(world)
    with world.work() as work:
        assert cases.open_case(work, other).balance == 450_00


def test_a_case_paid_off_returns_open_when_its_payment_was_taken_back_meanwhile(
    world: World, two: tuple[UUID, UUID]
) -> None:
    one, other = two
    payment_id = pay(world, other, "450.00")
    merge_id = joined(world, one, other)
    with world.work() as work:
        reverse_payment(work, payment_id, reason="Cheque devuelto")
    parted(world, merge_id)
    prove(world)
    with world.work() as work:
        case = cases.open_case(work, other)
        assert (case.stage, case.close_code, case.balance) == ("calls", "", 450_00)


def test_a_later_payment_on_the_others_debts_keeps_them_together_until_it_is_taken_back(
    world: World, two: tuple[UUID, UUID]
) -> None:
    one, other = two
    merge_id = joined(world, one, other)
    payment_id = pay(world, one, "1150.00")
    with world.work() as work:
        number = work.session.get_one(Payment, (work.agency_id, payment_id)).number
    with pytest.raises(MergeRefused) as refused:
        parted(world, merge_id)
    assert refused.value.details["number"] == number
    with world.work() as work:
        reverse_payment(work, payment_id, reason="Era de otro deudor")
    parted(world, merge_id)
    prove(world)


def test_a_later_payment_on_the_survivors_own_debts_stays_with_it(world: World, two: tuple[UUID, UUID]) -> None:
    one, other = two
    merge_id = joined(world, one, other)
    with world.work() as work:
        own = work.session.scalars(select(Debt).where(Debt.reference == "A-1")).one().id
    pay(world, one, "600.00", own)
    with world.work() as work:
        since = happened_since(work, open_merge(work, merge_id))
        assert (len(since.payments), since.debts) == (1, 0)
    parted(world, merge_id)
    prove(world)
    with world.work() as work:
        assert [cases.open_case(work, each).balance for each in two] == [100_00, 450_00]


def hold_agreement(work: Work, case_id: UUID) -> None:
    from recobro.agreements.tables import Agreement

    case = cases.open_case(work, case_id)
    work.add(
        Agreement(
            agency_id=work.agency_id, client_id=case.client_id, id=new_id(), number="K-1", case_id=case_id,
            state="active", currency="MXN", balance=1, total=1, grace_days=3, contract_version=1, offered_by="x",
            offered_by_kind="staff", expires_on=work.now().date(), created_at=work.now(),
        )
    )  # fmt: skip


def hold_matter(work: Work, case_id: UUID) -> None:
    from legal.matters.tables import Matter

    case = cases.open_case(work, case_id)
    work.add(
        Matter(
            agency_id=work.agency_id, client_id=case.client_id, id=new_id(), number="J-1", case_id=case_id,
            state="accepted", claim=1, currency="MXN", missing=[], proposed_at=work.now(), proposed_by="x",
        )
    )  # fmt: skip


def hold_checkout(work: Work, case_id: UUID) -> None:
    case = cases.open_case(work, case_id)
    work.add(
        Checkout(
            agency_id=work.agency_id, client_id=case.client_id, id=new_id(), case_id=case_id, currency="MXN",
            amount=1, description="x", state="open", created_at=work.now(), asked_at=work.now(),
        )
    )  # fmt: skip


def hold_half_a_promise(work: Work, case_id: UUID) -> None:
    promise = make_promise(work, case_id=case_id, amount=mxn("20.00"), due_on=work.now().date() + timedelta(days=3))
    promise.paid = 1


def hold_lawyer(work: Work, case_id: UUID) -> None:
    cases.move(work, cases.open_case(work, case_id), Move.HAND_OFF)


@pytest.mark.parametrize(
    ("hold", "says"),
    [
        (hold_agreement, "convenio"), (hold_matter, "abogado"), (hold_checkout, "tarjeta"),
        (hold_half_a_promise, "promesa"), (hold_lawyer, "jurídico"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("side", [0, 1])
def test_what_a_merge_would_break_is_named(
    world: World, two: tuple[UUID, UUID], hold: object, says: str, side: int
) -> None:
    with world.work() as work:
        hold(work, two[side])  # type: ignore[operator]
    with pytest.raises(MergeRefused, match=says):
        joined(world, *two)


def test_a_merge_needs_a_reason_and_two_debtors_with_cases(world: World, two: tuple[UUID, UUID]) -> None:
    with world.work() as work:
        ids = [cases.open_case(work, each).debtor_id for each in two]
        with pytest.raises(Invalid):
            merge(work, survivor_id=ids[0], other_id=ids[1], reason=" ", fields={})
        with pytest.raises(MergeRefused):
            merge(work, survivor_id=ids[0], other_id=ids[0], reason=WHY, fields={})
    merge_id = joined(world, *two)
    with pytest.raises(MergeRefused):
        joined(world, *two)
    parted(world, merge_id)
    with pytest.raises(MergeRefused):
        parted(world, merge_id)


def test_a_merged_case_takes_no_payment_and_is_not_opened_by_hand(world: World, two: tuple[UUID, UUID]) -> None:
    joined(world, *two)
    with pytest.raises(PaymentRefused, match="se unió"):
        pay(world, two[1], "10.00")
    with world.work() as work, pytest.raises(MoveRefused):
        cases.move(work, cases.open_case(work, two[1]), Move.REOPEN)


def test_the_stricter_consent_stands_and_returns(world: World, two: tuple[UUID, UUID]) -> None:
    one, other = two
    debtor_id, other_id = debtor_of(world, one), debtor_of(world, other)
    with world.work() as work:
        work.session.execute(
            update(ContactPoint).where(ContactPoint.debtor_id == other_id, ContactPoint.channel == "phone")
            .values(consent="refused")
        )  # fmt: skip
        client_id = cases.open_case(work, one).client_id
        work.add(
            ConsentEvent(agency_id=work.agency_id, client_id=client_id, id=new_id(), case_id=other,
                         debtor_id=other_id, kind="stop", channel="email", at=work.now(), how="page", by="x")
        )  # fmt: skip
        for owner, case_id, key in ((debtor_id, one, f"debtor:{debtor_id}"), (other_id, other, f"MX:{TAX_ID}")):
            work.add(
                ContactAttempt(agency_id=work.agency_id, client_id=client_id, id=new_id(), case_id=case_id,
                               debtor_id=owner, person_key=key, channel="email", purpose="demand", at=work.now())
            )  # fmt: skip
    before = picture(world)

    merge_id = joined(world, one, other)

    with world.work() as work:
        phones = select(ContactPoint.channel, ContactPoint.consent).where(
            ContactPoint.debtor_id == debtor_id, ContactPoint.value == "+524425550142"
        )
        consents = {row.channel: row.consent for row in work.session.execute(phones)}
        assert consents == {"phone": "refused"}
        stops = select(ConsentEvent.kind, ConsentEvent.channel).where(ConsentEvent.debtor_id == debtor_id)
        assert work.session.execute(stops).all() == [("stop", "email")]
        assert set(work.session.scalars(select(ContactAttempt.person_key))) == {f"MX:{TAX_ID}"}
    parted(world, merge_id)
    with world.work() as work:
        kinds = select(ConsentEvent.kind).where(ConsentEvent.debtor_id == debtor_id).order_by(ConsentEvent.id)
        assert work.session.scalars(kinds).all() == ["stop", "resume"]
    assert picture(world) == before


def test_a_lawyer_of_one_is_the_lawyer_of_both_while_they_are_one(world: World, two: tuple[UUID, UUID]) -> None:
    one, other = two
    card = consents.LawyerCard("Lic. Inés Demo", phone="+524425550199")
    with world.work() as work:
        consents.note_lawyer(work, other, Said("call"), card=card)
        # What was reopened since is not closed for the survivor.
        consents.note_withdrawal(work, other, Said("call"), channel=Channel.SMS)
        consents.note_consent(work, other, Said("call"), channel=Channel.SMS)

    merge_id = joined(world, one, other)

    with world.work() as work:
        told = contact_facts(gather_one(work, one))
        assert told.lawyer is not None
        assert told.opt_outs == ()
    parted(world, merge_id)
    with world.work() as work:
        assert contact_facts(gather_one(work, one)).lawyer is None
        assert contact_facts(gather_one(work, other)).lawyer is not None


def test_a_person_chooses_field_by_field(world: World, two: tuple[UUID, UUID]) -> None:
    joined(world, *two, name="other", tax_id="survivor", customer_ref="other")
    with world.work() as work:
        debtor = work.session.get_one(Debtor, (work.agency_id, cases.open_case(work, two[0]).debtor_id))
        assert debtor.name == "Ferreteria el Tornillo Feliz SA de CV"
        assert (debtor.tax_id, debtor.customer_ref, debtor.customer_ref_norm) == ("", "00379", "00379")


def test_merges_in_a_row_are_undone_from_the_last(world: World, two: tuple[UUID, UUID]) -> None:
    with world.work() as work:
        client_id = cases.open_case(work, two[0]).client_id
    third = world.case(client_id, name="Tornillo Feliz")
    before = picture(world)
    first = joined(world, two[0], two[1])
    second = joined(world, third, two[0])
    with world.work() as work:
        assert set(work.session.scalars(select(Debtor.merged_into).where(Debtor.merged_into.is_not(None)))) == {
            cases.open_case(work, third).debtor_id
        }
    prove(world)
    with pytest.raises(MergeRefused, match="después"):
        parted(world, first)
    parted(world, second)
    parted(world, first)
    assert picture(world) == before
    prove(world)


def pairs(world: World) -> list[DebtorPair]:
    with world.work() as work:
        found = work.session.scalars(select(DebtorPair).order_by(DebtorPair.score.desc())).all()
        work.session.expunge_all()
        return list(found)


def look(world: World, case_id: UUID) -> int:
    with world.work() as work:
        case = cases.open_case(work, case_id)
        return find_of_debtors(work, client_id=case.client_id, ids=[case.debtor_id])


def test_twins_are_found_with_their_evidence(world: World, two: tuple[UUID, UUID]) -> None:
    assert look(world, two[1]) == 1
    (found,) = pairs(world)
    assert [each["what"] for each in found.evidence] == ["number_zeros", "same_name_firm", "phone", "postal"]
    assert (found.score, found.state) == (100, "proposed")
    with world.work() as work:
        keep_apart(work, found.id, forever=False)
    look(world, two[0])
    assert [each.state for each in pairs(world)] == ["kept"]


def test_kept_apart_comes_back_when_more_speaks_for_it_and_never_does_not(world: World, two: tuple[UUID, UUID]) -> None:
    debtor_of(world, two[0], tax_id="ABA200101XY1")
    look(world, two[0])
    (found,) = pairs(world)
    assert found.evidence[-1]["what"] == "other_tax_id"
    with world.work() as work:
        keep_apart(work, found.id, forever=False)
    debtor_of(world, two[0], tax_id=TAX_ID)
    look(world, two[0])
    assert [(each.state, each.score) for each in pairs(world)] == [("proposed", 100)]
    with world.work() as work:
        keep_apart(work, found.id, forever=True)
    look(world, two[0])
    assert [each.state for each in pairs(world)] == ["never"]


def test_what_many_share_is_no_evidence(world: World) -> None:
    client_id = world.client()
    names = ("Papelería La Goma Azul", "Zapatos Inventados", "Llantas de Prueba", "Vidrios Ejemplo", "Telas Ficticias",
             "Muebles Supuestos", "Hielos Imaginarios")  # fmt: skip
    last = [world.case(client_id, name=name) for name in names][-1]
    for _ in range(2):
        debtor_of(world, last, tax_id="XAXX010101000")
    assert look(world, last) == 0
    assert pairs(world) == []


def test_candidates_never_leave_the_client_or_the_agency(world: World, two: tuple[UUID, UUID]) -> None:
    other_client = world.client("otra", name="Otra Ficticia")
    outside = world.case(other_client, customer_ref="379")
    debtor_of(world, outside, tax_id=TAX_ID)
    elsewhere = make_world("MX", clock=world.clock)
    foreign = elsewhere.case(elsewhere.client(), customer_ref="379")
    debtor_of(elsewhere, foreign, tax_id=TAX_ID)
    for case_id in two:
        look(world, case_id)
    look(world, outside)
    look(elsewhere, foreign)
    assert len(pairs(world)) == 1
    assert pairs(elsewhere) == []
    with world.work() as work:
        here, there = cases.open_case(work, two[0]).debtor_id, cases.open_case(work, outside).debtor_id
        with pytest.raises(MergeRefused, match="nunca"):
            merge(work, survivor_id=here, other_id=there, reason=WHY, fields={})
    with elsewhere.work() as work:
        abroad = cases.open_case(work, foreign).debtor_id
    with world.work() as work, pytest.raises(NotFound):
        merge(work, survivor_id=here, other_id=abroad, reason=WHY, fields={})


def share(world: World, client_id: UUID) -> None:
    with world.work() as work:
        first = work.session.scalars(select(Contract).where(Contract.client_id == client_id)).one()
        values = {column.name: getattr(first, column.name) for column in Contract.__table__.columns}
        work.add(Contract(**{**values, "id": new_id(), "version": 2, "share_debtors": True}))


def test_a_debtor_of_another_client_is_shown_only_when_both_contracts_allow_it(world: World) -> None:
    ours, theirs = world.client(), world.client("otra", name="Otra Ficticia")
    one, other = world.case(ours), world.case(theirs)
    elsewhere = make_world("MX", clock=world.clock)
    abroad = elsewhere.client()
    for place, case_id in ((world, one), (world, other), (elsewhere, elsewhere.case(abroad))):
        debtor_of(place, case_id, tax_id=TAX_ID)
    share(elsewhere, abroad)

    def seen() -> list[tuple[UUID, str]]:
        with world.work() as work:
            found = queries.elsewhere(work, cases.open_case(work, one))
            return [(each.case_id, each.client) for each in found]

    assert seen() == []
    share(world, ours)
    assert seen() == []
    share(world, theirs)
    assert seen() == [(other, "Otra Ficticia")]
    debtor_of(world, one, tax_id="XAXX010101000")
    debtor_of(world, other, tax_id="XAXX010101000")
    assert seen() == []


def test_clients_and_debtors_see_neither_pairs_nor_merges(world: World, two: tuple[UUID, UUID]) -> None:
    look(world, two[0])
    joined(world, *two)
    with world.work() as work:
        client_id = cases.open_case(work, two[0]).client_id
    with world.work(world.principal(Role.CLIENT_ADMIN, client_id=client_id)) as work:
        for table in (DebtorPair, DebtorMerge):
            with pytest.raises(Exception, match="permission denied"), work.session.begin_nested():
                work.session.scalars(select(table)).all()


def test_a_fact_is_kept_with_its_source_and_others_are_refused(world: World, two: tuple[UUID, UUID]) -> None:
    debtor_id, placement_id = debtor_of(world, two[0]), new_id()
    with world.work() as work:
        note_fact(work, debtor_id, "city", "Celaya", "client", placement_id, line=7)
        with pytest.raises(Problem):
            note_fact(work, debtor_id, "secret", "x", "client")
        with pytest.raises(NotFound):
            note_fact(work, new_id(), "city", "x", "client")
    with world.work() as work:
        source = sources_of(work, [work.session.get_one(Debtor, (work.agency_id, debtor_id))])[debtor_id]["city"]
        assert (source.kind, source.ref, source.line) == ("client", placement_id, 7)


def test_a_placements_debtors_are_looked_at_together(world: World) -> None:
    client_id = world.client()
    first = world.case(client_id, customer_ref="00001")
    placement_id = new_id()
    for number in ("1", "2"):
        debtor_of(
            world, world.case(client_id, name=f"Nadie {number}", customer_ref=number, phone="", email=""),
            placement_id=placement_id,
        )  # fmt: skip
    with world.work() as work:
        assert find_of_placement(work, client_id=client_id, placement_id=placement_id) == 1
    (found,) = pairs(world)
    assert debtor_of(world, first) in (found.one_id, found.other_id)


def test_closed_by_merging_is_never_chosen_by_hand() -> None:
    from recobro.cases.lifecycle import BY_HAND

    assert CloseCode.MERGED not in BY_HAND


def test_a_file_that_names_a_merged_debtor_adds_to_the_one_that_stands_for_it(
    world: World, two: tuple[UUID, UUID], wired: None
) -> None:
    from tests.service.test_intake import bring

    joined(world, *two)
    with world.work() as work:
        case = cases.open_case(work, two[0])
        client_id, stands = case.client_id, case.debtor_id
    text = (
        "Cliente,RFC,Razón social,Folio,F. Vencimiento,Saldo\n"
        f"00379,{TAX_ID},Ferretería El Tornillo Feliz,N-1,07/09/2025,10.00\n"
        f",{TAX_ID},Ferretería El Tornillo Feliz,N-2,27/09/2025,20.00\n"
    )
    bring(world, client_id, text)
    with world.work() as work:
        fresh = work.session.scalars(select(Debt).where(Debt.reference.in_(["N-1", "N-2"]))).all()
        assert {(debt.case_id, debt.debtor_id) for debt in fresh} == {(two[0], stands)}
        names = set(work.session.scalars(select(OutboxRow.name)))
        assert "debtors.find_twins" in names
    prove(world)


HEAD = "Cliente,RFC,Razón social,Folio,F. Vencimiento,Saldo,Mail\n"


def where(world: World, *references: str) -> dict[str, UUID]:
    """The case of each of these debts."""
    with world.work() as work:
        rows = work.session.execute(select(Debt.reference, Debt.case_id).where(Debt.reference.in_(references)))
        return {row.reference: row.case_id for row in rows}


def brought(world: World, case_id: UUID, rows: str) -> None:
    """A later list of the case's client, with these rows."""
    from tests.service.test_intake import bring

    with world.work() as work:
        client_id = cases.open_case(work, case_id).client_id
    bring(world, client_id, HEAD + rows)


def test_a_debt_that_a_later_file_brought_for_the_others_number_goes_with_it_when_they_part(
    world: World, two: tuple[UUID, UUID], wired: None
) -> None:
    one, other = two
    merge_id = joined(world, one, other)
    brought(
        world, one,
        "00379,,Ferreteria el Tornillo Feliz,F-77,27/09/2025,7.00,nueva@tornillo.example\n"
        "379,,Ferretería El Tornillo Feliz,F-78,27/09/2025,8.00,propia@tornillo.example\n"
        f",{TAX_ID},Ferretería El Tornillo Feliz,F-79,27/09/2025,9.00,\n",
    )  # fmt: skip
    assert set(where(world, "F-77", "F-78", "F-79").values()) == {one}

    parted(world, merge_id)

    assert where(world, "F-77", "F-78", "F-79") == {"F-77": other, "F-78": one, "F-79": other}
    with world.work() as work:
        found = work.session.execute(
            select(ContactPoint.value, ContactPoint.debtor_id).where(ContactPoint.value.like("%a@tornillo.example"))
        ).all()
        whose = {row.value: row.debtor_id for row in found}
    assert whose["nueva@tornillo.example"] == debtor_of(world, other)
    assert whose["propia@tornillo.example"] == debtor_of(world, one)
    prove(world)


def test_a_debt_for_the_others_number_goes_back_through_every_merge_in_between(
    world: World, two: tuple[UUID, UUID], wired: None
) -> None:
    one, other = two
    with world.work() as work:
        client_id = cases.open_case(work, one).client_id
    third = world.case(client_id, name="Tornillos Felices", customer_ref="777", phone="", email="")
    first_merge = joined(world, other, third)
    second_merge = joined(world, one, other)
    brought(world, one, "777,,Tornillos Felices,F-77,27/09/2025,7.00,\n")
    assert where(world, "F-77") == {"F-77": one}
    parted(world, second_merge)
    assert where(world, "F-77") == {"F-77": other}
    parted(world, first_merge)
    assert where(world, "F-77") == {"F-77": third}
    prove(world)


def test_a_closed_case_that_a_later_debt_came_for_is_worked_again_when_it_is_parted(
    world: World, two: tuple[UUID, UUID], wired: None
) -> None:
    one, other = two
    with world.work() as work:
        cases.move(work, cases.open_case(work, other), Move.CLOSE, close_code=CloseCode.UNTRACEABLE)
    merge_id = joined(world, one, other)
    brought(world, one, "00379,,Ferreteria el Tornillo Feliz,F-77,27/09/2025,7.00,\n")
    parted(world, merge_id)
    with world.work() as work:
        case = cases.open_case(work, other)
        assert (case.stage, case.close_code, case.balance) == ("calls", "", 457_00)
        assert case.queue_at is not None
    prove(world)


def test_a_later_payment_on_a_debt_that_came_for_the_other_keeps_them_together(
    world: World, two: tuple[UUID, UUID], wired: None
) -> None:
    one, other = two
    merge_id = joined(world, one, other)
    brought(world, one, "00379,,Ferreteria el Tornillo Feliz,F-77,27/09/2025,7.00,\n")
    with world.work() as work:
        debt_id = work.session.scalars(select(Debt.id).where(Debt.reference == "F-77")).one()
    pay(world, one, "7.00", debt_id)
    with pytest.raises(MergeRefused, match="posterior a la unión"):
        parted(world, merge_id)


def test_a_dispute_that_came_with_the_others_debt_goes_with_it_when_they_part(
    world: World, two: tuple[UUID, UUID], wired: None
) -> None:
    from tests.service.test_intake import bring

    one, other = two
    merge_id = joined(world, one, other)
    with world.work() as work:
        client_id = cases.open_case(work, one).client_id
    row = "00379,Ferreteria el Tornillo Feliz,F-77,27/09/2025,7.00,sí\n"
    bring(world, client_id, "Cliente,Razón social,Folio,F. Vencimiento,Saldo,En disputa\n" + row)
    parted(world, merge_id)
    with world.work() as work:
        assert work.session.scalars(select(CaseFlag.case_id)).all() == [other]


def test_parted_debtors_have_their_fields_from_where_they_had_them_before(world: World, two: tuple[UUID, UUID]) -> None:
    one, other = two
    debtor_id = debtor_of(world, one)
    told = new_id()
    with world.work() as work:
        note_fact(work, debtor_id, "city", "", "collector", told, line=4)
    with world.work() as work:
        both = work.session.scalars(select(Debtor).where(Debtor.id.in_([debtor_id, debtor_of(world, other)]))).all()
        before = {key: {field: (source.kind, source.ref, source.line, source.by) for field, source in found.items()}
                  for key, found in sources_of(work, both).items()}  # fmt: skip
    merge_id = joined(world, one, other)
    with world.work() as work:
        found = sources_of(work, [work.session.get_one(Debtor, (work.agency_id, debtor_id))])[debtor_id]
        assert {found[field].kind for field in ("tax_id", "city")} == {"merge"}

    parted(world, merge_id)

    with world.work() as work:
        both = work.session.scalars(select(Debtor).where(Debtor.id.in_(before))).all()
        after = {key: {field: (source.kind, source.ref, source.line, source.by) for field, source in found.items()}
                 for key, found in sources_of(work, both).items()}  # fmt: skip
    assert after == before
    assert after[debtor_id]["city"][:3] == ("collector", told, 4)
