"""Permissions and roles: one table, pure. Every route declares a permission; the matrix page prints this."""

from collections.abc import Mapping
from enum import StrEnum

from kernel.text import msg
from tenants.context import Kind


class Permission(StrEnum):
    """What may be done; `area.act`."""

    WORK_QUEUE = "desk.work"
    SEE_CASES = "cases.see"
    ASSIGN_CASES = "cases.assign"
    HOLD_CASES = "cases.hold"
    CLOSE_CASES = "cases.close"
    RECALL_CASES = "cases.recall"
    FORCE_RECALL = "cases.force_recall"
    MERGE_DEBTORS = "debtors.merge"
    SEE_NOTES = "cases.see_notes"
    NOTE_CONSENTS = "consents.note"
    SEE_COMPLAINTS = "complaints.see"
    RECORD_COMPLAINTS = "complaints.record"
    ANSWER_COMPLAINTS = "complaints.answer"
    SEE_PLACEMENTS = "placements.see"
    UPLOAD_PLACEMENTS = "placements.upload"
    MANAGE_SOURCES = "placements.sources"
    SEE_NOTICES = "notices.see"
    PRINT_NOTICES = "notices.print"
    SEE_STRATEGIES = "strategies.see"
    OVERRIDE_POLICY = "contact.override_policy"
    RECORD_CALLS = "calls.record"
    CLEAR_CONTACTS = "contacts.clear"
    MAKE_PROMISES = "promises.make"
    SEE_AGREEMENTS = "agreements.see"
    OFFER_AGREEMENTS = "agreements.offer"
    APPROVE_AGREEMENTS = "agreements.approve"
    SEE_PAYMENTS = "payments.see"
    RECORD_PAYMENTS = "payments.record"
    REVERSE_PAYMENTS = "payments.reverse"
    SEE_LEDGER = "ledger.see"
    SEE_COMMISSIONS = "commissions.see"
    SEE_REMITTANCES = "remittances.see"
    CLOSE_REMITTANCES = "remittances.close"
    HAND_OFF = "handoff.propose"
    SEE_MATTERS = "matters.see"
    WORK_MATTERS = "matters.work"
    SEE_CLIENTS = "clients.see"
    MANAGE_CLIENTS = "clients.manage"
    MANAGE_PEOPLE = "people.manage"
    SEE_ROLES = "people.see_roles"
    MANAGE_AGENCY = "agency.manage"
    SEE_LAW = "law.see"
    SET_POLICIES = "law.set_policies"
    SEE_DECISIONS = "decisions.see"
    SEE_AUDIT = "audit.see"
    EXPORT = "lists.export"
    SEE_PORTAL = "portal.see"
    PAUSE_OWN_CASES = "portal.pause"
    RECALL_OWN_CASES = "portal.recall"
    EXPORT_OWN = "portal.export"
    MANAGE_CLIENT_PEOPLE = "portal.people"
    SEE_COUNSEL_DESK = "counsel.see"
    SEE_DEBTOR_PAGE = "debtor.see"
    ACT_AS_DEBTOR = "debtor.act"
    SEE_PLATFORM = "platform.see"
    MANAGE_PLATFORM = "platform.manage"
    OWN_ACCOUNT = "account.own"


class Role(StrEnum):
    """What a person is in one agency."""

    OPERATOR = "operator"
    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    COLLECTOR = "collector"
    LAWYER = "lawyer"
    ACCOUNTANT = "accountant"
    AUDITOR = "auditor"
    CLIENT_ADMIN = "client_admin"
    CLIENT_UPLOADER = "client_uploader"
    CLIENT_VIEWER = "client_viewer"
    CLIENT_APPROVER = "client_approver"
    COUNSEL = "counsel"
    DEBTOR = "debtor"


LABELS: Mapping[Role, str] = {
    Role.OPERATOR: msg("Operador de la plataforma"),
    Role.ADMIN: msg("Administración"),
    Role.SUPERVISOR: msg("Supervisión"),
    Role.COLLECTOR: msg("Gestión de cobranza"),
    Role.LAWYER: msg("Jurídico"),
    Role.ACCOUNTANT: msg("Contabilidad"),
    Role.AUDITOR: msg("Auditoría"),
    Role.CLIENT_ADMIN: msg("Cliente: administración"),
    Role.CLIENT_UPLOADER: msg("Cliente: carga"),
    Role.CLIENT_VIEWER: msg("Cliente: consulta"),
    Role.CLIENT_APPROVER: msg("Cliente: autoriza"),
    Role.COUNSEL: msg("Abogado externo"),
    Role.DEBTOR: msg("Deudor"),
}

KIND_OF: Mapping[Role, Kind] = {
    Role.OPERATOR: Kind.SYSTEM,
    Role.ADMIN: Kind.STAFF,
    Role.SUPERVISOR: Kind.STAFF,
    Role.COLLECTOR: Kind.STAFF,
    Role.LAWYER: Kind.STAFF,
    Role.ACCOUNTANT: Kind.STAFF,
    Role.AUDITOR: Kind.STAFF,
    Role.CLIENT_ADMIN: Kind.CLIENT,
    Role.CLIENT_UPLOADER: Kind.CLIENT,
    Role.CLIENT_VIEWER: Kind.CLIENT,
    Role.CLIENT_APPROVER: Kind.CLIENT,
    Role.COUNSEL: Kind.COUNSEL,
    Role.DEBTOR: Kind.DEBTOR,
}

P = Permission
_STAFF = frozenset({P.OWN_ACCOUNT, P.SEE_CASES, P.SEE_LAW})
_COLLECTOR = _STAFF | {
    P.WORK_QUEUE, P.SEE_NOTES, P.RECORD_CALLS, P.MAKE_PROMISES, P.SEE_AGREEMENTS, P.OFFER_AGREEMENTS,
    P.SEE_NOTICES, P.SEE_STRATEGIES, P.SEE_PLACEMENTS, P.NOTE_CONSENTS, P.RECORD_COMPLAINTS,
}  # fmt: skip
_SUPERVISOR = _COLLECTOR | {
    P.ASSIGN_CASES, P.HOLD_CASES, P.CLOSE_CASES, P.MERGE_DEBTORS, P.OVERRIDE_POLICY, P.APPROVE_AGREEMENTS,
    P.PRINT_NOTICES, P.HAND_OFF, P.SEE_MATTERS, P.SEE_PAYMENTS, P.SEE_CLIENTS, P.UPLOAD_PLACEMENTS, P.EXPORT,
    P.SEE_ROLES, P.SET_POLICIES, P.MANAGE_SOURCES, P.RECALL_CASES, P.FORCE_RECALL, P.SEE_DECISIONS, P.CLEAR_CONTACTS,
    P.SEE_COMPLAINTS, P.ANSWER_COMPLAINTS,
}  # fmt: skip
_LAWYER = _STAFF | {
    P.SEE_NOTES,
    P.SEE_AGREEMENTS,
    P.SEE_NOTICES,
    P.SEE_MATTERS,
    P.WORK_MATTERS,
    P.HAND_OFF,
    P.SEE_PAYMENTS,
    P.SEE_DECISIONS,
    P.NOTE_CONSENTS,
    P.SEE_COMPLAINTS,
    P.RECORD_COMPLAINTS,
    P.ANSWER_COMPLAINTS,
}
_ACCOUNTANT = _STAFF | {
    P.SEE_PAYMENTS, P.RECORD_PAYMENTS, P.REVERSE_PAYMENTS, P.SEE_LEDGER, P.SEE_COMMISSIONS, P.SEE_REMITTANCES,
    P.CLOSE_REMITTANCES, P.SEE_CLIENTS, P.SEE_AGREEMENTS, P.EXPORT, P.SEE_PLACEMENTS,
}  # fmt: skip
# Looks at what was decided and why, and takes copies; nothing here changes a case, a payment or a rule.
_AUDITOR = _STAFF | {
    P.SEE_DECISIONS, P.SEE_AUDIT, P.SEE_ROLES, P.SEE_COMPLAINTS, P.SEE_NOTICES, P.SEE_STRATEGIES, P.SEE_AGREEMENTS,
    P.SEE_PAYMENTS, P.EXPORT,
}  # fmt: skip
_ADMIN = _SUPERVISOR | _LAWYER | _ACCOUNTANT | {P.MANAGE_CLIENTS, P.MANAGE_PEOPLE, P.MANAGE_AGENCY, P.SEE_AUDIT}
_VIEWER = frozenset({P.OWN_ACCOUNT, P.SEE_PORTAL})

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.OPERATOR: frozenset({P.OWN_ACCOUNT, P.SEE_PLATFORM, P.MANAGE_PLATFORM}),
    Role.ADMIN: _ADMIN,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.COLLECTOR: _COLLECTOR,
    Role.LAWYER: _LAWYER,
    Role.ACCOUNTANT: _ACCOUNTANT,
    Role.AUDITOR: _AUDITOR,
    Role.CLIENT_ADMIN: _VIEWER
    | {
        P.SEE_PLACEMENTS,
        P.UPLOAD_PLACEMENTS,
        P.MANAGE_SOURCES,
        P.APPROVE_AGREEMENTS,
        P.PAUSE_OWN_CASES,
        P.RECALL_OWN_CASES,
        P.MANAGE_CLIENT_PEOPLE,
        P.EXPORT_OWN,
    },
    Role.CLIENT_UPLOADER: _VIEWER | {P.SEE_PLACEMENTS, P.UPLOAD_PLACEMENTS},
    Role.CLIENT_VIEWER: _VIEWER,
    Role.CLIENT_APPROVER: _VIEWER | {P.APPROVE_AGREEMENTS, P.PAUSE_OWN_CASES, P.RECALL_OWN_CASES},
    Role.COUNSEL: frozenset({P.OWN_ACCOUNT, P.SEE_COUNSEL_DESK, P.WORK_MATTERS}),
    Role.DEBTOR: frozenset({P.SEE_DEBTOR_PAGE, P.ACT_AS_DEBTOR}),
}

# Roles that must use a second factor: they move money, open doors, or see every agency.
SECOND_FACTOR_REQUIRED = frozenset({Role.OPERATOR, Role.ADMIN, Role.ACCOUNTANT})


def allows(role: Role, permission: Permission) -> bool:
    """Whether a role has a permission."""
    return permission in GRANTS[role]
