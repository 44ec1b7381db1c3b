"""The way back from a client's file, from the command line: what its page shows, and what its button does."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import click
from sqlalchemy import select

from kernel.money import Money
from kernel.problems import NotFound
from kernel.text import msg
from recobro.cli.agencies import find_agency
from recobro.cli.ready import connected
from recobro.cli.turns import take_turn
from recobro.cli.words import say, spoken
from recobro.intake import service
from recobro.intake.tables import Placement
from recobro.intake.undo import putting_back, undoing
from tenants.context import job_principal
from tenants.work import Work, tenant_work


@dataclass(frozen=True)
class _Told:
    """What goes (debts and their cases with their sums, or changes) and what stays, in groups of one reason."""

    debts: int
    cases: int
    changes: int
    sums: Sequence[Money]
    groups: Sequence[undoing.Group]


@click.command("undo", help=msg("Deshace una carga: quita lo que nadie ha tocado y dice qué se queda y por qué."))
@click.argument("number", metavar="P-2026-0001")
@click.option("--agency", required=True, help=msg("Nombre corto de la agencia."))
@click.option("--dry-run", is_flag=True, help=msg("Dice lo que haría y no cambia nada."))
@click.option(
    "--json", "as_json", is_flag=True, help=msg("Responde en JSON; las sumas van en centavos (unidades mínimas).")
)
def undo(number: str, agency: str, dry_run: bool, as_json: bool) -> None:
    """Refused as on the page: a file that did not go in, one that is being undone, one of which nothing could go."""
    with connected():
        open_work = partial(tenant_work, job_principal(find_agency(agency).agency_id))
        with open_work() as work:
            placement = _by_number(work, number)
            placement_id, told = placement.id, _look(work, placement)
            if not dry_run:
                undoing.ask_undo(work, placement_id)
        if not dry_run:
            take_turn(lambda: undoing.undo(open_work, placement_id))
        with open_work() as work:
            placement = service.open_placement(work, placement_id)
            answer = _answer(placement, told, dry_run=dry_run)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _tell(answer)


def _by_number(work: Work, number: str) -> Placement:
    found = work.session.scalar(
        select(Placement).where(Placement.agency_id == work.agency_id, Placement.number == number)
    )
    if found is None:
        raise NotFound(msg("No hay una carga {number} en esa agencia."), number=number)
    return found


def _look(work: Work, placement: Placement) -> _Told:
    if not undoing.may_be_undone(placement) or not undoing.has_way(placement):
        raise undoing.CannotUndo(undoing.ONLY_COMMITTED)
    if placement.kind != "placement":
        back = putting_back.look(work, placement)
        return _Told(0, 0, back.count, [], [undoing.Group([code], 0, count) for code, count in back.stays.items()])
    found = undoing.look(work, placement.id)
    return _Told(found.debts, found.cases, found.claims, found.sums, found.groups)


def _answer(placement: Placement, told: _Told, *, dry_run: bool) -> dict[str, Any]:
    """What was found before and, where it was undone, what came of it."""
    debts, cases, changes = told.debts, told.cases, told.changes
    groups = told.groups
    if not dry_run:
        kept = placement.undone
        whole = placement.kind == "placement"
        debts, cases = (kept["debts"], kept["cases"]) if whole else (0, 0)
        changes = kept.get("claims", 0) if whole else kept["debts"]
        groups = undoing.groups_kept(kept)
    return {
        "placement": placement.number,
        "dry_run": dry_run,
        "state": placement.state,
        "debts": debts,
        "cases": cases,
        "changes": changes,
        "sums": {amount.currency: amount.minor for amount in told.sums},
        "stays": [
            {"reasons": list(one.reasons), "why": [*map(_why, one.reasons), *([one.also] if one.also else [])],
             "cases": one.cases, "debts": one.debts}
            for one in groups
        ],
    }  # fmt: skip


def _why(code: str) -> str:
    return spoken(undoing.EVERY_REASON[code])


def _tell(answer: dict[str, Any]) -> None:
    if answer["dry_run"]:
        say(msg("Prueba: esto haría deshacer la carga {number}; nada cambió."), number=answer["placement"])
    else:
        say(msg("Se deshizo la carga {number}."), number=answer["placement"])
    if answer["debts"]:
        say(msg("  Salen: adeudos {debts}, casos {cases}."), debts=answer["debts"], cases=answer["cases"])
    for currency, minor in answer["sums"].items():
        say(msg("  {amount}."), amount=Money(minor, currency))
    if answer["changes"]:
        say(msg("  Vuelven: cambios {count}."), count=answer["changes"])
    for one in answer["stays"]:
        say(msg("  Se quedan {count}: {why}."), count=one["debts"], why=", ".join(one["why"]))
