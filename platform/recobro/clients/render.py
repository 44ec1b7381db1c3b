"""A contract in words: what its figures mean, in the reader's language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kernel.money import Money
from kernel.text import msg
from recobro.clients.tables import Contract
from recobro.web.translations import spell

# A rule may name stages of cases; the words stand here because cases stand on clients.
STAGES = (
    ("received", msg("Recibido")),
    ("notices", msg("Avisos")),
    ("calls", msg("Llamadas")),
    ("negotiation", msg("Negociación")),
    ("legal", msg("Jurídico")),
)


def percent(basis_points: int) -> str:
    """Basis points as a person writes a percentage: 2500 is `25`."""
    text = f"{Decimal(basis_points) / 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rule_lines(contract: Contract) -> list[tuple[str, str, str]]:
    """Each commission rule in order: its name, when it applies, how much."""
    return [(rule["label"], _when(rule.get("when", {})), _rate(rule)) for rule in contract.commission_rules]


def _when(when: Mapping[str, Any]) -> str:
    low, high = when.get("age_days_from"), when.get("age_days_to")
    stages = when.get("stage", ())
    stages = (stages,) if isinstance(stages, str) else stages
    said = []
    if low is not None and high is not None:
        said.append(spell(msg("de {low} a {high} días de vencido al recibirlo"), low=low, high=high))
    elif low is not None:
        said.append(spell(msg("desde {low} días de vencido al recibirlo"), low=low))
    elif high is not None:
        said.append(spell(msg("hasta {high} días de vencido al recibirlo"), high=high))
    words = {code: spell(word) for code, word in STAGES}
    if stages:
        said.append(spell(msg("en etapa {stages}"), stages=", ".join(words.get(s, s) for s in stages)))
    known = {"age_days_from", "age_days_to", "age_at", "stage"}
    if any(value for name, value in when.items() if name not in known):
        said.append(spell(msg("con otras condiciones")))
    return "; ".join(said) or spell(msg("todo lo demás"))


def _rate(rule: Mapping[str, Any]) -> str:
    if rule.get("rate_bp") is not None:
        return f"{percent(int(rule['rate_bp']))} %"
    rates = [int(band["rate_bp"]) for band in rule.get("bands", ())]
    return spell(msg("de {low} a {high} % por escalones"), low=percent(min(rates)), high=percent(max(rates)))


def contract_sentences(contract: Contract, currency: str) -> list[str]:
    """The terms besides the commission, one sentence each."""
    found = [
        spell(msg("{tax} de {rate} % sobre los honorarios."), tax=contract.tax_name, rate=percent(contract.tax_bp)),
        spell(
            msg("Remesa neta el día {day} de cada mes: lo cobrado menos honorarios e impuesto."),
            day=contract.remittance_day,
        )
        if contract.remittance_kind == "net"
        else spell(
            msg("Remesa bruta el día {day} de cada mes; los honorarios se facturan aparte."),
            day=contract.remittance_day,
        ),
    ]
    if contract.max_discount_bp:
        found.append(spell(msg("Quita de hasta {rate} % sin pedir permiso."), rate=percent(contract.max_discount_bp)))
    else:
        found.append(spell(msg("Toda quita necesita autorización.")))
    if contract.max_instalments > 1:
        found.append(
            spell(
                msg("Hasta {count} pagos de {least} o más."),
                count=contract.max_instalments,
                least=Money(contract.min_instalment, currency),
            )
        )
    else:
        found.append(spell(msg("Un solo pago; cualquier plan necesita autorización.")))
    found.append(
        spell(
            msg("Días de gracia: {instalment} para un pago de convenio, {promise} para una promesa."),
            instalment=contract.instalment_grace_days,
            promise=contract.promise_grace_days,
        )
    )
    if contract.share_debtors:
        found.append(spell(msg("Se muestra cuando un deudor también debe a otro cliente que lo permite.")))
    found.append(
        spell(msg("Los deudores pagan a la cuenta de terceros de la agencia."))
        if contract.pay_to == "agency"
        else spell(msg("Los deudores pagan a la cuenta del cliente."))
    )
    return found
