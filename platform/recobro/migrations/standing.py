"""How far a database's schema has come, against what this program needs. Quick: it is asked at every start."""

import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from kernel.problems import Kind, Problem
from kernel.text import msg

if TYPE_CHECKING:
    import psycopg

STEPS = Path(__file__).parent / "versions"


class Standing(StrEnum):
    """What may be said of a database's schema."""

    EMPTY = "empty"
    CURRENT = "current"
    BEHIND = "behind"
    NEWER = "newer"
    UNNUMBERED = "unnumbered"  # made before steps were counted


class Found(NamedTuple):
    """A database's standing, the step it is at (none: an empty text), and how many steps are still to be taken."""

    standing: Standing
    step: str
    missing: int


class OtherSchema(Problem):
    """The database's schema is not this program's."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "schema"


@cache
def numbered(folder: Path) -> dict[str, Path]:
    """The steps of a folder by their number, in order; the files are `0002_add_what.py`."""
    files = sorted(path for path in folder.iterdir() if re.fullmatch(r"\d{4}_\w+\.py", path.name))
    return {path.name[:4]: path for path in files}


def newest(folder: Path = STEPS) -> str:
    """The number of the last step this program knows."""
    return [*numbered(folder)][-1]


def look(connection: "psycopg.Connection", folder: Path = STEPS) -> Found:
    """Where a database stands; the runtime role may ask."""
    counted, tables = connection.execute(_PRESENT).fetchone() or (False, False)
    found = connection.execute("SELECT version_num FROM sec.alembic_version").fetchone() if counted else None
    steps = [*numbered(folder)]
    if found is None:
        return Found(Standing.UNNUMBERED if tables else Standing.EMPTY, "", len(steps))
    step = str(found[0])
    if step not in steps:
        return Found(Standing.NEWER, step, 0)
    missing = len(steps) - steps.index(step) - 1
    return Found(Standing.BEHIND if missing else Standing.CURRENT, step, missing)


# The catalogue answers everybody; `to_regclass` would ask for a right on the schema first.
_PRESENT = """
SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'sec' AND c.relname = 'alembic_version'),
       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' AND c.relname = 'agencies')
"""


def refuse_other(found: Found, folder: Path = STEPS) -> None:
    """OtherSchema, with what to do, when a program of this version cannot work on that schema."""
    if found.standing is Standing.NEWER:
        raise newer(found, folder)
    if found.standing is not Standing.CURRENT:
        raise OtherSchema(
            msg(
                "El esquema de la base de datos no está al día (pasos que faltan: {count}, hasta el {newest}). "
                "Ejecuta `recobro db migrate`."
            ),
            count=found.missing,
            newest=newest(folder),
        )


def newer(found: Found, folder: Path = STEPS) -> OtherSchema:
    """The refusal of a database that a later version of the program has changed."""
    return OtherSchema(
        msg(
            "La base de datos es de una versión más nueva de Recobro: está en el paso {step} y este programa llega "
            "al {newest}. Instala esa versión, o recupera un respaldo hecho con esta."
        ),
        step=found.step,
        newest=newest(folder),
    )
