"""A case's history as a person reads it: sentences spelled in their language, amounts and days in their form."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import url_for
from werkzeug.routing import BuildError

from kernel.money import Money
from recobro.web import formats
from recobro.web.jinja import locale, moment
from recobro.web.translations import spell

ICONS = {
    "placement": "upload",
    "notice": "mail",
    "call": "phone",
    "promise": "calendar-dollar",
    "agreement": "clipboard-check",
    "payment": "cash",
    "handoff": "gavel",
    "matter": "gavel",
    "stage": "route",
    "flag": "hand-stop",
    "visit": "device-mobile",
    "note": "note",
}
# What an event was about -> the page that shows it, for staff.
_PAGES = {
    "notices": ("notices.show_notice", "notice_id"),
    "agreements": ("agreements.show_agreement", "agreement_id"),
    "payments": ("payments.show_payment", "payment_id"),
    "matters": ("matters.show_matter", "matter_id"),
    "decisions": ("decisions.show_decision", "decision_id"),
    "placements": ("placements.show_placement", "placement_id"),
    "complaints": ("complaints.show", "complaint_id"),
}


def readable(value: Any) -> Any:
    """A stored detail as it is read: an amount in its form, an ISO day as a day, the rest as it is."""
    if isinstance(value, Mapping) and {"minor", "currency"} <= value.keys():
        return Money(int(value["minor"]), str(value["currency"]))
    if isinstance(value, str) and len(value) == 10 and value[4:5] == "-" == value[7:8]:
        try:
            return formats.day(date.fromisoformat(value), locale())
        except ValueError:
            return value
    return value


def sentence(template: str, details: Mapping[str, Any]) -> str:
    """A stored `msg()` sentence with its details, in the reader's language."""
    if not template:
        return ""
    return spell(
        template, **{name: spell(value) if name == "order" else readable(value) for name, value in details.items()}
    )


def line(event: Any, *, staff: bool = True, unnamed: bool = False) -> dict[str, str]:
    """An event as the `timeline` macro draws it; `unnamed` names nobody of the client or its counsel."""
    who = event.actor if staff or event.actor_kind != "staff" else spell("Despacho")
    if unnamed and event.actor_kind in ("client", "counsel"):
        who = ""
    return {
        "icon": event.details.get("icon") or ICONS.get(event.kind, "point"),
        "title": sentence(event.title, event.details),
        "body": event.body,
        "meta": f"{moment(event.at)} · {who}" if who else moment(event.at),
        "tone": "" if event.tone == "neutral" else event.tone,
        "url": _page(event) if staff else "",
    }


def _page(event: Any) -> str:
    endpoint, name = _PAGES.get(event.ref_table, ("", ""))
    if not endpoint or event.ref_id is None:
        return ""
    try:
        return url_for(endpoint, **{name: event.ref_id})
    except BuildError:
        return ""
