"""Which column is which field, and how it is known; normal forms; the checks of a row."""

from dataclasses import replace
from datetime import date
from random import Random

import phonenumbers
import pytest

from recobro.intake.checks.rows import Plan, checker
from recobro.intake.columns import normalise
from recobro.intake.columns.grammar import Mark, Order
from recobro.intake.columns.mapping import How, MappingRefused, check_asked, corrected, guess, plain_heading
from recobro.intake.columns.normalise import numbered
from recobro.intake.columns.profiles import profile
from recobro.intake.columns.verdicts import mapped, read_columns
from recobro.intake.files.reading import Row
from recobro.intake.kinds.registry import KINDS


def guessed(headings: list[str], *rows: list[str], memory: dict[str, str] | None = None) -> list[tuple[str, str]]:
    profiles, _ = profile([Row(n, cells) for n, cells in enumerate(rows, start=2)], len(headings))
    return [(one.field, one.how.value) for one in guess(headings, profiles, memory)]


@pytest.mark.parametrize(
    ("heading", "plain"),
    [
        ("N° Cliente", "no cliente"),
        ("Nº Factura", "no factura"),
        ("N.º de factura", "no de factura"),
        ("customerID", "customer id"),
        ("F. Vencimiento", "f vencimiento"),
        ("R.F.C.", "rfc"),
        ("C.I.F./N.I.F.", "cif nif"),
        ("Razón Social", "razon social"),
        ("MONTO_PENDIENTE", "monto pendiente"),
    ],
)
def test_a_heading_is_seen_through_its_writing(heading: str, plain: str) -> None:
    assert plain_heading(heading) == plain


def test_the_trades_own_headings_are_known() -> None:
    headings = ["RUT_DEUDOR", "NOMBRE_DEUDOR", "RUT_CLIENTE", "NRO_FACTURA", "CUOTA", "VENCIMIENTO", "DIAS_MORA",
                "ABONADO", "MONTO_PENDIENTE", "OBSERVACION", "INTERES", "HONORARIOS"]  # fmt: skip
    row = ["76.123.456-7", "Luis Demo", "1", "55", "2", "01/02/2025", "30", "5", "100", "nota", "1", "2"]

    assert [field for field, _ in guessed(headings, row)] == [
        "tax_id", "debtor_name", "", "reference", "instalment", "due_on", "", "paid", "balance", "concept", "interest",
        "fee",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "value", "field"),
    [
        ("R.F.C.", "XAXX010101000", "tax_id"),
        ("Nº Fra.", "F-1", "reference"),
        ("Num. Fra.", "F-1", "reference"),
        ("FACT", "F-1", "reference"),
        ("No. de cliente", "C-1", "customer_ref"),
        ("Cód. Cte.", "C-1", "customer_ref"),
        ("Cel.", "55 1234 5678", "phone"),
        ("F. Fra.", "2026-01-31", "issued_on"),
    ],
)
def test_short_forms_of_headings_mean_what_they_stand_for(heading: str, value: str, field: str) -> None:
    assert guessed([heading, "Saldo"], [value, "10.00"])[0] == (field, "heading")


def test_a_guess_says_how_it_was_made() -> None:
    rows = [[f"F{n}", "10.00", f"a{n}@example.com"] for n in range(5)]

    assert guessed(["Folio", "Saldo pendiente total", "X"], *rows)[0] == ("reference", "heading")
    assert guessed(["Folio", "Saldo pendientes", "X"], *rows)[1:] == [("balance", "similar"), ("email", "content")]
    assert guessed(["Folio", "Raro", "X"], *rows, memory={"Raro": "balance"})[1] == ("balance", "memory")


def test_a_heading_is_not_believed_against_its_values() -> None:
    assert guessed(["countryCode", "Fecha de pago"], ["391", "no"], ["406", "n/a"]) == [("", "none"), ("", "none")]
    assert guessed(["Saldo"], ["sin dato"], ["n/a"]) == [("balance", "heading")]


def test_a_person_has_the_last_word_and_no_field_twice() -> None:
    profiles, _ = profile([Row(2, ["1", "2"])], 2)
    choices = guess(["Folio", "Raro"], profiles)

    assert corrected(choices, {1: "balance"})[1].how is How.PERSON
    with pytest.raises(MappingRefused, match="Dos columnas"):
        corrected(choices, {1: "reference"})
    assert len(KINDS["placement"].missing({one.field for one in choices})) == 3


def test_a_column_that_says_nothing_follows_the_files_other_columns() -> None:
    rows = [Row(2, ["1/2/2013", "1/29/2013"]), Row(3, ["3/4/2013", "3/30/2013"])]
    profiles, _ = profile(rows, 2)
    choices = guess(["InvoiceDate", "DueDate"], profiles)

    found = read_columns(choices, profiles, {}, country="MX")

    assert [(one.choice, one.how) for one in found.columns] == [("mdy", "file"), ("mdy", "values")]


def test_amounts_that_may_be_thousands_or_have_three_decimals_are_asked() -> None:
    rows = [Row(n, [f"{n}.101", f"{n},101", f"{n}.101"]) for n in range(1, 15)]
    profiles, _ = profile([*rows, Row(15, ["15.999", "2.50", "1.101,50"])], 3)
    choices = guess(["Saldo", "Importe", "Abonado"], profiles)

    alone = read_columns(choices[:1], profiles[:1], {}, country="MX")
    assert [(one.choice, one.how, one.others) for one in alone.columns] == [("comma", "open", ("dot",))]
    by_values = read_columns(choices[1:], profiles[1:], {}, country="MX")
    assert [(one.choice, one.how) for one in by_values.columns] == [("dot", "values"), ("comma", "values")]


def test_an_open_column_is_read_as_in_the_last_file_and_says_so() -> None:
    profiles, _ = profile([Row(2, ["01/02/2026", "1.101"]), Row(3, ["03/04/2026", "2.102"])], 2)
    choices = guess(["Vence", "Saldo"], profiles)

    found = read_columns(choices, profiles, {"1": "comma"}, country="MX", remembered={"0": "mdy", "1": "dot"})

    assert [(one.choice, one.how, one.others) for one in found.columns] == [
        ("mdy", "memory", ("dmy",)), ("comma", "person", ()),
    ]  # fmt: skip
    assert not found.open
    clear, _ = profile([Row(2, ["31/02/2026"]), Row(3, ["30/01/2026"])], 1)
    assert read_columns(choices[:1], clear, {}, country="MX", remembered={"0": "mdy"}).columns[0].choice == "dmy"


@pytest.mark.parametrize(
    ("written", "country", "e164"),
    [
        ("044 442 555 0142", "MX", "+524425550142"),
        ("+52 1 442 555 0142", "MX", "+524425550142"),
        ("(442) 555-0142 ext 5", "MX", "+524425550142"),
        ("612 34 56 78", "ES", "+34612345678"),
        ("+57 301 234 5678", "MX", "+573012345678"),
        ("no tiene", "MX", ""),
        ("12", "MX", ""),
    ],
)
def test_a_phone_has_one_form(written: str, country: str, e164: str) -> None:
    assert normalise.phone_e164(written, country) == e164


def test_a_tax_id_is_kept_whole_and_generic_ones_identify_nobody() -> None:
    assert normalise.tax_id_norm("  ñan-010101 ab&") == "ÑAN010101AB&"
    assert not normalise.identifies("XAXX010101000")
    assert normalise.identifies("FTF190312AB4")
    assert not normalise.tax_id_holds("FTF190312AB1", "MX")
    assert normalise.tax_id_holds("B23103039", "ES")


@pytest.mark.parametrize(
    ("written", "norm"),
    [
        ("ESB83834747", "B83834747"),
        ("es-B-83.834.747", "B83834747"),
        ("ES X1234567L", "X1234567L"),
        ("900.123.456-8", "900123456"),
        ("900 123 456 8", "900123456"),
        ("9001234568", "900123456"),
        ("900.123.456", "900123456"),
        ("1.020.304.050-8", "1020304050"),
        # A wrong digit stays, a cédula of ten figures keeps its last one, and so does what begins as words do.
        ("900.123.456-7", "9001234567"),
        ("1020304051", "1020304051"),
        ("ESCUELA12345", "ESCUELA12345"),
        ("ESP010101AB1", "ESP010101AB1"),
    ],
)
def test_a_tax_id_that_is_written_in_two_ways_is_one(written: str, norm: str) -> None:
    assert normalise.tax_id_norm(written) == norm


@pytest.mark.parametrize(
    ("written", "home", "country"),
    [
        ("900.123.456-8", "MX", "CO"), ("ESB83834747", "MX", "ES"), ("GODE561231GR8", "ES", "MX"),
        ("B83834747", "MX", "ES"),
        ("GODE561231GR8", "MX", ""), ("900.123.456-8", "CO", ""), ("900123456", "MX", ""), ("SIN RFC", "MX", ""),
        ("", "MX", ""), ("B83834748", "MX", ""), ("900.123.456-8", "FR", ""),
    ],
)  # fmt: skip
def test_a_tax_id_tells_of_another_country_only_by_its_form_and_digit(written: str, home: str, country: str) -> None:
    assert normalise.country_of_id(written, home) == country


def test_a_nit_without_its_digit_and_a_cedula_have_nothing_to_check() -> None:
    for written, holds in (
        ("900123456", True), ("900.123.456-8", True), ("900.123.456-7", False), ("79123456", True),
        ("1020304050", True), ("4321", False), ("8001234567", False),
    ):  # fmt: skip
        assert normalise.tax_id_holds(normalise.tax_id_norm(written), "CO") is holds, written


def test_the_clock_of_a_debtor_is_that_of_the_region() -> None:
    home = ("MX", "America/Mexico_City", "es_MX")

    assert normalise.place("MX", "Baja California", home)[0] == "America/Tijuana"
    assert normalise.place("MX", "Querétaro", home)[0] == "America/Mexico_City"
    assert normalise.place("CO", "", home) == ("America/Bogota", "es_CO")


HEADINGS = ("Cliente", "Factura", "Emitida", "Vence", "Pagada", "Saldo", "Moneda", "Tel", "Mail")


def plan(*, as_of: date = date(2025, 6, 30)) -> Plan:
    names = ("customer_ref", "reference", "issued_on", "due_on", "settled_on", "balance", "currency", "phone", "email")
    return Plan(
        HEADINGS, {name: index for index, name in enumerate(names)}, {}, {"balance": Mark.DOT},
        dict.fromkeys(("issued_on", "due_on", "settled_on"), Order.DAY_FIRST), "MXN", "MX", "America/Mexico_City",
        "es_MX", as_of,
    )  # fmt: skip


GOOD = ["0379", "00077", "01/05/2025", "31/05/2025", "", "12.50", "USD", "442 555 0142", "a@example.com"]


def checked(**changes: str) -> tuple[object, list[str]]:
    cells = [changes.get(name, cell) for name, cell in zip(HEADINGS, GOOD, strict=True)]
    row, issues = checker(plan())(Row(9, cells))
    return row, [issue.code for issue in issues]


def test_a_good_row_is_staged_in_minor_units() -> None:
    row, issues = checker(plan())(Row(9, GOOD))

    assert issues == []
    assert row is not None
    assert (row.reference, row.party.customer_ref, row.balance, row.currency) == ("00077", "0379", 1250, "USD")
    assert (row.issued_on, row.due_on, row.party.phone) == (date(2025, 5, 1), date(2025, 5, 31), "+524425550142")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Factura": " "}, "no_reference"),
        ({"Factura": "9" * 101}, "long_reference"),
        ({"Cliente": ""}, "no_debtor"),
        ({"Vence": ""}, "no_due"),
        ({"Vence": "31/06/2025"}, "bad_day"),
        ({"Saldo": ""}, "no_amount"),
        ({"Saldo": "12,50"}, "bad_amount"),
        ({"Saldo": "12.505"}, "decimals"),
        ({"Saldo": "0"}, "zero"),
        ({"Saldo": "(12.50)"}, "negative"),
        ({"Saldo": "9999999999999"}, "huge"),
        ({"Moneda": "XYZ"}, "bad_currency"),
        ({"Saldo": "EUR 12.50"}, "two_currencies"),
    ],
)
def test_a_bad_row_is_refused_for_one_reason(change: dict[str, str], code: str) -> None:
    row, codes = checked(**change)

    assert (row, codes) == (None, [code])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Tel": "123"}, "bad_phone"),
        ({"Mail": "nadie"}, "bad_email"),
        ({"Moneda": ""}, "currency_assumed"),
        ({"Vence": "01/04/2025"}, "due_before_issue"),
    ],
)
def test_a_warning_stops_nothing(change: dict[str, str], code: str) -> None:
    row, codes = checked(**change)

    assert row is not None
    assert codes == [code]


def test_open_on_a_day_is_issued_by_then_and_not_settled_by_then() -> None:
    assert checked(Pagada="30/06/2025", Saldo="0") == (None, [])
    assert checked(Pagada="30/06/2025") == (None, ["closed_owed"])
    assert checked(Pagada="01/07/2025")[0] is not None
    assert checked(Emitida="01/07/2025", Vence="31/07/2025") == (None, [])
    assert checked(Emitida="30/06/2025", Vence="31/07/2025")[0] is not None


MARKED = {
    **{name: index for index, name in enumerate(("reference", "due_on", "customer_ref"))},
    "status": 3,
    "document_type": 4,
}


@pytest.mark.parametrize(
    ("state", "sort", "owes", "found"),
    [
        ("Pendiente", "Factura", "balance", []),
        ("Castigada", "CC", "balance", []),
        ("PAGADA", "Factura", "balance", ["closed_owed"]),
        ("Cancelada", "", "original", []),
        ("", "N.C.", "balance", ["credit_row"]),
        ("Pendiente", "Nota de Crédito", "balance", ["credit_row"]),
        ("", "Recibo de pago", "original", ["payment_row"]),
    ],
)
def test_what_is_no_invoice_or_is_closed_makes_no_debt(state: str, sort: str, owes: str, found: list[str]) -> None:
    chosen = replace(
        plan(), columns=("Folio", "Vence", "Cliente", "Estado", "Tipo", "Saldo"), fields={**MARKED, owes: 5},
        marks={owes: Mark.DOT}, orders={"due_on": Order.DAY_FIRST}, own={},
    )  # fmt: skip

    row, issues = checker(chosen)(Row(2, ["1", "31/05/2025", "0379", state, sort, "12.50"]))

    assert [issue.code for issue in issues] == found
    assert (row is not None) == (not found and state != "Cancelada")


def test_a_column_called_estado_is_a_place_or_how_an_invoice_stands_by_what_it_holds() -> None:
    names = ["Folio", "Estado"]
    states, _ = profile([Row(n, [str(n), word]) for n, word in enumerate(("Vencida", "Pagada", "Por cobrar"))], 2)
    places, _ = profile([Row(n, [str(n), word]) for n, word in enumerate(("Sonora", "Nuevo León", "Puebla"))], 2)

    assert mapped(guess(names, states)) == {"reference": 0, "status": 1}
    assert mapped(guess(names, places)) == {"reference": 0, "region": 1}


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        (["Subtotal Norte", "", "", "9.00"], ["subtotal"]),
        (["Total de la cartera", "", "", "9.00"], ["subtotal"]),
        (["", "Total Play Demo SA", "T1", "9.00"], ["no_reference"]),
        (["TOTAL-77", "", "C1", "9.00"], ["no_due"]),
    ],
)
def test_a_line_of_totals_is_one_by_its_own_words(cells: list[str], codes: list[str]) -> None:
    chosen = replace(
        plan(), columns=("Folio", "Nombre", "Cliente", "Saldo", "Vence"), marks={"balance": Mark.DOT},
        fields={"reference": 0, "debtor_name": 1, "customer_ref": 2, "balance": 3, "due_on": 4}, own={},
        orders={"due_on": Order.DAY_FIRST},
    )  # fmt: skip

    row, issues = checker(chosen)(Row(2, [*cells, ""]))

    assert (row, [issue.code for issue in issues]) == (None, codes)


def test_the_fields_of_a_mapping_are_their_columns() -> None:
    profiles, _ = profile([Row(2, ["1", "10.00"])], 2)

    assert mapped(guess(["Folio", "Saldo"], profiles)) == {"reference": 0, "balance": 1}


@pytest.mark.parametrize(("country", "code", "digits"), [("MX", "+52", 10), ("CO", "+57", 10), ("ES", "+34", 9)])
def test_a_plain_number_is_a_phone_only_when_the_library_says_so(country: str, code: str, digits: int) -> None:
    chance = Random(country)
    cells = ["".join(chance.choices("0123456789", k=digits)) for _ in range(3_000)]
    found = [cell for cell in cells if normalise.phone_e164(cell, country) == code + cell]

    assert len(found) > 50
    for cell in found:
        number = phonenumbers.parse(cell, country)
        assert phonenumbers.is_valid_number(number), cell
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == code + cell


def test_between_two_headings_that_are_as_good_what_the_columns_hold_decides() -> None:
    rows = [[f"A00{n}", f"Deudor Ambiguo {n}", f"F-{n}"] for n in range(1, 5)]

    assert guessed(["cliente", "nombre", "factura"], *rows) == [
        ("customer_ref", "content"), ("debtor_name", "heading"), ("reference", "heading"),
    ]  # fmt: skip


def test_where_what_two_columns_hold_does_not_decide_a_person_is_asked() -> None:
    headings = ["Folio", "Importe", "Total", "Notas", "Comentarios", "Celular", "Telefono"]
    rows = [[f"F{n}", "10.00", "11.60", "x", "y", "442 555 0142", "442 555 0143"] for n in range(5)]
    profiles, _ = profile([Row(n, cells) for n, cells in enumerate(rows, start=2)], len(headings))

    choices = guess(headings, profiles)

    assert [(one.field, one.how.value, one.maybe) for one in choices[1:]] == [
        ("?", "tie", "original"), ("?", "tie", "original"), ("concept", "tie", "concept"), ("", "tie", "concept"),
        ("phone", "tie", "phone"), ("phone_2", "content", ""),
    ]  # fmt: skip
    owed = guess([*headings, "Saldo"], [*profiles, profiles[1]])
    assert [(one.field, one.how.value) for one in owed[1:3]] == [("original", "tie"), ("", "tie")]
    with pytest.raises(MappingRefused, match="Elige cuál"):
        check_asked(choices, headings)
    chosen = corrected(choices, {1: "?", 2: "original"})
    assert [one.field for one in chosen[1:3]] == ["", "original"]
    check_asked(chosen, headings)
    check_asked(corrected(choices, {1: "", 2: "own"}), headings)


def test_of_headings_on_two_lines_the_second_alone_is_known_too() -> None:
    profiles, _ = profile([Row(2, ["A1", "Luis Demo", "01/02/2026", "10.50", "Ana"])], 5)

    found = guess(
        ["Deudor Clave", "Deudor Nombre", "Factura Vencimiento", "Importes Saldo", "Vendedor Nombre"], profiles,
        lower=["Clave", "Nombre", "Vencimiento", "Saldo", "Nombre"],
    )  # fmt: skip

    assert [(one.field, one.how.value) for one in found] == [
        ("customer_ref", "lower"), ("debtor_name", "heading"), ("due_on", "lower"), ("balance", "lower"), ("", "none"),
    ]  # fmt: skip


@pytest.mark.parametrize("written", ["PENDIENTE", "SIN RFC", "XXXX010101XXX", "XXX010101AAA", "N/A", "1234567890", "0"])
@pytest.mark.parametrize("country", ["MX", "CO", "ES", "US", "FR", ""])
def test_what_is_typed_where_no_tax_id_is_known_identifies_nobody(written: str, country: str) -> None:
    assert not normalise.identifies(normalise.tax_id_norm(written), country)


@pytest.mark.parametrize(
    ("written", "country"),
    [("FTF190312AB1", "MX"), ("&Ñ&0101019A0", "MX"), ("VACE460910SX6", "MX"), ("900.123.456-1", "CO"),
     ("52123456", "CO"), ("C.C. 52.123.456", "CO"), ("B-23103039", "ES"), ("Z1234567X", "ES"), ("DE136695976", "DE"),
     ("B23103039", "MX"),
     ("BOXW310820HNERXN09", "MX"), ("FTF190312AB1", "")],
)  # fmt: skip
def test_a_tax_id_of_the_form_of_its_country_identifies_whatever_its_digit(written: str, country: str) -> None:
    assert normalise.identifies(normalise.tax_id_norm(written), country)


def test_another_country_lends_no_form_to_an_id_with_a_wrong_digit() -> None:
    assert not normalise.identifies("B23103030", "MX")


@pytest.mark.parametrize(
    ("code", "country", "holds"),
    [("76000", "MX", True), ("6000", "MX", False), ("ABCDEF", "MX", False), ("28001", "ES", True),
     ("53001", "ES", False), ("110111", "CO", True), ("11011", "CO", False), ("SW1A 1AA", "GB", True),
     ("ABCDEF", "GB", False), ("94105-1234", "US", True)],
)  # fmt: skip
def test_a_postal_code_has_the_form_of_its_country(code: str, country: str, holds: bool) -> None:
    assert normalise.postal_code_holds(code, country) is holds


@pytest.mark.parametrize(
    ("account", "holds"),
    [("002010077777777771", True), ("0020 1007 7777 7777 71", True), ("002010077777777779", False),
     ("ES91 2100 0418 4502 0005 1332", True), ("ES92 2100 0418 4502 0005 1332", False), ("1234", False),
     ("cuenta", False)],
)  # fmt: skip
def test_a_bank_account_is_an_iban_or_a_clabe_with_its_check_digits(account: str, holds: bool) -> None:
    assert normalise.account_holds(account) is holds


@pytest.mark.parametrize(
    ("heading", "values", "field"),
    [
        ("Plazo", ["1", "2", "3"], "instalment"),
        ("Recibo", ["1/3", "2/3", "3/3"], "instalment"),
        ("No. de plazo", ["1", "2", "3"], "instalment"),
        ("Plazo", ["30", "60", "90"], ""),
        ("Plazo", ["30 días", "1", "2"], ""),
    ],
)
def test_a_column_called_plazo_counts_instalments_only_when_it_begins_with_the_first(
    heading: str, values: list[str], field: str
) -> None:
    rows = [["FP-9", value, "100.00", f"2026-0{month}-30"] for month, value in enumerate(values, start=6)]

    assert guessed(["Factura", heading, "Saldo", "Vencimiento"], *rows)[1][0] == field
    assert guessed(["Nombre", heading, "Saldo", "Vencimiento"], *rows)[1][0] in ("", "instalment")


def test_a_receipts_number_is_the_invoices_only_where_no_invoice_has_one() -> None:
    rows = [["FP-9", value, "100.00", "2026-06-30"] for value in ("104233", "104234", "104235")]

    assert guessed(["Factura", "Recibo", "Saldo", "Vencimiento"], *rows)[1][0] == ""
    assert guessed(["Nombre", "Recibo", "Saldo", "Vencimiento"], *rows)[1][0] == "reference"


@pytest.mark.parametrize(
    ("told", "number"), [("2", "FP-9/2"), ("02", "FP-9/2"), ("2/3", "FP-9/2"), ("2 de 3", "FP-9/2"), ("B", "FP-9/B")]
)
def test_an_instalment_has_one_number_however_it_is_counted(told: str, number: str) -> None:
    assert numbered("", "FP-9", told) == number


def test_a_reference_beside_the_invoice_of_a_payment_is_the_payments_own() -> None:
    headings = ["Factura", "Referencia", "Fecha de pago", "Importe"]
    rows = [Row(2, ["F-1", "TR-901", "2026-06-01", "10.00"]), Row(3, ["F-1", "TR-902", "2026-06-01", "10.00"])]
    profiles, _ = profile(rows, len(headings))

    assert [one.field for one in guess(headings, profiles, kind="financial")] == [
        "reference", "payment_id", "paid_on", "amount",
    ]  # fmt: skip
    alike, _ = profile([Row(2, rows[0].cells), Row(3, rows[0].cells)], len(headings))
    assert guess(headings, alike, kind="financial")[1].field == ""
    assert guessed(["Factura", "Referencia", "Saldo"], ["F-1", "P-1", "10.00"])[1][0] == ""


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("JosÃ© PÃ©rez Ficticio", "name_garbled"),
        ("MUÃ‘OZ INVENTADA", "name_garbled"),
        ("Mu?oz Inventada", "name_garbled"),
        ("Mu\ufffdoz Inventada", "name_garbled"),
        ("=1+1", "name_odd"),
        ("#N/A", "name_odd"),
        ("#¡REF!", "name_odd"),
        ("123", "name_odd"),
        ("SÃO PAULO FICTÍCIO", ""),
        ("Muñoz Inventada", ""),
        ("¿Qué? Tienda Ficticia", ""),
        ("+Kiosco Ficticio", ""),
        ("3M Inventada", ""),
        ("Â", ""),
    ],
)
def test_a_name_that_no_letter_should_carry_is_told_and_all_others_are_not(name: str, doubt: str) -> None:
    assert normalise.name_doubt(name) == doubt
