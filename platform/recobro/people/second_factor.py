"""The second factor: passing it, turning it on and off, and the codes for when it is lost."""

from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from kernel.clock import SystemClock
from kernel.ids import new_id
from kernel.problems import Conflict, Invalid
from kernel.text import msg
from recobro.people import attempts, codes, passwords, places, sessions
from recobro.people.places import Browser
from recobro.people.rules import second_factor_needed
from recobro.people.service import authenticate
from recobro.people.sessions import SignedIn
from tenants.roles import Role
from tenants.tables import Agency, Membership, Person, RecoveryCode, SignInSession
from tenants.work import door_work


class WrongCode(Invalid):
    """The second factor's code is wrong, too old, or was used before."""

    code = "people.wrong_code"


class SecondFactorRequired(Conflict):
    """This person's role does not work without a second factor."""

    code = "people.second_factor_required"


def pass_second_factor(signed_in: SignedIn, code: str, browser: Browser) -> str:
    """The session after a right code of the authenticator, or a recovery code that ends with it. A code works once."""
    with attempts.counted(_factor_account(signed_in.person_id), browser.ip), door_work() as door:
        _spend_code(door, signed_in.person_id, code)
        return places.start_at(
            door, signed_in.person_id, browser, place=places.present_place(door, signed_in), second_factor=True,
            replaces=signed_in.session_key,
        )  # fmt: skip


def propose_secret(door: Session, signed_in: SignedIn) -> str:
    """The TOTP secret that this session may enrol; it stays the same until it is confirmed."""
    session = door.get_one(SignInSession, signed_in.session_key)
    if "totp" not in session.data:
        session.data = {**session.data, "totp": codes.new_secret()}
    secret: str = session.data["totp"]
    return secret


def enrol(signed_in: SignedIn, code: str, browser: Browser) -> tuple[str, list[str]]:
    """Turn the second factor on with a first right code: the new session's cookie, and the recovery codes, once."""
    if signed_in.enrolled:
        raise Conflict(msg("El segundo paso ya está activado."))
    with attempts.counted(_factor_account(signed_in.person_id), browser.ip), door_work() as door:
        secret = propose_secret(door, signed_in)
        counter = codes.matching_counter(secret, code, at=SystemClock().now(), after=0)
        if counter is None:
            raise _wrong_code()
        person = door.get_one(Person, signed_in.person_id, with_for_update=True)
        person.totp_secret, person.totp_counter = secret, counter
        shown = _renew_recovery_codes(door, person.id)
        places.note(door, person.id, "people.second_factor_on")
        sessions.revoke_all(door, person.id, but=signed_in.session_key)
        token = places.start_at(
            door, person.id, browser, place=places.present_place(door, signed_in), second_factor=True,
            replaces=signed_in.session_key,
        )  # fmt: skip
    return token, shown


def drop_second_factor(signed_in: SignedIn, *, password: str, code: str, ip: str) -> None:
    """Turn the second factor off, given both factors. Refused to roles that need it, and with a short password."""
    with door_work() as door:
        if any_role_needs(door, signed_in.person_id):
            raise SecondFactorRequired(msg("Tu rol necesita el segundo paso: no se puede quitar."))
    authenticate(signed_in.email, password, ip=ip)
    passwords.check_new(password, second_factor=False, email=signed_in.email)
    with attempts.counted(_factor_account(signed_in.person_id), ip), door_work() as door:
        _spend_code(door, signed_in.person_id, code)
        person = door.get_one(Person, signed_in.person_id, with_for_update=True)
        person.totp_secret, person.totp_counter = "", 0
        door.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
        sessions.revoke_all(door, person.id, but=signed_in.session_key)
        places.note(door, person.id, "people.second_factor_off")


def renew_recovery_codes(signed_in: SignedIn, *, code: str, ip: str) -> list[str]:
    """Ten new recovery codes, shown once, given a code of the authenticator; the old ones no longer work."""
    with attempts.counted(_factor_account(signed_in.person_id), ip), door_work() as door:
        _spend_code(door, signed_in.person_id, code)
        shown = _renew_recovery_codes(door, signed_in.person_id)
        places.note(door, signed_in.person_id, "people.recovery_codes_renewed")
    return shown


def recovery_codes_left(door: Session, person_id: UUID) -> int:
    """How many recovery codes a person has not used yet."""
    query = select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return door.scalar(query) or 0


def _factor_account(person_id: UUID) -> str:
    return f"second factor of {person_id}"


def _wrong_code() -> WrongCode:
    return WrongCode(msg("El código no es correcto o ya se usó. Espera al siguiente y vuelve a probar."))


def _spend_code(door: Session, person_id: UUID, code: str) -> None:
    """Use up a code of the authenticator or a recovery code; WrongCode when it is neither or was used before."""
    person = door.get_one(Person, person_id, with_for_update=True)
    now = SystemClock().now()
    if person.totp_secret:
        counter = codes.matching_counter(person.totp_secret, code, at=now, after=person.totp_counter)
        if counter is not None:
            person.totp_counter = counter
            return
    used = door.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.code_sha256 == codes.recovery_digest(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    ).one_or_none()
    if used is None:
        raise _wrong_code()


def _renew_recovery_codes(door: Session, person_id: UUID) -> list[str]:
    door.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    shown = codes.new_recovery_codes()
    door.add_all(
        RecoveryCode(id=new_id(), person_id=person_id, code_sha256=codes.recovery_digest(code)) for code in shown
    )
    door.flush()
    return shown


def any_role_needs(door: Session, person_id: UUID) -> bool:
    """Whether any of a person's roles works only with a second factor."""
    rows = door.execute(
        select(Membership.role, Agency.sandbox, Agency.settings)
        .join(Agency, Agency.agency_id == Membership.agency_id)
        .where(Membership.person_id == person_id, Membership.status == "active")
    ).all()
    operator = door.scalar(select(Person.operator).where(Person.id == person_id))
    return bool(operator) or any(
        second_factor_needed(Role(role), sandbox=sandbox, settings=settings) for role, sandbox, settings in rows
    )
