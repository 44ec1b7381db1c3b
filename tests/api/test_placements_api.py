"""The program's door: keys, placements from file to debts, one answer for one request, and nobody else's things."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from kernel.ids import new_id
from recobro.api import keys
from recobro.api.openapi import document
from recobro.api.schemas import prefixed
from recobro.cases.tables import Debt
from recobro.intake.tables import Placement
from tenants.roles import Role, allows
from tenants.tables import IdempotencyKey
from tests.support.pages import Pages
from tests.support.world import World, make_world, mxn
from worker.run_now import run_pending

ROWS: list[dict[str, Any]] = [
    {"RFC": "FTF190312AB4", "Razón social": "Ferretería El Tornillo Feliz", "Folio": "A-1",
     "Vencimiento": "2025-09-27", "Saldo": 61440.18},
    {"RFC": "ABA200101XY1", "Razón social": "Abarrotes La Prueba", "Folio": "0001",
     "Vencimiento": "2025-09-30", "Saldo": "250.50"},
]  # fmt: skip
SUMS = {"MXN": {"count": 2, "sum": 6169068}}
ALL = [scope.value for scope in keys.SCOPES if allows(keys.CLIENT_ROLE, scope)]


@dataclass
class Program:
    """A program with a key."""

    app: Flask
    token: str

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        """A request to the API."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **more)

    def place(self, status: int = 201, headers: Mapping[str, str] | None = None, **body: Any) -> dict[str, Any]:
        """A placement from JSON."""
        answer = self.send("POST", "/placements", json=body, headers=dict(headers or {}))
        assert answer.status_code == status, answer.get_data(as_text=True)
        found: dict[str, Any] = answer.get_json()
        return found


def program(app: Flask, world: World, client_id: UUID | None = None, scopes: list[str] | None = None) -> Program:
    with world.work() as work:
        return Program(app, keys.create(work, name="ERP", client_id=client_id, scopes=scopes or ALL)[1])


def count(world: World, table: Any) -> int:
    with world.work() as work:
        return len(work.session.scalars(select(table).where(table.agency_id == world.agency_id)).all())


def test_rows_become_debts_when_they_are_what_was_declared(app: Flask, world: World) -> None:
    world.client("aceros")
    erp = program(app, world)

    made = erp.place(client="aceros", rows=ROWS, declared=SUMS, confirm=True)

    assert made["state"] == "committing"
    assert made["id"].startswith("pl_")
    assert (made["declared_agrees"], made["waiting"], made["source"]) == (True, None, "api")
    run_pending(world.agency_id, leaving={"strategies.start", "intake.acknowledge"})
    shown = erp.send("GET", f"/placements/{made['id']}").get_json()
    assert (shown["state"], shown["totals"], shown["created"]) == ("committed", SUMS, 2)
    with world.work() as work:
        debts = work.session.scalars(select(Debt).where(Debt.agency_id == world.agency_id)).all()
        assert sorted(debt.reference for debt in debts) == ["0001", "A-1"]
        assert shown["created_by"] == "API · ERP"

    again = erp.place(200, client="aceros", rows=ROWS)
    assert (again["earlier"], again["id"]) == (True, made["id"])
    listed = erp.send("GET", "/placements?state=committed").get_json()
    assert [one["id"] for one in listed["data"]] == [made["id"]]

    undone = erp.send("POST", f"/placements/{made['id']}/undo")
    assert undone.status_code == 202, undone.get_data(as_text=True)
    assert (undone.get_json()["undo"]["debts"], undone.get_json()["undo"]["stays"]) == (2, [])
    run_pending(world.agency_id, leaving={"strategies.start", "intake.acknowledge"})
    assert erp.send("GET", f"/placements/{made['id']}").get_json()["state"] == "undone"
    assert count(world, Debt) == 0


def test_a_file_of_any_kind_is_undone_by_a_program_and_told_with_its_reasons(app: Flask, world: World) -> None:
    day = world.clock.now().date()
    world.case(world.client("aceros"), name="Deudor Demo", customer_ref="A", debts=[("A-1", mxn("100.00"), day)])
    erp = program(app, world)
    told = [{"No cliente": "A", "Canal": "sms", "Consentimiento": "no"}]
    made = erp.place(client="aceros", kind="consent", rows=told, confirm=True)
    assert made["state"] == "committing"
    run_pending(world.agency_id, leaving={"intake.acknowledge"})
    undone = erp.send("POST", f"/placements/{made['id']}/undo")
    assert undone.status_code == 202, undone.get_data(as_text=True)
    found = undone.get_json()["undo"]
    assert (found["changes"], found["stay_changes"], found["groups"]) == (1, 0, [])
    run_pending(world.agency_id, leaving={"intake.acknowledge"})
    assert erp.send("GET", f"/placements/{made['id']}").get_json()["state"] == "undone"


def test_conflicts_are_decided_by_a_program(app: Flask, world: World) -> None:
    world.client("aceros")
    erp = program(app, world)
    erp.place(client="aceros", rows=ROWS, confirm=True)
    run_pending(world.agency_id, leaving={"strategies.start", "intake.acknowledge"})
    others = [{**ROWS[0], "Saldo": 100.00}, {**ROWS[1], "Saldo": "300.50"}]
    told = erp.place(client="aceros", rows=others)
    assert [one["line"] for one in told["conflicts"]] == [2, 3]
    refused = erp.send("POST", f"/placements/{told['id']}/decide", json={"causes": {"known_debtor": "take"}})
    assert refused.status_code == 422
    body = {"causes": {"known_amount": "take"}, "lines": {"3": "keep"}}
    decided = erp.send("POST", f"/placements/{told['id']}/decide", json=body)
    assert decided.status_code == 200, decided.get_data(as_text=True)
    found = decided.get_json()
    assert (found["conflicts"], [one["line"] for one in found["decided"]], found["changed"]) == ([], [2, 3], 1)
    erp.send("POST", f"/placements/{told['id']}/confirm")
    run_pending(world.agency_id, leaving={"strategies.start", "intake.acknowledge"})
    with world.work() as work:
        assert set(work.session.scalars(select(Debt.original))) == {250_50, 100_00}

    more = [{**ROWS[0], "Saldo": 120.00}]
    taken = erp.place(client="aceros", rows=more, conflicts="take", confirm=True)
    assert (taken["state"], taken["changed"]) == ("committing", 1)


def test_what_does_not_agree_waits_and_is_not_confirmed_until_it_does(app: Flask, world: World) -> None:
    world.client("aceros")
    erp = program(app, world)
    made = erp.place(client="aceros", rows=ROWS, declared={"MXN": {"count": 2, "sum": 6169069}}, confirm=True)
    assert (made["state"], made["declared_agrees"]) == ("previewed", False)
    assert "no son los que declara el cliente" in made["waiting"]
    refused = erp.send("POST", f"/placements/{made['id']}/confirm")
    assert refused.status_code == 409
    assert refused.mimetype == "application/problem+json"
    assert refused.get_json()["code"] == "intake.totals_disagree"


def test_a_key_confirms_what_it_brought_and_a_clerks_draft_only_by_name(app: Flask, world: World) -> None:
    client_id = world.client("aceros")
    clerk = Pages(app, world.principal(Role.SUPERVISOR, name="Luz Demo"))
    sheet = b"Factura,Cliente,Vence,Saldo\nA-1,Demo,2026-04-01,1160.00\n"
    clerk.post("/placements/new", {"client": str(client_id), "file": (BytesIO(sheet), "a.csv")})
    erp = program(app, world)
    with world.work() as work:
        other = Program(app, keys.create(work, name="Otro", client_id=None, scopes=ALL)[1])

    sent = erp.place(200, client="aceros", file_name="a.csv", content_base64=base64.b64encode(sheet).decode(),
                     unpaid=True, confirm=True)  # fmt: skip
    assert (sent["state"], sent["source"], sent["earlier"]) == ("previewed", "page", True)
    assert "Luz Demo" in sent["waiting"]
    with world.work() as work:
        assert work.session.scalars(select(Placement.options)).one() == {}
    path = f"/placements/{sent['id']}/confirm"
    refused = erp.send("POST", path)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "intake.anothers_draft")
    assert erp.send("POST", path, json={"created_by": "Nadie Demo"}).status_code == 409
    assert erp.send("POST", path, json={"created_by": "Luz Demo"}).status_code == 202

    own = erp.place(client="aceros", rows=ROWS)
    assert other.send("POST", f"/placements/{own['id']}/confirm").status_code == 409
    assert erp.send("POST", f"/placements/{own['id']}/confirm").status_code == 202


def _priced(number: str, **more: str) -> list[dict[str, Any]]:
    """A row of a list whose `Importe` is not what is owed: `Neto a cobrar` is."""
    told = {"No Factura": number, "No Cliente": "C-1", "Nombre": "Luis Demo", "Vence": "2025-09-27"}
    return [{**told, "Importe": "1190.00", "Neto a cobrar": "1000.00", **more}]


def test_the_columns_a_client_chose_hold_when_a_column_comes_to_them_and_before_the_first_file_is_in(
    app: Flask, world: World
) -> None:
    world.client("aceros")
    erp = program(app, world)
    chosen = {"Importe": "", "Neto a cobrar": "balance"}

    erp.place(client="aceros", rows=_priced("F-1"), columns=chosen, confirm=True)
    second = erp.place(client="aceros", rows=_priced("F-2"), confirm=True)
    third = erp.place(client="aceros", rows=_priced("F-3", Concepto="Tornillos"), confirm=True)

    owed = {"MXN": {"count": 1, "sum": 1000_00}}
    assert (second["waiting"], second["totals"]) == (None, owed)
    assert (third["waiting"], third["totals"]) == (None, owed)
    ways = {one["column"]: one["mapped_by"] for one in third["reading"]["columns"]}
    assert (ways["Neto a cobrar"], ways["Concepto"]) == ("alike", "heading")


def test_columns_that_are_only_guessed_wait_for_a_word(app: Flask, world: World) -> None:
    world.client("aceros")
    rows = [{"Nmro Facturas": "F-1", "No Cliente": "C-1", "Nombre": "Luis Demo", "Vencimiento": "2025-09-27",
             "Saldoo": "10.00"}]  # fmt: skip

    made = program(app, world).place(client="aceros", rows=rows, confirm=True)

    assert (made["state"], "solo se adivinan" in made["waiting"]) == ("previewed", True)


def test_a_number_of_json_is_what_it_says_and_text_is_read_as_text(app: Flask, world: World) -> None:
    erp = program(app, world, world.client())
    heads = {"RFC": "FTF190312AB4", "Razón social": "Ferretería El Tornillo Feliz", "Vencimiento": "2025-09-27"}
    rows = [{**heads, "Folio": f"A-{n}", "Saldo": n + 0.125} for n in range(3)]
    good = [{**heads, "Folio": 7001, "Saldo": 1.25}, {**heads, "Folio": 7002, "Saldo": 2000},
            {**heads, "Folio": "007003", "Saldo": "3.000,50"}]  # fmt: skip

    told = erp.place(status=200, rows=rows, dry_run=True)
    assert [one["reason"] for one in told["rejected"]] == ["El importe tiene más decimales de los que admite MXN."] * 3

    told = erp.place(status=200, rows=good, dry_run=True, readings={"Saldo": "comma"})
    assert told["totals"] == {"MXN": {"count": 3, "sum": 500175}}


def test_a_dry_run_says_what_it_would_do_and_keeps_nothing(app: Flask, world: World) -> None:
    world.client("aceros")
    made = program(app, world).place(200, client="aceros", rows=ROWS, dry_run=True, confirm=True)
    assert (made["id"], made["created"], made["totals"]) == (None, 2, SUMS)
    assert count(world, Placement) == 0


def test_a_file_comes_in_a_form_or_as_base64_and_its_errors_go_out_as_a_sheet(app: Flask, world: World) -> None:
    world.client("aceros")
    erp = program(app, world)
    text = "Cliente;Razon;Doc;Vence;Importe\n1;=Uno;F-1;03/04/2025;10,50\n2;Dos;F-2;31/02/2025;5,00\n"
    wishes = {"client": "aceros", "columns": '{"Doc": "reference", "Cliente": "customer_ref", "Razon": "debtor_name"}',
              "readings": '{"Vence": "mdy"}'}  # fmt: skip
    answer = erp.send("POST", "/placements", data={**wishes, "file": (BytesIO(text.encode()), "cartera.csv")})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    made = answer.get_json()
    assert (made["created"], made["rejected"][0]["value"]) == (1, "31/02/2025")
    sheet = erp.send("GET", f"/placements/{made['id']}/errors.csv").get_data(as_text=True)
    assert "31/02/2025" in sheet

    coded = base64.b64encode(text.replace("F-1", "F-9").encode()).decode()
    more = erp.place(client="aceros", content_base64=coded, file_name="otra.csv", columns=json.loads(wishes["columns"]))
    assert "se pueden leer de dos maneras" in more["waiting"]
    assert more["state"] == "uploaded"


def test_the_same_request_twice_is_answered_once(app: Flask, world: World) -> None:
    world.client("aceros")
    erp = program(app, world)
    once = {"Idempotency-Key": "a-1"}
    first = erp.place(client="aceros", rows=ROWS, headers=once)
    answer = erp.send("POST", "/placements", json={"client": "aceros", "rows": ROWS}, headers=once)
    assert (answer.status_code, answer.get_json(), answer.headers["Idempotent-Replayed"]) == (201, first, "true")
    other = erp.send("POST", "/placements", json={"client": "aceros", "rows": ROWS[:1]}, headers=once)
    assert (other.status_code, other.get_json()["code"]) == (422, "api.idempotency_mismatch")

    # A form's boundary is another each time; a refusal is not kept.
    refused = {"Idempotency-Key": "a-2"}
    for status in (422, 201, 201):
        name = "aceros" if status == 201 else "nadie"
        data = {"client": name, "file": (BytesIO(b"Folio,RFC,Vence,Saldo\nX-1,XAXX010101000,2025-01-01,1\n"), "x.csv")}
        answer = erp.send("POST", "/placements", data=data, headers=refused if status == 201 else once)
        assert answer.status_code == status, answer.get_data(as_text=True)
    assert count(world, Placement) == 2
    assert count(world, IdempotencyKey) == 2


def test_a_key_opens_what_it_is_for_and_nothing_else(app: Flask, world: World) -> None:
    mine, other = world.client("aceros"), world.client("otra", name="Otra Ficticia")
    foreign = make_world("MX")
    ids = [prefixed("pl", new_id())]
    for owner, client_id in ((world, other), (foreign, foreign.client())):
        made = program(app, owner).place(client=prefixed("cl", client_id), rows=ROWS)
        ids.append(made["id"])
    own = program(app, world, mine)
    for place in ids:
        for method, end in (("GET", ""), ("GET", "/errors.csv"), ("POST", "/confirm")):
            answer = own.send(method, f"/placements/{place}{end}")
            assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
    assert own.send("GET", "/placements").get_json()["data"] == []
    for name in (prefixed("cl", other), "otra", prefixed("cl", new_id()), "cl_nada"):
        assert own.send("GET", f"/placements?client={name}").status_code == 404
        own.place(404, client=name, rows=ROWS)
    assert own.place(rows=ROWS)["client"] == prefixed("cl", mine)
    assert len(own.send("GET", "/placements").get_json()["data"]) == 1


def test_without_a_working_key_there_is_nothing_whatever_cookie_comes_along(app: Flask, world: World) -> None:
    world.client("aceros")
    admin = world.principal(Role.ADMIN)
    pages = Pages(app, admin)
    assert pages.raw("GET", "/placements").status_code == 200
    answer = pages.raw("GET", "/api/v1/placements")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.get_json()["code"] == "api.no_key"
    for token in ("", "rk_x", "rk_" + "x" * 43, "x" * 5000):
        assert Program(app, token).send("GET", "/placements").status_code == 401
    reader = program(app, world, scopes=["placements.see"])
    assert reader.send("GET", "/placements").status_code == 200
    assert reader.send("POST", "/placements", json={}).status_code == 403
    with world.work() as work:
        keys.revoke(work, keys.list_keys(work)[0].id)
    assert reader.send("GET", "/placements").status_code == 401
    lost = pages.raw("GET", "/api/v1/nada")
    assert (lost.status_code, lost.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "no es JSON"),
        (b"[" * 100_000, "no es JSON"),
        (b'{"rows": [{"Saldo": NaN}]}', "no es JSON"),
        (b'{"row": []}', "no hay un campo «row»"),
        (b'{"rows": [{"Saldo": {"x": 1}}]}', "rows[0].Saldo"),
        (b"{}", "content_base64"),
        (b'{"content_base64": "&", "file_name": "x.csv"}', "no es base64"),
        (b'{"rows": [{"a": "\\ud800"}]}', "no son texto"),
        (b'{"rows": [{"a": 1}], "kind": "magia"}', "magia"),
        (b'{"rows": [{"a": 1}], "columns": {"b": "reference"}}', "columna"),
        (b'{"rows": [{"a": 1}], "readings": {"a": "dym"}}', "«readings.a» no toma ese valor; toma 'dmy', "),
        (b'{"rows": [{"a": 1}, {"Nombre": ["x"]}]}', "«rows[1].Nombre» es un texto, un número o null"),
        (b'{"rows": [{"a": 1}], "colums": {}}', "no hay un campo «colums»"),
        (b'{"rows": [{"a": 1}], "file_name": 5}', "«file_name» es un texto"),
        (b'{"rows": [{"a": 1}], "dry_run": "quien sabe"}', "«dry_run» es true o false"),
        (b'{"rows": 5}', "«rows» es una lista"),
        (b'{"rows": [{"a": 1}], "as_of": "30/11/2026"}', "«as_of» es un día, como 2026-11-30"),
        (b'{"rows": [{"a": 1}], "conflicts": "both"}', "«conflicts» no toma ese valor; toma 'keep', 'take'"),
        (b'{"rows": [{"a": 1}], "declared": {"MXN": {"sum": 1}}}', "falta «declared.MXN.count»"),
        (b'{"rows": [{"a": 1}], "declared": {"MXN": {"count": -1, "sum": 1}}}', "«declared.MXN.count» es 0 o más"),
        (b'{"rows": [{"a": 1}], "declared": {"MXN": {"count": "dos", "sum": 1}}}', "es un número entero"),
        (b'{"rows": [{"a": 1}], "declared": {"MXN": {"count": 1, "sum": 1.5}}}', "declared.MXN.sum"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_place(app: Flask, world: World, body: bytes, told: str) -> None:
    client_id = world.client("aceros")
    answer = program(app, world, client_id).send("POST", "/placements", data=body, content_type="application/json")
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert told in answer.get_json()["title"]
    assert count(world, Placement) == 0


def test_pages_of_a_list_follow_each_other(app: Flask, world: World) -> None:
    world.client("aceros")
    erp = program(app, world)
    made = [erp.place(client="aceros", rows=[{**ROWS[0], "Folio": f"A-{n}"}])["id"] for n in range(3)]
    first = erp.send("GET", "/placements?limit=2").get_json()
    second = erp.send("GET", f"/placements?limit=2&cursor={first['next_cursor']}").get_json()
    assert [one["id"] for one in first["data"] + second["data"]] == made[::-1]
    assert second["next_cursor"] is None
    for query in ("cursor=x", "cursor=WyJ4Il0", "cursor=W10", "limit=0", "limit=101", "limit=x"):
        assert erp.send("GET", f"/placements?{query}").status_code == 422


def test_the_document_names_every_operation_there_is(app: Flask) -> None:
    told = app.test_client().get("/api/v1/openapi.json").get_json()
    assert told["openapi"] == "3.1.0"
    there = {
        (rule.rule.replace("<prefixed('pl'):placement_id>", "{placement_id}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert there == {(path, method) for path, methods in told["paths"].items() for method in methods}
    text = json.dumps(told)
    assert all(f'"{name}"' in text for name in told["components"]["schemas"])
    assert set(told["paths"]) == set(document("x", "1")["paths"])


def test_an_administrator_makes_a_key_that_is_shown_once_and_revokes_it(app: Flask, world: World) -> None:
    client_id = world.client("aceros")
    pages = Pages(app, world.principal(Role.ADMIN))
    page = pages.post("/settings/api-keys", {"name": "ERP de Aceros", "client_id": str(client_id), "scopes": ALL})
    token = page.select_one(".copy-id[data-copy^='rk_']")
    assert token is not None
    secret = str(token["data-copy"])
    assert Program(app, secret).send("GET", "/placements").status_code == 200
    later = pages.get("/settings/api-keys")
    assert secret not in str(later)
    assert "ERP de Aceros" in later.get_text()
    button = later.select_one("form[action$='/revoke']")
    assert button is not None
    pages.post(str(button["action"]))
    assert Program(app, secret).send("GET", "/placements").status_code == 401
    assert "Elige qué puede hacer" in pages.post("/settings/api-keys", {"name": "x"}, status=422).get_text()
    Pages(app, world.principal(Role.SUPERVISOR)).get("/settings/api-keys", status=403)
