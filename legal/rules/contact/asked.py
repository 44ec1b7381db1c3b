"""One question put to the rules: facts, action, instant, and the wall clock of every place the debtor may be in."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from operator import attrgetter
from zoneinfo import ZoneInfo

from kernel.text import msg
from legal.rules.calendar import start_of, zone_named
from legal.rules.decision import Outcome, Result
from legal.rules.facts import Agreed, Channel, Contact, ContactFacts, GivenConsent, PastContact, Purpose
from legal.rules.packs.loading import Pack
from legal.rules.packs.schema import Basis, Rule

LOOK_BACK = timedelta(days=33)
"""No rule counts contacts over more than 31 of the debtor's days, wherever the debtor is."""
ANSWERED_WITHIN = timedelta(days=31)
"""How long after a request a contact may still be called its answer; what it is exempt from ends sooner."""


@dataclass(frozen=True)
class Recent:
    """The contacts that rules may count, oldest first: read once for a decision, not once for each rule."""

    contacts: tuple[PastContact, ...]
    times: tuple[datetime, ...]

    @cached_property
    def calls(self) -> tuple[PastContact, ...]:
        """The agency's own telephone calls that reached their number."""
        return tuple([one for one in self.contacts if one.channel == "phone" and one.connected and not one.incoming])

    @cached_property
    def conversations(self) -> tuple[PastContact, ...]:
        """Telephone conversations, whoever called."""
        return tuple([one for one in self.contacts if one.channel == "phone" and one.conversation])

    def between(self, start: datetime, end: datetime) -> tuple[PastContact, ...]:
        """Those from one instant to another, both included."""
        return self.contacts[bisect_left(self.times, start) : bisect_right(self.times, end)]


_NONE = Recent((), ())


def _recent(previous: Collection[PastContact], at: datetime) -> Recent:
    if not previous:
        return _NONE
    floor = at - LOOK_BACK
    contacts = sorted([past for past in previous if past.at >= floor], key=attrgetter("at"))
    return Recent(tuple(contacts), tuple([past.at for past in contacts]))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule is asked about. `clocks` shows `at` in each possible zone of the debtor.

    `action` is what was `told`, but that an answer to nothing is a collection.
    """

    facts: ContactFacts
    told: Contact
    action: Contact
    at: datetime
    pack: Pack
    clocks: tuple[datetime, ...]
    recent: Recent

    def answers(self, within: int, since: datetime | None = None) -> bool:
        """Whether this gives, within so many hours, what the debtor asked for by the same channel (after an instant),
        and nothing was sent there in between."""
        if self.action.purpose != Purpose.ANSWER:
            return False
        channel = self.action.channel
        last = self._asked_by(channel, self.at, timedelta(hours=within))
        if last is None or (since is not None and last <= since):
            return False
        return not any(
            past.channel == channel and not past.incoming and last < past.at <= self.at for past in self.facts.previous
        )

    def answered(self, past: PastContact, within: int) -> bool:
        """Whether an earlier contact gave, within so many hours, what the debtor had asked for by its channel."""
        if past.purpose != Purpose.ANSWER:
            return False
        return self._asked_by(past.channel, past.at, timedelta(hours=within)) is not None

    def _asked_by(self, channel: Channel, at: datetime, within: timedelta) -> datetime | None:
        """When the debtor last asked for something by that channel, in the time before an instant."""
        asked = [one.at for one in self.facts.requests if one.channel == channel and at - within <= one.at <= at]
        return max(asked, default=None)

    def one(self, debt: str) -> str:
        """The debt's id, or the one that stands for all debts that count as the same."""
        if not self.facts.same_debt:
            return debt
        return next((group[0] for group in self.facts.same_debt if debt in group), debt)

    def about(self, debts: Collection[str]) -> bool:
        """Whether what speaks of these debts (none named: of all) speaks of what this contact is about."""
        mine = self.facts.debts
        if not debts or not mine or debts == mine:
            return True
        if not self.facts.same_debt:
            return any(debt in mine for debt in debts)
        return not {self.one(debt) for debt in debts}.isdisjoint(map(self.one, self.facts.debts))

    def by_debt(self, contacts: Collection[PastContact]) -> list[list[datetime]]:
        """The instants of contacts about each debt of this one; what was about nobody knows which counts for each."""
        debts = dict.fromkeys(map(self.one, self.facts.debts))
        if not debts or not contacts:
            return [[past.at for past in contacts]]
        if not self.facts.same_debt:
            return [[past.at for past in contacts if not past.debts or debt in past.debts] for debt in debts]
        return [[past.at for past in contacts if not past.debts or debt in map(self.one, past.debts)] for debt in debts]

    def consent(self, what: Agreed, *, direct: bool = True, written: bool = False) -> GivenConsent | None:
        """The person's consent to that which stands now, for this channel and these debts."""
        for given in self.facts.consents:
            if (
                given.what == what
                and given.channel in (None, self.action.channel)
                and (given.direct or not direct)
                and (given.written or not written)
                and given.holds(self.at)
                and self.about(given.debts)
            ):
                return given
        return None


def ask(facts: ContactFacts, action: Contact, at: datetime, pack: Pack) -> Asked:
    """The question at an instant; a debtor whose zone nobody knows may be in any zone of the region or the country, and
    one whose zones are none of the region's may be in these and in those."""
    zones, region = facts.zones, pack.head.region_zones.get(facts.region or "", ())
    if region and not any(zone in region for zone in zones):
        zones = (*zones, *region)
    zones = zones or pack.head.zones or ("UTC",)
    clocks = tuple([at.astimezone(zone_named(zone)) for zone in zones])
    return Asked(facts, action, _meant(facts, action, at), at, pack, clocks, _recent(facts.previous, at))


def later(asked: Asked, at: datetime) -> Asked:
    """The same question at a later instant."""
    clocks = tuple([at.astimezone(clock.tzinfo) for clock in asked.clocks])
    action = _meant(asked.facts, asked.told, at)
    return Asked(asked.facts, asked.told, action, at, asked.pack, clocks, asked.recent)


def _meant(facts: ContactFacts, told: Contact, at: datetime) -> Contact:
    """What a contact is for: an answer to nothing that was asked or contested lately, by whatever channel, is a
    collection."""
    if told.purpose != Purpose.ANSWER:
        return told
    asked = (*(one.at for one in facts.requests), *(one.at for one in facts.contested))
    if any(at - ANSWERED_WITHIN <= one <= at for one in asked):
        return told
    return replace(told, purpose=Purpose.COLLECT)


def zone_of(clock: datetime) -> ZoneInfo:
    """The zone a clock stands in."""
    zone = clock.tzinfo
    assert isinstance(zone, ZoneInfo)
    return zone


def day_begins(day: date, clock: datetime, days: int = 0) -> datetime:
    """The instant (UTC) at which a day, or one so many days later, begins on that clock."""
    return start_of(day + timedelta(days=days), zone_of(clock))


def passed(rule: Rule, sentence: str, /, **inputs: object) -> Outcome:
    """The rule is kept."""
    return Outcome(rule, Result.PASSED, "passed", sentence, inputs)


def failed(rule: Rule, code: str, sentence: str, until: datetime | None = None, /, **inputs: object) -> Outcome:
    """The rule is broken: until an instant, or for good."""
    return Outcome(rule, Result.FAILED, code, sentence, inputs, until.astimezone(UTC) if until else None)


def warned(rule: Rule, code: str, sentence: str, /, **inputs: object) -> Outcome:
    """The rule asks for care and lets it pass."""
    return Outcome(rule, Result.WARNED, code, sentence, inputs)


@lru_cache(maxsize=2048)
def beside(rule: Rule) -> Outcome:
    """The rule speaks of other contacts than this."""
    return Outcome(rule, Result.NOT_APPLICABLE, "not_applicable", msg("No habla de este contacto."), {})


def missing(rule: Rule, fact: str) -> Outcome:
    """A fact the rule needs is not known: a law stands in the way, a policy only says so."""
    sentence = msg("Falta un dato que esta regla necesita: {fact}.")
    if rule.basis is Basis.POLICY:
        return warned(rule, "fact_missing", sentence, fact=fact)
    return failed(rule, "fact_missing", sentence, fact=fact)
