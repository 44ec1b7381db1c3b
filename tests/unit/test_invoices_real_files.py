"""The real invoices of ../shared/data give the figures that were computed from them without our code."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from kernel.money import Money
from recobro.intake.files.invoices import ubl, xml
from recobro.intake.files.invoices.document import Document, Format, InvoiceRefused, Kind, Owed
from recobro.intake.files.invoices.reading import read_invoice

_TEST = "{http://difi.no/xsd/vefa/validator/1.0}"
RULES = {"BR-02", "BR-03", "BR-05", "BR-06", "BR-07", "BR-CO-15", "BR-CO-25"}
# Counted over the whole published set; a part of it may be here.
ALL_CFDI = 74
ALL_UBL = 18


def folder(shared_data: Path, name: str) -> list[Path]:
    """The XML files below a folder of the invoices."""
    return sorted(path for path in (shared_data / "einvoice" / name).rglob("*") if path.suffix.lower() == ".xml")


def one(path: Path) -> Document:
    """The only document of a file."""
    (document,) = read_invoice(path.read_bytes(), path.name)
    return document


def read_all(paths: list[Path]) -> tuple[dict[str, Document], dict[str, str]]:
    """The documents and the refusals, by file name."""
    documents: dict[str, Document] = {}
    refusals: dict[str, str] = {}
    for path in paths:
        try:
            documents[path.name] = one(path)
        except InvoiceRefused as refused:
            refusals[path.name] = refused.message
    return documents, refusals


def test_every_cfdi_is_of_the_class_it_is_and_no_other(shared_data: Path) -> None:
    paths = folder(shared_data, "mx_cfdi")
    documents, refusals = read_all(paths)
    classes = Counter(f"{each.version} {each.type_code}" for each in documents.values())
    published = {"3.3 I": 15, "4.0 I": 5, "4.0 P": 42, "3.3 P": 2}
    assert all(classes[each] <= published[each] for each in classes)
    assert sum("3.2" in reason for reason in refusals.values()) == 8
    assert sum("retenciones" in reason for reason in refusals.values()) == 2
    assert len(refusals) == 10
    assert sum(bool(each.uuid) for each in documents.values()) <= 7
    assert not any(" " in each.seller.tax_id for each in documents.values())
    if len(paths) == ALL_CFDI:
        assert classes == published
        assert sum(bool(each.uuid) for each in documents.values()) == 7


def test_only_type_i_makes_a_debt_and_most_of_them_only_when_the_user_says_so(shared_data: Path) -> None:
    paths = folder(shared_data, "mx_cfdi")
    documents, _ = read_all(paths)
    owed = [each for each in documents.values() if each.verdict.owed is not Owed.NEVER]
    assert {each.type_code for each in owed} == {"I"}
    assert all(each.kind is Kind.PAYMENT for each in documents.values() if each.verdict.owed is Owed.NEVER)
    sums = {currency: sum((each.verdict.amount.amount for each in owed if each.currency == currency), Decimal(0))
            for currency in ("MXN", "USD")}  # fmt: skip
    why = Counter(each.verdict.reason.code for each in owed)
    if len(paths) == ALL_CFDI:
        assert sums == {"MXN": Decimal("2442342.49"), "USD": Decimal("6496.00")}
        assert Counter(each.currency for each in owed) == {"MXN": 18, "USD": 2}
        assert why == {"pue": 10, "ppd": 1, "no_method": 9}
    # The two in dollars are here whichever part of the set is.
    assert sums["USD"] == Decimal("6496.00")
    assert sums["MXN"] <= Decimal("2442342.49")
    assert why["pue"] <= 10
    assert why["ppd"] <= 1
    assert why["no_method"] <= 9


def test_the_single_cfdi_have_the_amounts_written_in_them(shared_data: Path) -> None:
    documents, _ = read_all(folder(shared_data, "mx_cfdi"))
    expected = {
        "cfdi33-valid.xml": ("2382870.00", "MXN", "9FB6ED1A-5F37-4FEF-980A-7F8C83B51894", "pue"),
        "cfdi40-valid.xml": ("3327.01", "MXN", "6F35D3B5-3651-5370-BC2C-14CDBE384CD7", "pue"),
        "created-with-discounts-33.xml": ("3248.00", "USD", "", "pue"),
        "created-with-discounts-40.xml": ("3248.00", "USD", "", "pue"),
        "cfdv40-min.xml": ("1500.00", "MXN", "", "no_method"),
    }
    for name, (amount, currency, uuid, reason) in expected.items():
        found = documents[name]
        assert found.verdict.amount == Money.of(amount, currency)
        assert (found.uuid, found.verdict.reason.code, found.verdict.owed) == (uuid, reason, Owed.IF_UNPAID)


def test_a_type_p_with_a_total_and_ppd_is_never_owed(shared_data: Path) -> None:
    documents, _ = read_all(folder(shared_data, "mx_cfdi"))
    for name in ("cfdv40-ejemplo.xml", "cfdv40-ejemplo-signed-tfd.xml"):
        assert documents[name].total == Money(150000, "MXN")
        assert (documents[name].kind, documents[name].verdict.owed) == (Kind.PAYMENT, Owed.NEVER)


def test_the_payment_complements_settle_what_they_say(shared_data: Path) -> None:
    documents, _ = read_all(folder(shared_data, "mx_cfdi"))
    for name in ("created-cfdi40-pago20-valid.xml", "created-pago-with-ns-at-root-33.xml"):
        first, second = documents[name].settlements
        assert first.uuid == "00000000-1111-2222-3333-00000000000A"
        assert (first.amount, first.balance_after, first.part) == (Money(1200000, "MXN"), Money(0, "MXN"), 2)
        assert (second.amount, second.balance_after) == (Money(300000, "MXN"), Money(700000, "MXN"))
        assert first.paid + second.paid == Money(1500000, "MXN")
    assert len(documents["cfdv40-pagos20.xml"].settlements) == 3


@pytest.mark.parametrize(
    ("name", "number", "amount", "seller", "buyer", "iban"),
    [
        ("invoice-face.xml", "TEST01002F", "4840.00", "B23103039", "P2807900B", "ES2501882570718544704761"),
        ("invoice-vat-provider.xml", "TEST01001F", "2019.20", "B23103039", "B77436020", "ES0601280011390100081391"),
        ("invoice-vat.xml", "TEST01001F", "5084.42", "B23103039", "B77436020", "ES2501882570718544704761"),
    ],
)
def test_the_facturae_are_the_table(
    shared_data: Path, name: str, number: str, amount: str, seller: str, buyer: str, iban: str
) -> None:
    found = one(shared_data / "einvoice" / "es_facturae" / "out" / name)
    money = Money.of(amount, "EUR")
    assert (found.format, found.version, found.type_code) == (Format.FACTURAE, "3.2.2", "OO")
    assert (found.number, found.total, found.outstanding, found.verdict.amount) == (number, money, money, money)
    assert (found.seller.tax_id, found.buyer.tax_id) == (seller, buyer)
    assert [(each.due_on.isoformat(), each.amount, each.iban) for each in found.instalments] == [
        ("2021-12-30", money, iban)
    ]
    assert found.due_on.isoformat() == "2021-12-30"


def test_a_facturae_number_that_repeats_with_another_amount_is_one_identity_in_conflict(shared_data: Path) -> None:
    by_identity: dict[str, set[int]] = {}
    for path in folder(shared_data, "es_facturae"):
        found = one(path)
        by_identity.setdefault(found.identity, set()).add(found.outstanding.minor)
    assert {508442, 201920} <= by_identity["ESB23103039|TEST01001F"]
    assert 484000 in by_identity["ESB23103039|TEST01002F"]


@pytest.mark.parametrize(
    ("name", "number", "issued", "due", "payable", "currency", "lines"),
    [
        ("ubl-tc434-example1.xml", "12115118", "2015-01-09", "2015-01-09", "250.33", "EUR", 20),
        ("ubl-tc434-example2.xml", "TOSL108", "2013-06-30", "2013-07-20", "801.78", "NOK", 5),
        ("ubl-tc434-example3.xml", "TOSL108", "2013-04-10", "2013-05-10", "2005.00", "DKK", 2),
        ("ubl-tc434-example4.xml", "TOSL110", "2013-04-10", "2013-05-10", "4675.00", "DKK", 3),
        ("ubl-tc434-example5.xml", "TOSL110", "2013-04-10", "2013-05-10", "2337.50", "DKK", 3),
        ("ubl-tc434-example6.xml", "TOSL110", "2013-04-10", "2013-05-10", "4675.00", "DKK", 3),
    ],
)
def test_the_ubl_invoices_are_the_table(
    shared_data: Path, name: str, number: str, issued: str, due: str, payable: str, currency: str, lines: int
) -> None:
    found = one(shared_data / "einvoice" / "en16931_ubl" / name)
    assert (found.number, found.issued_on.isoformat(), found.due_on.isoformat()) == (number, issued, due)
    assert (found.verdict.owed, found.verdict.amount) == (Owed.YES, Money.of(payable, currency))
    assert (found.line_count, len(found.lines), found.due_guessed, found.warnings) == (lines, lines, False, ())


@pytest.mark.parametrize(
    ("name", "number", "issued", "due", "payable", "currency"),
    [
        ("CII_example1.xml", "12115118", "2015-01-09", "2015-01-09", "250.33", "EUR"),
        ("CII_example2.xml", "TOSL108", "2013-06-30", "2013-07-20", "801.78", "NOK"),
        ("CII_example3.xml", "TOSL108", "2013-04-10", "2013-05-10", "1125", "DKK"),
        ("CII_example4.xml", "TOSL110", "2013-04-10", "2013-05-10", "4675", "DKK"),
    ],
)
def test_the_cii_invoices_are_the_table(
    shared_data: Path, name: str, number: str, issued: str, due: str, payable: str, currency: str
) -> None:
    found = one(shared_data / "einvoice" / "en16931_cii" / name)
    assert (found.number, found.type_code) == (number, "380")
    assert (found.issued_on.isoformat(), found.due_on.isoformat()) == (issued, due)
    assert (found.verdict.owed, found.verdict.amount) == (Owed.YES, Money.of(payable, currency))
    assert found.warnings == ()


def test_what_was_prepaid_is_not_owed(shared_data: Path) -> None:
    ubl_files = shared_data / "einvoice" / "en16931_ubl"
    second, fifth = one(ubl_files / "ubl-tc434-example2.xml"), one(ubl_files / "ubl-tc434-example5.xml")
    assert (second.total, second.prepaid, second.outstanding) == (
        Money.of("1801.78", "NOK"),
        Money.of("1000.00", "NOK"),
        Money.of("801.78", "NOK"),
    )
    assert (fifth.total, fifth.outstanding) == (Money.of("4675.00", "DKK"), Money.of("2337.50", "DKK"))


def test_the_same_invoice_in_both_syntaxes_is_one_and_one_with_another_amount_is_a_conflict(shared_data: Path) -> None:
    einvoice = shared_data / "einvoice"
    for number in (1, 2, 4):
        in_ubl = one(einvoice / "en16931_ubl" / f"ubl-tc434-example{number}.xml")
        in_cii = one(einvoice / "en16931_cii" / f"CII_example{number}.xml")
        assert (in_ubl.identity, in_ubl.outstanding) == (in_cii.identity, in_cii.outstanding)
    in_ubl = one(einvoice / "en16931_ubl" / "ubl-tc434-example3.xml")
    in_cii = one(einvoice / "en16931_cii" / "CII_example3.xml")
    assert in_ubl.identity == in_cii.identity == "DK16356706|TOSL108"
    assert {in_ubl.outstanding.minor, in_cii.outstanding.minor} == {112500, 200500}


def test_the_ubl_files_are_as_many_invoices_as_they_have_sellers_and_numbers(shared_data: Path) -> None:
    paths = folder(shared_data, "en16931_ubl")
    documents, refusals = read_all(paths)
    assert refusals == {}
    sums: Counter[str] = Counter()
    for found in documents.values():
        sums[found.currency] += found.outstanding.minor
    if len(paths) == ALL_UBL:
        assert len({each.identity for each in documents.values()}) == 13
        assert sums == {"DKK": 1481750, "EUR": 194368, "NOK": 160356, "SEK": 403000}
    else:
        assert len({each.identity for each in documents.values()}) == len(documents)
        assert sums == {"EUR": 25033, "NOK": 80178, "DKK": 200500 + 467500 + 233750 + 467500}


def test_the_rules_of_the_standard_decide_its_own_cases(shared_data: Path) -> None:
    decided = Counter[str]()
    for path in folder(shared_data, "en16931_ubl_unit"):
        for case in xml.parse(path.read_bytes()).root.iter(f"{_TEST}test"):
            asserted, document = case[0], case[-1]
            holds = {str(each.text).strip() for each in asserted.findall(f"{_TEST}success")} & RULES
            breaks = {str(each.text).strip() for each in asserted.findall(f"{_TEST}error")} & RULES
            found = {note.code for note in ubl.broken(document)} if holds | breaks else set()
            assert not holds & found, (path.name, holds)
            assert breaks <= found, (path.name, breaks)
            decided.update(holds | breaks)
    assert {rule: decided[rule] for rule in RULES - {"BR-CO-25"}} == {
        "BR-02": 2, "BR-03": 2, "BR-05": 2, "BR-06": 5, "BR-07": 5, "BR-CO-15": 11,
    }  # fmt: skip


def test_the_suites_of_the_standard_are_not_invoices_and_are_refused(shared_data: Path) -> None:
    for path in folder(shared_data, "en16931_ubl_unit"):
        with pytest.raises(InvoiceRefused, match="testSet"):
            read_invoice(path.read_bytes(), path.name)
