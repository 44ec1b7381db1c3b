"""The strategies page: each ladder in words, with how many cases stand on each step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.text import msg
from recobro.notices.templates import TEMPLATES
from recobro.notices.words import CHANNELS
from recobro.strategies import previewing, queries
from recobro.strategies.ladder import DEFAULT, DEFAULT_NAME, Ladder, Step, StepKind
from recobro.web.pages import render
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission

bp = Blueprint("strategies", __name__)

RESTS: Mapping[str, str] = {
    "paid": msg("Sin saldo"),
    "flag": msg("En pausa, aclaración, queja o dificultad"),
    "agreement": msg("Con convenio"),
    "person": msg("Con una persona"),
    "no_contact": msg("Sin datos de contacto"),
}
ENDS: Mapping[str, str] = {
    "done": msg("Terminaron la escalera"),
    "closed": msg("Cerrados"),
    "legal": msg("En jurídico"),
}


SPANS: Mapping[str, tuple[str, timedelta]] = {
    "now": (msg("Ahora"), timedelta(0)),
    "day": (msg("En 24 horas"), timedelta(days=1)),
    "week": (msg("En 7 días"), timedelta(days=7)),
}
MOST = 5_000
"""How many due cases one page looks at: about a second."""


@dataclass(frozen=True)
class StepLine:
    """One step in words; `day` counts from the start."""

    day: int
    icon: str
    title: str
    how: str
    waiting: int


@dataclass(frozen=True)
class LadderCard:
    """One version of a strategy as the page shows it."""

    name: str
    version: int
    active: bool
    since: datetime | None
    lines: list[StepLine]
    on_the_road: int
    stepping: int
    resting: list[tuple[str, int]]
    ended: list[tuple[str, int]]


@dataclass(frozen=True)
class Ahead:
    """What comes by an instant: figures in words, and the rules in the way of notices with how many each stops."""

    at: datetime
    due: int
    lines: list[tuple[str, int]]
    rules: list[tuple[str, int]]
    not_all: bool


@dataclass(frozen=True)
class StrategiesPage:
    """The ladders, what stops any of them, and what comes: `ahead` where somebody asked, so many days from now."""

    cards: list[LadderCard]
    conditions: list[str]
    spans: list[tuple[str, str, bool]]
    ahead: Ahead | None


@bp.get("/strategies")
@needs(Permission.SEE_STRATEGIES)
def list_strategies() -> ResponseReturnValue:
    """The ladders in words, with counts."""
    cards = [_card(one) for one in queries.standings(g.work)]
    if not cards:
        # Nobody has entered yet; this is the one the first cases will follow.
        cards = [
            LadderCard(spell(DEFAULT_NAME), 1, True, None, _lines(DEFAULT, [0] * len(DEFAULT.steps)), 0, 0, [], [])
        ]
    conditions = [
        spell(sentence)
        for sentence in (
            msg("Cada contacto pasa por las reglas del lugar: horario, festivos, canales autorizados y límites."),
            msg("La escalera descansa con un convenio, una promesa, una pausa, una aclaración o una queja abierta."),
            msg("También mientras el caso espera a una persona, y cuando no queda saldo."),
            msg("Sin correo que sirva, el aviso sale por carta."),
        )
    ]
    wanted = request.args.get("ahead", "")
    spans = [
        (spell(label), url_for(".list_strategies", ahead=name), name == wanted) for name, (label, _) in SPANS.items()
    ]
    ahead = _ahead(SPANS[wanted][1]) if wanted in SPANS else None
    return render("pages/strategies/list.html", StrategiesPage(cards, conditions, spans, ahead))


def _ahead(span: timedelta) -> Ahead:
    at = g.work.now() + span
    found = previewing.outlook(g.work, at=at, most=MOST)
    asked = sum(found.verdicts.values())
    lines = [
        (spell(msg("Avisos que saldrían")), found.verdicts["allow"]),
        (spell(msg("Avisos que esperarían su hora o su día")), found.verdicts["wait"]),
        (spell(msg("Avisos que las reglas no permiten")), found.verdicts["deny"]),
        (spell(msg("Casos que pasarían a la cola de llamadas")), found.calls),
        (spell(msg("Casos que descansan o esperan otra cosa")), found.due - asked - found.calls),
    ]
    rules = sorted(found.in_the_way.items(), key=lambda one: (-one[1], one[0]))
    told = [(spell(found.titles[rule]), count) for rule, count in rules]
    return Ahead(at, found.due, lines, told, not_all=found.due == MOST)


def _card(one: queries.Standing) -> LadderCard:
    strategy = one.strategy
    return LadderCard(
        name=spell(strategy.name),
        version=strategy.version,
        active=strategy.state == "active",
        since=strategy.created_at,
        lines=_lines(one.ladder, list(one.waiting)),
        on_the_road=one.on_the_road,
        stepping=sum(one.waiting),
        resting=[(spell(RESTS.get(code, code)), count) for code, count in sorted(one.resting.items())],
        ended=[(spell(ENDS.get(code, code)), count) for code, count in sorted(one.ended.items())],
    )


def _lines(ladder: Ladder, waiting: list[int]) -> list[StepLine]:
    lines, day = [], 0
    for step, count in zip(ladder.steps, waiting, strict=True):
        day += step.after_days
        lines.append(_line(step, day, count))
    return lines


def _line(step: Step, day: int, waiting: int) -> StepLine:
    if step.kind is StepKind.QUEUE:
        return StepLine(day, "phone", spell(msg("Llamada")), spell(msg("El caso pasa a la cola de llamadas.")), waiting)
    channels = [spell(CHANNELS[channel.value]) for channel in step.channels]
    how = spell(msg("Por {channel}"), channel=channels[0].lower())
    if len(channels) > 1:
        how = spell(msg("Por {channel}; si no se puede, por {other}"), channel=channels[0].lower(),
                    other=channels[1].lower())  # fmt: skip
    return StepLine(
        day,
        "mail" if step.channels[0].value == "email" else "mailbox",
        spell(TEMPLATES[step.template].name),
        how,
        waiting,
    )
