"""What an agency says about itself, how strict its doors are, how long what is handed over is left in peace."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from kernel.problems import Conflict, Invalid
from kernel.text import msg
from legal.rules.contact.registers import BY_CREDITOR, kept_as, registers_of
from recobro.people.rules import SECOND_FACTOR_SETTING
from tenants.service import agency_of
from tenants.tables import Client
from tenants.work import Work

REGISTERS_SETTING = "registrations"
GRACE_SETTING = "first_contact_grace_hours"
GRACE_HOURS, MOST_GRACE_HOURS = 24, 240
_FIELDS = ("name", "legal_name", "tax_id", "address", "phone", "email", "registry_no", "bank_account")


def describe(work: Work, **fields: str) -> None:
    """Change what letters, mails and pages say about the agency; each change is noted with what stood there before."""
    if set(fields) - set(_FIELDS):
        raise Invalid(msg("Ese dato de la agencia no se puede cambiar aquí."))
    agency = agency_of(work)
    changed: dict[str, object] = {}
    for name, value in fields.items():
        before, after = getattr(agency, name), value.strip()
        if before != after:
            setattr(agency, name, after)
            changed[name] = [before, after]
    if changed:
        work.flush()
        work.audit("agency.described", **changed)


def make_second_factor_optional(work: Work, optional: bool) -> None:
    """Let a sandbox's people in without a second factor, or ask for it again; a real agency always asks."""
    agency = agency_of(work)
    if optional and not agency.sandbox:
        raise Conflict(msg("Solo una agencia de pruebas puede prescindir del segundo paso."))
    if (agency.settings.get(SECOND_FACTOR_SETTING) == "optional") == optional:
        return
    kept = {name: value for name, value in agency.settings.items() if name != SECOND_FACTOR_SETTING}
    agency.settings = {**kept, SECOND_FACTOR_SETTING: "optional"} if optional else kept
    work.flush()
    work.audit("agency.second_factor", optional=optional)


def grace(work: Work) -> timedelta:
    """How long debtors hear nothing by itself after they were handed over: a day, unless the agency says otherwise."""
    return timedelta(hours=int(agency_of(work).settings.get(GRACE_SETTING, GRACE_HOURS)))


def set_grace(work: Work, hours: int) -> None:
    """Set that (0: the first notice goes out at once). What was handed over before keeps its own."""
    if not 0 <= hours <= MOST_GRACE_HOURS:
        raise Invalid(msg("Escribe un número de horas de 0 a 240."))
    agency = agency_of(work)
    before = agency.settings.get(GRACE_SETTING, GRACE_HOURS)
    if before == hours:
        return
    agency.settings = {**agency.settings, GRACE_SETTING: hours}
    work.flush()
    work.audit("agency.grace_set", hours=[before, hours])


def registers_asked(work: Work) -> Mapping[str, tuple[str, str]]:
    """What is asked of registers: under which name it is kept, of which register, and by which client (empty: all)."""
    asked: dict[str, tuple[str, str]] = {}
    for register in registers_of():
        asked[register] = (register, "")
        if register in BY_CREDITOR:
            asked |= {kept_as(register, str(one.id)): (register, one.name) for one in _financial(work)}
    return asked


def _financial(work: Work) -> Sequence[Client]:
    """The clients that such a register is about: those that lend by trade."""
    return work.session.scalars(
        select(Client)
        .where(Client.agency_id == work.agency_id, Client.creditor_type == "financial")
        .order_by(Client.name, Client.id)
    ).all()


def registered(work: Work) -> Mapping[str, Mapping[str, Any]]:
    """What the agency said of the registers it stands in: `held`, and `until` (ISO day) where it ends."""
    kept: Mapping[str, Mapping[str, Any]] = agency_of(work).settings.get(REGISTERS_SETTING, {})
    return kept


def set_registered(work: Work, told: Mapping[str, tuple[bool, date | None]]) -> None:
    """Say in which registers the agency stands, and until when; what is left out is not known. The gate reads it.

    Into some registers each client enters the agency: those are told by client too (`kept_as`).
    """
    if set(told) - set(registers_asked(work)):
        raise Invalid(msg("Ningún paquete de reglas pide ese registro."))
    wanted = {
        name: {"held": held, "until": until.isoformat() if held and until else ""}
        for name, (held, until) in told.items()
    }
    agency = agency_of(work)
    before = agency.settings.get(REGISTERS_SETTING, {})
    if before == wanted:
        return
    agency.settings = {**agency.settings, REGISTERS_SETTING: wanted}
    work.flush()
    work.audit("agency.registered", registers=[before, wanted])
