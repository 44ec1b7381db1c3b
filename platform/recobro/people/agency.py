"""What an agency says about itself, and how strict its doors are."""

from kernel.problems import Conflict, Invalid
from kernel.text import msg
from recobro.people.rules import SECOND_FACTOR_SETTING
from tenants.service import agency_of
from tenants.work import Work

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
