"""Every page of the client's portal: how much came in, how much is left, what waits, when it is paid."""

from recobro.portal import case_views, money_views, overview_views, people_views
from recobro.portal.blueprint import bp

__all__ = ["bp", "case_views", "money_views", "overview_views", "people_views"]
