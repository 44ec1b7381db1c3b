"""Templates on an app: parts of a page, addresses of files, icons."""

import gzip

import pytest
from flask import Flask

from recobro.web import jinja, kit, translations
from recobro.web.assets import content_hash, static_url


@pytest.fixture
def app() -> Flask:
    app = Flask("pages", static_folder=None)
    jinja.install(app)
    translations.install(app)
    app.register_blueprint(kit.bp)
    return app


def test_a_part_of_a_page_has_the_macros_the_page_imports(app: Flask) -> None:
    with app.test_request_context("/"):
        part = jinja.render_block("pages/kit/desk.html", "queue", **kit.context("desk"))
    assert "Ferretería El Tornillo Feliz" in part
    assert "<html" not in part
    assert "Siguiente mejor acción" not in part


def test_a_part_may_be_a_layouts_own(app: Flask) -> None:
    with app.test_request_context("/"):
        part = jinja.render_block("pages/kit/cases.html", "body", **kit.context("cases"))
    assert 'id="rail"' in part
    assert "<html" not in part


def test_a_file_is_kept_for_ever_under_its_present_address_only(app: Flask) -> None:
    def kept(url: str) -> str:
        with app.test_client().get(url) as answer:
            return answer.headers["Cache-Control"]

    assert "immutable" in kept(static_url("css/base.css"))
    assert "immutable" in kept(static_url("vendor/htmx-4.0.1/htmx.min.js"))
    assert kept(static_url("css/base.css").replace(content_hash(), "0" * 12)) == "no-cache"
    assert kept("/static/css/base.css") == "no-cache"


def test_text_travels_compressed_and_fonts_as_they_are(app: Flask) -> None:
    client = app.test_client()
    asks = {"Accept-Encoding": "gzip, br"}
    sheet = client.get(static_url("css/base.css"), headers=asks)
    assert (sheet.headers["Content-Encoding"], sheet.mimetype) == ("gzip", "text/css")
    assert gzip.decompress(sheet.data) == client.get(static_url("css/base.css")).data
    font = client.get("/static/vendor/inter-5.3.0/inter-latin.woff2", headers=asks)
    assert "Content-Encoding" not in font.headers
    again = client.get(static_url("css/base.css"), headers={**asks, "If-None-Match": sheet.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/nothing.css"])
def test_nothing_outside_the_folder_is_served(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 404


def test_a_missing_value_is_an_error_and_not_a_gap(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(Exception, match="undefined"):
        app.jinja_env.from_string("{{ page.nothing }}").render()


def test_every_kit_screen_renders_in_every_language(app: Flask) -> None:
    client = app.test_client()
    for locale in translations.LOCALES:
        client.set_cookie("locale", locale)
        for screen in ("", *(f"/{name}" for name in kit.SCREENS)):
            answer = client.get(f"/dev/kit{screen}")
            assert answer.status_code == 200
            assert f'lang="{locale.replace("_", "-")}"' in answer.text
