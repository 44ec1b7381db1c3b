"""What programs for accounts write is known as it comes: headings, titles, totals, lines drawn between rows."""

from io import BytesIO
from uuid import UUID

import pytest
import xlsxwriter
from sqlalchemy import select

from recobro.cases.tables import Debt
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.intake import committing, service
from recobro.intake.repair import repairing, returning
from recobro.intake.tables import Placement, PlacementIssue
from tests.service.test_intake import bring, looked
from tests.service.test_intake import wired as wired
from tests.support.files import brought
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")

SAP = """Partidas individuales de deudores
Sociedad    MX01
------------------------------------------------------------------------------------------------------
|  |St|Deudor    |Nombre 1          |Referencia|Cl|Fecha doc.|Venc.neto |Importe en ML |Mon.|
------------------------------------------------------------------------------------------------------
|  |  |0000100234|Ferretería Prueba |FA-9001   |RV|15.08.2026|14.09.2026|     12,450.80|MXN |
|  |  |0000100877|Textiles Supuestos|FA-9100   |RV|01.09.2026|01.10.2026|     88,000.50|MXN |
------------------------------------------------------------------------------------------------------
| *|  |          |                  |          |  |          |          |    100,451.30|MXN |
------------------------------------------------------------------------------------------------------
"""
QUICKBOOKS = """Aceros Ficticios
A/R Aging Detail
"As of November 20, 2026"
Date,Transaction type,Num,Customer,Due date,Amount,Open balance
1 - 30 days past due,,,,,,
10/15/2026,Invoice,1001,Sample Hardware,11/04/2026,"1,200.00","1,200.00"
10/16/2026,Invoice,1004,Sample Paint Co,11/15/2026,"310.00","110.00"
10/17/2026,Invoice,1005,Sample Paint Co,11/16/2026,"20.00","20.00"
Total for 1 - 30 days past due,,,,,"$1,530.00","$1,330.00"
TOTAL,,,,,"$1,530.00","$1,330.00"
"""
QUICKBOOKS_BY_CUSTOMER = """,Type,Date,Num,P. O. #,Terms,Due Date,Aging,Open Balance
Sample Hardware LLC,,,,,,,,
,Invoice,08/05/2026,1001,,Net 30,09/24/2026,57,1200.00
,Invoice,08/25/2026,1009,,Net 30,09/24/2026,57,310.00
Total Sample Hardware LLC,,,,,,,,1510.00
Demo Paint Co,,,,,,,,
,Invoice,07/13/2026,0990,,Net 30,08/12/2026,100,4000.00
Total Demo Paint Co,,,,,,,,4000.00
TOTAL,,,,,,,,5510.00
"""
XERO = """*ContactName,EmailAddress,POAddressLine1,POCity,POCountry,*InvoiceNumber,Reference,*DueDate,Total,\
InvoiceAmountPaid,InvoiceAmountDue,LineAmount,Currency,Type,Status
Sample Bakery Ltd,ap@bakery.example,1 Invented St,Town,United Kingdom,INV-0041,PO 7,24/09/2026,600,0,600,300,GBP,\
Sales invoice,Awaiting Payment
Sample Bakery Ltd,ap@bakery.example,1 Invented St,Town,United Kingdom,INV-0041,PO 7,24/09/2026,600,0,600,200,GBP,\
Sales invoice,Awaiting Payment
Sample Cafe,ap@cafe.example,2 Invented St,Town,United Kingdom,INV-0043,,24/09/2026,120,120,0,100,GBP,Sales invoice,Paid
"""
ODOO = """"Number","Invoice Partner Display Name","Invoice/Bill Date","Due Date","Reference","Currency","Total Signed",\
"Amount Due Signed","Payment Status"
"INV/2026/00012","Talleres Prueba, S.L.","2026-07-01","2026-07-31","","EUR","1210.00","1210.00","Not Paid"
"INV/2026/00013","Talleres Prueba, S.L.","2026-07-15","2026-08-14","","EUR","605.00","305.00","Partially Paid"
"INV/2026/00014","Muebles Ficción SL","2026-08-01","2026-08-31","","EUR","2420.00","0.00","Paid"
"""
ODOO_STATES = """"Number","Invoice Partner Display Name","Invoice Date","Due Date","Amount Due Signed",\
"Payment Status","Status"
"INV/2026/00012","Talleres Prueba, S.L.","2026-07-01","2026-07-31","1210.00","Not Paid","Posted"
"INV/2026/00015","Talleres Prueba, S.L.","2026-07-15","2026-08-14","605.00","Not Paid","Draft"
"INV/2026/00016","Muebles Ficción SL","2026-08-01","2026-08-31","2420.00","Not Paid","Cancelled"
"INV/2026/00017","Muebles Ficción SL","2026-08-01","2026-08-31","0.00","Paid","Posted"
"""
ZOHO = """Invoice Date,Invoice ID,Invoice Number,Invoice Status,Customer Name,Due Date,Currency Code,Total,Balance
2026-07-01,4600000000001,INV-000001,Overdue,Sample Foods,2026-07-31,USD,1500.00,1500.00
2026-07-02,4600000000002,INV-000002,Closed,Demo Co,2026-08-01,USD,900.00,0.00
"""
NETSUITE = """Document Number,Type,Date,Due Date,Name,Amount (Gross),Amount Remaining,Currency
INV10022,Invoice,7/1/2026,7/31/2026,C-1004 Sample Foods Inc,1500.00,1500.00,US Dollar
INV10031,Invoice,7/15/2026,8/14/2026,C-1010 Demo Steel LLC,900.00,400.00,US Dollar
"""
CONTPAQ = """Antigüedad de saldos de clientes al 20/11/2026,,,,,,
Serie,Folio,Fecha,Vence,Días,Importe,Saldo
Cliente: C0012 Abarrotes Inventados SA de CV  RFC: AIN0102039A1,,,,,,
A,1021,01/08/2026,31/08/2026,81,"5,000.00","5,000.00"
A,1035,15/08/2026,14/09/2026,67,"2,300.00","1,300.00"
Total cliente,,,,,"7,300.00","6,300.00"
Cliente:,C0044,Papelería Supuesta,,,,
A,1040,20/08/2026,19/09/2026,62,900.00,900.00
Total cliente,,,,,900.00,900.00
Gran total,,,,,"8,200.00","7,200.00"
"""
ASPEL = """Clave,Nombre,Documento,F. aplic.,F. venc.,Cargos,Abonos,Saldo
12,Comercial Prueba SA de CV,FAC0000123,01/08/2026,31/08/2026,"5,800.00","800.00","5,000.00"
45,Tornillos Supuestos,FAC0000140,10/08/2026,19/09/2026,"232.00","0.00","232.00"
"""
CONTAPLUS = """Cód.Cliente;Nombre;Nº Factura;F.Factura;F.Vto;Importe;Pdte.
43000012;TALLERES PRUEBA SL;26/0145;15/06/26;15/07/26;1.210,00;1.210,00
43000012;TALLERES PRUEBA SL;26/0150;20/06/26;20/07/26;605,50;305,50
"""
A3 = """Cuenta;Descripción cuenta;Factura;Fecha expedición;Vencimiento;Importe vto.;Forma de pago
430000000012;TALLERES PRUEBA SL;2026/145;15/06/2026;15/07/2026;1.210,00;Recibo
430000000077;MUEBLES FICCION SL;2026/160;30/06/2026;30/07/2026;2.420,00;Recibo
"""
SIIGO = """Identificación;Nombre tercero;Comprobante;Consecutivo;Cuota;Fecha elaboración;Fecha vencimiento;\
Saldo cartera;Moneda
900123456;DISTRIBUIDORA EJEMPLO SAS;FV-1;12034;1;2026/06/01;2026/07/01;1.250.000,00;COP
900123456;DISTRIBUIDORA EJEMPLO SAS;FV-1;12034;2;2026/06/01;2026/08/01;1.250.000,00;COP
52123456;Ana Muestra;FV-2;12034;1;2026/06/15;2026/07/15;340.500,00;COP
"""
INSURANCE = """Póliza,Recibo,Asegurado,Inicio vigencia,Prima total,Fecha límite pago,Celular
P-1001,1/12,Ana Muestra,01/08/2026,"1,250.00",20/08/2026,4425550142
P-1001,2/12,Ana Muestra,01/09/2026,"1,250.00",20/09/2026,4425550142
"""
UTILITY = """Número de cuenta;Titular;Tipo doc;Nro doc;Fecha pago oportuno;Valor a pagar;Ciudad
40012345;Ana Muestra;CC;52123456;2026-07-30;85.400,00;Bogotá
40012399;Luis Ejemplo;CC;79123456;2026-07-30;120.900,50;Cali
"""


@pytest.fixture
def client_id(world: World) -> UUID:
    return world.client()


def owed(world: World) -> list[tuple[str, str, int, str, str]]:
    """What came in: each debt's number, currency, minor units, whose it is by name and by the client's own number."""
    with world.work() as work:
        rows = work.session.execute(
            select(Debt.reference, Debt.currency, Debt.balance, Debtor.name, Debtor.customer_ref)
            .join(Debtor, (Debtor.agency_id == Debt.agency_id) & (Debtor.id == Debt.debtor_id))
            .order_by(Debt.placement_line)
        )
        return [(ref, currency, balance, name, number) for ref, currency, balance, name, number in rows]


def refused(world: World, placement: Placement) -> list[tuple[int, str]]:
    with world.work() as work:
        found = work.session.scalars(
            select(PlacementIssue).where(PlacementIssue.placement_id == placement.id).order_by(PlacementIssue.line)
        )
        return [(one.line, one.code) for one in found if one.kind in ("rejected", "conflict")]


@pytest.mark.parametrize(
    ("text", "debts"),
    [
        pytest.param(SAP, [
            ("FA-9001", "MXN", 1245080, "Ferretería Prueba", "0000100234"),
            ("FA-9100", "MXN", 8800050, "Textiles Supuestos", "0000100877"),
        ], id="SAP"),
        pytest.param(QUICKBOOKS, [
            ("1001", "MXN", 120000, "Sample Hardware", ""), ("1004", "MXN", 11000, "Sample Paint Co", ""),
            ("1005", "MXN", 2000, "Sample Paint Co", ""),
        ], id="QuickBooks"),
        pytest.param(QUICKBOOKS_BY_CUSTOMER, [
            ("1001", "MXN", 120000, "Sample Hardware LLC", ""), ("1009", "MXN", 31000, "Sample Hardware LLC", ""),
            ("0990", "MXN", 400000, "Demo Paint Co", ""),
        ], id="QuickBooks by customer"),
        pytest.param(XERO, [("INV-0041", "GBP", 60000, "Sample Bakery Ltd", "")], id="Xero"),
        pytest.param(ODOO, [
            ("INV/2026/00012", "EUR", 121000, "Talleres Prueba, S.L.", ""),
            ("INV/2026/00013", "EUR", 30500, "Talleres Prueba, S.L.", ""),
        ], id="Odoo"),
        pytest.param(ZOHO, [("INV-000001", "USD", 150000, "Sample Foods", "")], id="Zoho"),
        pytest.param(NETSUITE, [
            ("INV10022", "USD", 150000, "C-1004 Sample Foods Inc", ""),
            ("INV10031", "USD", 40000, "C-1010 Demo Steel LLC", ""),
        ], id="NetSuite"),
        pytest.param(CONTPAQ, [
            ("A-1021", "MXN", 500000, "Abarrotes Inventados SA de CV", "C0012"),
            ("A-1035", "MXN", 130000, "Abarrotes Inventados SA de CV", "C0012"),
            ("A-1040", "MXN", 90000, "Papelería Supuesta", "C0044"),
        ], id="CONTPAQi"),
        pytest.param(ASPEL, [
            ("FAC0000123", "MXN", 500000, "Comercial Prueba SA de CV", "12"),
            ("FAC0000140", "MXN", 23200, "Tornillos Supuestos", "45"),
        ], id="Aspel"),
        pytest.param(CONTAPLUS, [
            ("26/0145", "MXN", 121000, "TALLERES PRUEBA SL", "43000012"),
            ("26/0150", "MXN", 30550, "TALLERES PRUEBA SL", "43000012"),
        ], id="ContaPlus"),
        pytest.param(A3, [
            ("2026/145", "MXN", 121000, "TALLERES PRUEBA SL", "430000000012"),
            ("2026/160", "MXN", 242000, "MUEBLES FICCION SL", "430000000077"),
        ], id="A3"),
        pytest.param(SIIGO, [
            ("FV-1-12034/1", "COP", 125000000, "DISTRIBUIDORA EJEMPLO SAS", ""),
            ("FV-1-12034/2", "COP", 125000000, "DISTRIBUIDORA EJEMPLO SAS", ""),
            ("FV-2-12034/1", "COP", 34050000, "Ana Muestra", ""),
        ], id="Siigo"),
        pytest.param(INSURANCE, [
            ("P-1001/1", "MXN", 125000, "Ana Muestra", ""), ("P-1001/2", "MXN", 125000, "Ana Muestra", ""),
        ], id="an insurer"),
        pytest.param(UTILITY, [
            ("40012345", "MXN", 8540000, "Ana Muestra", ""), ("40012399", "MXN", 12090050, "Luis Ejemplo", ""),
        ], id="a utility"),
    ],
)  # fmt: skip
def test_the_export_of_a_program_comes_in_as_it_is(
    world: World, client_id: UUID, text: str, debts: list[tuple[str, str, int, str, str]]
) -> None:
    placement = bring(world, client_id, text)

    assert owed(world) == debts
    assert refused(world, placement) == []


def test_two_columns_of_states_both_count_and_a_draft_is_no_debt(world: World, client_id: UUID) -> None:
    placement = bring(world, client_id, ODOO_STATES)

    assert [one[0] for one in owed(world)] == ["INV/2026/00012"]
    assert refused(world, placement) == [(3, "draft_row"), (4, "closed_owed")]


def test_titles_of_a_workbook_say_whose_debts_follow_and_a_total_ends_them(world: World, client_id: UUID) -> None:
    file = BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    lines: list[list[str | float]] = [
        ["Factura", "Vencimiento", "Saldo", "Importe", "Concepto"],
        ["0012 Abarrotes Inventados"], ["F-1", 46000, 100.5, 200, "x"], ["Total", "", 100.5],
        ["F-2", 46010, 50, 60, "y"],
        ["Luis Ejemplo"], ["31 a 60 días"], ["F-3", 46020, 70, 80, "z"],
    ]  # fmt: skip
    for row, cells in enumerate(lines):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell, day if column == 1 and isinstance(cell, int) else None)
    book.close()

    placement = bring(world, client_id, file.getvalue(), name="cartera.xlsx")

    assert owed(world) == [
        ("F-1", "MXN", 10050, "Abarrotes Inventados", "0012"), ("F-3", "MXN", 7000, "Luis Ejemplo", ""),
    ]  # fmt: skip
    assert refused(world, placement) == [(5, "no_debtor")]


def test_rows_with_errors_under_titles_come_back_with_whose_they_are(world: World, client_id: UUID) -> None:
    text = CONTPAQ.replace('"5,000.00","5,000.00"\n', '"5,000.00",mucho\n', 1)
    placement = bring(world, client_id, text)
    assert refused(world, placement) == [(4, "bad_amount")]

    with world.work() as work:
        waiting = service.open_placement(work, placement.id)
        rows = returning.refused_rows(work, waiting, lambda line: line.reason)
        with returning.as_csv(returning.heads(waiting, "Línea", "Error"), rows, ",") as made:
            sheet = made.read().decode("utf-8-sig")
    assert "C0012,Abarrotes Inventados SA de CV" in sheet
    with world.work() as work:
        file = BytesIO(sheet.replace("mucho", "5000.00").encode())
        assert returning.merge(work, placement.id, file, "corregido.csv").rows == 1
        repairing.reprocess(work, placement.id)
    committing.commit(world.work, placement.id)

    assert refused(world, placement) == []
    assert ("A-1021", "MXN", 500000, "Abarrotes Inventados SA de CV", "C0012") in owed(world)


def test_titles_are_none_where_a_column_says_who_owes(world: World, client_id: UUID) -> None:
    text = "Factura,Cliente,Vencimiento,Saldo,Nota\nZona norte,,,,\nF-1,Luis Ejemplo,21/08/2026,10.00,x\n"

    placement = bring(world, client_id, text)

    assert owed(world) == [("F-1", "MXN", 1000, "Luis Ejemplo", "")]
    assert placement.layout["columns"] == ["Factura", "Cliente", "Vencimiento", "Saldo", "Nota"]


def test_a_list_of_numbers_has_no_titles(world: World, client_id: UUID) -> None:
    bring(world, client_id, ASPEL.replace("FAC0000123", "Pedido 12"))

    placement = brought(world, client_id, "Documento,Motivo\nPedido 12,\nFAC0000140,Pago directo\n", kind="recall")

    assert placement.layout["columns"] == ["Documento", "Motivo"]
    assert refused(world, placement) == []


def test_a_name_and_an_address_in_parts_are_put_together(world: World, client_id: UUID) -> None:
    text = (
        "Folio,Nombre(s),Apellido Paterno,Apellido Materno,Fecha límite,Saldo,"
        "Calle,No. Ext,No. Int,Colonia,CP,Municipio\n"
        "A-1,Ana,Muestra,Prueba,20/08/2026,10.00,Av. Inventada,12,3,Centro,76000,Querétaro\n"
        "A-2,Ana,Ejemplo,,25/08/2026,20.00,Calle Falsa,5,,Jardines,76010,Querétaro\n"
        "A-3,Ana Ejemplo,Ejemplo,,25/08/2026,30.00,,,,,,\n"
        "A-4,Ana,Prueba,Prueba,25/08/2026,30.00,,,,,,\n"
    )

    bring(world, client_id, text)

    assert [(one[0], one[3]) for one in owed(world)] == [
        ("A-1", "Ana Muestra Prueba"), ("A-2", "Ana Ejemplo"), ("A-3", "Ana Ejemplo"),
        ("A-4", "Ana Prueba Prueba"),
    ]  # fmt: skip
    with world.work() as work:
        written = work.session.scalars(select(ContactPoint.value).order_by(ContactPoint.value))
        assert list(written) == [
            "Av. Inventada 12 3, Centro, 76000 Querétaro", "Calle Falsa 5, Jardines, 76010 Querétaro",
        ]  # fmt: skip
        assert len(work.session.scalars(select(Debtor)).all()) == 3


def test_a_number_that_only_counts_the_rows_is_not_that_of_an_invoice(world: World, client_id: UUID) -> None:
    text = "No,Cliente,Vencimiento,Saldo\n1,Luis Ejemplo,21/08/2026,10.00\n2,Ana Muestra,21/08/2026,20.00\n"

    with pytest.raises(Exception, match="número de factura"):
        looked(world, client_id, text)


def test_a_country_is_known_by_its_name_in_both_languages(world: World, client_id: UUID) -> None:
    names = ["Reino Unido", "Germany", "EE. UU.", "México", "E.U.A.", "UK"]
    rows = "".join(f"A-{n},Deudor {n},21/08/2026,10.00,{name}\n" for n, name in enumerate(names))

    bring(world, client_id, f"Folio,Cliente,Vencimiento,Saldo,País\n{rows}")

    with world.work() as work:
        found = work.session.scalars(select(Debtor.country).order_by(Debtor.name))
        assert list(found) == ["GB", "DE", "US", "MX", "US", "GB"]
