"""How tables are declared: whose they are, what their keys carry, and who may do what with their rows.

Every tenant table begins its primary key, its unique keys and its foreign keys with `agency_id`; tables that a
client, counsel or debtor can write carry `client_id` in their foreign keys too, so that no row can point across a wall
even without a policy.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from kernel.ids import new_id
from tenants.references import SetReference

# For `*_by`: every row of the principal's agency. Only for what an agency shows to all: its own name and address.
WHOLE_AGENCY = ""

NAMING = {
    "ix": "ix_%(table_name)s__%(column_0_N_name)s",
    "uq": "uq_%(table_name)s__%(column_0_N_name)s",
    "ck": "ck_%(table_name)s__%(constraint_name)s",
    "fk": "fk_%(table_name)s__%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


@dataclass(frozen=True)
class Walls:
    """Which kinds of principal may read (r), insert (i), update (u) and delete (d) rows, and through which columns.

    `*_by` is a column that must equal the principal's scope, or, when it holds a blank, a SQL condition of its own.
    `*_where` narrows it further (for example to what is public on a case); `debtor_writes` only what debtors may write.
    """

    staff: str = "riu"
    client: str = ""
    counsel: str = ""
    debtor: str = ""
    door: str = ""
    system: str = ""
    client_by: str = "client_id"
    counsel_by: str = "case_id IN (SELECT m.case_id FROM matters m)"
    debtor_by: str = "case_id"
    client_where: str = ""
    counsel_where: str = ""
    debtor_where: str = ""
    debtor_writes: str = ""
    staff_where: str = ""
    # What staff may change of a row once it is written; none named: everything.
    staff_changes: tuple[str, ...] = ()
    # Functions that run with the owner's rights (audit, ledger balances) write here.
    owner: bool = False


class Base(DeclarativeBase):
    """The one registry of tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        int: BigInteger,
        bool: Boolean,
        bytes: LargeBinary,
        date: Date,
        datetime: TIMESTAMP(timezone=True),
        UUID: Uuid,
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[str]: ARRAY(Text),
    }
    __walls__: ClassVar[Walls]


class AgencyOwned:
    """A row of one agency."""

    agency_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-9)


class ClientOwned(AgencyOwned):
    """A row of one client of one agency."""

    client_id: Mapped[UUID] = mapped_column(sort_order=-8)


def ref(table: str, column: str, *, by_client: bool = True, in_sets: bool = False) -> ForeignKeyConstraint:
    """A foreign key that stays inside the agency, and inside the client unless `by_client` is off. `in_sets`: checked
    once for each statement, where portfolios are written (`tenants.references`)."""
    scope = ["agency_id", "client_id"] if by_client else ["agency_id"]
    kind = SetReference if in_sets else ForeignKeyConstraint
    return kind([*scope, column], [*(f"{table}.{c}" for c in scope), f"{table}.id"])


def unique(*columns: str) -> UniqueConstraint:
    """Unique inside the agency."""
    return UniqueConstraint("agency_id", *columns)


def index(name: str, *columns: Any, where: Any = None) -> Index:
    """An index that begins with the agency."""
    return Index(name, "agency_id", *columns, postgresql_where=where)


def agency_table(*items: SchemaItem) -> tuple[SchemaItem, ...]:
    """Table arguments of an agency's table."""
    return (ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]), *items)


def client_table(*items: SchemaItem, whose: str = "", in_sets: bool = False) -> tuple[SchemaItem, ...]:
    """Table arguments of a client's table: it can be the target of foreign keys that carry the client.

    `whose` names a table that each of its rows points to by a `ref` that is never empty: then the client is that
    row's, which was checked when it was made, and is not looked up again.
    """
    kind = SetReference if in_sets else ForeignKeyConstraint
    own = kind(["agency_id", "client_id"], ["clients.agency_id", "clients.id"])
    return (UniqueConstraint("agency_id", "client_id", "id"), *(() if whose else (own,)), *items)
