"""The texts a notice may be made from: their keys, tone, and in which form they address somebody. Pure but for reading.

A text is Liquid in `templates/emails/<key>/<locale>/` or `templates/letters/<key>/<locale>/`: `subject.liquid` and
`body.liquid`. Blank lines part paragraphs, `- ` begins a line of a list, `[words](address)` is a link, and a link alone
in its paragraph is a button. The closing lines (who writes, privacy, how to stop) are appended by the program.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import templates
from kernel.problems import NotFound
from kernel.text import msg
from legal.rules.facts import Channel, Purpose

ROOT = Path(templates.__path__[0])
LOCALES = ("es_MX", "es_CO", "es_ES", "en")
_BY_COUNTRY = {"MX": "es_MX", "CO": "es_CO", "ES": "es_ES", "US": "en", "GB": "en"}
_FOLDERS = {Channel.EMAIL: "emails", Channel.LETTER: "letters"}


@dataclass(frozen=True)
class Template:
    """One text: its key and name, its tone (0 service, 1 cordial, 2 attentive, 3 firm), its purpose and channels."""

    key: str
    name: str
    level: int
    purpose: Purpose
    channels: tuple[Channel, ...]


_BOTH = (Channel.EMAIL, Channel.LETTER)
TEMPLATES: Mapping[str, Template] = {
    template.key: template
    for template in (
        Template("cordial-1", msg("Primer aviso, cordial"), 1, Purpose.COLLECT, _BOTH),
        Template("second-2", msg("Segundo aviso, con opciones"), 2, Purpose.COLLECT, _BOTH),
        Template("firm-3", msg("Tercer aviso, firme"), 3, Purpose.COLLECT, _BOTH),
        Template("note", msg("Mensaje propio"), 1, Purpose.COLLECT, (Channel.EMAIL,)),
        Template("offer", msg("Propuesta de convenio"), 1, Purpose.COLLECT, (Channel.EMAIL,)),
        Template("receipt", msg("Recibo de pago"), 0, Purpose.RECEIPT, (Channel.EMAIL,)),
    )
}


class UnknownTemplate(NotFound):
    """No text has that key for that channel."""

    code = "notices.unknown_template"


def template_named(key: str, channel: Channel) -> Template:
    """The text of that key, if it exists for the channel."""
    found = TEMPLATES.get(key)
    if found is None or channel not in found.channels:
        raise UnknownTemplate(msg("No hay una plantilla «{key}» para ese canal."), key=key)
    return found


def locale_for(locale: str, country: str) -> str:
    """The language a debtor is written to in: their own where we have it, else their country's."""
    return locale if locale in LOCALES else _BY_COUNTRY.get(country, "es_MX")


def says_tu(country: str, kind: str, level: int, channel: Channel) -> bool:
    """Whether a text says tú: to persons in Mexico and Spain, in the early tones, by email. Everybody else is usted."""
    return country in ("MX", "ES") and kind == "person" and level <= 2 and channel is Channel.EMAIL


@lru_cache
def source(key: str, channel: Channel, locale: str) -> tuple[str, str, str]:
    """Subject, body and closing lines of a text, as Liquid."""
    folder = ROOT / _FOLDERS[channel]
    parts = (folder / key / locale / "subject.liquid", folder / key / locale / "body.liquid")
    closing = folder / "closing" / f"{locale}.liquid"
    subject, body, end = (path.read_text(encoding="utf-8").strip("\n") for path in (*parts, closing))
    return subject, body, end
