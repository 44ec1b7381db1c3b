"""Second factors: one-time codes by time (TOTP, RFC 6238) and recovery codes. Pure."""

import hashlib
import secrets
from datetime import datetime
from hmac import compare_digest

import pyotp
import segno

STEP_SECONDS = 30
RECOVERY_CODES = 10
# Without the letters and digits that people mistake for each other.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


def new_secret() -> str:
    """A fresh TOTP secret of 160 bits, in base 32."""
    return pyotp.random_base32()


def matching_counter(secret: str, code: str, *, at: datetime, after: int) -> int | None:
    """Which time step a code belongs to: now, the one before or the next, and later than the last one used."""
    digits = code.replace(" ", "")
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return None
    totp = pyotp.TOTP(secret)
    now = int(at.timestamp()) // STEP_SECONDS
    found = None
    for counter in (now - 1, now, now + 1):
        if compare_digest(totp.generate_otp(counter), digits) and counter > after:
            found = counter
    return found


def code_at(secret: str, at: datetime) -> str:
    """The code an authenticator shows at an instant."""
    return pyotp.TOTP(secret).generate_otp(int(at.timestamp()) // STEP_SECONDS)


def enrolment_picture(secret: str, *, email: str) -> str:
    """The QR code that an authenticator reads, as a data address of an SVG picture."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Recobro")
    picture: str = segno.make(uri, error="m").svg_data_uri(scale=4, dark="#111827", light="#ffffff", border=3)
    return picture


def new_recovery_codes() -> list[str]:
    """Ten fresh codes of 79 random bits."""
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def _group() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_GROUP))


def recovery_digest(code: str) -> str:
    """What is kept of a recovery code; spaces, dashes and capitals do not matter."""
    plain = "".join(letter for letter in code.casefold() if letter in _LETTERS)
    return hashlib.sha256(plain.encode()).hexdigest()
