"""The page of keys, for those who administer an agency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.problems import Invalid, Problem
from kernel.text import msg
from recobro.api import keys
from recobro.api.openapi import BASE
from recobro.api.tables import ApiKey
from recobro.web.errors import STATUS
from recobro.web.pages import go_to, render
from recobro.web.security import needs
from recobro.web.translations import spell, spell_problem
from recobro.wiring import outside
from tenants.roles import Permission
from tenants.tables import Client

keys_bp = Blueprint("api_keys", __name__)
SCOPE_WORDS: Mapping[str, str] = {
    Permission.SEE_PLACEMENTS.value: msg("Ver cargas"),
    Permission.UPLOAD_PLACEMENTS.value: msg("Subir y confirmar cargas"),
    Permission.CLEAR_CONTACTS.value: msg("Pedir contactos permitidos (marcador)"),
}
# What most keys are for; the rest is asked for on purpose.
USUAL = (Permission.SEE_PLACEMENTS.value, Permission.UPLOAD_PLACEMENTS.value)


@dataclass(frozen=True)
class KeysPage:
    """The keys there are, the form of a new one, and the new one itself, once."""

    rows: Sequence[tuple[ApiKey, str, Sequence[str]]]
    clients: Sequence[tuple[str, str]]
    scopes: Sequence[tuple[str, str]]
    values: Mapping[str, object]
    error: str
    fresh: str
    address: str


@keys_bp.get("/settings/api-keys")
@needs(Permission.MANAGE_AGENCY)
def list_keys() -> ResponseReturnValue:
    """Every key, and what it may do."""
    return _page()


@keys_bp.post("/settings/api-keys")
@needs(Permission.MANAGE_AGENCY)
def create_key() -> ResponseReturnValue:
    """Make a key and show it, once."""
    wanted = request.form.get("client_id", "")
    values = {"name": request.form.get("name", ""), "client_id": wanted, "scopes": request.form.getlist("scopes")}
    try:
        _, token = keys.create(
            g.work, name=str(values["name"]), client_id=_client(wanted), scopes=request.form.getlist("scopes")
        )
    except Problem as problem:
        g.failed = True
        return _page(values=values, error=spell_problem(problem), status=STATUS[problem.kind])
    return _page(fresh=token)


def _client(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid(msg("Elige una opción de la lista.")) from error


@keys_bp.post("/settings/api-keys/<uuid:key_id>/revoke")
@needs(Permission.MANAGE_AGENCY)
def revoke_key(key_id: UUID) -> ResponseReturnValue:
    """End a key at once."""
    keys.revoke(g.work, key_id)
    return go_to("api_keys.list_keys", say=msg("La clave ya no abre nada."))


def _page(
    *, values: Mapping[str, object] | None = None, error: str = "", fresh: str = "", status: int = 200
) -> ResponseReturnValue:
    clients = g.work.session.execute(
        select(Client.id, Client.name).where(Client.agency_id == g.work.agency_id).order_by(Client.name)
    ).all()
    names = {row.id: row.name for row in clients}
    rows = [
        (key, names[key.client_id] if key.client_id else "", [spell(SCOPE_WORDS[one]) for one in key.scopes])
        for key in keys.list_keys(g.work)
    ]
    page = KeysPage(
        rows=rows,
        clients=[("", spell(msg("Toda la agencia"))), *((str(client_id), name) for client_id, name in clients)],
        scopes=[(scope, spell(word)) for scope, word in SCOPE_WORDS.items()],
        values=values or {"name": "", "client_id": "", "scopes": USUAL},
        error=error,
        fresh=fresh,
        address=f"{outside().settings.address}{BASE}",
    )
    return render("pages/api/keys.html", page, status=status)
