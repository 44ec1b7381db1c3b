"""What a file says in another way than expected is read as it is meant, asked or refused: never changed in silence."""

import io
from uuid import UUID

import pytest
import xlsxwriter
from sqlalchemy import select

from recobro.cases.tables import Debt
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.intake.tables import Placement, PlacementIssue
from tests.service.test_intake import bring
from tests.service.test_intake import wired as wired
from tests.support.files import brought, previewed
from tests.support.world import World, make_world

pytestmark = pytest.mark.usefixtures("wired")
HEAD = "Factura,No cliente,Nombre,Telefono,Vencimiento,Saldo"


@pytest.fixture
def client_id(world: World) -> UUID:
    return world.client()


def issues(world: World, placement: Placement) -> list[tuple[str, str, int]]:
    with world.work() as work:
        found = work.session.scalars(
            select(PlacementIssue).where(PlacementIssue.placement_id == placement.id).order_by(PlacementIssue.line)
        )
        return [(one.kind, one.code, one.line) for one in found if one.kind != "held"]


def debts(world: World) -> dict[str, tuple[str, int]]:
    with world.work() as work:
        return {
            one.reference: (one.currency, one.balance)
            for one in work.session.scalars(select(Debt).order_by(Debt.reference))
        }


def test_a_currency_in_words_is_that_currency_and_an_unknown_one_is_refused(world: World, client_id: UUID) -> None:
    rows = "".join(
        f"A-{n},C-{n},Deudor {n},,21/02/2026,100.00,{word}\n"
        for n, word in enumerate(("Dólares", "Pesos", "M.N.", "DLLS", "Dólar americano", "USD", "Ducados"))
    )

    placement = bring(world, client_id, f"{HEAD},Moneda\n{rows}")

    assert [currency for currency, _ in debts(world).values()] == ["USD", "MXN", "MXN", "USD", "USD", "USD"]
    assert issues(world, placement) == [("rejected", "bad_currency", 8)]


def test_pesos_are_no_currency_of_a_client_that_has_none() -> None:
    spain = make_world("ES")

    placement = previewed(
        spain, spain.client(), f'{HEAD},Divisa\nA-1,C-1,Luis Demo,,21/02/2026,"100,00",Pesos\n', kind="placement"
    )

    assert issues(spain, placement) == [("rejected", "bad_currency", 2)]


def test_a_dollar_sign_is_refused_where_amounts_are_not_written_with_it() -> None:
    spain = make_world("ES")
    rows = 'A-1,C-1,Luis Demo,,21/02/2026,"$ 100,00"\nA-2,C-2,Ana Demo,,21/02/2026,"100,00 €"\n'

    placement = bring(spain, spain.client(), f"{HEAD}\n{rows}")

    assert issues(spain, placement) == [("rejected", "bad_sign", 2)]
    assert debts(spain) == {"A-2": ("EUR", 100_00)}


def test_what_was_paid_with_a_minus_is_taken_off_and_told(world: World, client_id: UUID) -> None:
    head = "Factura,No cliente,Nombre,Vencimiento,Importe,Abonos"
    rows = "A-1,C-1,Luis Demo,21/02/2026,100.00,-15.00\nA-2,C-2,Ana Demo,21/02/2026,100.00,15.00\n"

    placement = bring(world, client_id, f"{head}\n{rows}")

    assert debts(world) == {"A-1": ("MXN", 85_00), "A-2": ("MXN", 85_00)}
    assert issues(world, placement) == [("warned", "paid_negative", 2)]


def test_a_payment_in_another_currency_in_words_is_refused_as_one(world: World, client_id: UUID) -> None:
    bring(world, client_id, f"{HEAD}\nA-1,C-1,Luis Demo,,21/02/2025,100.00\n")
    day = world.clock.now().date().isoformat()

    placement = previewed(
        world, client_id, f"Factura,Importe,Fecha,Moneda\nA-1,10.00,{day},Dólares\n", kind="financial"
    )

    assert issues(world, placement) == [("rejected", "fin_currency", 2)]


def test_a_debt_that_was_paid_in_part_does_not_vanish_with_the_day_of_its_payment(
    world: World, client_id: UUID
) -> None:
    head = "Factura,No cliente,Nombre,Vencimiento,Importe,Pagado,Fecha de pago\n"

    placement = previewed(
        world, client_id,
        f"{head}A-1,C,Luis Demo,21/02/2025,100.00,20.00,25/02/2025\nA-2,C,Luis Demo,21/02/2025,100.00,100.00,25/02/2025"
        "\nA-3,C,Luis Demo,21/02/2025,100.00,,25/02/2025\n", kind="placement", name="cartera.csv",
    )  # fmt: skip

    assert issues(world, placement) == [("rejected", "closed_owed", 2)]
    assert placement.counts["not_open"] == 2


def test_numbers_that_a_spreadsheet_protects_are_the_numbers(world: World, client_id: UUID) -> None:
    protected = '"=""000124""","=""0045"""'
    bring(world, client_id, f"{HEAD}\n'000123,'0045,Pepe Demo,5512345678,21/02/2026,100.00\n"
          f"{protected},Pepe Demo,'+525512345678,21/02/2026,200.00\n")  # fmt: skip

    again = previewed(world, client_id, f"{HEAD}\n000123,0045,Pepe Demo,5512345678,21/02/2026,100.00\n"
                  "000124,0045,Pepe Demo,5512345678,21/02/2026,200.00\n", kind="placement")  # fmt: skip

    assert set(debts(world)) == {"000123", "000124"}
    assert (again.counts["unchanged"], again.counts["created"]) == (2, 0)
    with world.work() as work:
        assert work.session.scalars(select(Debtor.customer_ref)).all() == ["0045"]


def test_an_apostrophe_of_a_name_stays(world: World, client_id: UUID) -> None:
    bring(world, client_id, f"{HEAD}\nA-1,C-1,'s-Hertogenbosch Ficticia,,21/02/2026,100.00\n")

    with world.work() as work:
        assert work.session.scalars(select(Debtor.name)).all() == ["'s-Hertogenbosch Ficticia"]


def test_a_total_of_balance_and_interest_is_asked_about(world: World, client_id: UUID) -> None:
    head = "Factura,No cliente,Nombre,Vencimiento,Saldo,Intereses,Total\n"

    placement = previewed(
        world, client_id,
        f"{head}A-1,C,Luis Demo,21/02/2026,100.00,20.00,120.00\nA-2,C,Luis Demo,21/02/2026,100.00,20.00,150.00\n",
        kind="placement",
    )  # fmt: skip

    assert issues(world, placement) == [("rejected", "parts_beside", 2)]
    assert placement.totals == {"MXN": {"count": 1, "sum": 100_00}}


def test_two_contacts_in_one_cell_are_both_kept_and_more_are_told(world: World, client_id: UUID) -> None:
    rows = (
        "A-1,C-1,Luis Demo,5512345678 / 5587654321,21/02/2026,1.00,luis@demo.example; pagos@demo.example\n"
        "A-2,C-2,Ana Demo,5512345679 ext 12,21/02/2026,1.00,Ana Demo <ana@demo.example>\n"
        'A-3,C-3,Eva Demo,"5512345671, 5512345672, 5512345673",21/02/2026,1.00,\n'
    )

    placement = bring(world, client_id, f"{HEAD},Correo\n{rows}")

    assert issues(world, placement) == [("warned", "contact_left", 3), ("warned", "contact_left", 4)]
    with world.work() as work:
        kept = work.session.scalars(select(ContactPoint.value).order_by(ContactPoint.value)).all()
    assert kept == [
        "+525512345671", "+525512345672", "+525512345678", "+525512345679", "+525587654321", "ana@demo.example",
        "luis@demo.example", "pagos@demo.example",
    ]  # fmt: skip


def book(rows: list[list[object]], formats: dict[int, str]) -> bytes:
    """A workbook whose columns show their cells by a number format."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        known = {at: made.add_format({"num_format": code}) for at, code in formats.items()}
        for line, cells in enumerate(rows):
            for at, cell in enumerate(cells):
                if line and isinstance(cell, int | float):
                    sheet.write_number(line, at, cell, known.get(at))
                else:
                    sheet.write_string(line, at, str(cell))
    return out.getvalue()


@pytest.mark.parametrize(
    ("code", "told"),
    [("[$USD] #,##0.00", ["currency_format"]), ('#,##0.00 "€"', ["currency_format"]), ("[$$-80A]#,##0.00", []),
     ("[$-F800]#,##0.00", [])],
)  # fmt: skip
def test_a_currency_that_only_a_format_shows_is_told(world: World, client_id: UUID, code: str, told: list[str]) -> None:
    data = book([[*HEAD.split(",")], ["A-1", "C-1", "Luis Demo", "", "2026-02-21", 100]], {5: code})

    placement = previewed(world, client_id, data, kind="placement", name="cartera.xlsx")

    assert [code for _, code, _ in issues(world, placement)] == told


def test_an_identifier_that_a_workbook_has_cut_is_refused(world: World, client_id: UUID) -> None:
    rows: list[list[object]] = [
        [number, "C-1", "Luis Demo", "", "2026-02-21", 100]
        for number in (1234567890123456789, 1234567890123450, 123456789012345, "1234567890123456789")
    ]

    placement = previewed(world, client_id, book([[*HEAD.split(",")], *rows], {}), kind="placement", name="c.xlsx")

    assert issues(world, placement) == [("rejected", "rounded", 2), ("rejected", "rounded", 3)]


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("maintenance", "No cliente,Telefono\n45,5599999999\n", ("nobody_zeros", "0045")),
        ("maintenance", "Factura,Telefono\n123,5599999999\n", ("nobody_zeros", "000123")),
        ("consent", "No cliente,Canal,Consentimiento\n45,whatsapp,si\n", ("nobody_zeros", "0045")),
        ("recall", "No cliente,Motivo\n45,Error\n", ("recall_unknown_zeros", "0045")),
        ("recall", "Factura,Motivo\n123,Error\n", ("recall_unknown_zeros", "000123")),
        ("recall", "No cliente,Motivo\n46,Error\n", ("recall_unknown", "")),
    ],
)
def test_a_number_that_lost_its_zeros_is_offered_in_every_kind_of_file(
    world: World, client_id: UUID, kind: str, text: str, told: tuple[str, str]
) -> None:
    bring(world, client_id, f"{HEAD}\n000123,0045,Pepe Demo,5512345678,21/02/2026,100.00\n")

    placement = previewed(world, client_id, text, kind=kind)

    with world.work() as work:
        mine = (PlacementIssue.placement_id == placement.id, PlacementIssue.kind == "rejected")
        [issue] = work.session.scalars(select(PlacementIssue).where(*mine))
        assert (issue.code, issue.details.get("probable", "")) == told


def test_a_debt_that_was_recalled_and_is_sent_again_is_told(world: World, client_id: UUID) -> None:
    rows = f"{HEAD}\nA-1,C-1,Luis Demo,,21/02/2026,100.00\nA-2,C-1,Luis Demo,,21/02/2026,50.00\n"
    bring(world, client_id, rows)
    brought(world, client_id, "Factura,Motivo\nA-1,Error\n", kind="recall")

    again = previewed(world, client_id, f"{rows}A-3,C-1,Luis Demo,,21/02/2026,7.00\n", kind="placement")

    assert issues(world, again) == [("conflict", "known_recalled", 2)]
    assert (again.counts["created"], again.counts["unchanged"]) == (1, 1)
