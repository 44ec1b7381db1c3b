"""Until when a debtor is left alone by law, what stops meanwhile, and when a next span is possible. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from kernel.problems import Invalid
from kernel.text import msg
from legal.rules.calendar import months_after
from legal.rules.facts import EARLIER, Told, UnknownFact
from legal.rules.packs.duty_kinds import Moratorium
from legal.rules.packs.loading import Pack, rules_of
from legal.rules.packs.schema import Rule


class NoMoratorium(Invalid):
    """The pack knows no moratorium of that name."""

    code = "moratorium.unknown"


@dataclass(frozen=True, slots=True)
class Respite(Told):
    """A moratorium: its name in the pack, its first day; `treatment_ended_on` of one that lasts as long as a treatment;
    `ended_on` where it was ended before its time."""

    name: str
    start: date
    treatment_ended_on: date | None = None
    ended_on: date | None = None

    def __post_init__(self) -> None:
        for name, day in (("treatment_ended_on", self.treatment_ended_on), ("ended_on", self.ended_on)):
            if day is not None and day < self.start:
                raise UnknownFact(EARLIER, field=name, day=day, other="start", since=self.start)


@dataclass(frozen=True, slots=True)
class Standing:
    """A moratorium on a day. `last`: its last day; None while the treatment goes on. `again_from`: when a next one of
    the kind may begin."""

    active: bool
    last: date | None
    stops: tuple[str, ...]
    again_from: date | None
    rule: Rule


def standing_on(respite: Respite, *, pack: Pack, on: date) -> Standing:
    """Where a moratorium stands on a day. Refused: one the pack does not know."""
    for bound in rules_of(pack, "moratorium", respite.start):
        law = bound.parameters
        assert isinstance(law, Moratorium)
        if law.name == respite.name:
            last = _last_day(law, respite)
            active = respite.start <= on and (last is None or on <= last)
            again = months_after(respite.start, law.once_in_months) if law.once_in_months else None
            return Standing(active, last, law.stops, again, bound.rule)
    raise NoMoratorium(msg("El paquete {pack} no conoce la moratoria «{name}»."), pack=pack.id, name=respite.name)


def _last_day(law: Moratorium, respite: Respite) -> date | None:
    if respite.ended_on is not None:
        return respite.ended_on
    if law.days is not None:
        return respite.start + timedelta(days=law.days - 1)
    if respite.treatment_ended_on is None:
        return None
    return respite.treatment_ended_on + timedelta(days=law.after_days or 0)
