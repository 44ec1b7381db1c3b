"""What signing in asks of whom. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from tenants.roles import SECOND_FACTOR_REQUIRED, Role

# NIST SP 800-63B-4 3.1.1.2: a password that is the only factor has at least 15 characters.
MINIMUM_ALONE = 15
MINIMUM_WITH_SECOND_FACTOR = 12

STAFF_ROLES = (Role.ADMIN, Role.SUPERVISOR, Role.COLLECTOR, Role.LAWYER, Role.ACCOUNTANT, Role.AUDITOR)
CLIENT_ROLES = (Role.CLIENT_ADMIN, Role.CLIENT_UPLOADER, Role.CLIENT_VIEWER, Role.CLIENT_APPROVER)
SECOND_FACTOR_SETTING = "second_factor"


class Step(StrEnum):
    """What a browser that gave the right password still has to do."""

    SECOND_FACTOR = "second_factor"
    ENROL = "enrol"
    CHOOSE = "choose"
    READY = "ready"


def second_factor_needed(role: Role, *, sandbox: bool, settings: Mapping[str, object]) -> bool:
    """Whether a role works only after a second factor; a sandbox agency may make it optional."""
    return role in SECOND_FACTOR_REQUIRED and not (sandbox and settings.get(SECOND_FACTOR_SETTING) == "optional")


def next_step(*, enrolled: bool, passed: bool, needed: bool, chosen: bool) -> Step:
    """What comes next: an enrolled second factor is always asked for, whatever the role."""
    if enrolled and not passed:
        return Step.SECOND_FACTOR
    if not chosen:
        return Step.CHOOSE
    return Step.ENROL if needed and not passed else Step.READY


def minimum_length(*, second_factor: bool) -> int:
    """The fewest characters of a password."""
    return MINIMUM_WITH_SECOND_FACTOR if second_factor else MINIMUM_ALONE


def invitable(role: Role) -> tuple[Role, ...]:
    """The roles that a person of this role may hand out."""
    if role is Role.ADMIN:
        return (*STAFF_ROLES, Role.COUNSEL, *CLIENT_ROLES)
    return CLIENT_ROLES if role is Role.CLIENT_ADMIN else ()
