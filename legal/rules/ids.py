"""Identifiers of persons, firms and bank accounts: does this one have the form and the check digits of its kind?

By python-stdnum and clabe; a Colombian cédula has no check digit. A wrong RFC digit is a warning: about one in seventy
in real use was issued so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import clabe
from stdnum import iban
from stdnum.ar import cbu, cuit
from stdnum.cl import rut
from stdnum.co import nit
from stdnum.es import ccc, cif, dni, nie, nif
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength, ValidationError
from stdnum.mx import curp, rfc
from stdnum.pe import ruc

from kernel.text import msg

GENERIC_RFC = frozenset({"XAXX010101000", "XEXX010101000"})
"""Mexico's generic ones: of the public at large, and of foreigners. They are nobody's."""


class IdKind(StrEnum):
    """What an identifier is."""

    RFC = "rfc"
    CURP = "curp"
    CLABE = "clabe"
    NIT = "nit"
    CEDULA = "cedula"
    DNI = "dni"
    NIE = "nie"
    NIF = "nif"
    CIF = "cif"
    IBAN = "iban"
    CCC = "ccc"
    RUT = "rut"
    RUC = "ruc"
    CUIT = "cuit"
    CBU = "cbu"


class Verdict(StrEnum):
    """Whether it holds: `warn` for a control that does not match where such ones are in use, `generic` for a well-known
    one that identifies nobody; no digit is asked of it."""

    VALID = "valid"
    GENERIC = "generic"
    WARN = "warn"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Checked:
    """An identifier looked at: `canonical` without separators; `because` is a Spanish sentence, empty when valid."""

    kind: IdKind
    canonical: str
    verdict: Verdict
    code: str
    because: str


_WITH_DIGIT = frozenset("ABEH")
_WITH_LETTER = frozenset("PQRSNW")
_MODULES: Mapping[IdKind, Any] = {
    IdKind.RFC: rfc, IdKind.CURP: curp, IdKind.NIT: nit, IdKind.DNI: dni, IdKind.NIE: nie, IdKind.NIF: nif,
    IdKind.CIF: cif, IdKind.IBAN: iban, IdKind.CCC: ccc, IdKind.RUT: rut, IdKind.RUC: ruc, IdKind.CUIT: cuit,
    IdKind.CBU: cbu,
}  # fmt: skip
_SAID = {
    "checksum": msg("El dígito de control no corresponde."),
    "length": msg("No tiene el largo que debe."),
    "format": msg("No tiene la forma que debe."),
    "generic": msg("Es un RFC genérico, de los que todos conocen: no identifica a nadie."),
    "control_form": msg("El control de este tipo de entidad va en letra, o en número: no en la forma que tiene."),
}
_ELEVEN_DIGITS = msg("Once dígitos con los pesos 5, 4, 3, 2, 7, 6, 5, 4, 3, 2; el último, por módulo 11.")
HOW: Mapping[IdKind, str] = {
    IdKind.RFC: msg("12 signos una empresa, 13 una persona, con fecha; el último por módulo 11 con pesos de 13 a 2. "
                    "Muchos emitidos no lo cumplen: solo se avisa."),
    IdKind.CURP: msg("18 signos, con fecha; el último por módulo 10 con pesos de 18 a 2."),
    IdKind.CLABE: msg("18 dígitos: banco, plaza y cuenta; el último por módulo 10 con los pesos 3, 7, 1."),
    IdKind.NIT: msg("El último dígito por módulo 11, con números primos de 3 a 71 como pesos desde la derecha."),
    IdKind.CEDULA: msg("De 3 a 10 dígitos; no tiene dígito de control."),
    IdKind.DNI: msg("Ocho dígitos y la letra de su resto entre 23."),
    IdKind.NIE: msg("X, Y o Z como 0, 1 o 2, siete dígitos, y la letra de su resto entre 23."),
    IdKind.NIF: msg("El de su clase: DNI, NIE o el de una entidad."),
    IdKind.CIF: msg("Una letra, siete dígitos y un control por módulo 10, en dígito o en letra según la entidad."),
    IdKind.IBAN: msg("El largo de su país y resto 1 entre 97 (ISO 13616); el español, también su CCC."),
    IdKind.CCC: msg("Veinte dígitos; dos de control por módulo 11 con los pesos 1, 2, 4, 8, 5, 10, 9, 7, 3, 6."),
    IdKind.RUT: msg("El último por módulo 11 con los pesos de 2 a 7 desde la derecha; 10 es K."),
    IdKind.RUC: _ELEVEN_DIGITS,
    IdKind.CUIT: _ELEVEN_DIGITS,
    IdKind.CBU: msg("22 dígitos en dos partes, cada una con su control por módulo 10 y los pesos 3, 1, 7, 9 desde la "
                    "derecha."),
}  # fmt: skip
"""By what each kind is judged, in words."""


def check_id(kind: IdKind, value: str) -> Checked:
    """Look at an identifier; nothing is refused, what is wrong is the answer."""
    if kind is IdKind.CLABE:
        return _by(kind, value, _clabe)
    if kind is IdKind.CEDULA:
        return _by(kind, value, _cedula)
    module = _MODULES[kind]
    if kind is IdKind.RFC:
        return _rfc(value)
    found = _by(kind, value, module.validate)
    return _control_form(found) if kind in (IdKind.CIF, IdKind.NIF) else found


def _control_form(found: Checked) -> Checked:
    """Sources differ on who has a digit and who a letter: the form that most do not expect is a warning."""
    first, last = found.canonical[:1], found.canonical[-1:]
    odd = (first in _WITH_DIGIT and not last.isdigit()) or (first in _WITH_LETTER and last.isdigit())
    if found.verdict is not Verdict.VALID or not odd:
        return found
    return Checked(found.kind, found.canonical, Verdict.WARN, "control_form", _SAID["control_form"])


def _by(kind: IdKind, value: str, validate: Callable[[str], str]) -> Checked:
    try:
        return Checked(kind, validate(value), Verdict.VALID, "valid", "")
    except ValidationError as error:
        code = _code(error)
        return Checked(kind, value.strip(), Verdict.INVALID, code, _SAID[code])


def _rfc(value: str) -> Checked:
    canonical = rfc.compact(value)
    if canonical in GENERIC_RFC:
        return Checked(IdKind.RFC, canonical, Verdict.GENERIC, "generic", _SAID["generic"])
    found = _by(IdKind.RFC, value, rfc.validate)
    if found.verdict is Verdict.VALID and not rfc.is_valid(value, validate_check_digits=True):
        return Checked(IdKind.RFC, canonical, Verdict.WARN, "checksum", _SAID["checksum"])
    return found


def _code(error: ValidationError) -> str:
    if isinstance(error, InvalidChecksum):
        return "checksum"
    if isinstance(error, InvalidLength):
        return "length"
    assert isinstance(error, InvalidFormat | InvalidComponent)
    return "format"


def _clabe(value: str) -> str:
    bare = "".join(value.split())
    if not bare.isascii() or not bare.isdigit():
        raise InvalidFormat
    if len(bare) != 18:
        raise InvalidLength
    if clabe.compute_control_digit(bare[:17]) != bare[17]:
        raise InvalidChecksum
    return bare


def _cedula(value: str) -> str:
    bare = value.strip().replace(".", "").replace(" ", "")
    if not bare.isascii() or not bare.isdigit():
        raise InvalidFormat
    if not 3 <= len(bare) <= 10:
        raise InvalidLength
    return bare
