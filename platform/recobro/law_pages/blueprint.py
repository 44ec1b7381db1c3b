"""What all pages of the law share: their addresses, the agency's readings, the parts of a place."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, g, url_for

from kernel.text import msg
from legal.rules.packs.loading import Pack, choices_of
from recobro.web.lists import Tab
from recobro.web.translations import spell
from tenants.service import agency_of
from tenants.tables import Agency

bp = Blueprint("law", __name__)

_PARTS = {
    "rules": (msg("Reglas"), "law.show_pack"),
    "calendar": (msg("Festivos"), "law.show_calendar"),
    "rates": (msg("Tasas y tablas"), "law.show_rates"),
    "changes": (msg("Cambios"), "law.show_changes"),
}


def today_here() -> date:
    """The agency's present day."""
    today: date = g.work.today(ZoneInfo(g.signed_in.agency_zone))
    return today


def choices_here(pack: Pack, agency: Agency | None = None) -> dict[str, str]:
    """The readings of a place's rules that this agency chose, the others by default."""
    told = (agency or agency_of(g.work)).settings.get("law", {}).get(pack.head.country or "", {})
    return dict(choices_of(pack, {name: str(choice) for name, choice in told.items() if name in pack.settings}))


def tabs(pack: Pack, current: str) -> list[Tab]:
    """The parts of a place; those without anything are left out."""
    counts = {"rates": len(pack.rate_tables)}
    shown = {"calendar": pack.calendar is not None, "rates": bool(pack.rate_tables)}
    return [
        Tab(spell(label), url_for(endpoint, pack_id=pack.id), counts.get(part), part == current)
        for part, (label, endpoint) in _PARTS.items()
        if shown.get(part, True)
    ]
