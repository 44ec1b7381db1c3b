"""The two blueprints of placements: the same views under two addresses, for staff and in the client's portal."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from kernel.problems import NotFound
from recobro.web.security import needs
from tenants.context import Kind
from tenants.roles import Permission

bp = Blueprint("placements", __name__)
portal_bp = Blueprint("portal_placements", __name__)
View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def both(rule: str, permission: Permission, method: str = "GET") -> Callable[[View], View]:
    """The view at /placements for staff and at /portal/placements for a client's people; never crosswise."""

    def decorate(view: View) -> View:
        def entered(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if (g.principal.kind is Kind.CLIENT) != (request.blueprint == portal_bp.name):
                raise NotFound
            return view(*args, **kwargs)

        guarded = needs(permission)(entered)
        for blueprint, start in ((bp, "/placements"), (portal_bp, "/portal/placements")):
            blueprint.add_url_rule(f"{start}{rule}", view.__name__, guarded, methods=[method])
        return view

    return decorate
