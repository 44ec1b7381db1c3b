"""The list of rule packs, and one pack in words: every rule with its basis, source and confidence."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from kernel.text import msg
from legal.rules.packs import Bound, Pack, all_packs, choices_of, epoch, pack_named, rules_in_force
from legal.rules.schema import Basis, RateRow, RateTable, Rule, Setting
from recobro.law_pages.words import KINDS, choice_in_words, parameters_in_words
from recobro.web.jinja import day, day_range, pct
from recobro.web.pages import render
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission
from tenants.service import agency_of

bp = Blueprint("law", __name__)

BASES: Mapping[Basis, tuple[str, str]] = {
    Basis.LAW: (msg("Ley: nadie la aparta"), "scale"),
    Basis.REGULATOR: (msg("Regla de una autoridad: nadie la aparta"), "building-bank"),
    Basis.POLICY: (msg("Política: supervisión puede apartarla con un motivo"), "shield-check"),
}


@dataclass(frozen=True)
class PackRow:
    """One pack in the list."""

    pack: Pack
    law: int
    policy: int


@bp.get("/rules")
@needs(Permission.SEE_LAW)
def list_packs() -> ResponseReturnValue:
    """The packs by place, with how many of their rules are law and how many policy."""
    rows = [_row(pack) for pack in all_packs().values() if pack.head.country]
    return render("pages/law/list.html", {"rows": rows, "home": agency_of(g.work).country})


def _row(pack: Pack) -> PackRow:
    in_force = _in_force(pack, {})
    law = sum(bound.rule.basis is not Basis.POLICY for bound in in_force)
    return PackRow(pack, law, len(in_force) - law)


def _in_force(pack: Pack, settings: Mapping[str, str]) -> tuple[Bound, ...]:
    today = g.work.now().date()
    return rules_in_force(pack, epoch(pack, today), choices_of(pack, settings))


@dataclass(frozen=True)
class RuleRow:
    """One rule in words."""

    rule: Rule
    kind: str
    asks: str


@dataclass(frozen=True)
class PackPage:
    """One pack: its rules by basis, what it leaves to the agency, its rates and its holidays."""

    pack: Pack
    groups: list[tuple[str, str, list[RuleRow]]]
    settings: list[tuple[Setting, str, str]]
    tables: list[RateTable]
    rates: Mapping[str, list[tuple[str, str, str]]]


@bp.get("/rules/<pack_id>")
@needs(Permission.SEE_LAW)
def show_pack(pack_id: str) -> ResponseReturnValue:
    """One pack as it holds today, under this agency's choices."""
    pack = pack_named(pack_id)
    own = agency_of(g.work).settings.get("law", {}).get(pack.head.country or "", {})
    choices = {name: str(choice) for name, choice in own.items() if name in pack.settings}
    wanted = request.args.get("kind", "")
    groups = []
    for basis, (label, drawing) in BASES.items():
        rows = [
            RuleRow(bound.rule, spell(KINDS.get(bound.rule.kind, bound.rule.kind)), parameters_in_words(bound))
            for bound in _in_force(pack, choices)
            if bound.rule.basis is basis and (not wanted or bound.rule.kind == wanted)
        ]
        if rows:
            groups.append((spell(label), drawing, rows))
    settings = [
        (setting, choice_in_words(choices.get(name, setting.default)), ", ".join(map(choice_in_words, setting.choices)))
        for name, setting in pack.settings.items()
    ]
    tables = list(pack.rate_tables.values())
    rates = {table.id: [_rate(row) for row in reversed(table.rows)] for table in tables}
    return render("pages/law/show.html", PackPage(pack, groups, settings, tables, rates))


def _rate(row: RateRow) -> tuple[str, str, str]:
    """One row of a rate table: its days, its rate, its note."""
    days = (
        day_range(row.valid_from, row.valid_to) if row.valid_to else spell(msg("desde {day}"), day=day(row.valid_from))
    )
    return days, pct(row.rate, 2), row.note
