"""Until when a claim may be brought to court: the day before which what fell due can be met with its age. Pure."""

from datetime import date, timedelta

from legal.rules.facts import Claim
from legal.rules.kinds import Limitation
from legal.rules.packs import Pack, rules_of


def barred_before(*, pack: Pack, claim: Claim, on: date, region: str | None = None) -> date | None:
    """Claims due before this day are time-barred `on` a day, as far as nothing interrupted their term; None where the
    pack says nothing of it.

    Days in which terms stood still by law are added to those that ran then. `region` is an ISO 3166-2 code.
    """
    for bound in rules_of(pack, "limitation", on):
        if claim not in bound.rule.applies_to.claim:
            continue
        assert isinstance(bound.parameters, Limitation)
        years = bound.parameters.elsewhere.get(region or "", bound.parameters.years)
        begun = _years_before(on, years)
        still = sum((last - first).days + 1 for first, last in bound.parameters.suspended if begun <= last < on)
        return _years_before(on - timedelta(days=still), years)
    return None


def differs_by_region(pack: Pack, on: date) -> bool:
    """Whether some regions of the place have a term of their own."""
    rules = [bound.parameters for bound in rules_of(pack, "limitation", on)]
    return any(isinstance(one, Limitation) and one.elsewhere for one in rules)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)
