"""Every address of the application with ids of one's own and of others: what may be asked, by whom, with what.

A new parameter of an address needs a line in ROWS or WORDS; the sweep fails without one.
"""

import itertools
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from kernel.clock import SystemClock
from kernel.ids import new_id
from recobro.debtor_pages import sessions as visits
from recobro.debtor_pages.tables import DebtorSession
from recobro.debtor_pages.views import COOKIE as VISIT_COOKIE
from recobro.people import sessions
from recobro.web.requests import cookie_name
from tenants import service as tenants
from tenants.context import Kind, job_principal
from tenants.roles import KIND_OF, Role
from tenants.tables import Membership, Person
from tenants.work import door_work, tenant_work
from tests.support.seeds import Cell, Seeds

# What an address's parameter stands for: an attribute of a cell, or the row of a table in it.
CELL = {"agency_id", "client_id", "case_id", "debtor_id"}
ROWS: Mapping[str, str] = {
    "agreement_id": "agreements", "key_id": "api_keys", "source_id": "intake_sources", "batch_id": "print_batches",
    "checkout_id": "checkouts", "deadline_id": "matter_deadlines", "decision_id": "decisions",
    "event_id": "case_events", "file_id": "files",
    "complaint_id": "complaints", "dispute_id": "disputes", "line_id": "consent_events",
    "flag_id": "case_flags", "invitation_id": "access_tokens", "job_id": "outbox", "matter_id": "matters",
    "membership_id": "memberships", "merge_id": "debtor_merges", "notice_id": "notices", "pair_id": "debtor_pairs",
    "payment_id": "payments", "placement_id": "placements", "promise_id": "promises", "remittance_id": "remittances",
    "strategy_id": "strategies", "view_id": "saved_views",
}  # fmt: skip
# Words in addresses, which belong to nobody.
WORDS: Mapping[str, str] = {"part": "pdf", "ending": "pdf", "pack_id": "mx", "screen": "cases", "token": "not.a-token"}

# Not asked, and why.
LEFT_OUT: Mapping[str, str] = {
    "static": "files of the product, the same for everybody",
    "people.sign_out": "ends the session the sweep goes on with",
    "debtor_pages.leave": "ends the visit the sweep goes on with",
    "stripe_webhooks.stripe": "signed by Stripe; has tests of its own",
    "kit.screen": "samples, no data of anybody",
    "kit.index": "samples, no data of anybody",
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def id_of(name: str, seeds: Seeds, cell: Cell) -> UUID:
    """What a parameter is called by in a cell."""
    found: UUID = getattr(cell, name) if name in CELL else seeds.row(cell, ROWS[name])["id"]
    return found


@dataclass
class Visitor:
    """A browser that belongs to a cell, as one role."""

    name: str
    client: FlaskClient
    cell: Cell | None
    kind: Kind | None
    home: str
    token: str = ""

    def may_meet(self, cell: Cell) -> bool:
        """Whether a cell is on this side of the visitor's wall."""
        if self.cell is None or self.kind is None:
            return False
        if self.kind is Kind.STAFF:
            return self.cell.agency_id == cell.agency_id
        if self.kind is Kind.CLIENT:
            return self.cell.client_id == cell.client_id
        return self.cell == cell


@dataclass(frozen=True)
class Asked:
    """One address to ask for, with at least one id of another cell in it, or none at all."""

    rule: Rule
    method: str
    values: Mapping[str, Any]
    foreign: Cell | None


def parameters(rule: Rule) -> tuple[list[str], list[str]]:
    """A rule's ids and words; KeyError names one without a line here."""
    ids = sorted(name for name in rule.arguments if name in CELL or name in ROWS)
    words = sorted(name for name in rule.arguments if name in WORDS)
    unknown = set(rule.arguments) - set(ids) - set(words)
    if unknown:
        raise KeyError(f"{rule.rule}: say in tests/support/sweep.py what {', '.join(sorted(unknown))} stands for")
    return ids, words


def rules(app: Flask) -> Sequence[Rule]:
    """Every address of the application."""
    return sorted((rule for rule in app.url_map.iter_rules() if rule.endpoint not in LEFT_OUT), key=lambda r: r.rule)


def questions(app: Flask, seeds: Seeds, own: Cell, foreign: Sequence[Cell]) -> Iterator[Asked]:
    """Every address with every method: mixes of own and foreign ids with at least one foreign, or no id at all."""
    for rule in rules(app):
        ids, words = parameters(rule)
        fixed = {name: WORDS[name] for name in words}
        methods = [method for method in METHODS if method in (rule.methods or ())]
        if not ids:
            for method in methods:
                yield Asked(rule, method, fixed, None)
            continue
        for cell in foreign:
            for mix in itertools.product((own, cell), repeat=len(ids)):
                if cell not in mix:
                    continue
                values = {name: id_of(name, seeds, one) for name, one in zip(ids, mix, strict=True)}
                for method in methods:
                    yield Asked(rule, method, {**fixed, **values}, cell)


def body(seeds: Seeds, cell: Cell) -> dict[str, str]:
    """A form that means well everywhere and names another cell's things wherever it can name any."""
    ids = {name: str(id_of(name, seeds, cell)) for name in (*CELL, *ROWS)}
    return {
        **ids, "client": str(cell.client_id), "case": str(cell.case_id), "person": str(cell.person_id),
        "assigned_to": str(cell.person_id), "text": "x", "reason": "Un motivo", "why": "Un motivo", "kind": "hold",
        "code": "invalid", "role": "collector", "name": "Nombre",
        "email": "alguien@personas.example", "outcome": "no_answer",
        "amount": "10", "day": "+3", "on": "+0", "due_on": "+5", "first_on": "+5", "count": "2", "every": "month",
        "discount": "0", "stage": "filed", "title": "Un plazo", "concept": "Copias", "court": "Juzgado", "note": "x",
        "method": "transfer", "direction": "to_agency", "received_on": "+0", "reference": "REF", "state": "sent",
        "words": "x", "subject": "Asunto", "body": "Texto", "channel": "email", "confirm": "y", "accept": "y",
        "until": "+3", "value": "pagos@personas.example", "answer": "x", "terms": "y",
        "password": "una frase de prueba",
    }  # fmt: skip


def sign_in(app: Flask, role: Role, cell: Cell) -> Visitor:
    """A visitor of a role in a cell; counsel is the one whom the cell's matter belongs to."""
    kind = KIND_OF[role]
    person_id = cell.person_id if role is Role.COUNSEL else new_id()
    with tenant_work(job_principal(cell.agency_id)) as work:
        membership_id = tenants.add_member(
            work, agency_id=cell.agency_id, person_id=person_id, role=role, name=f"{role.value} del recorrido",
            email=f"{new_id().hex}@personas.example", client_id=cell.client_id if kind is Kind.CLIENT else None,
        )  # fmt: skip
    with door_work() as door:
        if door.get(Person, person_id) is None:
            membership = door.get_one(Membership, (cell.agency_id, membership_id))
            door.add(Person(id=person_id, email=membership.email, name=membership.name, created_at=SystemClock().now()))
            door.flush()
        token = sessions.start(
            door, person_id=person_id, agency_id=cell.agency_id, membership_id=membership_id, second_factor=True
        )
    return _visitor(app, role.value, cell, kind, "/account", cookie_name(app), token)


def visit(app: Flask, seeds: Seeds, cell: Cell) -> Visitor:
    """The debtor of a cell's case, who has shown the fact."""
    token, now = secrets.token_urlsafe(32), SystemClock().now()
    with door_work() as door:
        door.add(
            DebtorSession(
                agency_id=cell.agency_id, id_sha256=visits._digest(token), client_id=cell.client_id,
                case_id=cell.case_id, link_id=seeds.row(cell, "debtor_links")["id"], fact="reference", name="Deudor",
                created_at=now, expires_at=now + timedelta(hours=1),
            )
        )  # fmt: skip
    return _visitor(app, "debtor", cell, Kind.DEBTOR, "/debtor/talk", VISIT_COOKIE, token)


def operate(app: Flask) -> Visitor:
    """An operator of the platform."""
    person_id, now = new_id(), SystemClock().now()
    with door_work() as door:
        email = f"{person_id.hex}@plataforma.example"
        door.add(Person(id=person_id, email=email, name="Operadora", operator=True, created_at=now))
        door.flush()
        token = sessions.start(door, person_id=person_id, agency_id=None, membership_id=None, second_factor=True)
    return _visitor(app, "operator", None, Kind.SYSTEM, "/account", cookie_name(app), token)


def stranger(app: Flask) -> Visitor:
    """Nobody."""
    return _visitor(app, "stranger", None, None, "/sign-in", "", "")


def _visitor(
    app: Flask, name: str, cell: Cell | None, kind: Kind | None, home: str, cookie: str, value: str
) -> Visitor:
    client = app.test_client()
    if cookie:
        client.set_cookie(cookie, value)
    visitor = Visitor(name, client, cell, kind, home)
    visitor.token = client.get("/csrf-token").get_data(as_text=True)
    return visitor
