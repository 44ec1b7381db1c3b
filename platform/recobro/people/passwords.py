"""Passwords: hashed with Argon2id, never more than two at once, never told apart by time.

OWASP Password Storage Cheat Sheet: m = 19 MiB, t = 2, p = 1. NIST SP 800-63B-4 3.1.1.2: length and a blocklist, no
rules of composition, no expiry.
"""

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kernel.problems import Invalid
from kernel.text import msg
from recobro.people.rules import minimum_length

LONGEST_BYTES = 1024
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# A flood of sign-ins may cost time, never the machine's memory.
_turns = threading.BoundedSemaphore(2)
_FEWEST_LETTERS = 5
_KNOWN = frozenset(
    {
        "123456789012", "1234567890123", "12345678901234", "123456789012345", "1234567890123456", "qwertyuiopasdfgh",
        "passwordpassword", "password12345678", "contraseñacontraseña", "contrasenacontrasena", "contraseña123456",
        "administrador123", "administrator123", "iloveyouiloveyou", "teamoteamoteamo", "correcthorsebatterystaple",
        "recobrorecobro", "recobro123456789", "cobranzacobranza", "despachodespacho", "letmeinletmein",
        "abcdefghijklmno", "qwerty123456789", "1q2w3e4r5t6y7u8i", "zaq12wsxcde34rfv", "welcomewelcome",
        "bienvenidobienvenido",
    }
)  # fmt: skip


class WeakPassword(Invalid):
    """The password is too short, too long, or one that everybody tries first."""

    code = "people.weak_password"


def _plain(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _turns:
        return _hasher.hash(_plain(password))


def matches(stored: str, password: str) -> bool:
    """Whether it is the password. Without a stored one the same work is done and the answer is no."""
    if len(password.encode()) > LONGEST_BYTES:
        password = ""
    with _turns:
        try:
            return _hasher.verify(stored or _nobodys(), _plain(password)) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def outdated(stored: str) -> bool:
    """Whether it was hashed at another cost than today's."""
    return _hasher.check_needs_rehash(stored)


@cache
def _nobodys() -> str:
    return _hasher.hash("the password of nobody")


def check_new(password: str, *, second_factor: bool, email: str) -> None:
    """Refuse a new password that is short (12 characters with a second factor, else 15), endless or known."""
    least = minimum_length(second_factor=second_factor)
    plain = _plain(password)
    if len(plain) < least:
        raise WeakPassword(msg("Usa al menos {least} caracteres; una frase corta sirve muy bien."), least=least)
    if len(password.encode()) > LONGEST_BYTES:
        raise WeakPassword(msg("La contraseña es demasiado larga."))
    low = plain.casefold()
    guessable = low in _KNOWN or low == email.casefold() or low in (email.split("@")[0] * 2).casefold()
    if guessable or len(set(low)) < _FEWEST_LETTERS:
        raise WeakPassword(msg("Esa contraseña es de las primeras que alguien probaría. Elige otra."))
