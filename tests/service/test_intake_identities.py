"""Who owes, where numbers and names disagree: nobody's debt is given to somebody else in silence."""

from hashlib import sha256

import pytest
from sqlalchemy import select

from recobro.cases.tables import Debt
from recobro.debtors.tables import Debtor
from recobro.intake.queries import issues, told
from recobro.intake.tables import Placement
from recobro.twins import finding
from tests.service.test_intake import bring, looked, wired  # noqa: F401 - a fixture
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")

HEADS = "Factura,No. cliente,Nombre,RFC,Vencimiento,Saldo\n"
LETTERS = str.maketrans("0123456789abcdef", "BCDFGHJKLMNPQRST")
ASIDE = ("no_contact", "tax_id_digit")
A, B = "FTF190312AB4", "ABA200101XY1"


def owners(world: World) -> dict[str, str]:
    """The name of each debt's debtor, by invoice."""
    query = select(Debt.reference, Debtor.name).join(Debtor, Debtor.id == Debt.debtor_id)
    with world.work() as work:
        return {row.reference: row.name for row in work.session.execute(query)}


def found(world: World, placement: Placement) -> list[tuple[int, str]]:
    with world.work() as work:
        return [(one.line, one.code) for one in issues(work, placement.id) if one.code not in ASIDE]


def debtors(world: World) -> int:
    with world.work() as work:
        return len(list(work.session.scalars(select(Debtor.id))))


@pytest.mark.parametrize("written", ["PENDIENTE", "SIN RFC", "XXXX010101XXX"])
def test_what_stands_for_no_tax_id_joins_nobody(world: World, written: str) -> None:
    rows = "".join(f"F-{n},,Empresa {name},{written},2026-03-25,10.00\n" for n, name in enumerate("ABC"))

    placement = bring(world, world.client(), HEADS + rows)

    assert len(set(owners(world).values())) == 3
    assert ["warned", "tax_id_form", 3] in placement.counts["causes"]


def test_names_without_a_word_in_common_are_two_debtors_of_one_tax_id_and_probable_twins(world: World) -> None:
    client_id = world.client()
    text = HEADS + (
        f"F-1,,Alfa Ficticia S.A.,{A},2026-03-25,10.00\nF-2,,Panadería Inventada,{A},2026-03-25,20.00\n"
        f"F-3,,Alfa Ficticia,{A},2026-03-25,30.00\nF-4,,Panaderia Inventada SA,{A},2026-03-25,40.00\n"
        f"F-5,,Inventada Ficticia del Sur,{A},2026-03-25,50.00\n"
    )

    placement = bring(world, client_id, text)

    names = owners(world)
    assert names["F-1"] == names["F-3"] == "Alfa Ficticia S.A."
    assert names["F-2"] == names["F-4"] == "Panadería Inventada"
    assert debtors(world) == 2
    assert (3, "same_tax_id") in found(world, placement)
    assert {code for line, code in found(world, placement) if line == 6} <= {"same_tax_id", "two_names"}
    with world.work() as work:
        assert finding.find_of_placement(work, client_id=client_id, placement_id=placement.id) == 1
        line = told(next(one for one in issues(work, placement.id) if one.code == "same_tax_id"))
    assert (line.value, line.details["other"]) == ("Panadería Inventada", "Alfa Ficticia S.A.")

    # Files that come later find each of them.
    bring(world, client_id, HEADS + f"F-6,,Panadería Inventada,{A},2026-03-25,1.00\n"
                                    f"F-7,,Alfa Ficticia S.A.,{A},2026-03-25,2.00\n")  # fmt: skip
    assert debtors(world) == 2
    assert (owners(world)["F-6"], owners(world)["F-7"]) == ("Panadería Inventada", "Alfa Ficticia S.A.")


def test_a_row_that_only_a_tax_id_joins_to_a_customer_of_another_name_is_kept_apart(world: World) -> None:
    bring(world, world.client(), HEADS + f"F-1,C1,Alfa Ficticia,{A},2026-03-25,10.00\n"
                                         f"F-2,,Panadería Inventada,{A},2026-03-25,20.00\n")  # fmt: skip

    assert owners(world) == {"F-1": "Alfa Ficticia", "F-2": "Panadería Inventada"}


def test_another_name_under_a_tax_id_that_is_here_is_another_debtor_and_told(world: World) -> None:
    client_id = world.client()
    bring(world, client_id, HEADS + f"F-1,,Alfa Ficticia,{A},2026-03-25,10.00\n")

    second = bring(world, client_id, HEADS + f"F-2,,Panadería Inventada,{A},2026-03-25,20.00\n"
                                             f"F-3,,Ficticia Alfa de México,{A},2026-03-25,20.00\n")  # fmt: skip

    assert owners(world) == {"F-1": "Alfa Ficticia", "F-2": "Panadería Inventada", "F-3": "Alfa Ficticia"}
    assert (2, "same_tax_id") in found(world, second)


def test_two_tax_ids_and_names_under_one_customer_number_are_a_conflict(world: World) -> None:
    client_id = world.client()
    text = HEADS + (
        f"F-1,C1,Aceros del Norte,{A},2026-03-25,10.00\nF-2,C1,Panadería Sur,{B},2026-03-25,20.00\n"
        f"F-3,C1,Aceros del Norte SA,{B},2026-03-25,30.00\n"
    )

    placement = bring(world, client_id, text)

    assert (placement.counts["created"], placement.counts["conflicts"]) == (2, 1)
    assert owners(world) == {"F-1": "Aceros del Norte", "F-3": "Aceros del Norte"}
    assert found(world, placement) == [(3, "in_file_identity"), (4, "two_tax_ids")]
    with world.work() as work:
        conflict = told(issues(work, placement.id, kinds=["conflict"])[0])
    assert conflict.reason.format(**conflict.details) == (
        f"El número de cliente es de «Aceros del Norte» ({A}) en la fila 2; aquí, de «Panadería Sur» ({B})."
    )


def test_the_same_against_who_is_here(world: World) -> None:
    client_id = world.client()
    bring(world, client_id, HEADS + f"F-1,C1,Aceros del Norte,{A},2026-03-25,10.00\n")

    later = looked(world, client_id, HEADS + f"F-2,C1,Panadería Sur,{B},2026-03-25,20.00\n"
                                             f"F-3,C1,Panadería Sur SA,{B},2026-03-25,20.00\n"
                                             f"F-4,C2,Otra Ficticia,,2026-03-25,30.00\n")  # fmt: skip

    assert (later.counts["created"], later.counts["conflicts"], later.counts["debtors_new"]) == (1, 2, 1)
    assert [code for _, code in found(world, later)] == ["known_identity", "known_identity"]


def test_another_name_under_one_customer_number_is_told(world: World) -> None:
    placement = looked(world, world.client(), HEADS + f"F-1,C1,Aceros del Norte,{A},2026-03-25,10.00\n"
                                                      "F-2,C1,Panadería Sur,,2026-03-25,20.00\n"
                                                      "F-3,C1,,,2026-03-25,20.00\n")  # fmt: skip

    assert found(world, placement) == [(3, "two_names")]
    assert placement.counts["debtors"] == 1


def test_debtors_that_a_person_has_made_one_stay_one(world: World) -> None:
    client_id = world.client()
    bring(world, client_id, HEADS + f"F-1,,Alfa Ficticia,{A},2026-03-25,10.00\n"
                                    f"F-2,,Panadería Inventada,{A},2026-03-25,20.00\n")  # fmt: skip
    with world.work() as work:
        one, other = work.session.scalars(select(Debtor).order_by(Debtor.name)).all()
        other.merged_into = one.id

    later = bring(world, client_id, HEADS + f"F-3,,Panadería Inventada,{A},2026-03-25,5.00\n")

    assert (later.counts["debtors_new"], found(world, later)) == (0, [])


def test_one_tax_id_of_very_many_names_costs_no_more_than_its_rows(world: World) -> None:
    names = [sha256(str(n).encode()).hexdigest().translate(LETTERS) for n in range(3_000)]
    rows = "".join(f"F-{n},,{name[:9]} {name[9:19]},{A},2026-03-25,10.00\n" for n, name in enumerate(names))

    placement = looked(world, world.client(), HEADS + rows)

    assert placement.counts["debtors"] > 2_900


def test_each_instalment_of_an_invoice_is_a_debt_of_its_own_and_comes_once(world: World) -> None:
    client_id = world.client()
    heads = f"{HEADS.strip()},Plazo\n"
    rows = [f"FP-9,,Alfa Ficticia,{A},2026-0{month}-30,100.00,{part}\n" for part, month in ((1, 3), (2, 4), (3, 5))]

    bring(world, client_id, heads + "".join(rows))
    again = looked(world, client_id, heads + "".join(rows[::-1]))

    assert set(owners(world)) == {"FP-9/1", "FP-9/2", "FP-9/3"}
    assert debtors(world) == 1
    assert (again.counts["created"], again.counts["conflicts"], again.counts["unchanged"]) == (0, 0, 3)


def test_one_number_with_several_due_days_says_that_a_column_may_count_its_parts(world: World) -> None:
    rows = "".join(f"FP-9,,Alfa Ficticia,{A},2026-0{month}-30,100.00\n" for month in (3, 4))

    placement = looked(world, world.client(), HEADS + rows)

    with world.work() as work:
        [clash] = [one for one in issues(work, placement.id) if one.code == "in_file_due"]
        assert "Número de cuota" in told(clash).reason


def test_one_tax_id_written_in_several_ways_is_one_debtor_whatever_file_says_it(world: World) -> None:
    client_id = world.client()
    heads = "Factura,No. cliente,Nombre,NIF,Vencimiento,Saldo,País\n"
    ids = {"ES": ("ESB83834747", "B-83.834.747"), "CO": ("900123456-8", "900.123.456", "9001234568")}
    lines = [
        f"{country}-{n},,Beta Ficticia,{tax_id},2026-03-25,10.00,{country}\n"
        for country, every in ids.items()
        for n, tax_id in enumerate(every)
    ]

    placement = bring(world, client_id, heads + "".join(lines[:3]))
    bring(world, client_id, heads + "".join(lines[3:]), name="otra.csv")

    assert debtors(world) == 2
    assert len(owners(world)) == 5
    assert found(world, placement) == []


@pytest.mark.parametrize("tax_id", ["900.123.456-8", "ESB83834747"])
def test_a_tax_id_of_another_country_is_one_and_the_country_that_nobody_said_is_told(world: World, tax_id: str) -> None:
    text = HEADS + f"F-1,,Alfa Ficticia,{tax_id},2026-03-25,10.00\nF-2,,Alfa Ficticia S.A.,{tax_id},2026-03-25,20.00\n"

    placement = bring(world, world.client(), text)

    assert debtors(world) == 1
    assert ["warned", "country_doubt", 2] in placement.counts["causes"]
    assert not [code for _, code, _ in placement.counts["causes"] if code in ("tax_id_form", "tax_id_digit")]
