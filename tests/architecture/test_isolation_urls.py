"""Every address, every method, every kind of visitor, with others' ids: nothing comes back, nothing changes."""

import hashlib
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from werkzeug.test import TestResponse

from kernel.ids import new_id
from tenants.roles import Role
from tests.support import sweep
from tests.support.catalogue import holes
from tests.support.seeds import Cell, Seeds, plant, tables
from tests.support.sweep import Asked, Visitor

# What an answer to a question about another's things may be: no right, no such thing, sign in first.
REFUSED = {401, 403, 404}
# A form was looked at before the thing it is about; nothing was done (checked by the rows).
NOT_LOOKED_AT = {400, 409, 422, 429}
DOORS = ("/sign-in", "/debtor/closed")

ROLES = (
    Role.ADMIN, Role.SUPERVISOR, Role.COLLECTOR, Role.ACCOUNTANT, Role.AUDITOR, Role.CLIENT_ADMIN,
    Role.CLIENT_UPLOADER, Role.CLIENT_APPROVER, Role.COUNSEL, Role.DEBTOR, Role.OPERATOR,
)  # fmt: skip
VISITORS = (*(role.value for role in ROLES), "stranger")


def come(app: Flask, name: str, seeds: Seeds) -> Visitor:
    """A visitor of a kind, in the own cell where it has one."""
    match name:
        case "debtor":
            return sweep.visit(app, seeds, seeds.cell("own"))
        case "operator":
            return sweep.operate(app)
        case "stranger":
            return sweep.stranger(app)
        case _:
            return sweep.sign_in(app, Role(name), seeds.cell("own"))


@pytest.fixture(scope="module")
def seeds(app: Flask, database_urls: tuple[str, str]) -> Seeds:
    """Two agencies with a row in every table."""
    return plant(database_urls[1])


def test_every_parameter_has_a_meaning(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in sweep.LEFT_OUT:
            sweep.parameters(rule)
    assert set(sweep.LEFT_OUT) <= {rule.endpoint for rule in app.url_map.iter_rules()}


@pytest.mark.parametrize("name", VISITORS)
def test_no_address_opens_what_is_anothers(name: str, app: Flask, seeds: Seeds, database_urls: tuple[str, str]) -> None:
    visitor = come(app, name, seeds)
    own = visitor.cell or seeds.cell("own")
    foreign = [cell for cell in seeds.cells if not visitor.may_meet(cell)]
    # The nearest stranger and the farthest: the sibling case or the other client, and the other agency.
    chosen = [foreign[0], seeds.cell("other_agency")] if foreign[0].name != "other_agency" else [foreign[0]]
    before = fingerprints(database_urls[1], chosen)
    wrong: list[str] = []

    for asked in sweep.questions(app, seeds, own, chosen if visitor.cell else chosen[:1]):
        answer = ask(app, visitor, seeds, asked, chosen)
        wrong += [f"{asked.method} {asked.rule.rule}: {fault}" for fault in faults(visitor, asked, answer, foreign)]

    assert wrong == []
    assert visitor.client.get(visitor.home).status_code == 200, (
        "the visitor is not in any more: the sweep proved nothing"
    )
    after = fingerprints(database_urls[1], chosen)
    if name == "operator":  # who may suspend an agency, and just did
        with psycopg.connect(database_urls[1], autocommit=True) as admin:
            admin.execute("UPDATE agencies SET status = 'active' WHERE status = 'suspended'")
    if name != "operator":
        assert {table for table in before if before[table] != after[table]} <= COUNTED


def test_the_sweep_sees_a_fallen_wall(app: Flask, seeds: Seeds, database_urls: tuple[str, str]) -> None:
    visitor = come(app, "client_uploader", seeds)
    own, other = seeds.cell("own"), seeds.cell("other_client")

    def seen() -> set[str]:
        return {
            fault
            for asked in sweep.questions(app, seeds, own, [other])
            if asked.rule.rule == "/portal/cases/<uuid:case_id>" and asked.method == "GET"
            for fault in faults(visitor, asked, ask(app, visitor, seeds, asked, [other]), [other])
        }

    columns = {"clients": "id"} | dict.fromkeys(("cases", "debtors", "case_balances"), "client_id")
    walls = {
        name: (
            f"ALTER POLICY {name}__client_select ON {name} USING (agency_id = (SELECT sec.agency('client')){{}})",
            f" AND ({column} = (SELECT sec.scope('client')))",
        )
        for name, column in columns.items()
    }
    assert seen() == set()
    with psycopg.connect(database_urls[1], autocommit=True) as admin:
        for wall, _ in walls.values():
            admin.execute(wall.format("").encode())
        try:
            assert seen() != set()
        finally:
            for wall, side in walls.values():
                admin.execute(wall.format(side).encode())
        assert holes(admin, "policies") == []


def test_an_auditor_changes_nothing_of_the_own_agency(app: Flask, seeds: Seeds, database_urls: tuple[str, str]) -> None:
    visitor, own = come(app, "auditor", seeds), seeds.cell("own")
    before, asked = contents(database_urls[1]), 0
    for rule in sweep.rules(app):
        # One's own account is one's own; a decision made of canaries cannot be made again.
        if rule.endpoint.startswith("people.") or rule.endpoint == "decisions.replay_decision":
            continue
        ids, words = sweep.parameters(rule)
        values = {name: sweep.WORDS[name] for name in words} | {name: sweep.id_of(name, seeds, own) for name in ids}
        for method in sweep.METHODS[1:]:
            if method in (rule.methods or ()):
                ask(app, visitor, seeds, Asked(rule, method, values, None), [own])
                asked += 1

    after = contents(database_urls[1])
    assert asked > 100
    assert {table for table in before if before[table] != after[table]} <= OWN_TRACES


# What is left by the one who looks: the trail of downloads, the session's last moment, a view of the list of one's own.
OWN_TRACES = {"audit", "audit_heads", "sessions", "saved_views", "sign_in_attempts"}


# Rows of the door that every guess at a link or a password leaves behind.
COUNTED = {"sign_in_attempts"}


def ask(app: Flask, visitor: Visitor, seeds: Seeds, asked: Asked, foreign: list[Cell]) -> TestResponse:
    """One request, from an address of its own so that no limit hides an answer."""
    with app.test_request_context():
        path = app.url_map.bind("localhost").build(asked.rule.endpoint, dict(asked.values), method=asked.method)
    more: dict[str, Any] = {"environ_overrides": {"REMOTE_ADDR": f"10.{new_id().int % 250}.{new_id().int % 250}.7"}}
    names = sweep.body(seeds, asked.foreign or foreign[0])
    if asked.method == "GET":
        more["query_string"] = {
            key: value for key, value in names.items() if key.endswith("_id") or key in ("client", "person")
        }
    else:
        more["data"] = {**names, "csrf_token": visitor.token}
    return visitor.client.open(path, method=asked.method, **more)


def faults(visitor: Visitor, asked: Asked, answer: TestResponse, foreign: list[Cell]) -> list[str]:
    """What is wrong with an answer."""
    found = []
    where = answer.headers.get("Location", "")
    # Some answers are documents; what they say is asked for as a table too.
    text = answer.get_data().decode(errors="replace") + " ".join(
        f"{name}: {value}" for name, value in answer.headers.items()
    )
    for cell in foreign:
        if visitor.name == "operator" and asked.rule.endpoint.startswith("operator."):
            continue
        if cell.canary in text:
            found.append(f"{answer.status_code} shows a canary of {cell.name}")
    # 503 is a refusal too: the card processor does not answer here.
    if answer.status_code >= 500 and answer.status_code != 503:
        found.append(f"{answer.status_code}")
    if asked.foreign is None or (visitor.name == "operator" and asked.rule.endpoint.startswith("operator.")):
        return found
    sent_on = answer.status_code in (302, 303)
    to_the_door = sent_on and where.partition("?")[0] in DOORS
    if sent_on and not to_the_door and any(str(value) in where for value in asked.values.values()):
        # A form that was not complete sends back to the page it is on; that page is refused in its turn.
        to_the_door = visitor.client.get(where).status_code in REFUSED
    if answer.status_code not in REFUSED | NOT_LOOKED_AT and not to_the_door:
        found.append(f"{answer.status_code} for an id of {asked.foreign.name} {where}")
    return found


def contents(admin_url: str) -> dict[str, str]:
    """Every table whole, as one hash each."""
    found = {}
    with psycopg.connect(admin_url) as admin:
        for table in tables():
            query = sql.SQL("SELECT coalesce(string_agg(t::text, '|' ORDER BY t::text), '') FROM {} t")
            row = admin.execute(query.format(sql.Identifier(table.name))).fetchone()
            assert row
            found[table.name] = hashlib.sha256(row[0].encode()).hexdigest()
    return found


def fingerprints(admin_url: str, cells: list[Cell]) -> dict[str, str]:
    """The rows of these cells, table by table, as one hash each."""
    found = {}
    with psycopg.connect(admin_url) as admin:
        for table in tables():
            columns = set(table.columns.keys())
            parts: list[sql.Composable] = []
            values: list[Any] = []
            for cell in cells:
                if "case_id" in columns or table.name == "cases":
                    parts.append(
                        sql.SQL("{} = %s").format(sql.Identifier("id" if table.name == "cases" else "case_id"))
                    )
                    values.append(cell.case_id)
                elif "client_id" in columns and cell.name in ("other_client", "other_agency"):
                    parts.append(sql.SQL("client_id = %s"))
                    values.append(cell.client_id)
                elif "agency_id" in columns and cell.name == "other_agency":
                    parts.append(sql.SQL("agency_id = %s"))
                    values.append(cell.agency_id)
            if not parts:
                continue
            query = sql.SQL("SELECT coalesce(string_agg(t::text, '|' ORDER BY t::text), '') FROM {} t WHERE {}").format(
                sql.Identifier(table.name), sql.SQL(" OR ").join(parts)
            )
            row = admin.execute(query, values).fetchone()
            assert row
            found[table.name] = hashlib.sha256(row[0].encode()).hexdigest()
    return found
