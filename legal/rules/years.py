"""A year's holidays as a pack keeps them, written from what the library has now."""

import json
from collections.abc import Mapping

from legal.rules.calendar import resolved
from legal.rules.packs.schema import Calendar


def year_text(calendar: Calendar, year: int) -> str:
    """The `[[calendar.year]]` of a pack's file for that year, ready to be put at its end."""
    days, regions = resolved(calendar, year)
    lines = ["[[calendar.year]]", f"year = {year}", f"days = {_table(days)}"]
    if regions:
        lines += ["", "[calendar.year.regions]", *(f"{region} = {_table(added)}" for region, added in regions.items())]
    return "\n".join(lines) + "\n"


def _table(days: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{day} = {json.dumps(name, ensure_ascii=False)}" for day, name in days.items()) + " }"
