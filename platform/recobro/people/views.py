"""Every page of people: the doors, one's own account, the agency's people, roles, settings and audit."""

from recobro.people import account_views, agency_views, door_views
from recobro.people.blueprint import bp

__all__ = ["account_views", "agency_views", "bp", "door_views"]
