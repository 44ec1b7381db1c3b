"""The menus, by kind of principal and permission: what a person may not open is not shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy import select

from kernel.text import msg
from recobro.web.shell import MenuItem, MenuSection
from recobro.web.translations import spell
from tenants.context import Kind
from tenants.roles import Permission, Role, allows
from tenants.work import Work


@dataclass(frozen=True)
class Entry:
    """One line of a menu: the words, the view, the permission the view asks for, icon and shortcut."""

    label: str
    endpoint: str
    permission: Permission
    icon: str
    keys: str = ""


P = Permission
STAFF: Mapping[str, Sequence[Entry]] = {
    msg("Trabajo"): (
        Entry(msg("Mi cola"), "desk.queue", P.WORK_QUEUE, "inbox", "g q"),
        Entry(msg("Casos"), "cases.list_cases", P.SEE_CASES, "list-check", "g c"),
        Entry(msg("Quejas"), "complaints.list_complaints", P.SEE_COMPLAINTS, "message-dots"),
    ),
    msg("Cartera"): (
        Entry(msg("Cargas"), "placements.list_placements", P.SEE_PLACEMENTS, "upload", "g i"),
        Entry(msg("Duplicados"), "twins.list_pairs", P.MERGE_DEBTORS, "copy", "g d"),
        Entry(msg("Promesas"), "agreements.list_promises", P.SEE_AGREEMENTS, "calendar-event", "g p"),
        Entry(msg("Convenios"), "agreements.list_agreements", P.SEE_AGREEMENTS, "clipboard-check", "g v"),
        Entry(msg("Avisos"), "notices.list_notices", P.SEE_NOTICES, "mail"),
        Entry(msg("Estrategias"), "strategies.list_strategies", P.SEE_STRATEGIES, "route"),
    ),
    msg("Jurídico"): (
        Entry(msg("Asuntos"), "matters.list_matters", P.SEE_MATTERS, "gavel", "g j"),
        Entry(msg("Decisiones"), "decisions.list_decisions", P.SEE_DECISIONS, "fingerprint"),
    ),
    msg("Finanzas"): (
        Entry(msg("Pagos"), "payments.list_payments", P.SEE_PAYMENTS, "cash", "g f"),
        Entry(msg("Remesas"), "remittances.list_remittances", P.SEE_REMITTANCES, "report-money", "g r"),
        Entry(msg("Libro"), "ledger.show_ledger", P.SEE_LEDGER, "book"),
    ),
    msg("Ajustes"): (
        Entry(msg("Clientes"), "clients.list_clients", P.SEE_CLIENTS, "building"),
        Entry(msg("Personas"), "people.list_people", P.MANAGE_PEOPLE, "users"),
        Entry(msg("Roles y permisos"), "people.roles", P.SEE_ROLES, "lock"),
        Entry(msg("Reglas"), "law.list_packs", P.SEE_LAW, "scale"),
        Entry(msg("Agencia"), "people.agency", P.MANAGE_AGENCY, "settings"),
        Entry(msg("Claves de API"), "api_keys.list_keys", P.MANAGE_AGENCY, "key"),
        Entry(msg("Auditoría"), "people.audit", P.SEE_AUDIT, "shield-check"),
    ),
}

CLIENT: Mapping[str, Sequence[Entry]] = {
    "": (
        Entry(msg("Resumen"), "portal.overview", P.SEE_PORTAL, "home"),
        Entry(msg("Mis casos"), "portal.list_cases", P.SEE_PORTAL, "list-check"),
        Entry(msg("Enviar cartera"), "portal_placements.list_placements", P.SEE_PLACEMENTS, "upload"),
        Entry(msg("Autorizaciones"), "portal.approvals", P.APPROVE_AGREEMENTS, "clipboard-check"),
    ),
    msg("Dinero"): (
        Entry(msg("Pagos recibidos"), "portal.list_payments", P.SEE_PORTAL, "cash"),
        Entry(msg("Remesas"), "portal.list_remittances", P.SEE_PORTAL, "report-money"),
    ),
    msg("Más"): (Entry(msg("Usuarios"), "portal.list_people", P.MANAGE_CLIENT_PEOPLE, "users"),),
}

COUNSEL: Mapping[str, Sequence[Entry]] = {
    "": (Entry(msg("Mis asuntos"), "counsel.list_matters", P.SEE_COUNSEL_DESK, "gavel"),),
}

OPERATOR: Mapping[str, Sequence[Entry]] = {
    "": (
        Entry(msg("Agencias"), "operator.list_agencies", P.SEE_PLATFORM, "building"),
        Entry(msg("Trabajos"), "operator.list_jobs", P.SEE_PLATFORM, "clock"),
    ),
}

# What waits behind an entry, as a scalar subquery; each feature adds its own when its views are imported.
WAITING: dict[str, Callable[[Work], Any]] = {}

MENUS = {Kind.STAFF: STAFF, Kind.CLIENT: CLIENT, Kind.COUNSEL: COUNSEL, Kind.SYSTEM: OPERATOR}


def home_endpoint(kind: Kind, role: Role) -> str:
    """The first page of a role's menu."""
    for entries in MENUS[kind].values():
        for entry in entries:
            if allows(role, entry.permission):
                return entry.endpoint
    return "people.profile"


def waiting(work: Work, role: Role) -> dict[str, int]:
    """How much waits behind each entry of a role's menu, in one statement."""
    entries = (entry for group in MENUS.get(work.principal.kind, {}).values() for entry in group)
    asked = [e.endpoint for e in entries if e.endpoint in WAITING and allows(role, e.permission)]
    if not asked:
        return {}
    return dict(zip(asked, work.session.execute(select(*(WAITING[name](work) for name in asked))).one(), strict=True))


def sections(kind: Kind, role: Role, counts: Mapping[str, int]) -> list[MenuSection]:
    """The menu as the layouts draw it; `counts` are what waits, by endpoint."""
    menu = []
    for label, entries in MENUS.get(kind, {}).items():
        items = [
            MenuItem(
                label=spell(entry.label),
                url=url_for(entry.endpoint),
                icon=entry.icon,
                count=counts.get(entry.endpoint),
                current=_current(entry),
                keys=entry.keys,
            )
            for entry in entries
            if allows(role, entry.permission)
        ]
        if items:
            menu.append(MenuSection(spell(label) if label else "", items))
    return menu


def _current(entry: Entry) -> bool:
    if request.endpoint == entry.endpoint:
        return True
    # A record's page belongs to its list: /cases/… to /cases; an overview at the root of a portal only to itself.
    home = url_for(entry.endpoint)
    return home.count("/") >= 1 and home not in ("/", "/portal", "/portal/") and request.path.startswith(f"{home}/")
