"""The OpenAPI 3.1 document of /api/v1, written from the models that check and answer."""

from typing import Any

from pydantic.json_schema import models_json_schema

from recobro.api import schemas

BASE = "/api/v1"
_REFS = "#/components/schemas/{model}"
_WHY = {
    400: "The request is not understood.",
    401: "No key, or one that does not work.",
    403: "The key's scopes do not allow this.",
    404: "There is no such thing, or it is not yours.",
    409: "It cannot be done in the present state of things.",
    413: "The body is too big.",
    422: "What was sent cannot be right; the title says what and how to mend it.",
    429: "Too many requests; wait a minute.",
}
_ID = {
    "name": "placement_id", "in": "path", "required": True,
    "schema": {"type": "string", "pattern": "^pl_[0-9a-f]{32}$"},
}  # fmt: skip
_ONCE = {
    "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "The same key with the same request gives the first answer again; with another one it is refused.",
}  # fmt: skip


def _json(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REFS.format(model=model)}}}


def _answers(ok: dict[int, tuple[str, dict[str, Any]]], *refusals: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        str(status): {"description": words, **({"content": content} if content else {})}
        for status, (words, content) in ok.items()
    }
    problem = {"application/problem+json": {"schema": {"$ref": _REFS.format(model="Problem")}}}
    return told | {
        str(status): {"description": _WHY[status], "content": problem} for status in (401, 403, *refusals, 429)
    }


def _query(name: str, words: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": words, "schema": {"type": "string", **schema}}


def _operation(
    name: str, words: str, scope: str, answers: dict[str, Any], tag: str = "placements", **more: Any
) -> dict[str, Any]:
    return {"operationId": name, "summary": words, "tags": [tag], "security": [{"key": []}],
            "description": f"Scope `{scope}`.", "responses": answers, **more}  # fmt: skip


def _paths() -> dict[str, Any]:
    see, upload, one = "placements.see", "placements.upload", _json("PlacementAnswer")
    form = {
        "type": "object", "required": ["file"],
        "properties": {
            "file": {"type": "string", "contentMediaType": "application/octet-stream"},
            **{name: {"type": "string"} for name in ("client", "kind", "as_of", "columns", "readings", "declared")},
            **{name: {"type": "string", "enum": ["true", "false"]} for name in ("unpaid", "dry_run", "confirm")},
            "conflicts": {"type": "string", "enum": ["keep", "take"]},
        },
    }  # fmt: skip
    create = _operation(
        "createPlacement", "Send a file of a client", upload,
        _answers({200: ("A dry run, or the same file was here before: nothing new was made.", one),
                  201: ("Taken, and previewed or confirmed.", one),
                  202: ("Taken; it is big and is previewed by a job.", one)}, 400, 404, 409, 413, 422),
        parameters=[_ONCE],
        requestBody={"required": True, "content": {**_json("PlacementIn"), "multipart/form-data": {"schema": form}}},
    )  # fmt: skip
    listing = _operation(
        "listPlacements", "Placements, the newest first", see,
        _answers({200: ("A page.", _json("PlacementList"))}, 404, 422),
        parameters=[_query("client", "`cl_…` or the client's short name"), _query("state", "Of this state alone"),
                    _query("kind", "Of this kind alone"), _query("cursor", "`next_cursor` of the page before"),
                    {"name": "limit", "in": "query",
                     "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}}],
    )  # fmt: skip
    show = _operation("showPlacement", "One placement whole", see, _answers({200: ("The placement.", one)}, 404),
                      parameters=[_ID])  # fmt: skip
    confirm = _operation(
        "confirmPlacement", "Let a previewed placement become debts, by a job", upload,
        _answers({202: ("Confirmed; ask again for its state.", one)}, 400, 404, 409, 422), parameters=[_ID, _ONCE],
        requestBody={"required": False, "content": _json("ConfirmIn")},
    )  # fmt: skip
    undo = _operation(
        "undoPlacement", "Take away what nobody has touched, by a job (an agency's keys)", upload,
        _answers({202: ("Asked; `undo` names what stays.", one)}, 404, 409, 422), parameters=[_ID, _ONCE],
    )  # fmt: skip
    decide = _operation(
        "decideConflicts", "Say what holds of rows in conflict: what is here, or what the file says", upload,
        _answers({200: ("Kept, and what the file would do now.", one), 202: ("Kept; a job finds out.", one)},
                 400, 404, 409, 422),
        parameters=[_ID, _ONCE], requestBody={"required": True, "content": _json("DecisionIn")},
    )  # fmt: skip
    errors = _operation(
        "placementErrors", "The rows that did not go in, or went in with a warning", see,
        _answers({200: ("CSV.", {"text/csv": {"schema": {"type": "string"}}})}, 404), parameters=[_ID],
    )  # fmt: skip
    return {
        f"{BASE}/placements": {"get": listing, "post": create},
        f"{BASE}/placements/{{placement_id}}": {"get": show},
        f"{BASE}/placements/{{placement_id}}/confirm": {"post": confirm},
        f"{BASE}/placements/{{placement_id}}/decide": {"post": decide},
        f"{BASE}/placements/{{placement_id}}/undo": {"post": undo},
        f"{BASE}/placements/{{placement_id}}/errors.csv": {"get": errors},
        **_contacts(),
    }


def _contacts() -> dict[str, Any]:
    clear = _operation(
        "clearContacts", "Contacts that may be made now, each with a token; each counts as an attempt at once",
        "contacts.clear", _answers({201: ("Cleared and refused ones.", _json("ContactsAnswer"))}, 400, 404, 409, 422),
        tag="contacts", parameters=[_ONCE], requestBody={"required": True, "content": _json("ContactsIn")},
    )  # fmt: skip
    outcome = _operation(
        "returnContact", "Return a token with what came of its contact: once, and in time", "contacts.clear",
        _answers({200: ("Noted.", _json("OutcomeAnswer"))}, 400, 404, 409, 422),
        tag="contacts", parameters=[_ONCE], requestBody={"required": True, "content": _json("OutcomeIn")},
    )  # fmt: skip
    return {f"{BASE}/contacts": {"post": clear}, f"{BASE}/contacts/outcome": {"post": outcome}}


def document(address: str, version: str) -> dict[str, Any]:
    """The whole document, for the installation at an address."""
    models = (
        schemas.PlacementIn, schemas.ConfirmIn, schemas.DecisionIn, schemas.PlacementAnswer, schemas.PlacementList,
        schemas.ContactsIn, schemas.ContactsAnswer, schemas.OutcomeIn, schemas.OutcomeAnswer, schemas.Problem,
    )  # fmt: skip
    _, told = models_json_schema([(model, "validation") for model in models], ref_template=_REFS, title="Recobro")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Recobro", "version": version, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": address}],
        "paths": _paths(),
        "components": {
            "schemas": told["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A key, `rk_…`."}},
        },
    }  # fmt: skip
