"""Electronic invoices in every format become the same document: who owes what, since when, and whether it is owed."""

from datetime import date
from decimal import Decimal

import pytest

from kernel.money import Money
from recobro.intake.files.invoices.document import Document, DueFrom, Format, InvoiceRefused, Kind, Owed
from recobro.intake.files.invoices.reading import looks_like_invoice, read_invoice
from tests.support import invoice_samples as samples

EUR = "EUR"


def read(text: str | bytes) -> Document:
    """The only document of a file."""
    data = text if isinstance(text, bytes) else text.encode()
    (document,) = read_invoice(data, "muestra.xml")
    return document


def refusal(text: str) -> InvoiceRefused:
    """The refusal of a file."""
    with pytest.raises(InvoiceRefused) as caught:
        read_invoice(text.encode(), "muestra.xml")
    return caught.value


def codes(document: Document) -> list[str]:
    """The codes of its remarks."""
    return [note.code for note in document.warnings]


def test_a_ppd_cfdi_is_owed_and_its_rfc_is_trimmed() -> None:
    found = read(samples.cfdi())
    assert (found.format, found.version, found.kind, found.type_code) == (Format.CFDI, "4.0", Kind.INVOICE, "I")
    assert (found.seller.tax_id, found.seller.country) == ("ACF010101XY1", "MX")
    assert (found.buyer.tax_id, found.buyer.name) == ("TOFE800101AB1", "Ferretería El Tornillo Feliz")
    assert found.buyer.postal_code == "06000"
    assert (found.number, found.uuid, found.identity) == ("A-0042", samples.UUID, f"uuid:{samples.UUID}")
    assert found.issued_on == date(2026, 3, 10)
    assert (found.verdict.owed, found.verdict.amount) == (Owed.YES, Money(116000, "MXN"))
    assert (found.lines, found.line_count) == (("2 × Tornillos de 3/8",), 1)
    assert (found.due_on, found.due_guessed, codes(found)) == (date(2026, 3, 10), True, ["due_guessed"])


def test_a_pue_cfdi_and_a_silent_one_are_owed_only_when_the_user_says_so() -> None:
    pue, silent = read(samples.cfdi(method=' MetodoPago="PUE"')), read(samples.cfdi(method=""))
    assert (pue.verdict.owed, pue.verdict.reason.code) == (Owed.IF_UNPAID, "pue")
    assert (silent.verdict.owed, silent.verdict.reason.code) == (Owed.IF_UNPAID, "no_method")
    assert pue.verdict.amount == silent.verdict.amount == Money(116000, "MXN")
    assert "PUE" in pue.verdict.reason.text


@pytest.mark.parametrize(
    ("letter", "kind"),
    [("E", Kind.CREDIT_NOTE), ("P", Kind.PAYMENT), ("T", Kind.TRANSFER), ("N", Kind.PAYROLL)],
)
def test_no_other_type_of_cfdi_is_ever_owed_even_with_a_total_and_ppd(letter: str, kind: Kind) -> None:
    found = read(samples.cfdi(letter))
    assert (found.kind, found.verdict.owed, found.verdict.amount) == (kind, Owed.NEVER, Money(0, "MXN"))


def test_a_cfdi_of_nothing_is_not_owed() -> None:
    assert read(samples.cfdi(total="0")).verdict.reason.code == "nothing_due"


def test_a_cfdi_credit_note_is_negative_and_names_what_it_corrects() -> None:
    related = f"""<c:CfdiRelacionados TipoRelacion="01"><c:CfdiRelacionado UUID="{samples.UUID.lower()}"/>
    </c:CfdiRelacionados>"""
    found = read(samples.cfdi("E", related=related))
    assert found.outstanding == found.total == Money(-116000, "MXN")
    assert [(each.uuid, each.relation) for each in found.references] == [(samples.UUID, "01")]


def test_an_unstamped_cfdi_is_known_by_issuer_and_number_and_says_so() -> None:
    found = read(samples.cfdi(stamp=False))
    assert (found.uuid, found.identity) == ("", "ACF010101XY1|A-0042")
    assert "unstamped" in codes(found)
    nameless = read(samples.cfdi(stamp=False, folio=""))
    assert nameless.identity.startswith("facts:")
    assert nameless.reference.startswith("SF-")


@pytest.mark.parametrize(
    ("terms", "due_on", "source"),
    [
        ("Crédito a 30 días", date(2026, 4, 9), DueFrom.TERMS),
        ("30 DIAS", date(2026, 4, 9), DueFrom.TERMS),
        ("net 45 days", date(2026, 4, 24), DueFrom.TERMS),
        ("CONTADO", date(2026, 3, 10), DueFrom.ISSUED),
        ("2 % discount if paid within 2 days", date(2026, 3, 10), DueFrom.ISSUED),
        ("15 o 30 días", date(2026, 3, 10), DueFrom.ISSUED),
        ("900 días", date(2026, 3, 10), DueFrom.ISSUED),
    ],
)
def test_terms_give_the_due_day_only_when_they_say_one_number_of_days(terms: str, due_on: date, source: str) -> None:
    found = read(samples.cfdi(terms=terms))
    assert (found.due_on, found.due_from, found.terms) == (due_on, source, terms)


def test_a_generic_rfc_is_remarked_and_a_foreign_number_replaces_it() -> None:
    public = read(samples.cfdi(buyer='Rfc="XAXX010101000" Nombre="PUBLICO EN GENERAL"'))
    assert public.buyer.generic
    assert "generic_buyer" in codes(public)
    abroad = read(samples.cfdi(buyer='Rfc="XEXX010101000" Nombre="ACME" ResidenciaFiscal="USA" NumRegIdTrib="99-7"'))
    assert (abroad.buyer.tax_id, abroad.buyer.country, abroad.buyer.generic) == ("99-7", "US", False)


@pytest.mark.parametrize(("version", "pagos"), [("4.0", "2.0"), ("3.3", "1.0")])
def test_a_payment_complement_settles_by_uuid_in_the_invoices_currency(version: str, pagos: str) -> None:
    found = read(samples.complement(version, pagos))
    first, second = found.settlements
    assert (found.kind, found.verdict.owed) == (Kind.PAYMENT, Owed.NEVER)
    assert (first.uuid, first.amount, first.paid_on) == (samples.UUID, Money(100000, "MXN"), date(2026, 4, 1))
    assert (first.part, first.number, first.operation) == (1, "A-0042", "OP-7")
    assert (first.balance_before, first.balance_after) == (Money(116000, "MXN"), Money(16000, "MXN"))
    assert (second.amount, second.equivalence) == (Money(10000, "USD"), Decimal("0.05"))
    assert (second.paid, second.payment_currency) == (Money(200000, "MXN"), "MXN")
    assert first.paid + second.paid == Money(300000, "MXN")


def test_pagos_1_0_leaves_the_amount_out_when_the_whole_payment_is_for_one_invoice() -> None:
    one = f"""<p:Pagos xmlns:p="http://www.sat.gob.mx/Pagos" Version="1.0"><p:Pago FechaPago="2026-04-01T10:00:00"
      MonedaP="MXN" Monto="2000.00"><p:DoctoRelacionado IdDocumento="{samples.UUID}" MonedaDR="USD"
      TipoCambioDR="0.05"/></p:Pago></p:Pagos>"""
    (settlement,) = read(samples.cfdi("P", "", version="3.3", complement=one)).settlements
    assert (settlement.amount, settlement.paid) == (Money(10000, "USD"), Money(200000, "MXN"))


def test_a_payment_without_its_complement_says_so_and_a_rate_of_zero_is_refused() -> None:
    assert "no_payments" in codes(read(samples.cfdi("P")))
    broken = samples.payments().replace('EquivalenciaDR="0.05"', 'EquivalenciaDR="0"')
    assert "EquivalenciaDR" in refusal(samples.cfdi("P", complement=broken)).message


def test_old_cfdi_withholdings_and_unknown_types_are_refused_with_a_reason() -> None:
    old = samples.cfdi(version="3.3").replace('Version="3.3"', 'version="3.2"')
    assert "3.2" in refusal(old).message
    assert "retenciones" in refusal('<r:Retenciones xmlns:r="http://www.sat.gob.mx/esquemas/retencionpago/2"/>').message
    assert "«Z»" in refusal(samples.cfdi("Z")).message
    assert "Receptor" in refusal(samples.cfdi(buyer='Nombre="Sin RFC"')).message


@pytest.mark.parametrize("total", ["", "NaN", "1e3", "1,160.00", "9" * 16, "١٢", "--1", "0x10"])
def test_an_amount_that_is_none_is_refused_with_its_field(total: str) -> None:
    assert "Total" in refusal(samples.cfdi(total=total)).message


@pytest.mark.parametrize("day", ["", "2026-02-30", "10/03/2026", "0000-01-01", "2026-13-01T00:00:00"])
def test_a_day_that_is_none_is_refused_with_its_field(day: str) -> None:
    assert "Fecha" in refusal(samples.cfdi().replace("2026-03-10T12:00:00", day)).message


def test_decimals_beyond_the_currency_are_rounded_with_a_remark() -> None:
    found = read(samples.cfdi(total="1160.005"))
    assert (found.outstanding, "rounded" in codes(found)) == (Money(116001, "MXN"), True)
    assert read(samples.cfdi(total="1160.00000")).outstanding == Money(116000, "MXN")
    assert read(samples.cfdi(total="1160", currency="CLP")).outstanding == Money(1160, "CLP")


def test_a_ubl_invoice_is_read_whole() -> None:
    found = read(samples.ubl())
    assert (found.format, found.version, found.kind) == (Format.UBL, "2.1", Kind.INVOICE)
    assert (found.issued_on, found.due_on, found.due_guessed) == (date(2026, 3, 10), date(2026, 4, 9), False)
    assert (found.total, found.prepaid, found.outstanding) == (Money(12100, EUR), Money(0, EUR), Money(12100, EUR))
    assert (found.verdict.owed, found.verdict.amount) == (Owed.YES, Money(12100, EUR))
    buyer = found.buyer
    assert (buyer.name, buyer.tax_id, buyer.other_id) == ("Ferretería El Tornillo Feliz", "ESB22222228", "C-0099")
    assert (buyer.street, buyer.city, buyer.postal_code, buyer.region, buyer.country) == (
        "Calle Falsa 123", "Toledo", "45001", "Toledo", "ES",
    )  # fmt: skip
    assert (buyer.contact, buyer.email, buyer.phone) == ("Luis Demo", "luis@tornillo.example", "+34910000000")
    assert (found.lines, codes(found)) == (("Tornillos de 3/8",), [])


def test_the_same_invoice_in_ubl_cii_and_facturae_has_one_identity() -> None:
    series = samples.ubl(number="<cbc:ID>S2026-7</cbc:ID>")
    assert read(samples.ubl()).identity == read(samples.cii()).identity == "ESB11111119|F-100"
    seller = samples.cii().replace("ES B-11111119", "B11111119").partition("<r:PostalTradeAddress>")
    nowhere = seller[0] + seller[2].partition("</r:PostalTradeAddress>")[2]
    assert read(nowhere).identity == "ESB11111119|F-100"
    assert read(series).identity == read(samples.facturae()).identity


def test_the_prepaid_is_deducted_once() -> None:
    prepaid = '<cbc:PrepaidAmount currencyID="EUR">21.00</cbc:PrepaidAmount>'
    net = read(samples.ubl(prepaid=prepaid, payable="<cbc:PayableAmount currencyID='EUR'>100.00</cbc:PayableAmount>"))
    gross, silent = read(samples.ubl(prepaid=prepaid)), read(samples.ubl(prepaid=prepaid, payable=""))
    assert net.outstanding == gross.outstanding == silent.outstanding == Money(10000, EUR)
    assert net.prepaid == Money(2100, EUR)
    assert (codes(net), codes(gross), codes(silent)) == ([], ["prepaid_deducted"], ["no_payable"])
    in_cii = "<r:TotalPrepaidAmount>21.00</r:TotalPrepaidAmount>"
    assert read(samples.cii(prepaid=in_cii)).outstanding == Money(10000, EUR)
    assert read(samples.cii(prepaid=in_cii, payable="100.00")).outstanding == Money(10000, EUR)
    assert read(samples.cii(prepaid=in_cii, payable="")).outstanding == Money(10000, EUR)


def test_credit_notes_are_negative_name_the_original_and_are_never_owed() -> None:
    reference = """<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F-099</cbc:ID>
    <cbc:IssueDate>2026-02-01</cbc:IssueDate></cac:InvoiceDocumentReference></cac:BillingReference>"""
    for found in (read(samples.ubl("CreditNote", extra=reference)), read(samples.cii("381"))):
        assert (found.kind, found.outstanding, found.verdict.owed) == (
            Kind.CREDIT_NOTE,
            Money(-12100, EUR),
            Owed.NEVER,
        )
        assert found.references[0].number == "F-099"
        assert found.identity == "credit:ESB11111119|F-100"
    by_code = samples.ubl(code="<cbc:InvoiceTypeCode>381</cbc:InvoiceTypeCode>")
    assert read(by_code).kind is Kind.CREDIT_NOTE


def test_a_negative_invoice_and_one_of_nothing_are_not_owed() -> None:
    negative = read(samples.ubl(payable="<cbc:PayableAmount currencyID='EUR'>-121.00</cbc:PayableAmount>"))
    assert (negative.verdict.owed, negative.verdict.reason.code) == (Owed.NEVER, "negative")
    assert read(samples.cii(payable="0.00")).verdict.reason.code == "nothing_due"


def test_a_corrective_invoice_names_the_one_that_must_not_stay_owed() -> None:
    found = read(samples.cii("384"))
    assert (found.verdict.owed, codes(found), found.replaces_number) == (Owed.YES, [], "F-099")
    one = "<r:InvoiceReferencedDocument><r:IssuerAssignedID>F-099</r:IssuerAssignedID></r:InvoiceReferencedDocument>"
    several = read(samples.cii("384").replace(one, one + one.replace("F-099", "F-098")))
    assert (several.replaces_number, codes(several)) == ("", ["corrective"])


def test_a_debit_note_is_owed() -> None:
    assert (read(samples.ubl("DebitNote")).kind, read(samples.ubl("DebitNote")).verdict.owed) == (
        Kind.DEBIT_NOTE,
        Owed.YES,
    )


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        (samples.ubl(number=""), "BR-02"),
        (samples.ubl(issued=""), "BR-03"),
        (samples.ubl(currency=""), "BR-05"),
        (samples.ubl(buyer_name=" "), "BR-07"),
        (samples.cii().replace("<r:ID>F-100</r:ID>", ""), "BR-02"),
        (samples.cii().replace("Ferretería El Tornillo Feliz", ""), "BR-07"),
    ],
)
def test_what_makes_a_debt_impossible_is_refused_with_the_rule(changed: str, rule: str) -> None:
    found = refusal(changed)
    assert rule in found.message
    assert rule in str(found.details["rules"])


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        (samples.ubl(seller_name=""), "BR-06"),
        (samples.ubl(inclusive="122.00"), "BR-CO-15"),
        (samples.cii().replace("<r:TaxBasisTotalAmount>100<", "<r:TaxBasisTotalAmount>90<"), "BR-CO-15"),
        (samples.ubl(due=""), "BR-CO-25"),
        (samples.cii(due=""), "BR-CO-25"),
    ],
)
def test_what_makes_a_debt_doubtful_is_remarked(changed: str, rule: str) -> None:
    assert rule in codes(read(changed))


def test_the_due_day_of_ubl_and_cii_comes_from_wherever_it_is_stated() -> None:
    means = "<cac:PaymentMeans><cbc:PaymentDueDate>2026-06-01</cbc:PaymentDueDate></cac:PaymentMeans>"
    terms = "<cac:PaymentTerms><cbc:Note>30 days</cbc:Note></cac:PaymentTerms>"
    assert read(samples.ubl(due="", terms=means)).due_on == date(2026, 6, 1)
    assert read(samples.ubl(due="", terms=terms)).due_from is DueFrom.TERMS
    assert read(samples.ubl(due="")).due_guessed
    in_cii = read(samples.cii(due="", terms="<r:Description>30 Tage, 30 days</r:Description>"))
    assert (in_cii.due_on, in_cii.due_guessed, "BR-CO-25" in codes(in_cii)) == (date(2026, 3, 10), True, False)


def test_a_payable_in_another_currency_is_taken_as_written_and_remarked() -> None:
    found = read(samples.ubl(payable="<cbc:PayableAmount currencyID='USD'>130.00</cbc:PayableAmount>"))
    assert (found.outstanding, "two_currencies" in codes(found)) == (Money(13000, "USD"), True)


def test_a_colombian_invoice_has_its_cufe_its_nit_with_the_digit_and_its_own_totals() -> None:
    found = read(samples.dian())
    assert (found.uuid, found.number, found.seller.tax_id) == ("abc123", "SETP990000001", "900108281-3")
    assert (found.outstanding, found.due_on) == (Money(12100, "COP"), date(2026, 5, 1))
    assert (found.verdict.owed, codes(found)) == (Owed.YES, [])
    assert read(samples.dian("1")).verdict.owed is Owed.IF_UNPAID


def test_an_attached_document_gives_the_invoice_inside() -> None:
    found = read(samples.attached_document(samples.dian()))
    assert (found.container, found.identity) == ("attached_document", read(samples.dian()).identity)
    assert "AttachedDocument" in refusal(samples.attached_document("sin factura")).message
    nested = samples.attached_document(samples.cii())
    assert "AttachedDocument" in refusal(nested).message
    response = samples.ubl().replace("Invoice-2", "ApplicationResponse-2").replace("<Invoice ", "<ApplicationResponse ")
    assert "acuse" in refusal(response.replace("</Invoice>", "</ApplicationResponse>")).message


def test_facturae_owes_what_is_outstanding_with_its_instalments() -> None:
    found = read(samples.facturae())
    assert (found.format, found.version, found.type_code) == (Format.FACTURAE, "3.2.2", "OO")
    assert (found.total, found.prepaid, found.outstanding) == (
        Money(12100, EUR),
        Money(1500, EUR),
        Money(10600, EUR),
    )
    assert found.verdict.amount == Money(10600, EUR)
    assert (found.number, found.due_on) == ("S2026-7", date(2026, 4, 10))
    assert [(each.due_on.month, each.amount.minor, each.iban) for each in found.instalments] == [
        (5, 5300, ""),
        (4, 5300, "ES001234"),
    ]
    buyer = found.buyer
    assert (buyer.name, buyer.country, buyer.postal_code, buyer.city) == ("Luis Demo", "PT", "1000-001", "Lisboa")


def test_a_facturae_batch_gives_every_invoice_and_credit_notes_are_credits() -> None:
    corrective = """<InvoiceClass>OR</InvoiceClass><Corrective><InvoiceNumber>2026-7</InvoiceNumber>
    <InvoiceSeriesCode>S</InvoiceSeriesCode><CorrectionMethod>02</CorrectionMethod></Corrective>"""
    credit = samples.facturae_invoice(
        "2026-8", total="-10.00", executable="-10.00", header=corrective,
        outstanding="<TotalOutstandingAmount>-10.00</TotalOutstandingAmount>",
    )  # fmt: skip
    first, second = read_invoice(samples.facturae(samples.facturae_invoice(), credit).encode(), "lote.xml")
    assert (first.kind, second.kind) == (Kind.INVOICE, Kind.CREDIT_NOTE)
    assert (second.outstanding, second.verdict.owed) == (Money(-1000, EUR), Owed.NEVER)
    assert second.references[0].number == first.number


def test_facturae_falls_back_to_the_executable_amount_and_remarks_what_is_withheld() -> None:
    assert read(samples.facturae(samples.facturae_invoice(outstanding="", executable="90"))).outstanding.minor == 9000
    assert codes(read(samples.facturae(samples.facturae_invoice(executable="90")))) == ["executable"]
    bare = samples.facturae_invoice(header="<InvoiceClass>CO</InvoiceClass>", payment="")
    assert codes(read(samples.facturae(bare))) == ["copy", "due_guessed"]
    assert "factored" in codes(read(samples.facturae(factoring="<FactoringAssignmentData/>")))


def test_facturae_refuses_other_versions_and_what_is_missing() -> None:
    assert "3.1" in refusal(samples.facturae(version="3.1")).message
    assert "ninguna factura" in refusal(samples.facturae("")).message
    assert "BuyerParty" in refusal(samples.facturae().replace("PT123", "")).message


def test_a_pdf_gives_the_invoice_attached_by_its_own_name_first() -> None:
    inside = {"otro.xml": b"<a/>", "factur-x.xml": samples.cii().encode(), "notas.txt": b"hola"}
    found = read(samples.pdf(inside))
    assert (found.container, found.format, found.identity) == ("pdf", Format.CII, read(samples.cii()).identity)
    assert read(samples.pdf({"otro.xml": b"<a/>", "z.xml": samples.cfdi().encode()})).format is Format.CFDI


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (samples.pdf({}), "no trae la factura"),
        (samples.pdf({"factur-x.xml": b"<a/>"}), "no una factura"),
        (samples.pdf({"factur-x.xml": samples.cii().encode()}, "secreto"), "contraseña"),
        (b"%PDF-1.7\n%%EOF", "dañado"),
        (samples.pdf({f"{number}.xml": b"<a/>" for number in range(25)}), "más de 20"),
    ],
)
def test_a_pdf_without_an_invoice_is_refused_with_a_reason(data: bytes, words: str) -> None:
    with pytest.raises(InvoiceRefused, match=words):
        read_invoice(data, "factura.pdf")


def test_a_file_of_another_kind_is_refused_by_what_it_is() -> None:
    assert "«html»" in refusal("<html><body/></html>").message
    assert "no es un XML" in refusal("ID;NOMBRE\n1;Luis").message
    assert "vacío" in refusal("").message


def test_the_first_bytes_tell_whether_a_file_is_worth_reading() -> None:
    assert looks_like_invoice(samples.cfdi().encode()[:1024])
    assert looks_like_invoice(samples.cfdi().encode("utf-16")[:1024])
    assert looks_like_invoice(samples.pdf({})[:1024])
    assert not looks_like_invoice(b"ID;NOMBRE")
