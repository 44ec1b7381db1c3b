"""The PDF door: accessible, complete, in the client's colour; its child knows no secret and leaves nothing behind."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from recobro.adapters.pdf import PdfRenderer, RenderFailed

ROWS = "".join(f"<tr><td>A-{number}</td><td class=num>${number}.00</td></tr>" for number in range(1, 121))
TABLE = f"""<div class=foot-text>Despacho Ejemplo · C-2026-00418</div><header class=letterhead>Despacho Ejemplo</header>
<table><thead><tr><th>Documento</th><th>Saldo</th></tr></thead><tbody>{ROWS}</tbody>
<tfoot><tr><td>Total</td><td class=num>$7,260.00</td></tr></tfoot></table>"""


@pytest.fixture(scope="module")
def renderer() -> Iterator[PdfRenderer]:
    made = PdfRenderer()
    yield made
    made.close()


def read(data: bytes) -> PdfReader:
    return PdfReader(BytesIO(data))


def test_every_row_is_on_paper_once_and_the_total_once_after_the_last(renderer: PdfRenderer) -> None:
    pages = [page.extract_text() for page in read(renderer.render(TABLE, title="Aviso", lang="es-MX")).pages]

    text = "\n".join(pages)
    assert len(pages) > 2
    assert [text.count(f"A-{number}\n") + text.count(f"A-{number} ") for number in range(1, 121)] == [1] * 120
    assert text.count("$7,260.00") == 1
    assert "$7,260.00" in pages[-1]
    # The head comes again on each page, and so do the foot and the page's number.
    assert all("Documento" in page and "C-2026-00418" in page for page in pages)
    assert [f"{number} / {len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)


def test_a_document_is_accessible_and_carries_its_own_font(renderer: PdfRenderer) -> None:
    made = renderer.render(TABLE, title="Tercer aviso", lang="es-MX")

    document = read(made)
    root = document.trailer["/Root"].get_object()
    assert root["/Lang"] == "es-MX"  # type: ignore[index]
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]  # type: ignore[index]
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()  # type: ignore[index]
    assert document.metadata is not None
    assert document.metadata.title == "Tercer aviso"
    fonts = document.pages[0]["/Resources"]["/Font"].values()  # type: ignore[index]
    names = {str(font.get_object()["/BaseFont"]) for font in fonts}
    assert all("Inter" in name for name in names), names


def test_the_letterhead_is_drawn_in_the_clients_colour_and_a_strange_one_is_not(renderer: PdfRenderer) -> None:
    def drawn(brand: str) -> bytes:
        return renderer.render("<header class=letterhead>Despacho</header>", title="x", lang="es", brand=brand)

    assert drawn("#7a1fa2") != drawn("#0b7285")
    assert drawn("red } body { display: none") == drawn("#0b7285")


def test_the_child_knows_no_secret(renderer: PdfRenderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOBRO_SECRET", "nobody-may-know-this-0123456789abcdef")
    own = PdfRenderer()
    own.render("<p>Hola</p>", title="x", lang="es")

    assert own._child is not None
    environment = Path(f"/proc/{own._child.pid}/environ")
    if not environment.exists():
        pytest.skip("this system has no /proc to look into")
    assert b"RECOBRO" not in environment.read_bytes()
    own.close()


def test_a_page_too_deep_is_refused_and_the_child_lives(renderer: PdfRenderer) -> None:
    renderer.render("<p>Hola</p>", title="x", lang="es")
    before = renderer._child
    with pytest.raises(RenderFailed):
        renderer.render("<svg viewBox='0 0 1 1'>" + "<g>" * 3_000 + "</svg>", title="x", lang="es")

    assert renderer.render("<p>Hola</p>", title="x", lang="es")
    assert renderer._child is before


def test_a_child_that_is_killed_leaves_nothing_behind() -> None:
    renderer = PdfRenderer(wall_seconds=3)
    with pytest.raises(RenderFailed):
        renderer.render("<b>" * 20_000, title="x", lang="es")

    assert renderer._child is None
    assert not Path(renderer._folder).exists()
