"""Where an agency is registered, licensed or bonded, as far as the rules of some place ask."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from kernel.text import msg
from legal.rules.facts import Registration
from legal.rules.packs.loading import all_packs

REGISTERS: Mapping[str, str] = {
    "redeco": msg("Registro REDECO de la CONDUSEF, México"),
    "fca_debt_collecting": msg("Permiso de la FCA para cobrar deudas, Reino Unido"),
    "us_tx_bond": msg("Fianza de 10,000 dólares, Texas"),
    "es_servicer": msg("Administradores de créditos, España"),
}
"""Every register that a pack names, in words; a test holds that none is missing."""

BY_CREDITOR = frozenset({"redeco"})
"""The registers into which each creditor enters the agencies that collect for it."""


@lru_cache
def registers_of(country: str | None = None) -> tuple[str, ...]:
    """The registers that the rules of a country and its regions ask for; of all countries when none is named."""
    named = [
        register
        for pack in all_packs().values()
        if pack.head.country and country in (None, pack.head.country)
        for rule in pack.rules
        if rule.kind == "registration" and rule.status == "on"
        for register in rule.parameters["registers"]
    ]
    return tuple(dict.fromkeys(named))


def kept_as(register: str, creditor: str) -> str:
    """Under which name it is kept whether a creditor entered the agency into a register."""
    return f"{register}.{creditor}"


def registrations_told(
    told: Mapping[str, Mapping[str, object]], country: str, creditor: str = ""
) -> tuple[Registration, ...] | None:
    """What an agency said of the registers of a country, as kept (`held`, `until`): None when it said nothing.

    Where each creditor enters the agency, what was said of this one goes before what was said of all.
    """
    asked = {name: said for name in registers_of(country) if (said := _of_creditor(told, name, creditor)) is not None}
    if not asked:
        return None
    # A policy of the agency's own may ask for one that is held elsewhere.
    elsewhere = {name: told[name] for name in REGISTERS if name in told and name not in registers_of(country)}
    every = {**asked, **elsewhere}
    return tuple(Registration(name, until=_day(said.get("until"))) for name, said in every.items() if said.get("held"))


def _of_creditor(told: Mapping[str, Mapping[str, object]], name: str, creditor: str) -> Mapping[str, object] | None:
    own = told.get(kept_as(name, creditor)) if name in BY_CREDITOR else None
    return own if own is not None else told.get(name)


def _day(told: object) -> date | None:
    return date.fromisoformat(told) if isinstance(told, str) and told else None
