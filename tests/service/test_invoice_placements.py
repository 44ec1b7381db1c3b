"""Electronic invoices by the doors: only what is owed becomes a debt, once whatever its syntax; credits and payments
find their invoice; the figures of the real files."""

import io
import os
import signal
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from recobro.cases.tables import Case, CaseEvent, Debt, DebtComponent
from recobro.cli.importing import run
from recobro.config import Settings
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.intake import committing, previewing, service
from recobro.intake.files import invoice_rows
from recobro.intake.files.invoices.document import Document, InvoiceRefused, Owed
from recobro.intake.files.invoices.reading import read_invoice
from recobro.intake.kinds import complements
from recobro.intake.repair import repairing
from recobro.payments.tables import Payment
from recobro.wiring import wire
from tenants import database
from tenants.context import job_principal
from tenants.tables import Client
from tests.support import invoice_samples as samples
from tests.support.database import SECRET
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")


@pytest.fixture(scope="module", autouse=True)
def wired(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """This process reaches its database and a folder for files."""
    folder = tmp_path_factory.mktemp("files")
    wire(Settings(data=folder, secret=SECRET, files=folder), database_urls[0])


def packed(files: dict[str, str | bytes]) -> bytes:
    """A ZIP of some files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 9, 0, 0)), content)
    return out.getvalue()


class Door:
    """The command line of one client, as the tests use it."""

    def __init__(self, world: World, folder: Path, country: str = "MX", tax_id: str = "", slug: str = "aceros") -> None:
        self.world, self.folder = world, folder
        self.client_id = world.client(slug, country=country)
        with world.work() as work:
            work.session.execute(update(Client).where(Client.id == self.client_id).values(tax_id=tax_id))

    def bring(self, content: str | bytes | dict[str, Any] | Path, name: str = "", **more: Any) -> dict[str, Any]:
        """What importing a file says; a dict is a ZIP of its files."""
        if isinstance(content, Path):
            path = content
        else:
            data = packed(content) if isinstance(content, dict) else content
            path = self.folder / (name or ("facturas.zip" if isinstance(content, dict) else "factura.xml"))
            data = data.encode() if isinstance(data, str) else data
            path.write_bytes(data)
        principal = job_principal(self.world.agency_id)
        return run(principal, self.client_id, path, {}, **{"as_of": None, "dry_run": False, **more})

    def debts(self) -> list[tuple[str, int, int, str]]:
        """Reference, original, balance and currency of each debt."""
        with self.world.work() as work:
            found = work.session.execute(
                select(Debt.reference, Debt.original, Debt.balance, Debt.currency)
                .where(Debt.client_id == self.client_id)
                .order_by(Debt.reference, Debt.original)
            )
            return [(row.reference, row.original, row.balance, row.currency) for row in found]


@pytest.fixture
def door(world: World, tmp_path: Path) -> Door:
    """A Mexican client."""
    return Door(world, tmp_path)


def codes(found: dict[str, Any], kind: str) -> list[str]:
    """The reasons of one kind."""
    return [one["reason"] for one in found[kind]]


def test_an_invoice_becomes_a_debt_of_its_buyer_with_how_to_reach_him(world: World, tmp_path: Path) -> None:
    door = Door(world, tmp_path, "ES")

    found = door.bring(samples.ubl())

    assert (found["created"], found["totals"]) == (1, {"EUR": {"count": 1, "sum": 121_00}})
    with world.work() as work:
        debt = work.session.scalars(select(Debt)).one()
        assert (debt.reference, debt.seller_norm, debt.issued_on, debt.due_on, debt.placement_line) == (
            "F-100", "ESB11111119", date(2026, 3, 10), date(2026, 4, 9), 1,
        )  # fmt: skip
        assert debt.concept == "Tornillos de 3/8"
        debtor = work.session.scalars(select(Debtor)).one()
        assert (debtor.name, debtor.customer_ref, debtor.tax_id_norm, debtor.city) == (
            "Ferretería El Tornillo Feliz", "C-0099", "B22222228", "Toledo",
        )  # fmt: skip
        assert sorted(work.session.scalars(select(ContactPoint.value))) == [
            "+34910000000", "Calle Falsa 123, 45001 Toledo, Toledo", "luis@tornillo.example",
        ]  # fmt: skip


def test_one_invoice_in_two_syntaxes_is_one_debt_together_or_one_after_the_other(world: World, tmp_path: Path) -> None:
    door = Door(world, tmp_path, "ES")

    found = door.bring({"b.xml": samples.ubl(), "a.xml": samples.cii()})
    assert (found["created"], found["duplicates"], found["conflicts"]) == (1, 1, [])
    again = door.bring(samples.ubl(head=""), "otra.xml")

    assert (again["created"], again["unchanged"], again["kept"]) == (0, 1, False)
    assert door.debts() == [("F-100", 121_00, 121_00, "EUR")]


def test_another_amount_is_a_conflict_and_another_sellers_number_another_debt(world: World, tmp_path: Path) -> None:
    door = Door(world, tmp_path, "ES", tax_id="B-11111119")
    door.bring(samples.ubl())

    payable = "<cbc:PayableAmount currencyID='EUR'>99.00</cbc:PayableAmount>"
    own, foreign = samples.ubl(payable=payable), samples.ubl(payable=payable, seller_tax="ESB99999997")
    found = door.bring({"distinta.xml": own, "ajena.xml": foreign})

    assert found["created"] == 1
    (conflict,) = found["conflicts"]
    assert (conflict["file"], conflict["line"]) == ("distinta.xml", 2)
    assert "121" in conflict["reason"]
    assert any("La emite otro: Aceros Ficticios SL" in one["reason"] for one in found["warned"])
    with world.work() as work:
        sellers = work.session.scalars(select(Debt.seller_norm).order_by(Debt.seller_norm)).all()
    assert sellers == ["", "ESB99999997"]


def test_an_invoice_that_a_sheet_brought_before_is_that_debt_when_the_amount_agrees(door: Door) -> None:
    door.bring("Factura,Cliente,Vence,Saldo\nA-0042,Tornillo,2026-04-01,1160.00\nA-9,Otro,2026-04-01,5\n", "c.csv")

    found = door.bring({"i.xml": samples.cfdi(), "p.xml": paid(samples.UUID, "60.00")})
    assert (found["created"], found["unchanged"], found["settlements"], found["kept"]) == (0, 1, 1, True)
    assert "1 factura que ya estaba recibe su folio fiscal" in [effect["text"] for effect in found["effects"]]
    assert door.bring({"p.xml": paid(samples.UUID, "100.00", part=2)})["settlements"] == 1
    assert door.debts()[0] == ("A-0042", 1160_00, 1000_00, "MXN")

    more = door.bring(samples.cfdi(total="1000.00", stamp=False))
    assert (more["created"], door.debts()[0][:2]) == (1, ("A-0042", 1000_00))


def test_one_uuid_is_one_invoice_and_one_number_with_two_uuids_a_conflict(door: Door) -> None:
    other = samples.cfdi().replace(samples.UUID.lower(), f"{samples.UUID[:-1]}9".lower())

    found = door.bring({"a.xml": samples.cfdi(), "b.xml": samples.cfdi(folio=' Serie="B" Folio="7"'), "c.xml": other})

    assert (found["created"], found["duplicates"]) == (1, 1)
    assert codes(found, "conflicts") == ["La fila 1 tiene el mismo número con otro folio fiscal. Cuenta la primera."]


def test_what_was_paid_at_once_is_refused_until_somebody_says_it_was_not(door: Door) -> None:
    cash = samples.cfdi(method=' MetodoPago="PUE"')

    found = door.bring(cash)
    assert (found["created"], found["kept"]) == (0, False)
    (refused,) = found["rejected"]
    assert refused["reason"].startswith("Es PUE: dice que se pagó de una vez.")
    assert "sin pagar" in refused["mend"]

    assert door.bring(cash, unpaid=True)["created"] == 1


def test_what_is_never_owed_is_listed_by_its_file_and_what_cannot_be_read_refused(door: Door) -> None:
    found = door.bring(
        {
            "1 nomina.xml": samples.cfdi("N", ""), "2 traslado.xml": samples.cfdi("T", ""),
            "3 cero.xml": samples.cfdi(total="0.00"), "4 egreso.xml": samples.cfdi("E", ""),
            "5 roto.xml": "<Comprobante", "6 buena.xml": samples.cfdi(), "6 buena.pdf": samples.pdf({}),
            "7 foto.jpg": b"\xff\xd8\xff\xe0",
        }
    )  # fmt: skip

    assert found["created"] == 1
    assert [(one["line"], one["file"]) for one in found["rejected"]] == [(5, "5 roto.xml"), (8, "7 foto.jpg")]
    assert {one["file"]: one["reason"][:30] for one in found["no_debts"]} == {
        "1 nomina.xml": "Es un recibo de nómina: no cre", "2 traslado.xml": "Es un CFDI de traslado: acompa",
        "3 cero.xml": "No queda nada por pagar en est", "4 egreso.xml": "Descuenta $1,160.00 y no dice ",
        "6 buena.pdf": "Es la imagen de «6 buena.xml»,",
    }  # fmt: skip


def test_a_generic_rfc_identifies_nobody(door: Door) -> None:
    anybody = 'Rfc="XAXX010101000" Nombre="Público en general"'
    somebody = 'Rfc="XAXX010101000" Nombre="Luis Demo"'

    found = door.bring(
        {
            "a.xml": samples.cfdi(buyer=anybody),
            "b.xml": samples.cfdi(buyer=somebody, stamp=False, folio=' Folio="2"'),
        }
    )

    assert (found["created"], found["debtors"]) == (2, 2)
    assert sum("genérica" in reason for reason in codes(found, "warned")) == 2


def credit_note(uuid: str = samples.UUID, *, total: str = "200.00", own: str = "C", stamp: bool = False) -> str:
    """A CFDI of type E about an invoice."""
    related = f'<c:CfdiRelacionados TipoRelacion="01"><c:CfdiRelacionado UUID="{uuid}"/></c:CfdiRelacionados>'
    return samples.cfdi("E", "", total=total, related=related, stamp=stamp, folio=f' Serie="{own}" Folio="1"')


def paid(
    uuid: str, amount: str, *, part: int = 1, after: str = "", day: str = "2026-01-05", currency: str = "MXN"
) -> str:
    """A payment complement of one payment in pesos."""
    rest = f' ImpSaldoInsoluto="{after}"' if after else ""
    body = f"""<p:Pagos xmlns:p="http://www.sat.gob.mx/Pagos20" Version="2.0">
 <p:Pago FechaPago="{day}T10:00:00" MonedaP="MXN" Monto="5000.00"><p:DoctoRelacionado IdDocumento="{uuid.lower()}"
  MonedaDR="{currency}" EquivalenciaDR="{"1" if currency == "MXN" else "0.05"}" NumParcialidad="{part}"
  ImpPagado="{amount}"{rest}/></p:Pago></p:Pagos>"""
    return samples.cfdi("P", "", total="0", currency="XXX", complement=body, stamp=False, folio=f' Folio="P{part}"')


def test_a_credit_note_takes_off_what_it_names_in_the_same_file_or_one_already_here(door: Door) -> None:
    found = door.bring({"e.xml": credit_note(), "i.xml": samples.cfdi()})
    assert (found["created"], found["credits"], found["changed"]) == (1, 1, 1)
    assert door.debts() == [("A-0042", 1160_00, 960_00, "MXN")]

    again = door.bring(credit_note())
    assert (again["credits"], again["kept"]) == (0, False)

    over = packed({"mas.xml": credit_note(total="9000.00", own="D")})
    last = door.bring(over, "mas.zip")
    assert any("solo se deben $960.00" in reason for reason in codes(last, "no_debts"))
    assert (last["credits"], door.debts()) == (0, [("A-0042", 1160_00, 960_00, "MXN")])
    with door.world.work() as work:
        made = service.receive(work, client_id=door.client_id, name="mas.zip", file=io.BytesIO(over))
        service.choose(work, made.placement_id, excess=True)
        assert previewing.preview(work, made.placement_id).counts["credits"] == 1
        service.confirm(work, made.placement_id)
    committing.commit(door.world.work, made.placement_id)
    assert door.debts() == [("A-0042", 1160_00, 0, "MXN")]
    with door.world.work() as work:
        assert work.session.scalars(select(Case.close_code)).one() == "settled"
        assert work.session.scalars(select(DebtComponent.owed)).one() == 0
        titles = work.session.scalars(select(CaseEvent.title).where(CaseEvent.ref_table == "credits")).all()
        assert titles == ["Nota de crédito {document}: {amount} menos"] * 2


def test_a_credit_note_of_several_invoices_is_left_to_a_person(world: World, tmp_path: Path) -> None:
    door = Door(world, tmp_path, "ES")
    door.bring({"1.xml": samples.ubl(), "2.xml": samples.ubl(number="<cbc:ID>F-200</cbc:ID>")})
    named = "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>{}</cbc:ID></cac:InvoiceDocumentReference>"
    both = "".join(named.format(number) + "</cac:BillingReference>" for number in ("F-100", "F-200"))
    note = samples.ubl("CreditNote", number="<cbc:ID>R-1</cbc:ID>", extra="").replace(
        "<cac:AccountingSupplierParty>", both + "<cac:AccountingSupplierParty>", 1
    )

    found = door.bring({"r1.xml": note, "2.xml": samples.ubl(number="<cbc:ID>F-200</cbc:ID>")})

    assert found["credits"] == 0
    assert any("F-100, F-200" in reason for reason in codes(found, "no_debts"))
    assert [owed for _, _, owed, _ in door.debts()] == [121_00, 121_00]


def test_a_credit_note_names_its_invoice_by_number_too_and_an_unknown_one_is_listed(
    world: World, tmp_path: Path
) -> None:
    door = Door(world, tmp_path, "ES")
    door.bring(samples.ubl())
    named = "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>{}</cbc:ID></cac:InvoiceDocumentReference>"
    note = samples.ubl("CreditNote", number="<cbc:ID>R-1</cbc:ID>", extra="").replace(
        "<cac:AccountingSupplierParty>",
        named.format("F-100") + "</cac:BillingReference><cac:AccountingSupplierParty>",
        1,
    )

    found = door.bring({"r1.xml": note, "r2.xml": note.replace("R-1", "R-2").replace("F-100", "F-999")})

    assert (found["created"], found["credits"]) == (0, 1)
    assert any("F-999: aún no está la factura" in reason for reason in codes(found, "no_debts"))
    assert door.debts() == [("F-100", 121_00, 0, "EUR")]


def test_a_complement_pays_its_invoice_by_uuid_once_in_the_same_file_or_later(door: Door) -> None:
    found = door.bring({"i.xml": samples.cfdi(), "p1.xml": paid(samples.UUID, "1000.00", after="160.00")})

    assert (found["created"], found["settlements"]) == (1, 1)
    assert not [reason for reason in codes(found, "warned") if "complemento" in reason]
    assert door.debts() == [("A-0042", 1160_00, 160_00, "MXN")]
    with door.world.work() as work:
        payment = work.session.scalars(select(Payment)).one()
        assert (payment.direction, payment.amount, payment.received_on) == ("to_client", 1000_00, date(2026, 1, 5))

    later = {"p1.xml": paid(samples.UUID, "1000.00"), "p2.xml": paid(samples.UUID, "160.00", part=2),
             "p3.xml": paid(f"{samples.UUID[:-1]}7", "5.00")}  # fmt: skip
    twice = door.bring(later)
    assert (twice["settlements"], door.debts()[0][2]) == (1, 0)
    again = door.bring(later)
    assert (again["earlier"], again["placement"], again["settlements"]) == (True, twice["placement"], 0)
    last = door.bring(samples.cfdi(folio=' Folio="7"').replace(samples.UUID.lower(), f"{samples.UUID[:-1]}7"))
    assert (last["created"], last["changed"], door.bring(later)["kept"]) == (1, 1, False)
    with door.world.work() as work:
        assert sum(payment.amount for payment in work.session.scalars(select(Payment))) == 1165_00


def test_what_was_paid_before_the_debt_was_handed_over_lowers_it_and_earns_nothing(door: Door) -> None:
    files = {"i.xml": samples.cfdi(), "p.xml": paid(samples.UUID, "1000.00", day="2026-01-02", after="160.00")}
    found = door.bring(files)
    assert (found["settlements"], door.debts()) == (1, [("A-0042", 1160_00, 160_00, "MXN")])
    with door.world.work() as work:
        assert work.session.scalars(select(Payment)).all() == []
        title = work.session.scalars(select(CaseEvent.title).where(CaseEvent.ref_table == "credits")).one()
        assert title == "Pagado al cliente antes de la entrega, según {document}: {amount} menos"
    assert door.bring({"p.xml": files["p.xml"]})["settlements"] == 0


def test_a_complement_in_pesos_pays_an_invoice_in_dollars_with_what_it_says(door: Door) -> None:
    found = door.bring(
        {
            "i.xml": samples.cfdi(currency="USD", total="100.00"),
            "p.xml": paid(samples.UUID, "60.00", currency="USD", after="30.00"),
        }
    )

    assert (found["settlements"], door.debts()) == (1, [("A-0042", 100_00, 40_00, "USD")])
    (warning,) = [reason for reason in codes(found, "warned") if "complemento" in reason]
    assert "30.00" in warning
    assert "40.00" in warning


def test_what_cannot_be_paid_is_listed_with_its_reason(door: Door) -> None:
    door.bring(samples.cfdi())
    unknown = f"{samples.UUID[:-1]}5"

    found = door.bring(
        {
            "a.xml": paid(unknown, "10.00"), "b.xml": paid(samples.UUID, "10.00", currency="USD"),
            "c.xml": paid(samples.UUID, "10.00", day="2026-03-01"),
        }
    )  # fmt: skip

    assert (found["settlements"], found["changed"], found["claims_waiting"]) == (0, 0, 1)
    reasons = " ".join(codes(found, "no_debts"))
    for words in ("aún no está la factura", "no se aplica", "que no ha llegado"):
        assert words in reasons
    assert door.debts()[0][2] == 1160_00


def test_a_commit_that_dies_between_the_debts_and_the_payments_goes_on_and_pays_once(door: Door) -> None:
    content = packed({"i.xml": samples.cfdi(), "p.xml": paid(samples.UUID, "1000.00")})
    with door.world.work() as work:
        found = service.receive(work, client_id=door.client_id, name="f.zip", file=io.BytesIO(content))
        previewing.preview(work, found.placement_id)
        service.confirm(work, found.placement_id)

    child = os.fork()
    if child == 0:
        os.environ["FAULTS"] = "intake.part"
        database.current().engine.dispose(close=False)
        committing.commit(door.world.work, found.placement_id)
        os._exit(0)
    _, status = os.waitpid(child, 0)

    assert os.WTERMSIG(status) == signal.SIGKILL
    assert door.debts() == [("A-0042", 1160_00, 1160_00, "MXN")]
    committing.commit(door.world.work, found.placement_id)
    assert door.debts() == [("A-0042", 1160_00, 160_00, "MXN")]


def test_a_file_of_nothing_but_payments_is_staged_and_done_by_itself(door: Door) -> None:
    door.bring(samples.cfdi())
    content = packed({"i.xml": samples.cfdi(folio=' Folio="9"', stamp=False), "p.xml": paid(samples.UUID, "160.00")})
    with door.world.work() as work:
        found = service.receive(work, client_id=door.client_id, name="pagos.zip", file=io.BytesIO(content))
        placement = service.open_placement(work, found.placement_id)
        findings = complements.stage(
            work, placement, invoice_rows.rows(io.BytesIO(content), service.layout_of(placement))
        )
        outcome = complements.measure(work, placement, findings)

        assert [(one.code, one.details["file"]) for one in findings.issues] == [("only_payments", "i.xml")]
        assert (outcome.counts["rows"], outcome.counts["changed"], outcome.counts["settlements"]) == (2, 1, 1)
        assert outcome.counts["effects"] == [["1 pago de un complemento se aplica a su factura", 1]]
        assert (complements.apply(work, placement), complements.apply(work, placement)) == (1, 0)

    assert door.debts() == [("A-0042", 1160_00, 1000_00, "MXN")]


EINVOICE = "einvoice"


def xmls(folder: Path) -> list[Path]:
    """The XML files below a folder, by name."""
    return sorted((path for path in folder.rglob("*") if path.suffix.lower() == ".xml"), key=lambda path: path.name)


def zipped(folder: Path, target: Path) -> Path:
    """All XML files below a folder in one ZIP."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in xmls(folder):
            archive.write(path, path.relative_to(folder).as_posix())
    return target


def expected(folder: Path) -> tuple[dict[str, dict[str, int]], int, int]:
    """What a folder comes to by its own documents: the sums of what is owed, each seller and number once, and how many
    are the same again or in conflict."""
    first: dict[str, Document] = {}
    duplicates = conflicts = 0
    for path in sorted(xmls(folder), key=lambda path: path.relative_to(folder).as_posix().casefold()):
        for document in read_invoice(path.read_bytes(), path.name):
            if document.verdict.owed is Owed.NEVER:
                continue
            same = first.setdefault(document.identity, document)
            if same is not document:
                duplicates += same.outstanding == document.outstanding
                conflicts += same.outstanding != document.outstanding
    sums: dict[str, dict[str, int]] = {}
    for document in first.values():
        one = sums.setdefault(document.currency, {"count": 0, "sum": 0})
        one["count"] += 1
        one["sum"] += document.outstanding.minor
    return sums, duplicates, conflicts


def test_the_real_ubl_files_are_one_debt_each_and_so_they_stay_in_cii(
    world: World, tmp_path: Path, shared_data: Path
) -> None:
    door = Door(world, tmp_path, "ES")
    in_ubl, in_cii = shared_data / EINVOICE / "en16931_ubl", shared_data / EINVOICE / "en16931_cii"

    found = door.bring(zipped(in_ubl, tmp_path / "ubl.zip"))

    sums, duplicates, conflicts = expected(in_ubl)
    assert found["totals"] == sums
    assert (found["created"], found["duplicates"], len(found["conflicts"]), found["rejected"]) == (
        len(door.debts()), duplicates, conflicts, [],
    )  # fmt: skip
    before = door.debts()
    again = {path.name: door.bring(path) for path in xmls(in_ubl)}
    assert {one["created"] for one in again.values()} == {0}

    cii = {path.name: door.bring(path) for path in xmls(in_cii)}
    for name in ("CII_example1.xml", "CII_example2.xml", "CII_example4.xml", "CII_example8.xml"):
        if name in cii:
            assert (cii[name]["created"], cii[name]["unchanged"]) == (0, 1), name
    third = cii["CII_example3.xml"]
    assert (third["created"], third["unchanged"] + len(third["conflicts"])) == (0, 1)
    assert all("1,125.00" in reason for reason in codes(third, "conflicts"))
    assert [debt for debt in before if debt not in door.debts()] == []


def test_each_real_ubl_file_alone_gives_its_line_of_the_table(world: World, tmp_path: Path, shared_data: Path) -> None:
    for path in xmls(shared_data / EINVOICE / "en16931_ubl"):
        (document,) = read_invoice(path.read_bytes(), path.name)
        found = Door(world, tmp_path, slug=path.stem.lower().replace("_", "-")).bring(path, dry_run=True)
        amount = document.verdict.amount
        owed = {amount.currency: {"count": 1, "sum": amount.minor}} if amount else {}
        assert (found["totals"], found["rejected"]) == (owed, []), path.name


def test_the_real_facturae_that_repeat_a_number_are_conflicts(world: World, tmp_path: Path, shared_data: Path) -> None:
    door = Door(world, tmp_path, "ES")
    folder = shared_data / EINVOICE / "es_facturae" / "out"

    found = door.bring(zipped(folder, tmp_path / "facturae.zip"))

    sums, duplicates, conflicts = expected(folder)
    assert (found["totals"], found["duplicates"], len(found["conflicts"])) == (sums, duplicates, conflicts)
    assert "5,084.42" in " ".join(codes(found, "conflicts"))


def test_of_the_real_cfdi_only_type_i_is_owed_and_mostly_only_when_unpaid(
    world: World, tmp_path: Path, shared_data: Path
) -> None:
    door = Door(world, tmp_path)
    folder = shared_data / EINVOICE / "mx_cfdi"
    archive = zipped(folder, tmp_path / "cfdi.zip")
    owed = {Owed.YES: 0, Owed.IF_UNPAID: 0, Owed.NEVER: 0, None: 0}
    for path in xmls(folder):
        try:
            owed[read_invoice(path.read_bytes(), path.name)[0].verdict.owed] += 1
        except InvoiceRefused:
            owed[None] += 1

    found = door.bring(archive, dry_run=True)
    assert found["created"] == owed[Owed.YES]
    assert len(found["rejected"]) == owed[Owed.IF_UNPAID] + owed[None]
    assert len({one["line"] for one in found["no_debts"]}) == owed[Owed.NEVER]
    assert sum("versión 3.2" in reason for reason in codes(found, "rejected")) == 8
    assert sum("retenciones" in reason for reason in codes(found, "rejected")) == 2

    found = door.bring(archive, unpaid=True)
    assert found["created"] + found["duplicates"] + len(found["conflicts"]) == owed[Owed.YES] + owed[Owed.IF_UNPAID]
    assert found["totals"]["USD"] == {"count": 1, "sum": 3248_00}
    assert {"MXN", "USD"} == set(found["totals"])
    assert door.bring(archive, unpaid=True)["earlier"]


def test_the_real_complements_pay_the_invoices_they_name(door: Door, shared_data: Path) -> None:
    path = next((shared_data / EINVOICE / "mx_cfdi").rglob("created-cfdi40-pago20-valid.xml"))
    (complement,) = read_invoice(path.read_bytes(), path.name)
    assert {"aún no está la factura" in reason for reason in codes(door.bring(path), "no_debts")} == {True}
    invoices = {
        f"{n}.xml": samples.cfdi(total=f"{each.balance_before.amount:f}", folio=f' Folio="{n}"').replace(
            samples.UUID.lower(), each.uuid.lower()
        )
        for n, each in enumerate(complement.settlements)
        if each.balance_before
    }

    found = door.bring({**invoices, path.name: path.read_bytes()})

    assert found["settlements"] == len(complement.settlements)
    left = sorted(each.balance_after.minor for each in complement.settlements if each.balance_after is not None)
    assert sorted(balance for _, _, balance, _ in door.debts()) == left


def test_sheets_of_the_same_headings_in_a_zip_are_one_file_and_say_where_a_row_is(door: Door) -> None:
    head = "Factura,Cliente,Vence,Saldo\n"

    found = door.bring(
        {"mayo/b.csv": f"{head}B-1,Dos,2026-04-01,5\nB-2,Dos,ayer,6\n", "mayo/a.csv": f"{head}A-1,Uno,2026-04-01,4\n"}
    )

    assert (found["created"], found["rows"]) == (2, 3)
    assert [one["file"] for one in found["rejected"]] == ["mayo/b.csv · 3"]


def _before(uuid: str, amount: str, after: str = "", part: int = 1) -> str:
    return paid(uuid, amount, after=after, part=part, day="2025-12-20")


def _sheet(balance: str) -> str:
    return (
        "Cliente,Factura,UUID,Vencimiento,Importe original,Saldo\n"
        f"Demo Uno,A-0042,{samples.UUID},2025-12-01,1000.00,{balance}\n"
    )


def test_what_a_sheet_brought_with_an_old_payment_off_is_not_lowered_by_its_complement_again(door: Door) -> None:
    door.bring(_sheet("600.00"), "cartera.csv")

    found = door.bring({"p.xml": _before(samples.UUID, "400.00", "600.00")})

    assert (found["settlements"], found["kept"], door.debts()[0][2]) == (0, False, 600_00)
    assert any("ya descontado" in reason for reason in codes(found, "no_debts"))


def test_an_older_complement_than_what_was_handed_over_says_is_off_too(door: Door) -> None:
    door.bring(_sheet("300.00"), "cartera.csv")

    found = door.bring(
        {"p1.xml": _before(samples.UUID, "400.00", "600.00"), "p2.xml": _before(samples.UUID, "300.00", "300.00", 2)}
    )

    assert (found["settlements"], door.debts()[0][2]) == (0, 300_00)


def test_an_old_complement_that_fits_no_balance_waits_until_a_person_takes_it(door: Door) -> None:
    door.bring(_sheet("700.00"), "cartera.csv")
    content = packed(
        {"p.xml": _before(samples.UUID, "400.00", "600.00"), "q.xml": _before(samples.UUID, "50.00", "", 2)}
    )

    found = door.bring(content, "p.zip")
    assert (found["settlements"], len(found["conflicts"]), door.debts()[0][2]) == (0, 2, 700_00)

    with door.world.work() as work:
        made = service.receive(work, client_id=door.client_id, name="p.zip", file=io.BytesIO(content))
        placement = previewing.preview(work, made.placement_id)
        assert placement.counts["conflicts"] == 2
        repairing.accept(work, placement.id, shown=[1, 2], lines=[1])
        assert (placement.counts["settlements"], placement.counts["conflicts"]) == (1, 1)
        service.confirm(work, placement.id)
    committing.commit(door.world.work, made.placement_id)
    assert door.debts()[0][2] == 300_00
    with door.world.work() as work:
        assert work.session.scalars(select(Payment)).all() == []


OLD, NEW = samples.UUID, f"{samples.UUID[:-1]}9"


def _replacing(uuid: str, replaced: str, folio: str, relation: str = "04") -> str:
    related = (
        f'<c:CfdiRelacionados TipoRelacion="{relation}"><c:CfdiRelacionado UUID="{replaced}"/></c:CfdiRelacionados>'
    )
    return samples.cfdi(related=related, folio=f' Serie="Z" Folio="{folio}"').replace(
        samples.UUID.lower(), uuid.lower()
    )


def _first(uuid: str = OLD) -> str:
    return samples.cfdi(folio=' Serie="Z" Folio="100"').replace(samples.UUID.lower(), uuid.lower())


def test_an_invoice_and_the_one_that_replaces_it_are_one_debt_in_a_file_and_in_later_ones(door: Door) -> None:
    found = door.bring({"a.xml": _first(), "b.xml": _replacing(NEW, OLD, "101")})

    assert (found["created"], found["debtors"], found["conflicts"]) == (1, 1, [])
    assert any("La sustituye «Z-101»" in reason for reason in codes(found, "no_debts"))
    assert door.debts() == [("Z-101", 1160_00, 1160_00, "MXN")]
    again = door.bring(_first(), "sola.xml")
    assert (again["created"], again["kept"]) == (0, False)


def test_one_that_replaces_what_is_here_is_a_conflict_until_that_is_recalled(door: Door) -> None:
    door.bring(_first())

    found = door.bring(_replacing(NEW, OLD, "101"), "b.xml")
    assert (found["created"], [one["line"] for one in found["conflicts"]]) == (0, [1])
    assert "Sustituye a la factura Z-100" in codes(found, "conflicts")[0]

    with door.world.work() as work:
        work.session.execute(update(Debt).values(state="recalled"))
    assert door.bring(_replacing(NEW, OLD, "101"), "b.xml")["created"] == 1
    assert door.bring(_replacing(NEW, OLD, "101"), "b.xml")["kept"] is False


def test_a_chain_of_replacements_leaves_its_end_and_a_ring_of_them_is_not_believed(door: Door) -> None:
    last = f"{samples.UUID[:-1]}8"
    chain = {"a.xml": _first(), "b.xml": _replacing(NEW, OLD, "101"), "c.xml": _replacing(last, NEW, "102")}
    assert door.bring(chain, "cadena.zip", dry_run=True)["created"] == 1

    ring = {"a.xml": _replacing(OLD, NEW, "100"), "b.xml": _replacing(NEW, OLD, "101")}
    assert door.bring(ring, "anillo.zip", dry_run=True)["created"] == 2
    assert door.bring({"a.xml": _first(), "b.xml": _replacing(NEW, OLD, "101", "07")}, dry_run=True)["created"] == 2


def test_a_complement_that_replaces_another_of_its_file_pays_alone(door: Door) -> None:
    door.bring(samples.cfdi())
    first, second = f"{samples.UUID[:-1]}6", f"{samples.UUID[:-1]}5"
    stamp = '<t:TimbreFiscalDigital xmlns:t="http://www.sat.gob.mx/TimbreFiscalDigital" UUID="{}"/></c:Complemento>'
    related = f'<c:CfdiRelacionados TipoRelacion="04"><c:CfdiRelacionado UUID="{first}"/></c:CfdiRelacionados>'
    old = paid(samples.UUID, "1000.00").replace("</c:Complemento>", stamp.format(first))
    new = paid(samples.UUID, "100.00", part=2).replace("</c:Complemento>", stamp.format(second))

    found = door.bring({"a.xml": old, "b.xml": new.replace(" <c:Emisor", f"{related} <c:Emisor")})

    assert (found["settlements"], door.debts()[0][2]) == (1, 1060_00)
    assert any("La sustituye «P2»" in reason for reason in codes(found, "no_debts"))


def _corrected(method: str, *, total: str = "80.00") -> str:
    """A Facturae that corrects `S2026-7`."""
    header = (
        "<InvoiceClass>OR</InvoiceClass><Corrective><InvoiceNumber>2026-7</InvoiceNumber>"
        f"<InvoiceSeriesCode>S</InvoiceSeriesCode><CorrectionMethod>{method}</CorrectionMethod></Corrective>"
    )
    owed = f"<TotalOutstandingAmount>{total}</TotalOutstandingAmount>"
    return samples.facturae_invoice("2026-8", total=total, outstanding=owed, executable=total, header=header)


def test_a_facturae_that_corrects_another_as_a_whole_stands_for_it(world: World, tmp_path: Path) -> None:
    door = Door(world, tmp_path, "ES")
    both = samples.facturae(_corrected("01"), samples.facturae_invoice())

    assert door.bring(samples.facturae(_corrected("02"), samples.facturae_invoice()), dry_run=True)["created"] == 2
    found = door.bring(both)

    assert (found["created"], found["debtors"], found["conflicts"]) == (1, 1, [])
    assert any("La sustituye «S2026-8»" in reason for reason in codes(found, "no_debts"))
    assert any("Sustituye a S2026-7" in reason for reason in codes(found, "warned"))
    assert door.debts() == [("S2026-8", 80_00, 80_00, "EUR")]
    again = door.bring(samples.facturae(), "sola.xml")
    assert (again["created"], again["kept"]) == (0, False)


def test_a_facturae_that_corrects_what_is_here_as_a_whole_waits_until_that_is_recalled(
    world: World, tmp_path: Path
) -> None:
    door = Door(world, tmp_path, "ES", tax_id="B-11111119")
    door.bring(samples.facturae())

    found = door.bring(samples.facturae(_corrected("01")), "rectificativa.xml")

    assert (found["created"], [one["line"] for one in found["conflicts"]]) == (0, [1])
    assert "Sustituye a la factura S2026-7" in codes(found, "conflicts")[0]


def test_an_invoice_below_zero_that_names_another_is_its_credit_note(world: World, tmp_path: Path) -> None:
    door = Door(world, tmp_path, "ES")
    door.bring(samples.ubl())
    billing = (
        "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F-100</cbc:ID></cac:InvoiceDocumentReference>"
        "</cac:BillingReference>"
    )
    below = "<cbc:PayableAmount currencyID='EUR'>-21.00</cbc:PayableAmount>"

    found = door.bring(
        samples.ubl(number="<cbc:ID>R-1</cbc:ID>", extra=billing, payable=below, inclusive="-21.00"), "abono.xml"
    )

    assert (found["created"], found["credits"]) == (0, 1)
    assert door.debts() == [("F-100", 121_00, 100_00, "EUR")]


SHEET = "Factura;No cliente;Nombre;NIF;Vencimiento;Saldo\nF-100;C1;{};{};2026-04-09;{}\n"
NOTE = (
    "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F-100</cbc:ID></cac:InvoiceDocumentReference>"
    "</cac:BillingReference>"
)


@pytest.mark.parametrize("own", ["", "B-11111119", "B-99999997"])
def test_a_credit_note_to_another_buyer_is_not_taken_off_a_debt_of_the_same_number(
    world: World, tmp_path: Path, own: str
) -> None:
    door = Door(world, tmp_path, "ES", tax_id=own)
    door.bring(SHEET.format("Otro Deudor SL", "B33333337", "500,00"), "lista.csv")

    found = door.bring(samples.ubl("CreditNote", number="<cbc:ID>R-1</cbc:ID>", extra=NOTE), "abono.xml")

    assert (found["credits"], door.debts()[0][2]) == (0, 500_00)


def test_another_firms_credit_note_is_only_its_own_buyers(world: World, tmp_path: Path) -> None:
    door = Door(world, tmp_path, "ES", tax_id="B-99999997")
    door.bring(SHEET.format("Sin Identificar SL", "", "500,00"), "lista.csv")
    note = samples.ubl("CreditNote", number="<cbc:ID>R-1</cbc:ID>", extra=NOTE)
    assert door.bring(note, "abono.xml")["credits"] == 0

    other = Door(world, tmp_path, "ES", tax_id="B-99999997", slug="factor")
    other.bring(SHEET.format("Ferretería", "B22222228", "500,00"), "lista.csv")
    assert other.bring(note, "abono.xml")["credits"] == 1


def test_an_invoice_to_another_buyer_is_not_the_debt_of_a_sheet_with_its_number(world: World, tmp_path: Path) -> None:
    door = Door(world, tmp_path, "ES", tax_id="B-11111119")
    door.bring(SHEET.format("Otro Deudor SL", "B33333337", "121,00"), "lista.csv")

    found = door.bring(samples.ubl(), "factura.xml")
    same = Door(world, tmp_path, "ES", tax_id="B-11111119", slug="otro")
    same.bring(SHEET.format("El Tornillo", "ES-B22222228", "121,00"), "lista.csv")

    assert (found["unchanged"], ["otro deudor" in one for one in codes(found, "conflicts")]) == (0, [True])
    assert same.bring(samples.ubl(), "factura.xml")["unchanged"] == 1


LISTED = "Factura,No cliente,Nombre,RFC,Vencimiento,Saldo\n{},C1,Ferretería El Tornillo Feliz,{},2026-03-10,1160.00\n"


@pytest.mark.parametrize("number", ["A0042", "A/0042", "0042"])
@pytest.mark.parametrize("rfc", ["TOFE800101AB1", ""])
def test_an_invoice_that_a_list_wrote_in_another_way_is_asked_about_and_not_made_twice(
    door: Door, number: str, rfc: str
) -> None:
    door.bring(LISTED.format(number, rfc), "lista.csv")

    found = door.bring(samples.cfdi(), "xml.xml")

    assert (found["created"], len(door.debts())) == (0, 1)
    assert [f"Parece la «{number}»" in one for one in codes(found, "conflicts")] == [True]


@pytest.mark.parametrize(("number", "asked"), [("A0042", True), ("0042", True), ("42", True), ("10042", False)])
def test_a_list_without_the_series_that_comes_after_the_invoices_makes_no_second_debt_in_silence(
    door: Door, number: str, asked: bool
) -> None:
    door.bring(samples.cfdi(), "xml.xml")

    found = door.bring(LISTED.format(number, "TOFE800101AB1"), "lista.csv")

    assert ["Parece la «A-0042»" in one for one in codes(found, "conflicts")] == [True] * asked
    assert len(door.debts()) == (1 if asked else 2)


def test_a_list_that_comes_after_the_invoices_is_asked_about_and_may_be_taken(door: Door) -> None:
    door.bring(samples.cfdi(), "xml.xml")
    sheet = LISTED.format("A0042", "TOFE800101AB1")

    with door.world.work() as work:
        made = service.receive(work, client_id=door.client_id, name="b.csv", file=io.BytesIO(sheet.encode()))
        assert previewing.preview(work, made.placement_id).counts["conflicts"] == 1
        assert repairing.accept(work, made.placement_id, shown=[2], lines=[2])
        assert previewing.preview(work, made.placement_id).counts["created"] == 1
