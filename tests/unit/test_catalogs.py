"""Words: English says all, no field is lost, each country keeps its words and its way to address a debtor."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from legal.rules.calendar import holidays_in
from legal.rules.packs.loading import all_packs
from recobro.web.translations import CATALOGS, collect

FIELD = r"%\(\w+\)[sd]|\{\w+\}|%%"
# What a debtor may read: their pages, the frame around them, what refuses them, what they sign.
DEBTOR_PLACES = (
    *("templates/pages/debtor/", "templates/components/debtor.html", "templates/layouts/debtor.html"),
    *("templates/layouts/base.html", "templates/pages/errors/", "templates/documents/agreement.html"),
    *("platform/recobro/debtor_pages/", "platform/recobro/web/errors.py", "platform/recobro/web/readings.py"),
    *("platform/recobro/agreements/service.py", "platform/recobro/payments/checkouts.py"),
)
TU = (
    "tú|tu|tus|te|ti|contigo|tuyo|tuya|eres|tienes|puedes|debes|quieres|pagas|puedas|quieras|podrías|pagarás|recibiste"
    "|indicaste|naciste|hiciste|escribiste|fuiste|elige|abre|marca|recarga|recárgala|confirma|cuéntanos|dinos|abona"
    "|inténtalo|espera|vuelve a probar|pide uno|pide una nueva|si nos escribes|si nos llamas|llama al|revisa tu"
)
USTED = (
    "usted|elija|abra|marque|recargue|confirme|cuéntenos|díganos|abone|escriba|llame|pida|revise|le escribe"
    "|le llamaremos|su saldo|su pago|su plan|su convenio"
)
OTHER_COUNTRIES = {
    # Save in the names of Mexico's norms, which are the same everywhere: «…en materia de despachos de cobranza».
    "es_CO": "adeudos?|despacho|despachos(?! de cobranza)|convenios?",
    "es_ES": "adeudos?|despacho|despachos(?! de cobranza)|celular|aclaración|aclaraciones|remesas?",
}


@cache
def sentences() -> Catalog:
    """Every sentence in use."""
    return collect()


@cache
def catalogue(locale: str) -> Catalog:
    """One catalogue as it lies in the tree."""
    with (CATALOGS / f"{locale}.po").open("rb") as stream:
        return read_po(stream, locale=locale.removesuffix("_usted"))


def forms(value: object) -> tuple[str, ...]:
    """A message's one form, or its singular and plural."""
    return tuple(str(form) for form in value) if isinstance(value, list | tuple) else (str(value),)


def said(message: Message, locale: str) -> tuple[str, ...]:
    """What a reader of the locale sees."""
    key = forms(message.id)[0]
    found = catalogue(locale).get(key, message.context) if locale != "es_MX" else None
    return forms(found.string) if found and found.string else forms(message.id)


def in_use(*places: str) -> Iterator[Message]:
    """The sentences in use, or those of some places."""
    for message in sentences():
        if message.id and (not places or any(name.startswith(places) for name, _ in message.locations)):
            yield message


def using(words: str, locale: str, *places: str) -> list[str]:
    """The sentences of some places in which a locale says one of the words."""
    pattern = re.compile(rf"\b({words})\b", re.IGNORECASE)
    return [form for message in in_use(*places) for form in said(message, locale) if pattern.search(form)]


def test_english_says_every_sentence_in_use() -> None:
    lacking = []
    for message in in_use():
        found = catalogue("en").get(forms(message.id)[0], message.context)
        if not found or not found.string or not all(forms(found.string)):
            lacking.append(forms(message.id)[0])
    assert lacking == [], "run `make words`, then give the English in catalogs/en.po"


def test_the_catalogues_hold_what_people_read_of_every_pack() -> None:
    known = {forms(message.id)[0] for message in sentences()}
    read: set[str] = set()
    for pack in all_packs().values():
        read |= {pack.head.name, pack.head.note}
        read |= {text for rule in pack.rules for text in (rule.title, rule.note, rule.citation)}
        read |= {text for one in pack.settings.values() for text in (one.title, one.note)}
        for table in pack.rate_tables.values():
            read |= {table.title, table.note, table.citation, *(row.note for row in table.rows)}
        if pack.calendar:
            read |= {pack.calendar.note, pack.calendar.citation}
            if pack.calendar.language == "es":
                read |= {day.name for day in holidays_in(pack.calendar, 2026)}

    assert read - known - {""} == set()


@pytest.mark.parametrize("locale", ["en", "es_CO", "es_ES", "es_usted"])
def test_every_form_of_a_sentence_keeps_exactly_its_fields(locale: str) -> None:
    different: list[tuple[object, object]] = []
    for message in catalogue(locale):
        if not message.id or not message.string:
            continue
        sources, strings = forms(message.id), forms(message.string)
        if len(sources) != len(strings):
            different.append((sources, strings))
        for source, string in zip(sources, strings, strict=False):
            if string and set(re.findall(FIELD, source)) != set(re.findall(FIELD, string)):
                different.append((source, string))
    assert different == []


def test_colombia_never_says_tu_to_a_debtor() -> None:
    assert using(TU, "es_CO", *DEBTOR_PLACES, "templates/letters/", "templates/documents/receipt.html") == []


@pytest.mark.parametrize("locale", ["es_MX", "es_ES"])
def test_mexico_and_spain_never_mix_usted_into_the_debtors_pages(locale: str) -> None:
    assert using(USTED, locale, *DEBTOR_PLACES) == []


def test_a_firm_is_never_addressed_as_tu() -> None:
    assert using(TU, "es_usted", *DEBTOR_PLACES) == []


@pytest.mark.parametrize("locale", sorted(OTHER_COUNTRIES))
def test_a_country_does_not_read_the_words_of_another(locale: str) -> None:
    assert using(OTHER_COUNTRIES[locale], locale) == []
