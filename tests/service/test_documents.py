"""Documents: the same bytes each time, nowhere to go, killed when they hang; files and texts with limits."""

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from kernel.ids import new_id
from kernel.problems import NotFound
from recobro.adapters.files_local import LocalFiles
from recobro.adapters.liquid_text import TemplateRefused, clean_html, render_text
from recobro.adapters.pdf import PdfRenderer, RenderFailed, merge

PAGE = "<h1>Aviso</h1><p>Ferretería El Tornillo Feliz debe $61,440.18</p>"


def test_the_same_page_gives_the_same_bytes_in_another_process_too() -> None:
    first, second = PdfRenderer(), PdfRenderer()

    one, two = first.render(PAGE, title="Aviso", lang="es"), second.render(PAGE, title="Aviso", lang="es")

    assert one == two
    assert "Tornillo" in PdfReader(BytesIO(one)).pages[0].extract_text()
    first.close()
    second.close()


def test_a_page_that_hangs_is_killed_and_the_next_one_is_rendered() -> None:
    renderer = PdfRenderer(wall_seconds=8)
    renderer.render(PAGE, title="Aviso", lang="es")
    bomb = "<div style='display:flex'>" * 18 + "x"

    with pytest.raises(RenderFailed):
        renderer.render(bomb, title="Bomba", lang="es")

    assert renderer.render(PAGE, title="Aviso", lang="es")
    renderer.close()


def test_a_document_reads_no_file_and_no_network(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("no one may read this")
    hostile = f"""<link rel=attachment href="file://{secret}"><img src="http://127.0.0.1:9/x"><style>@import "file://{secret}"</style>
        <object data="file://{secret}"></object>{PAGE}"""
    renderer = PdfRenderer()

    made = renderer.render(hostile, title="Aviso", lang="es")

    assert b"no one may read this" not in made
    assert not PdfReader(BytesIO(made)).attachments
    renderer.close()


def test_documents_are_merged_in_order() -> None:
    renderer = PdfRenderer()
    pages = [renderer.render(f"<p>Carta {n}</p>", title="Carta", lang="es") for n in (1, 2, 3)]

    merged = PdfReader(BytesIO(merge(pages)))

    assert [page.extract_text().split("\n")[0] for page in merged.pages] == ["Carta 1", "Carta 2", "Carta 3"]
    renderer.close()


def test_a_stored_file_comes_back_whole_and_a_missing_one_is_said_to_be(tmp_path: Path) -> None:
    files, agency, file_id = LocalFiles(tmp_path), new_id(), new_id()

    files.store(agency, file_id, b"hola")

    assert files.read(agency, file_id) == b"hola"
    assert [p.name for p in files.path(agency, file_id).parent.iterdir()] == [str(file_id)]
    with pytest.raises(NotFound):
        files.read(new_id(), file_id)


@pytest.mark.parametrize(
    "template",
    [
        "{{ debtor.__class__ }}",
        "{{ missing }}",
        "{% include 'x' %}",
        "{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}",
        "{% for a in (1..9999) %}{{ long }}{% endfor %}",
        "{% render 'x' %}",
        "{{ 'a' | safe }}",
    ],
)
def test_a_hostile_text_is_refused(template: str) -> None:
    with pytest.raises(TemplateRefused):
        render_text(template, {"debtor": {"name": "Luis Demo"}, "long": "x" * 1000})


def test_a_text_gets_plain_values_and_what_it_makes_is_cleaned() -> None:
    assert render_text("Hola, {{ name }}.", {"name": "Luis Demo"}) == "Hola, Luis Demo."
    assert render_text("<p>{{ name }}</p>", {"name": "<script>x</script>"}, html=True).count("<script") == 0
    assert clean_html('<p onclick="x">a<script>b</script><a href="javascript:x">c</a></p>') == "<p>a<a>c</a></p>"
    with pytest.raises(TypeError):
        render_text("{{ x }}", {"x": object()})
