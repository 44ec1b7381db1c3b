"""A ZIP of documents: matched to debts by a manifest or by name, typed by words, kept with the case, never guessed."""

import io
import zipfile
from collections.abc import Iterable
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.money import Money
from recobro.cases.tables import CaseEvent, Debt
from recobro.files import read_file
from recobro.intake import queries
from recobro.intake.files.document_rows import MOST_FILE
from recobro.intake.kinds.attaching import numbers
from recobro.intake.kinds.documents import kind_of
from recobro.intake.sheet import FileRefused
from recobro.intake.tables import Placement
from tenants.roles import Role
from tenants.tables import File
from tests.service.test_intake import bring as place
from tests.service.test_intake import wired as wired
from tests.support.files import brought, previewed
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")

PNG = b"\x89PNG\r\n\x1a\n."
PDF = b"%PDF-1.4\nfactura de prueba"
PORTFOLIO = """No cliente,Deudor,Folio,Vencimiento,Saldo,Correo
100,Aceros Ficticios SA,A-2231,17/09/2026,100.00,a@ficticios.example
100,Aceros Ficticios SA,A-22,17/09/2026,100.00,
200,Llantas Modelo SA,B/77,17/09/2026,200.00,l@modelo.example
"""


def packed(files: dict[str, bytes | str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


@pytest.fixture
def client_id(world: World) -> UUID:
    found = world.client()
    place(world, found, PORTFOLIO)
    return found


def give(world: World, client_id: UUID, files: dict[str, bytes | str]) -> Placement:
    return brought(world, client_id, packed(files), kind="documents", name="documentos.zip")


def codes(world: World, client_id: UUID, files: dict[str, bytes | str]) -> dict[str, str]:
    placement = previewed(world, client_id, packed(files), kind="documents", name="documentos.zip")
    with world.work() as work:
        found = queries.issues(work, placement.id)
        return {one.details.get("file_name") or one.value: one.code for one in found}


def kept(world: World) -> list[tuple[str, str, str, str]]:
    """(name, kind, media type, the debt's reference) of every document of a case."""
    with world.work() as work:
        rows = work.session.execute(
            select(File.name, File.kind, File.media_type, Debt.reference)
            .join(Debt, Debt.id == File.debt_id)
            .order_by(File.name, Debt.reference)
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]


def test_documents_find_their_debts_by_the_longest_number_in_their_name(world: World, client_id: UUID) -> None:
    placement = give(
        world, client_id,
        {"Factura A-2231.pdf": PDF, "contratos/Contrato A-22 firmado.PDF": PDF + b"1", "remision B-77.png": PNG,
         "foto_b77.jpg": b"\xff\xd8\xff.", "pagaré A 2231": PDF + b"2"},
    )  # fmt: skip

    assert (placement.state, placement.counts["created"], placement.counts["rejected"]) == ("committed", 5, 0)
    assert kept(world) == [
        ("Contrato A-22 firmado.PDF", "contract", "application/pdf", "A-22"),
        ("Factura A-2231.pdf", "invoice", "application/pdf", "A-2231"),
        ("foto_b77.jpg", "other", "image/jpeg", "B/77"),
        ("pagaré A 2231.pdf", "promissory_note", "application/pdf", "A-2231"),
        ("remision B-77.png", "delivery", "image/png", "B/77"),
    ]
    with world.work() as work:
        events = work.session.execute(
            select(CaseEvent.title, CaseEvent.details["count"].as_integer(), CaseEvent.visibility)
            .where(CaseEvent.ref_id == placement.id)
            .order_by(CaseEvent.details["count"].as_integer())
        ).all()
        assert [tuple(one) for one in events] == [
            ("El cliente agregó {count} documentos", 2, "client"),
            ("El cliente agregó {count} documentos", 3, "client"),
        ]  # fmt: skip


def test_the_clients_people_may_read_what_they_gave(world: World, client_id: UUID) -> None:
    give(world, client_id, {"Factura A-2231.pdf": PDF})

    with world.work(world.principal(Role.CLIENT_ADMIN, client_id=client_id)) as work:
        row = work.session.scalars(select(File).where(File.debt_id.is_not(None))).one()
        assert read_file(work, row.id)[1] == PDF


def test_a_manifest_says_which_document_is_of_which_debt(world: World, client_id: UUID) -> None:
    manifest = "Archivo;Referencia;Tipo;Fecha\nscan001.pdf;A-2231;Contrato;01/02/2026\nscan001.pdf;A-22;Contrato;\n" \
               "carpeta\\scan002.pdf;b/77;Estado de cuenta;\nfalta.pdf;A-22;;\nscan003.pdf;Z-9;;\n"  # fmt: skip

    placement = previewed(
        world, client_id,
        packed({"indice.csv": manifest, "scan001.pdf": PDF, "carpeta/scan002.pdf": PDF + b"2",
                "scan003.pdf": PDF + b"3"}),
        kind="documents", name="d.zip",
    )  # fmt: skip

    assert placement.counts["created"] == 3
    with world.work() as work:
        found = [(one.code, one.value) for one in queries.issues(work, placement.id)]
    assert sorted(found) == [("document_missing", "falta.pdf"), ("no_such_debt", "Z-9")]


def test_the_instalment_of_a_name_is_that_instalment_and_figures_are_taken_whole(world: World) -> None:
    client = world.client("cuotas")
    for number, name in (("F-100", "Cuatro"), ("F-100/2", "Cinco"), ("7788", "Siete"), ("2025", "Ocho")):
        world.case(client, name=name, customer_ref=name, debts=[(number, Money(10_00, "MXN"), date(2026, 1, 1))])

    names = ("F-100-2", "F100_2", "F-100", "escaneo 21-02-2025", "escaneo 21_02_2025", "tel 600-7788-1")
    documents: dict[str, bytes | str] = {f"{name}.pdf": PDF + name.encode() for name in names}

    found = codes(world, client, documents)
    give(world, client, documents)

    assert found == dict.fromkeys(
        ("escaneo 21-02-2025.pdf", "escaneo 21_02_2025.pdf", "tel 600-7788-1.pdf"), "no_debt_named"
    )
    assert {(name, debt) for name, _, _, debt in kept(world)} == {
        ("F-100-2.pdf", "F-100/2"), ("F100_2.pdf", "F-100/2"), ("F-100.pdf", "F-100")}  # fmt: skip


def test_what_fits_two_debts_or_none_is_asked_and_not_guessed(world: World, client_id: UUID) -> None:
    assert codes(
        world,
        client_id,
        {"A-2231 y B-7777.pdf": PDF, "A-22 B-77.pdf": PDF + b"2", "escaneo 2026-11-22.pdf": PDF + b"3"},
    ) == {"A-22 B-77.pdf": "several_debts", "escaneo 2026-11-22.pdf": "no_debt_named"}


def test_the_same_bytes_again_change_nothing(world: World, client_id: UUID) -> None:
    give(world, client_id, {"Factura A-2231.pdf": PDF})

    again = previewed(
        world, client_id,
        packed({"A-2231.pdf": PDF, "A-2231 nueva.pdf": PDF + b"2", "A-2231 copia.pdf": PDF + b"2"}),
        kind="documents", name="d.zip",
    )  # fmt: skip

    assert (again.counts["created"], again.counts["unchanged"], again.counts["duplicates"]) == (1, 1, 1)


def test_what_could_be_run_or_is_not_what_it_says_is_refused(world: World, client_id: UUID) -> None:
    assert codes(
        world, client_id,
        {"A-22 a.exe": b"MZ\x90", "A-22 b.pdf": b"MZ\x90", "A-22 c.pdf": "<!DOCTYPE html><html>",
         "A-22 d.xml": "<svg/>",
         "A-22 e.svg": "<?xml version='1.0'?><svg onload='x'/>", "A-22 f.docm": PDF, "A-22 g.pdf": b"\x00\x01\x02",
         "A-22 h.pdf": b"", "A-22 i.doc": b"\xd0\xcf\x11\xe0", "A-22 j.sh": "#!/bin/sh", "A-22 k.js": "alert(1)",
         "A-22 l.txt": "<script>alert(1)</script>"},
    ) == {
        "A-22 a.exe": "document_program", "A-22 b.pdf": "document_program", "A-22 c.pdf": "document_program",
        "A-22 d.xml": "document_program", "A-22 e.svg": "document_program", "A-22 f.docm": "document_program",
        "A-22 g.pdf": "document_unknown", "A-22 h.pdf": "document_empty", "A-22 i.doc": "document_office",
        "A-22 j.sh": "document_program", "A-22 k.js": "document_program", "A-22 l.txt": "document_program",
    }  # fmt: skip


def test_letters_texts_and_electronic_invoices_are_known_by_their_content(world: World, client_id: UUID) -> None:
    give(
        world, client_id,
        {"A-2231.bin": "<?xml version='1.0'?><cfdi:Comprobante/>",
         "A-22": "From: luis@demo.example\nSubject: x\n\nhola",
         "B-77.txt": "Acuse de recibo"},
    )  # fmt: skip

    assert kept(world) == [
        ("A-22.eml", "other", "message/rfc822", "A-22"),
        ("A-2231.bin.xml", "invoice", "application/xml", "A-2231"),
        ("B-77.txt", "other", "text/plain", "B/77"),
    ]


def test_a_document_above_the_limit_is_refused(world: World, client_id: UUID) -> None:
    assert codes(world, client_id, {"A-2231.pdf": PDF + b"\n" * MOST_FILE}) == {"A-2231.pdf": "document_big"}


def test_only_a_zip_with_documents_is_taken(world: World, client_id: UUID) -> None:
    with pytest.raises(FileRefused, match="no es un ZIP"):
        previewed(world, client_id, PDF, kind="documents", name="a.pdf")
    with pytest.raises(FileRefused, match="no trae ningún documento"):
        previewed(world, client_id, packed({"indice.csv": "Archivo,Referencia\n"}), kind="documents", name="a.zip")
    with pytest.raises(FileRefused, match="archivo"):
        previewed(world, client_id, packed({"datos.csv": "a,b\n1,2\n", "x.pdf": PDF}), kind="documents", name="a.zip")


def weights(found: Iterable[tuple[str, bool, int, int, int]]) -> dict[str, int]:
    return {number: weight for number, _, weight, *_ in found}


def test_a_name_with_the_numbers_of_two_debts_is_asked_about_whichever_is_longer(world: World, client_id: UUID) -> None:
    assert codes(
        world, client_id,
        {"A-2231 y A-22.pdf": PDF, "A-22 cliente A-2231.pdf": PDF + b"2", "A-2231.pdf": PDF + b"3"},
    ) == {"A-2231 y A-22.pdf": "several_debts", "A-22 cliente A-2231.pdf": "several_debts"}  # fmt: skip


def test_a_name_gives_its_numbers_with_their_signs_and_without() -> None:
    found = weights(numbers("carpeta/Fact_A-2231.pdf"))
    assert {"A-2231", "A2231", "FACT_A-2231", "2231"} <= set(found)
    assert found["A-2231"] == found["A2231"] == 5
    assert ("B77", True) in [one[:2] for one in numbers("foto_b-77.jpg")]
    assert weights(numbers("0f1e2d3c-aaaa-4bbb-8ccc-1234567890ab.xml"))["0F1E2D3C-AAAA-4BBB-8CCC-1234567890AB"] == 36
    assert list(numbers("1.pdf")) == [("1", False, 1, 0, 0), ("1", True, 1, 0, 0)]
    assert weights(numbers("7 enero.pdf")).keys() == {"ENERO", "7ENERO"}


@pytest.mark.parametrize(
    ("told", "path", "kind"),
    [("Contrato", "factura.pdf", "contract"), ("", "Pagarés/1.pdf", "promissory_note"), ("Remisión", "x", "delivery"),
     ("", "estado de cuenta A-1.pdf", "statement"), ("", "PO 77.pdf", "order"), ("", "foto.png", "other")],
)  # fmt: skip
def test_words_say_what_a_document_is(told: str, path: str, kind: str) -> None:
    assert kind_of(told, path, "application/pdf") == kind
