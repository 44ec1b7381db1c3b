"""Search: one mechanism for the palette and the lists, without accents, by any part people know, along indexes."""

from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from kernel.ids import new_id
from recobro.cases import queries
from recobro.cases.queries import CaseFilter
from recobro.cases.search import matching
from recobro.cases.tables import Case
from recobro.debtors import words
from recobro.debtors.queries import meant
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.service import record_payment
from tenants.roles import Role
from tests.support.statements import statements
from tests.support.world import World, mxn

DUE = date(2025, 10, 1)


@pytest.fixture
def shop(world: World) -> UUID:
    """Ferretería El Cóndor Peñón, with Luis Demo to talk to, among others that must not be found."""
    client_id = world.client()
    world.case(client_id, name="Abarrotes Sin Relación", email="otra@example.test", phone="+525511112222")
    case_id = world.case(
        client_id, name="Ferretería El Cóndor Peñón S.A. de C.V.", phone="+524425550142",
        debts=[("FD-10077", mxn("184320.55"), DUE), ("FD-20000", mxn("10.00"), DUE)],
    )  # fmt: skip
    with world.work() as work:
        case = queries.list_cases(work, CaseFilter(ids=[case_id])).rows[0]
        debtor = work.session.query(Debtor).filter_by(name=case.debtor).one()
        debtor.tax_id, debtor.tax_id_norm = "FCP-010101-AB1", "FCP010101AB1"
        work.add(
            ContactPoint(
                agency_id=work.agency_id, client_id=client_id, id=new_id(), debtor_id=debtor.id, channel="email",
                value="luis@condor.example", value_norm="luis@condor.example", person_name="Luís Demo",
                created_at=work.now(),
            )
        )  # fmt: skip
    return case_id


@pytest.mark.parametrize(
    "typed",
    [
        "condor", "CÓNDOR", "cóndor", "ferreteria", "Ferretería", "penon", "el condor", "condor ferre", "s.a. cóndor",
        "Luis Demo", "luís", "442 555 0142", "+52 1 442 555 0142", "4425550142", "(442) 555-0142", "555 0142",
        "442 555", "luis@condor", "FD-10077", "fd-100", "184320.55", "184,320.55", "$184,320.55", "184.320,55",
        "10.00", "fcp-010101-ab1",
    ],
)  # fmt: skip
def test_a_case_is_found_by_any_part_people_know(world: World, shop: UUID, typed: str) -> None:
    with world.work() as work:
        assert [row.id for row in queries.list_cases(work, CaseFilter(text=typed)).rows] == [shop]


@pytest.mark.parametrize("typed", ["condores", "184320.56", "442 555 0143", "FD-10078", "Luis Real", "%", "_", "-"])
def test_what_is_not_there_is_not_found(world: World, shop: UUID, typed: str) -> None:
    with world.work() as work:
        assert shop not in [row.id for row in queries.list_cases(work, CaseFilter(text=typed)).rows]


def test_a_case_is_found_by_the_amount_of_a_payment(world: World, shop: UUID) -> None:
    with world.work() as work:
        record_payment(
            work, case_id=shop, amount=mxn("1234.56"), direction=Direction.TO_AGENCY, method=Method.TRANSFER,
            received_on=work.now().date(), key="k",
        )  # fmt: skip

    with world.work() as work:
        assert [row.id for row in queries.list_cases(work, CaseFilter(text="1,234.56")).rows] == [shop]


def test_a_changed_name_is_found_and_the_old_one_no_more(world: World, shop: UUID) -> None:
    with world.work() as work:
        debtor = work.session.query(Debtor).filter(Debtor.tax_id_norm == "FCP010101AB1").one()
        debtor.name = "Tlapalería La Urraca"
        contact = work.session.query(ContactPoint).filter_by(channel="email", debtor_id=debtor.id).filter(
            ContactPoint.person_name != "").one()  # fmt: skip
        contact.person_name = "Ana Prueba"

    with world.work() as work:
        found = {word: queries.count_cases(work, CaseFilter(text=word)) for word in ("urraca", "condor", "ana", "demo")}
    assert found == {"urraca": 1, "condor": 0, "ana": 1, "demo": 0}


def test_a_client_finds_by_name_but_never_by_phone_or_contact(world: World, shop: UUID) -> None:
    with world.work() as work:
        client_id = work.session.scalar(text("SELECT client_id FROM cases LIMIT 1"))
    with world.work(world.principal(Role.CLIENT_VIEWER, client_id=client_id)) as work:
        found = {word: queries.count_cases(work, CaseFilter(text=word)) for word in ("condor", "luis", "4425550142")}
    assert found == {"condor": 1, "luis": 0, "4425550142": 0}


@pytest.mark.parametrize(
    "name",
    [
        "Ferretería Ñandú S.A. de C.V.",
        "L'Hospitalet, S.L.",
        "Ärzte & Söhne (2)",
        "İstanbul №5",
        "ﬁn Ⅳ",
        "Ελλάδα",
        "a_b",
    ],
)
def test_the_database_cuts_words_as_the_program_does(database_urls: tuple[str, str], world: World, name: str) -> None:
    with psycopg.connect(database_urls[1]) as admin:
        kept = {row[0] for row in admin.execute("SELECT search_words_of(%s)", [name])}
    assert kept == set(words.words(name))


def test_a_search_asks_the_same_few_questions_however_much_it_finds(world: World, shop: UUID) -> None:
    with world.work() as work, statements() as one:
        queries.list_cases(work, CaseFilter(text="condor"), size=8)
    client_id = world.client("otro", name="Otro Ficticio")
    for n in range(5):
        world.case(client_id, name=f"Cóndor {n}")
    with world.work() as work, statements() as many:
        assert len(queries.list_cases(work, CaseFilter(text="condor"), size=8).rows) == 6

    assert len(many) == len(one) <= 5


@pytest.mark.parametrize("typed", ["cóndor peñ", "442 555 0142", "FD-10077", "184320.55"])
def test_the_way_to_a_debtor_is_a_range_of_the_key(world: World, shop: UUID, typed: str) -> None:
    with world.work() as work:
        work.session.execute(text("SET LOCAL enable_seqscan = off"))
        for question in meant(work, typed):
            plan = "\n".join(explained(work.session, question))
            assert "pk_search_words" in plan, plan
            assert "word >=" in plan.partition("Index Cond")[2], plan


@pytest.mark.parametrize(("typed", "index"), [("X-100", "ix_debts__reference"), ("17.05", "ix_debts__original")])
def test_invoices_and_amounts_are_looked_up_in_their_indexes(
    world: World, shop: UUID, database_urls: tuple[str, str], typed: str, index: str
) -> None:
    with world.work() as work:
        work.session.execute(
            text(
                "INSERT INTO debts (agency_id, id, client_id, case_id, debtor_id, reference, reference_norm,"
                " seller_norm, uuid, kind, due_on, currency, original, balance, state, disputed, concept, extra,"
                " created_at)"
                " SELECT c.agency_id, uuidv7(), c.client_id, c.id, c.debtor_id, 'X-' || n, 'X-' || n, '', '',"
                " 'invoice', '2025-10-01', 'MXN', n, n, 'open', false, '', '{}', now()"
                " FROM cases c, generate_series(1, 3000) n WHERE c.id = :case"
            ),
            {"case": shop},
        )
    with psycopg.connect(database_urls[1]) as admin:
        admin.execute("ANALYZE debts")

    with world.work() as work:
        plan = "\n".join(explained(work.session, select(Case.id).where(matching(work, typed))))
    assert index in plan, plan


def explained(session: Session, question: Select[Any]) -> list[str]:
    """The server's plan for a question."""
    spelled = question.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    return [row[0] for row in session.connection().exec_driver_sql(f"EXPLAIN {spelled}")]
