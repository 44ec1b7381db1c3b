"""The blueprint of the pages of cases, and what its views share."""

from flask import Blueprint, g
from sqlalchemy import select

from tenants.tables import Membership

bp = Blueprint("cases", __name__)


def collectors() -> list[tuple[str, str]]:
    """Who may have cases of their own in the agency: id and name."""
    rows = g.work.session.execute(
        select(Membership.person_id, Membership.name)
        .where(
            Membership.agency_id == g.work.agency_id,
            Membership.kind == "staff",
            Membership.status == "active",
            Membership.role.in_(["collector", "supervisor", "admin"]),
        )
        .order_by(Membership.name)
    )
    return [(str(person_id), name) for person_id, name in rows]
