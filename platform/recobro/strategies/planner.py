"""The next step of a case is a function of its facts and its strategy's version. Pure, with its reason in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kernel.text import msg
from recobro.cases.lifecycle import Stage
from recobro.strategies.ladder import Ladder, Step, StepKind

# How soon a case whose letter waits for the post is looked at again.
_LOOK_AGAIN = timedelta(days=1)


class Act(StrEnum):
    """What follows: do the step now, wait until an instant, rest until a fact changes, or nothing more."""

    DO = "do"
    WAIT = "wait"
    REST = "rest"
    END = "end"


@dataclass(frozen=True)
class Facts:
    """What a case's next step depends on. `step` is the next one's index, `step_since` when it became so.

    `in_queue`: it waits for a person. `promise_until` is the instant a pending promise is over, its grace included.
    `reachable`: there is an address or a number to try. `letter_waits`: its last letter has not left for the post.
    Before `quiet_until` no notice is written; a person may be asked all the same.
    """

    now: datetime
    stage: Stage
    balance: int
    step: int
    step_since: datetime
    flags: frozenset[str] = frozenset()
    agreement: bool = False
    in_queue: bool = False
    promise_until: datetime | None = None
    reachable: bool = True
    letter_waits: bool = False
    quiet_until: datetime | None = None


@dataclass(frozen=True)
class Next:
    """The answer: what, when, and why, with a stable code for the reason."""

    act: Act
    code: str
    why: str
    at: datetime | None = None
    step: Step | None = None


def next_step(facts: Facts, ladder: Ladder) -> Next:
    """What the strategy wants of the case now."""
    if facts.stage is Stage.CLOSED:
        return Next(Act.END, "closed", msg("El caso está cerrado."))
    if facts.stage is Stage.LEGAL:
        return Next(Act.END, "legal", msg("El caso está en jurídico."))
    if facts.step >= len(ladder.steps):
        return Next(Act.END, "done", msg("La estrategia terminó sus pasos."))
    return _at_rest(facts, ladder) or _in_time(facts, ladder)


def _at_rest(facts: Facts, ladder: Ladder) -> Next | None:
    """The fact that keeps the ladder from going on, if there is one."""
    if facts.balance <= ladder.tolerance:
        return Next(Act.REST, "paid", msg("No hay saldo que cobrar."))
    if facts.flags:
        return Next(Act.REST, "flag", msg("Hay una pausa, aclaración, queja o dificultad abierta."))
    if facts.agreement:
        return Next(Act.REST, "agreement", msg("Hay un convenio en curso."))
    if facts.promise_until is not None and facts.promise_until > facts.now:
        return Next(Act.WAIT, "promise", msg("Hay una promesa pendiente."), at=facts.promise_until)
    if facts.in_queue or facts.stage in (Stage.CALLS, Stage.NEGOTIATION):
        return Next(Act.REST, "person", msg("Lo atiende una persona."))
    if not facts.reachable:
        return Next(Act.REST, "no_contact", msg("Sin datos de contacto: pídelos al cliente o agrégalos."))
    if facts.letter_waits:
        return Next(Act.WAIT, "letter", msg("Su carta anterior aún no sale al correo."), at=facts.now + _LOOK_AGAIN)
    return None


def _in_time(facts: Facts, ladder: Ladder) -> Next:
    step = ladder.steps[facts.step]
    due = facts.step_since + timedelta(days=step.after_days)
    if step.kind is StepKind.NOTICE and facts.quiet_until is not None:
        due = max(due, facts.quiet_until)
    if due > facts.now:
        return Next(Act.WAIT, "not_yet", coming(step), at=due, step=step)
    return Next(Act.DO, "due", coming(step), at=facts.now, step=step)


def coming(step: Step) -> str:
    """What a step will do, as a `msg()` sentence."""
    if step.kind is StepKind.QUEUE:
        return msg("Sigue: una persona llama.")
    return {
        "cordial-1": msg("Sigue: primer aviso, cordial."),
        "second-2": msg("Sigue: segundo aviso, con opciones."),
        "firm-3": msg("Sigue: tercer aviso, firme."),
    }.get(step.template, msg("Sigue: un aviso."))
