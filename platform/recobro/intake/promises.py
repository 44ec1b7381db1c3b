"""What is told before a file is confirmed: what its cases start, when debtors first hear of it, until when it can be
taken back whole, what waits, and what the client states by it. In the reader's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kernel.text import msg
from recobro.intake import render
from recobro.intake.lifecycle import LABELS, State
from recobro.intake.statements import statement_of
from recobro.intake.tables import Placement
from recobro.people.agency import grace
from recobro.recalls.render import told
from recobro.recalls.rules import CAUSE_LABELS, Cause
from recobro.strategies import queries as strategies
from recobro.strategies.ladder import Ladder, StepKind
from recobro.strategies.planner import coming
from recobro.strategies.service import first_wait
from recobro.web.jinja import moment
from recobro.web.translations import spell
from tenants.context import Kind
from tenants.tables import Client
from tenants.work import Work

_WAIT = (
    msg("1 fila espera en la cuarentena hasta que alguien la corrija; lo demás entra."),
    msg("{count} filas esperan en la cuarentena hasta que alguien las corrija; lo demás entra."),
)
_FORCED = (msg("1 fila"), msg("{count} filas"))


@dataclass(frozen=True)
class Promised:
    """What follows a confirmation, as (word, sentence); what the client states; what a recall costs, and of that what
    is taken although something stands against it, and why."""

    follows: Sequence[tuple[str, str]]
    statement: str
    for_client: str
    costs: Sequence[tuple[str, str]]
    forced: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    why: str


def promised(work: Work, placement: Placement, client: Client) -> Promised:
    """What confirming a previewed file would bring with it."""
    staff = work.principal.kind is not Kind.CLIENT
    follows = list(_first_contact(work, placement, staff=staff))
    if waiting := int(placement.counts.get("rejected", 0)):
        follows.append((spell(msg("En cuarentena")), render.counted(_WAIT, waiting)))
    counts: dict[str, Any] = placement.counts
    chosen = placement.options.get("force", []) if staff else []
    return Promised(
        follows=follows,
        statement=spell(statement_of(placement.kind), client=client.name),
        for_client=client.name if staff else "",
        costs=told(counts["costs"]) if staff and "costs" in counts else [],
        forced=[
            (spell(CAUSE_LABELS[Cause(code)]), told(costs))
            for code, _, costs in counts.get("forceable", []) if code in chosen
        ],
        why=placement.options.get("force_why", "") if chosen else "",
    )  # fmt: skip


def _first_contact(work: Work, placement: Placement, *, staff: bool) -> Sequence[tuple[str, str]]:
    """Of new debts: the strategy, the first notice at the earliest, and until when all of it can be taken back."""
    if placement.kind != "placement" or not placement.counts.get("created"):
        return []
    pause = grace(work)
    found: list[tuple[str, str]] = []
    wait = pause
    if staff:
        name, ladder = strategies.coming(work)
        wait = first_wait(ladder, pause)
        found.append((spell(msg("Estrategia")), f"{spell(name)}. {_begins(ladder)}"))
        if ladder.steps[0].kind is not StepKind.NOTICE:
            return found
    if wait:
        earliest = moment(work.now() + wait)
        first = spell(msg("no antes de {moment}, y solo en el horario que la ley permite"), moment=earliest)
    else:
        first = spell(msg("enseguida, en el horario que la ley permite"))
    found.append((spell(msg("Primer aviso")), first))
    found.append((spell(msg("Deshacer")), _undo_until(work, wait)))
    return found


def _begins(ladder: Ladder) -> str:
    return spell(coming(ladder.steps[0]))


def _undo_until(work: Work, wait: timedelta) -> str:
    if not wait:
        return spell(msg("mientras nadie trabaje los casos; los avisos salen enseguida"))
    until = moment(work.now() + wait)
    return spell(msg("la carga entera hasta {moment}; después, lo que nadie haya trabajado"), moment=until)


def stated(placement: Placement) -> str:
    """What the client stated when it was confirmed; nothing for what was not."""
    kept = placement.confirmed
    return spell(kept["statement"], client=kept["client"]) if kept else ""


def state_word(state: str, stayed: int) -> str:
    """Where a placement is; of one that was undone, whether something of it stayed."""
    return spell(msg("Deshecha en parte")) if state == State.UNDONE and stayed else spell(LABELS[State(state)])
