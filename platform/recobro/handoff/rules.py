"""What a lawyer needs before suing, and which of it is missing. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from kernel.text import msg
from legal.rules.facts import Act


class Paper(StrEnum):
    """A document of the debt's origin; its name in the files begins with the word in PAPER_PREFIX."""

    INVOICE = "invoice"
    CONTRACT = "contract"
    DELIVERY = "delivery"
    POWER = "power"
    OTHER = "other"


PAPER_PREFIX: Mapping[Paper, str] = {
    Paper.INVOICE: "factura",
    Paper.CONTRACT: "contrato",
    Paper.DELIVERY: "entrega",
    Paper.POWER: "poder",
    Paper.OTHER: "documento",
}
PAPER_LABELS: Mapping[Paper, str] = {
    Paper.INVOICE: msg("Factura"),
    Paper.CONTRACT: msg("Contrato o pagaré"),
    Paper.DELIVERY: msg("Comprobante de entrega"),
    Paper.POWER: msg("Poder del cliente"),
    Paper.OTHER: msg("Otro documento"),
}


@dataclass(frozen=True)
class Suits:
    """Until when a suit is safe, as far as the rules tell: the state of the debt that is nearest its end.

    `state` is `running`, `near`, `barred` or `unknown`; None where the place has no rule. `years` are the terms that
    mere lists give. `anew`: what began the term again and when, as far as the case knows.
    """

    state: str | None = None
    safe_until: date | None = None
    years: tuple[int, ...] = ()
    anew: tuple[Act, date] | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of a case when it is handed over."""

    papers: Mapping[Paper, int]
    electronic_invoices: int
    tax_id: str
    addresses: int
    notices_sent: int
    letters_sent: int
    debts: int
    disputed: bool
    rate_known: bool
    suits: "Suits"


@dataclass(frozen=True)
class Item:
    """One line of the checklist: a `msg()` sentence, whether it is there, and in another with fields what was found.

    What is not `needed` weighs on the decision, but a lawyer can begin without it.
    """

    code: str
    label: str
    there: bool
    found: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    needed: bool = True


def checklist(facts: Facts) -> list[Item]:
    """Everything a lawyer looks for, in the order of the dossier."""
    origin = facts.papers.get(Paper.INVOICE, 0) + facts.papers.get(Paper.CONTRACT, 0)
    delivery, power = facts.papers.get(Paper.DELIVERY, 0), facts.papers.get(Paper.POWER, 0)
    attached = msg("Documentos adjuntos: {count}")
    first = _counted("origin", msg("Factura o contrato"), origin, attached)
    if not origin and facts.electronic_invoices:
        first = replace(first, found=msg("Folios fiscales sin su documento: {count}"),
                        fields={"count": facts.electronic_invoices})  # fmt: skip
    return [
        first,
        _counted("delivery", msg("Comprobante de entrega"), delivery, attached),
        _counted("power", msg("Poder del cliente"), power, attached),
        Item(
            "tax_id",
            msg("Identificación fiscal del deudor"),
            bool(facts.tax_id),
            "{tax_id}" if facts.tax_id else "",
            {"tax_id": facts.tax_id},
        ),
        _counted("address", msg("Domicilio del deudor"), facts.addresses, msg("Domicilios: {count}")),
        _counted(
            "notices", msg("Requerimientos de pago enviados"), facts.notices_sent, msg("Avisos enviados: {count}")
        ),
        _counted("letter", msg("Requerimiento por carta"), facts.letters_sent, msg("Cartas: {count}"), needed=False),
        Item("statement", msg("Estado de cuenta"), bool(facts.debts), msg("Lo lleva el expediente")),
        Item(
            "interest",
            msg("Interés moratorio calculado al día"),
            facts.rate_known,
            "" if facts.rate_known else msg("Falta la tasa de algún día: pídela a quien administra las reglas"),
            needed=False,
        ),
        Item("dispute", msg("Sin aclaraciones abiertas"), not facts.disputed, needed=False),
        _term(facts.suits),
        *_begun_anew(facts.suits),
    ]


_ANEW: Mapping[Act, str] = {
    Act.PART_PAYMENT: msg("Un pago del {since}"),
    Act.ACKNOWLEDGEMENT: msg("Un convenio aceptado el {since}"),
}


def _begun_anew(suits: Suits) -> list[Item]:
    """What the term rests on when it is not the due day: a lawyer wants to see its proof."""
    if suits.anew is None:
        return []
    act, since = suits.anew
    return [Item("anew", msg("Lo que empezó otro plazo"), True, _ANEW[act], {"since": since.isoformat()}, needed=False)]


def _term(suits: Suits) -> Item:
    """The term is a lawyer's to judge: what is not plainly running is told as missing."""
    words: Mapping[str | None, str] = {
        "running": msg("Última fecha segura para demandar: {day}"),
        "near": msg("Está cerca: última fecha segura para demandar, {day}"),
        "barred": msg("Puede haber terminado: la última fecha segura fue {day}"),
        "unknown": msg("Nadie leyó el plazo en la ley; las listas dan, en años: {years}"),
        None: msg("Las reglas de este lugar no lo dicen"),
    }
    fields: dict[str, object] = {}
    if suits.state == "unknown":
        fields["years"] = ", ".join(str(each) for each in suits.years)
    elif suits.safe_until is not None:
        fields["day"] = suits.safe_until.isoformat()
    there = suits.state in ("running", "near")
    return Item("term", msg("Plazo para demandar"), there, words[suits.state], fields, needed=False)


def _counted(code: str, label: str, count: int, words: str, *, needed: bool = True) -> Item:
    return Item(code, label, bool(count), words if count else "", {"count": count} if count else {}, needed)


def missing(items: list[Item]) -> list[dict[str, object]]:
    """What is not there, as the matter keeps it."""
    return [{"code": item.code, "label": item.label, "needed": item.needed} for item in items if not item.there]


def paper_of(name: str) -> Paper | None:
    """What a file is by the beginning of its name."""
    for paper, prefix in PAPER_PREFIX.items():
        if name.lower().startswith(f"{prefix}-"):
            return paper
    return None
