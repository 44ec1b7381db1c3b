"""The words of complaints: through whom, about what, how they end; and how near their day is. Pure."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from kernel.text import msg
from legal.rules.packs.answer_kinds import Forum, Topic

FORUMS: Mapping[str, str] = {
    Forum.OWN.value: msg("La agencia"),
    Forum.CREDITOR.value: msg("El cliente"),
    Forum.REDECO.value: "REDECO",
    Forum.CONDUSEF.value: "CONDUSEF",
    Forum.PROFECO.value: "PROFECO",
    Forum.SIC.value: "SIC",
    Forum.SFC.value: msg("Superintendencia Financiera (SFC)"),
    Forum.AEPD.value: "AEPD",
    Forum.CONSUMER_OFFICE.value: msg("Oficina de consumo"),
    Forum.CFPB.value: "CFPB",
    Forum.STATE_AG.value: msg("Fiscalía general del estado"),
    Forum.OTHER.value: msg("Otra autoridad"),
}
# Those of each place, the likeliest first; elsewhere all of them.
_PLACES: Mapping[str, tuple[Forum, ...]] = {
    "MX": (Forum.OWN, Forum.CREDITOR, Forum.REDECO, Forum.CONDUSEF, Forum.PROFECO, Forum.OTHER),
    "CO": (Forum.OWN, Forum.CREDITOR, Forum.SIC, Forum.SFC, Forum.OTHER),
    "ES": (Forum.OWN, Forum.CREDITOR, Forum.AEPD, Forum.CONSUMER_OFFICE, Forum.OTHER),
    "US": (Forum.OWN, Forum.CREDITOR, Forum.CFPB, Forum.STATE_AG, Forum.OTHER),
}
TOPICS: Mapping[str, str] = {
    Topic.TREATMENT.value: msg("Trato o amenazas"),
    Topic.HOURS.value: msg("Horario"),
    Topic.FREQUENCY.value: msg("Insistencia"),
    Topic.THIRD_PERSONS.value: msg("Contacto con terceros"),
    Topic.NOT_OWED.value: msg("No debe"),
    Topic.AMOUNT.value: msg("Importe"),
    Topic.PAYMENT.value: msg("Pago no aplicado"),
    Topic.IDENTITY.value: msg("Suplantación"),
    Topic.DOCUMENTS.value: msg("Documentos no entregados"),
    Topic.DATA.value: msg("Datos personales"),
    Topic.CREDIT_FILE.value: msg("Buró o fichero de crédito"),
    Topic.OTHER.value: msg("Otra cosa"),
}
STATES: Mapping[str, str] = {
    "open": msg("Por responder"),
    "answered": msg("Respondida"),
    "closed": msg("Cerrada"),
}
TONES: Mapping[str, str] = {"open": "warn", "answered": "info", "closed": ""}


class Outcome(StrEnum):
    """How a complaint ended."""

    UPHELD = "upheld"
    PARTLY = "partly"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"


OUTCOMES: Mapping[str, str] = {
    Outcome.UPHELD.value: msg("Procedente"),
    Outcome.PARTLY.value: msg("Procedente en parte"),
    Outcome.REJECTED.value: msg("Improcedente"),
    Outcome.WITHDRAWN.value: msg("Desistida"),
    Outcome.SETTLED.value: msg("Conciliada"),
}
# From how few days on an answer is urgent.
NEAR_DAYS = 3


def forums_of(country: str) -> tuple[Forum, ...]:
    """Through whom complaints come in a place."""
    return _PLACES.get(country, tuple(Forum))


def days_left(due_on: date | None, today: date) -> int | None:
    """How many days are left to answer, negative when the day has passed; None without a day."""
    return None if due_on is None else (due_on - today).days


def tone_of_days(left: int | None) -> str:
    """The tone of what is left: late or today is bad, near is a warning."""
    if left is None or left > NEAR_DAYS:
        return ""
    return "neg" if left <= 0 else "warn"
