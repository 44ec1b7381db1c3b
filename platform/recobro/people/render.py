"""The mails about accounts, in the reader's language: an invitation, a new password."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import templates
from kernel.text import msg
from recobro.web import formats
from recobro.web.translations import SOURCE_LOCALE, translations
from tenants.roles import LABELS, Role


@dataclass(frozen=True)
class Mail:
    """A plain mail: subject and text."""

    subject: str
    text: str


def invitation_mail(
    *, name: str, by: str, agency: str, role: Role, link: str, until: date, locale: str = SOURCE_LOCALE
) -> Mail:
    """What somebody who is invited reads."""
    say = translations(locale).gettext
    return Mail(
        subject=say(msg("Tu invitación a {agency}")).format(agency=agency),
        text=_text(
            "invitation", locale, name=name, by=by, agency=agency, role=say(LABELS[role]), link=link,
            day=formats.day(until, locale, "long"),
        ),
    )  # fmt: skip


def reset_mail(*, name: str, link: str, locale: str = SOURCE_LOCALE) -> Mail:
    """What somebody who forgot their password reads."""
    return Mail(
        subject=translations(locale).gettext(msg("Una contraseña nueva para Recobro")),
        text=_text("reset", locale, name=name, link=link),
    )


def _text(template: str, locale: str, **values: str) -> str:
    return _environment(locale).get_template(f"{template}.txt").render(**values).strip() + "\n"


@cache
def _environment(locale: str) -> Environment:
    # Plain text: nothing is escaped, and nothing here is ever shown as HTML.
    environment = Environment(
        loader=FileSystemLoader(Path(templates.__path__[0]) / "emails"),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
    )
    environment.install_gettext_translations(translations(locale), newstyle=True)  # type: ignore[attr-defined]
    return environment
