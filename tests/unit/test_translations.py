"""Languages: catalogues read without a compile step, the right one chosen, sentences filled after translation."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from flask import Flask, g

from kernel.money import Money
from kernel.problems import Invalid
from recobro.web import translations
from recobro.web.translations import best_of, choose_locale, spell, spell_problem


@pytest.fixture
def app() -> Flask:
    app = Flask("languages")
    translations.install(app)
    return app


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (["es-CO", "en"], "es_CO"),
        (["es-ES"], "es_ES"),
        (["es-AR", "en"], "es_MX"),
        (["en-GB"], "en"),
        (["fr", "en-US"], "en"),
        (["de"], "es_MX"),
        ([], "es_MX"),
    ],
)
def test_a_browsers_languages_find_the_nearest_we_speak(asked: list[str], given: str) -> None:
    assert best_of(asked) == given


def test_the_person_comes_before_the_cookie_and_the_cookie_before_the_browser(app: Flask) -> None:
    headers = {"Accept-Language": "es-CO"}
    with app.test_request_context("/", headers=headers):
        assert choose_locale() == "es_CO"
    with app.test_request_context("/", headers={**headers, "Cookie": "locale=en"}):
        assert choose_locale() == "en"
        g.locale = "es_ES"
        assert choose_locale() == "es_ES"


def test_a_cookie_we_do_not_know_is_ignored(app: Flask) -> None:
    with app.test_request_context("/", headers={"Cookie": "locale=../../etc"}):
        assert choose_locale() == "es_MX"


def test_sentences_are_said_in_the_readers_language_and_filled_after(app: Flask) -> None:
    with app.test_request_context("/"):
        g.locale = "en"
        refusal = Invalid("{one} y {other} no se suman ni se comparan.", one="MXN", other="EUR")
        assert spell_problem(refusal) == "MXN and EUR are neither added nor compared."
        g.locale = "es_MX"
        assert spell_problem(refusal) == "MXN y EUR no se suman ni se comparan."


def test_amounts_inside_a_sentence_follow_the_reader(app: Flask) -> None:
    with app.test_request_context("/"):
        g.locale = "es_ES"
        assert spell("Faltan {amount}.", amount=Money(144018, "EUR")).replace("\u00a0", " ") == "Faltan 1.440,18 €."


def test_templates_speak_through_the_same_catalogue(app: Flask) -> None:
    with app.test_request_context("/"):
        g.locale = "en"
        template = app.jinja_env.from_string('{{ _("Mi cola") }} {{ ngettext("%(num)d día", "%(num)d días", 3) }}')
        assert template.render() == "My queue 3 days"


def test_every_kind_of_sentence_is_collected(tmp_path: Path) -> None:
    (tmp_path / "platform").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "platform/a.py").write_text('raise Invalid(msg("De Python {x}"), x=1)\ngettext("De la vista")\n')
    (tmp_path / "templates/a.html").write_text(
        '{{ _("De la página") }}{{ ngettext("%(num)d uno", "%(num)d varios", n) }}'
    )
    found = translations.collect(tmp_path)
    ids = {m.id if isinstance(m.id, str) else m.id[0] for m in found if m.id}
    assert ids == {"De Python {x}", "De la vista", "De la página", "%(num)d uno"}


def test_updating_keeps_words_and_drops_what_is_no_longer_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translations, "CATALOGS", tmp_path)
    first = Catalog()
    for sentence in ("Uno", "Dos"):
        first.add(sentence)
    assert translations.update("en", first) == 2
    text = (tmp_path / "en.po").read_text(encoding="utf-8")
    (tmp_path / "en.po").write_text(
        text.replace('msgid "Uno"\nmsgstr ""', 'msgid "Uno"\nmsgstr "One"'), encoding="utf-8"
    )
    second = Catalog()
    for sentence in ("Uno", "Tres"):
        second.add(sentence)
    assert translations.update("en", second) == 1
    with (tmp_path / "en.po").open("rb") as stream:
        kept = read_po(stream, locale="en")
    assert {m.id: m.string for m in kept if m.id} == {"Uno": "One", "Tres": ""}


@pytest.mark.parametrize("locale", ["en", "es_CO", "es_ES"])
def test_a_translation_keeps_the_fields_of_its_sentence(locale: str) -> None:
    with (translations.CATALOGS / f"{locale}.po").open("rb") as stream:
        catalog = read_po(stream, locale=locale)
    pattern = r"%\(\w+\)[sd]|\{\w+\}"
    lost = []
    for message in catalog:
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        for said in strings:
            if said and ids[0] and set(re.findall(pattern, said)) - set(re.findall(pattern, " ".join(ids))):
                lost.append((ids[0], said))
    assert lost == []
