"""Small electronic invoices of invented firms, in every format we read."""

import io

from pypdf import PdfWriter

UUID = "A1B2C3D4-0000-4000-8000-000000000001"
_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
_SPACES = f'xmlns:cac="{_UBL}:CommonAggregateComponents-2" xmlns:cbc="{_UBL}:CommonBasicComponents-2"'
_CFDI = {"3.3": "http://www.sat.gob.mx/cfd/3", "4.0": "http://www.sat.gob.mx/cfd/4"}


def cfdi(
    kind: str = "I",
    method: str = ' MetodoPago="PPD"',
    *,
    version: str = "4.0",
    total: str = "1160.00",
    currency: str = "MXN",
    terms: str = "",
    buyer: str = 'Rfc="TOFE800101AB1" Nombre="Ferretería El Tornillo Feliz" DomicilioFiscalReceptor="06000"',
    complement: str = "",
    related: str = "",
    stamp: bool = True,
    folio: str = ' Serie="A" Folio="0042"',
) -> str:
    """A CFDI; `complement` goes beside the stamp."""
    stamped = f'<t:TimbreFiscalDigital xmlns:t="http://www.sat.gob.mx/TimbreFiscalDigital" UUID="{UUID.lower()}"/>'
    conditions = f' CondicionesDePago="{terms}"' if terms else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<c:Comprobante xmlns:c="{_CFDI[version]}" Version="{version}"{folio} Fecha="2026-03-10T12:00:00" Moneda="{currency}"
  Total="{total}" SubTotal="1000.00" TipoDeComprobante="{kind}"{method}{conditions}>{related}
 <c:Emisor Rfc=" ACF010101XY1" Nombre="Aceros Ficticios"/>
 <c:Receptor {buyer}/>
 <c:Conceptos><c:Concepto Cantidad="2" Descripcion="Tornillos de 3/8" Importe="1000.00"/></c:Conceptos>
 <c:Complemento>{stamped if stamp else ""}{complement}</c:Complemento>
</c:Comprobante>"""


def payments(version: str = "2.0") -> str:
    """A payment in pesos of two invoices, one of them in dollars at 20 pesos."""
    space = {"1.0": "http://www.sat.gob.mx/Pagos", "2.0": "http://www.sat.gob.mx/Pagos20"}[version]
    rate = {"1.0": "TipoCambioDR", "2.0": "EquivalenciaDR"}[version]
    return f"""<p:Pagos xmlns:p="{space}" Version="{version}">
 <p:Pago FechaPago="2026-04-01T10:00:00" MonedaP="MXN" Monto="3000.00" NumOperacion="OP-7">
  <p:DoctoRelacionado IdDocumento="{UUID.lower()}" Serie="A" Folio="0042" MonedaDR="MXN" {rate}="1"
    NumParcialidad="1" ImpSaldoAnt="1160.00" ImpPagado="1000.00" ImpSaldoInsoluto="160.00"/>
  <p:DoctoRelacionado IdDocumento="{UUID[:-1]}2" MonedaDR="USD" {rate}="0.05"
    NumParcialidad="3" ImpSaldoAnt="100.00" ImpPagado="100.00" ImpSaldoInsoluto="0"/>
 </p:Pago></p:Pagos>"""


def complement(version: str = "4.0", pagos: str = "2.0") -> str:
    """A CFDI of type P with the two payments."""
    return cfdi("P", "", version=version, total="0", currency="XXX", complement=payments(pagos))


def ubl(
    root: str = "Invoice",
    *,
    number: str = "<cbc:ID>F-100</cbc:ID>",
    issued: str = "<cbc:IssueDate>2026-03-10</cbc:IssueDate>",
    due: str = "<cbc:DueDate>2026-04-09</cbc:DueDate>",
    extra: str = "",
    code: str = "",
    terms: str = "",
    seller_name: str = "Aceros Ficticios SL",
    buyer_name: str = "Ferretería El Tornillo Feliz",
    seller_tax: str = "ESB11111119",
    prepaid: str = "",
    payable: str = "<cbc:PayableAmount currencyID='EUR'>121.00</cbc:PayableAmount>",
    inclusive: str = "121.00",
    currency: str = "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>",
    head: str = '<?xml version="1.0" encoding="UTF-8"?>',
) -> str:
    """A UBL 2.1 document of 100.00 and 21.00 of tax."""
    line = {"Invoice": "InvoiceLine", "CreditNote": "CreditNoteLine", "DebitNote": "DebitNoteLine"}[root]
    totals = "RequestedMonetaryTotal" if root == "DebitNote" else "LegalMonetaryTotal"
    due = due if root == "Invoice" else ""
    return f"""{head}
<{root} xmlns="{_UBL}:{root}-2" {_SPACES}>{extra}
{number}{issued}{due}{code}{currency}
<cac:AccountingSupplierParty><cac:Party>
 <cac:PostalAddress><cac:Country><cbc:IdentificationCode>ES</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
 <cac:PartyTaxScheme><cbc:CompanyID>{seller_tax}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
 </cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>{seller_name}</cbc:RegistrationName>
 </cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyIdentification><cbc:ID>C-0099</cbc:ID></cac:PartyIdentification>
 <cac:PostalAddress><cbc:StreetName>Calle Falsa 123</cbc:StreetName><cbc:CityName>Toledo</cbc:CityName>
 <cbc:PostalZone>45001</cbc:PostalZone><cbc:CountrySubentity>Toledo</cbc:CountrySubentity>
 <cac:Country><cbc:IdentificationCode>ES</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
 <cac:PartyTaxScheme><cbc:CompanyID>ESB22222228</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
 </cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>{buyer_name}</cbc:RegistrationName>
 </cac:PartyLegalEntity><cac:Contact><cbc:Name>Luis Demo</cbc:Name><cbc:Telephone>+34910000000</cbc:Telephone>
 <cbc:ElectronicMail>luis@tornillo.example</cbc:ElectronicMail></cac:Contact></cac:Party></cac:AccountingCustomerParty>
{terms}
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">21.00</cbc:TaxAmount></cac:TaxTotal>
<cac:{totals}><cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
 <cbc:TaxInclusiveAmount currencyID="EUR">{inclusive}</cbc:TaxInclusiveAmount>{prepaid}{payable}</cac:{totals}>
<cac:{line}><cbc:ID>1</cbc:ID><cac:Item><cbc:Name>Tornillos de 3/8</cbc:Name></cac:Item></cac:{line}>
</{root}>"""


def dian(means: str = "2") -> str:
    """A Colombian invoice (DIAN), on credit (2) or cash (1)."""
    return (
        ubl(
            extra="<cbc:ProfileID>DIAN 2.1: Factura Electrónica de Venta</cbc:ProfileID>",
            number="<cbc:ID>SETP990000001</cbc:ID><cbc:UUID schemeName='CUFE-SHA384'>abc123</cbc:UUID>",
            terms=f"<cac:PaymentMeans><cbc:ID>{means}</cbc:ID><cbc:PaymentDueDate>2026-05-01</cbc:PaymentDueDate>"
            "</cac:PaymentMeans>",
            due="",
            inclusive="119.00",
        )
        .replace("EUR", "COP")
        .replace("<cbc:CompanyID>ESB11111119", '<cbc:CompanyID schemeID="3" schemeName="31">900108281')
        .replace("<cbc:IdentificationCode>ES", "<cbc:IdentificationCode>CO")
    )


def attached_document(inner: str) -> str:
    """The DIAN's container with a document as text inside."""
    return f"""<?xml version="1.0" encoding="utf-8"?>
<AttachedDocument xmlns="{_UBL}:AttachedDocument-2" {_SPACES}><cbc:ID>9</cbc:ID><cac:Attachment><cac:ExternalReference>
<cbc:MimeCode>text/xml</cbc:MimeCode><cbc:Description><![CDATA[{inner}]]></cbc:Description>
</cac:ExternalReference></cac:Attachment></AttachedDocument>"""


def cii(
    code: str = "380", *, due: str = "20260409", prepaid: str = "", payable: str = "121.00", terms: str = ""
) -> str:
    """The invoice of `ubl()` in the other syntax."""
    space = "urn:un:unece:uncefact:data:standard"
    until = (
        f"<r:DueDateDateTime><u:DateTimeString format='102'>{due}</u:DateTimeString></r:DueDateDateTime>" if due else ""
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<s:CrossIndustryInvoice xmlns:s="{space}:CrossIndustryInvoice:100" xmlns:u="{space}:UnqualifiedDataType:100"
  xmlns:r="{space}:ReusableAggregateBusinessInformationEntity:100">
<s:ExchangedDocumentContext><r:GuidelineSpecifiedDocumentContextParameter><r:ID>urn:cen.eu:en16931:2017</r:ID>
</r:GuidelineSpecifiedDocumentContextParameter></s:ExchangedDocumentContext>
<s:ExchangedDocument><r:ID>F-100</r:ID><r:TypeCode>{code}</r:TypeCode>
<r:IssueDateTime><u:DateTimeString format="102">20260310</u:DateTimeString></r:IssueDateTime></s:ExchangedDocument>
<s:SupplyChainTradeTransaction><r:IncludedSupplyChainTradeLineItem><r:SpecifiedTradeProduct><r:Name>Tornillos</r:Name>
</r:SpecifiedTradeProduct></r:IncludedSupplyChainTradeLineItem><r:ApplicableHeaderTradeAgreement>
<r:SellerTradeParty><r:Name>Aceros Ficticios SL</r:Name><r:PostalTradeAddress><r:CountryID>ES</r:CountryID>
</r:PostalTradeAddress><r:SpecifiedTaxRegistration><r:ID schemeID="FC">99</r:ID></r:SpecifiedTaxRegistration>
<r:SpecifiedTaxRegistration><r:ID schemeID="VA">ES B-11111119</r:ID></r:SpecifiedTaxRegistration></r:SellerTradeParty>
<r:BuyerTradeParty><r:GlobalID schemeID="0088">5790000000000</r:GlobalID><r:Name>Ferretería El Tornillo Feliz</r:Name>
<r:DefinedTradeContact><r:PersonName>Luis Demo</r:PersonName><r:EmailURIUniversalCommunication>
<r:URIID>luis@tornillo.example</r:URIID></r:EmailURIUniversalCommunication></r:DefinedTradeContact></r:BuyerTradeParty>
</r:ApplicableHeaderTradeAgreement><r:ApplicableHeaderTradeSettlement><r:InvoiceCurrencyCode>EUR</r:InvoiceCurrencyCode>
<r:SpecifiedTradePaymentTerms>{terms}{until}</r:SpecifiedTradePaymentTerms>
<r:SpecifiedTradeSettlementHeaderMonetarySummation><r:TaxBasisTotalAmount>100</r:TaxBasisTotalAmount>
<r:TaxTotalAmount currencyID="EUR">21.00</r:TaxTotalAmount><r:GrandTotalAmount>121.00</r:GrandTotalAmount>{prepaid}
<r:DuePayableAmount>{payable}</r:DuePayableAmount></r:SpecifiedTradeSettlementHeaderMonetarySummation>
<r:InvoiceReferencedDocument><r:IssuerAssignedID>F-099</r:IssuerAssignedID></r:InvoiceReferencedDocument>
</r:ApplicableHeaderTradeSettlement></s:SupplyChainTradeTransaction></s:CrossIndustryInvoice>"""


def facturae_invoice(
    number: str = "2026-7",
    *,
    total: str = "121.00",
    outstanding: str = "<TotalOutstandingAmount>106.00</TotalOutstandingAmount>",
    executable: str = "106.00",
    header: str = "<InvoiceClass>OO</InvoiceClass>",
    payment: str = "<PaymentDetails><Installment><InstallmentDueDate>2026-05-10</InstallmentDueDate>"
    "<InstallmentAmount>53.00</InstallmentAmount></Installment><Installment>"
    "<InstallmentDueDate>2026-04-10</InstallmentDueDate><InstallmentAmount>53.00</InstallmentAmount>"
    "<AccountToBeCredited><IBAN>ES00 1234</IBAN></AccountToBeCredited></Installment></PaymentDetails>",
) -> str:
    """One invoice of a Facturae batch."""
    return f"""<Invoice><InvoiceHeader><InvoiceNumber>{number}</InvoiceNumber><InvoiceSeriesCode>S</InvoiceSeriesCode>
{header}</InvoiceHeader><InvoiceIssueData><IssueDate>2026-03-10</IssueDate>
<InvoiceCurrencyCode>EUR</InvoiceCurrencyCode></InvoiceIssueData><InvoiceTotals><InvoiceTotal>{total}</InvoiceTotal>
<TotalPaymentsOnAccount>15.00</TotalPaymentsOnAccount>{outstanding}
<TotalExecutableAmount>{executable}</TotalExecutableAmount></InvoiceTotals><Items><InvoiceLine>
<ItemDescription>Tornillos</ItemDescription><Quantity>2</Quantity></InvoiceLine></Items>{payment}</Invoice>"""


def facturae(*invoices: str, version: str = "3.2.2", factoring: str = "") -> str:
    """A Facturae batch; a person in Portugal owes."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<f:Facturae xmlns:f="http://www.facturae.gob.es/formato/Versiones/Facturaev3_2_2.xml"><FileHeader>
<SchemaVersion>{version}</SchemaVersion>{factoring}</FileHeader><Parties><SellerParty><TaxIdentification>
<TaxIdentificationNumber>B11111119</TaxIdentificationNumber></TaxIdentification><LegalEntity>
<CorporateName>Aceros Ficticios SL</CorporateName><AddressInSpain><CountryCode>ESP</CountryCode></AddressInSpain>
</LegalEntity></SellerParty><BuyerParty><TaxIdentification><TaxIdentificationNumber>PT123</TaxIdentificationNumber>
</TaxIdentification><Individual><Name>Luis</Name><FirstSurname>Demo</FirstSurname><OverseasAddress>
<Address>Rua Falsa 1</Address><PostCodeAndTown>1000-001 Lisboa</PostCodeAndTown><Province>Lisboa</Province>
<CountryCode>PRT</CountryCode></OverseasAddress></Individual></BuyerParty></Parties>
<Invoices>{"".join(invoices or (facturae_invoice(),))}</Invoices></f:Facturae>"""


def pdf(attachments: dict[str, bytes], password: str = "") -> bytes:
    """A PDF of one empty page with files attached."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    for name, content in attachments.items():
        writer.add_attachment(name, content)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
