"""Languages. Sentences are written in neutral es-MX; catalogs beside this file say them for en, es_CO and es_ES.

Catalogs are plain .po files read at start, nothing is compiled. `python -m recobro.web.translations` collects every
sentence of templates (`_`), Python (`gettext`), `kernel.text.msg` and the law's packs into them and says what still
lacks words.
"""

import re
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime, tzinfo
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import flask_babel  # type: ignore[import-untyped]
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from kernel.money import Money
from kernel.problems import Problem
from kernel.text import one_stop
from recobro.web import formats

CATALOGS = Path(__file__).parent / "catalogs"
ROOT = Path(__file__).resolve().parents[3]
SOURCE_LOCALE = "es_MX"
LOCALES = ("es_MX", "es_CO", "es_ES", "en")
# Beside the locales: their Spanish said to a firm, in the sentences that debtors read.
USTED = "es_usted"
_SAY_TU = ("es_MX", "es_ES")
COOKIE = "locale"
_DEFAULT_ZONE = "America/Mexico_City"
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "msg": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_METHODS = [
    ("platform/**.py", "python"),
    ("tenants/**.py", "python"),
    ("legal/**.py", "python"),
    ("worker/**.py", "python"),
    ("legal/packs/*.toml", "recobro.web.pack_texts.extract"),
    ("templates/**.html", "jinja2.ext.babel_extract"),
    ("templates/**.txt", "jinja2.ext.babel_extract"),
]


@cache
def translations(locale: str, *, usted: bool = False) -> NullTranslations:
    """The catalog of a locale in memory; es_MX is the source and needs none. `usted` says it formally where Mexico and
    Spain say tú (Colombia always does)."""
    found = _catalog(locale)
    if not usted or locale not in _SAY_TU:
        return found
    formal = _catalog(USTED)
    formal.add_fallback(found)
    return formal


def _catalog(name: str) -> NullTranslations:
    path = CATALOGS / f"{name}.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as source:
        catalog = read_po(source, locale=name.removesuffix("_usted"))
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


def readers_words() -> NullTranslations:
    """The catalog of whoever reads: in their locale, and formally where a firm is spoken to (`g.usted`)."""
    usted = bool(g.get("usted")) if has_request_context() else False
    return translations(choose_locale(), usted=usted)


class CatalogDomain(flask_babel.Domain):  # type: ignore[misc]
    """Flask-Babel's door to our catalogs."""

    def get_translations(self) -> NullTranslations:
        """The catalog of the reader's locale."""
        return readers_words()


def best_of(languages: Iterable[str]) -> str:
    """The first of a reader's languages (`es-CO`, `en-GB`, `fr`) that we speak; es_MX when none."""
    for wanted in languages:
        exact = wanted.replace("-", "_")
        if exact in LOCALES:
            return exact
        if exact[:2].lower() in ("es", "en"):
            return "en" if exact[:2].lower() == "en" else SOURCE_LOCALE
    return SOURCE_LOCALE


def choose_locale() -> str:
    """The reader's locale: what the person chose (`g.locale`), else the cookie, else the browser's languages."""
    chosen: str | None = g.get("locale")
    if chosen in LOCALES:
        return str(chosen)
    if not has_request_context():
        return SOURCE_LOCALE
    cookie = request.cookies.get(COOKIE, "")
    return cookie if cookie in LOCALES else best_of(request.accept_languages.values())


def speak(locale: str, *, usted: bool = False) -> None:
    """From here on this request is answered in a locale, formally when `usted`."""
    g.locale, g.usted = locale, usted
    flask_babel.refresh()


def choose_zone() -> tzinfo:
    """The reader's time zone (`g.zone`: a name or a tzinfo), else Mexico City's."""
    zone = g.get("zone") or _DEFAULT_ZONE
    return ZoneInfo(zone) if isinstance(zone, str) else zone


def install(app: Flask) -> None:
    """Give an app its languages."""
    babel = flask_babel.Babel(
        app, default_locale=SOURCE_LOCALE, locale_selector=choose_locale, timezone_selector=choose_zone
    )
    babel.domain_instance = CatalogDomain()
    app.jinja_env.filters["spell"] = spell
    with_one_stop(app.jinja_env)


def with_one_stop(env: Environment) -> None:
    """Let every translated sentence of these templates end in one full stop, whatever name it ends with."""
    words: dict[str, Any] = dict(env.globals)
    for name in ("gettext", "ngettext", "_"):
        env.globals[name] = _stopped(words[name])


def _stopped(translate: Callable[..., str]) -> Callable[..., str]:
    @pass_context
    def stopped(context: Context, *args: Any, **fields: Any) -> str:
        return one_stop(translate(context, *args, **fields))

    return stopped


def spell(template: str, /, **details: object) -> str:
    """A sentence marked with `msg`, in the reader's language, `{fields}` filled, amounts and days in its form."""
    locale = choose_locale()
    shown = {name: _shown(value, locale) for name, value in details.items()}
    # The words of the empty text are the catalog's own head.
    sentence = readers_words().gettext(template) if template else ""
    return one_stop(sentence.format(**shown)) if details else sentence


def spell_problem(problem: Problem) -> str:
    """A refusal as a person reads it: ISO days among its details are days, labels are in the reader's language."""
    words = readers_words()
    return spell(problem.template, **{name: _read(value, words) for name, value in problem.details.items()})


def _shown(value: object, locale: str) -> object:
    if isinstance(value, Money):
        return formats.money(value, locale, home=g.get("home_currency"))
    return formats.day(value, locale) if isinstance(value, date) and not isinstance(value, datetime) else value


def _read(value: object, words: NullTranslations) -> object:
    if isinstance(value, tuple):
        return ", ".join(str(_read(item, words)) for item in value)
    if not isinstance(value, str) or not value:
        return value
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return words.gettext(value)


def collect(root: Path = ROOT) -> Catalog:
    """Every sentence of the tree, with the places it stands."""
    catalog = Catalog(project="Recobro", charset="utf-8")
    for filename, line, message, comments, context in extract_from_dir(
        str(root),
        _METHODS,
        {"templates/**.html": {"extensions": "jinja2.ext.do", "newstyle_gettext": "true", "trimmed": "true"}},
        _KEYWORDS,
        comment_tags=("Translators:",),
        directory_filter=lambda folder: Path(folder).name not in {".venv", "node_modules", "static", "tests", ".git"},
    ):
        catalog.add(message, None, [(filename, line)], auto_comments=comments, context=context)
    return catalog


def _lacks_words(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(message.id) and not all(strings)


def _written(catalog: Catalog, locale: str) -> bytes:
    """A catalog as a file whose header holds no date: the same sentences give the same bytes."""
    header = [
        f"Language: {locale}",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {catalog.plural_forms}",
    ]
    body = BytesIO()
    write_po(body, catalog, width=120, sort_output=True, omit_header=True, no_location=True, ignore_obsolete=True)
    lines = ['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in header), "", ""]
    return "\n".join(lines).encode() + body.getvalue()


def update(locale: str, source: Catalog) -> int:
    """Bring one catalog up to date with the sentences in use; how many lack words.

    English must say them all and lists them all; es_CO and es_ES keep only those they say otherwise than es-MX.
    """
    path = CATALOGS / f"{locale}.po"
    locale = locale.removesuffix("_usted")
    catalog = Catalog(locale=locale)
    if path.exists():
        with path.open("rb") as stream:
            catalog = read_po(stream, locale=locale)
    catalog.update(source, no_fuzzy_matching=True)
    lacking = [message for message in catalog if _lacks_words(message)]
    if formats.language(locale) == "es":
        for message in lacking:
            catalog.delete(message.id, message.context)
    path.write_bytes(_written(catalog, locale))
    return len(lacking)


def main() -> None:
    """The command: update every catalog and report."""
    source = collect()
    CATALOGS.mkdir(exist_ok=True)
    for locale in LOCALES:
        if locale != SOURCE_LOCALE:
            lacking = update(locale, source)
            said = "left as in es-MX" if formats.language(locale) == "es" else "without words"
            sys.stdout.write(f"{locale}: {len(source)} sentences, {lacking} {said}\n")
    update(USTED, source)


if __name__ == "__main__":
    main()
