"""Filters of an address that nobody would choose are refused or ignored on every page, never an error of ours."""

import inspect
import re
import sys

import pytest
from flask import Flask

from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World

HOSTILE = ("9999-12-31", "²", "99999999999999999999")
_NAMES = re.compile(r"""args(?:\.get)?[\[(]["']([a-z_]+)["']""")


def pages_and_filters(app: Flask) -> list[tuple[str, str]]:
    """Every page without a placeholder in its path, and each name that its module reads from the address."""
    found: set[tuple[str, str]] = set()
    for rule in app.url_map.iter_rules():
        if rule.arguments or "GET" not in (rule.methods or ()):
            continue
        view = inspect.unwrap(app.view_functions[rule.endpoint])
        names = set(_NAMES.findall(inspect.getsource(sys.modules[view.__module__])))
        found |= {(rule.rule, name) for name in names}
    return sorted(found)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.CLIENT_ADMIN])
def test_no_filter_of_an_address_breaks_a_page(app: Flask, world: World, role: Role) -> None:
    client_id = world.client()
    world.case(client_id)
    pages = Pages(
        app, world.principal(role, client_id=client_id) if role is Role.CLIENT_ADMIN else world.principal(role)
    )
    broken: list[str] = []
    asked = 0
    for path, name in pages_and_filters(app):
        if pages.raw("GET", path).status_code in (403, 404):
            continue
        for value in HOSTILE:
            asked += 1
            status = pages.raw("GET", path, query_string={name: value}).status_code
            if status >= 500:
                broken.append(f"{path}?{name}={value!r}: {status}")
    assert asked > 100
    assert broken == []


def test_a_nul_in_an_address_or_a_form_is_refused_in_a_sentence(app: Flask, world: World) -> None:
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    case_id = world.case(world.client())

    assert "carácter nulo" in pages.get("/cases?q=a%00b", status=422).text
    told = {"act": "stop", "scope": "channel", "channel": "", "how": "call", "told": "a\x00b"}
    assert "carácter nulo" in pages.post(f"/cases/{case_id}/consents", told, status=422).text
