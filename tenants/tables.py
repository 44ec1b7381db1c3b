"""Agencies, clients, and the people who sign in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.ids import new_id
from tenants.columns import WHOLE_AGENCY, AgencyOwned, Base, Walls, agency_table, unique


class Agency(Base):
    """A collection agency: the tenant, the outer wall. A sandbox agency's clock can be moved (seconds of offset)."""

    __tablename__ = "agencies"
    __walls__ = Walls(
        staff="ru",
        client="r",
        client_by=WHOLE_AGENCY,
        counsel="r",
        counsel_by=WHOLE_AGENCY,
        debtor="r",
        debtor_by=WHOLE_AGENCY,
        door="r",
        system="riu",
    )
    __table_args__ = (CheckConstraint("status IN ('active', 'suspended')", name="status"),)

    agency_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    legal_name: Mapped[str]
    country: Mapped[str]
    time_zone: Mapped[str]
    locale: Mapped[str]
    currency: Mapped[str]
    tax_id: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    registry_no: Mapped[str] = mapped_column(default="")
    bank_account: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="active")
    sandbox: Mapped[bool] = mapped_column(default=False)
    clock_offset_s: Mapped[int] = mapped_column(default=0)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class Client(AgencyOwned, Base):
    """A firm that hands over debts to an agency: the inner wall. Amounts paid over go to `bank_account`."""

    __tablename__ = "clients"
    __walls__ = Walls(
        staff="riu",
        client="r",
        client_by="id",
        counsel="r",
        counsel_by="id IN (SELECT m.client_id FROM matters m)",
        debtor="r",
        debtor_by="id IN (SELECT c.client_id FROM cases c)",
        owner=True,
    )
    __table_args__ = agency_table(
        unique("slug"),
        CheckConstraint("status IN ('active', 'closed')", name="status"),
        CheckConstraint("creditor_type IN ('financial', 'commercial', 'other')", name="creditor_type"),
    )

    slug: Mapped[str]
    name: Mapped[str]
    legal_name: Mapped[str]
    tax_id: Mapped[str] = mapped_column(default="")
    country: Mapped[str]
    time_zone: Mapped[str]
    locale: Mapped[str]
    currency: Mapped[str]
    creditor_type: Mapped[str] = mapped_column(default="other")
    address: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    bank_account: Mapped[str] = mapped_column(default="")
    brand_color: Mapped[str] = mapped_column(default="#0b7285")
    logo_file_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class File(AgencyOwned, Base):
    """A stored file: its bytes lie at `<agency>/<id>`, its SHA-256 here. Without a client it is the agency's own.

    `kind` is what a document of a case is (invoice, contract, delivery …), `debt_id` the debt it speaks of, if of one.
    """

    __tablename__ = "files"
    __walls__ = Walls(
        staff="ri",
        client="ri",
        client_where="visibility IN ('client', 'debtor')",
        counsel="ri",
        counsel_where="debt_id IS NOT DISTINCT FROM (SELECT d.id FROM debts d WHERE d.id = debt_id)",
        debtor="ri",
        debtor_where="visibility = 'debtor'"
        " AND debt_id IS NOT DISTINCT FROM (SELECT d.id FROM debts d WHERE d.id = debt_id)",
        owner=True,
    )
    __table_args__ = agency_table(
        UniqueConstraint("agency_id", "client_id", "id"),
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"]),
        ForeignKeyConstraint(["agency_id", "client_id", "case_id"], ["cases.agency_id", "cases.client_id", "cases.id"]),
        ForeignKeyConstraint(["agency_id", "client_id", "debt_id"], ["debts.agency_id", "debts.client_id", "debts.id"]),
        # Without its client a case's file would escape the key above.
        CheckConstraint("case_id IS NULL OR client_id IS NOT NULL", name="case"),
        CheckConstraint("debt_id IS NULL OR case_id IS NOT NULL", name="debt"),
        CheckConstraint("visibility IN ('staff', 'client', 'debtor')", name="visibility"),
        Index("ix_files__case", "agency_id", "case_id"),
    )

    client_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    debt_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    visibility: Mapped[str] = mapped_column(default="staff")
    created_at: Mapped[datetime]


class Person(Base):
    """Somebody who signs in, known by one email address across agencies; seen by the sign-in door alone."""

    __tablename__ = "people"
    __walls__ = Walls(staff="", door="riu", system="riu")

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(default="")
    totp_secret: Mapped[str] = mapped_column(default="")
    totp_counter: Mapped[int] = mapped_column(default=0)
    operator: Mapped[bool] = mapped_column(default=False)
    locale: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """One single-use code for when the second factor is lost; only its SHA-256 is kept."""

    __tablename__ = "recovery_codes"
    __walls__ = Walls(staff="", door="riud")
    __table_args__ = (ForeignKeyConstraint(["person_id"], ["people.id"]),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(index=True)
    code_sha256: Mapped[str]
    used_at: Mapped[datetime | None]


class Membership(AgencyOwned, Base):
    """What a person is in one agency; name and email are copied so that pages need not reach the door's tables."""

    __tablename__ = "memberships"
    __walls__ = Walls(
        staff="riu",
        client="ru",
        counsel="r",
        counsel_by="person_id",
        door="riu",
        system="r",
    )
    __table_args__ = agency_table(
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"]),
        UniqueConstraint("agency_id", "person_id", "role", "client_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("kind IN ('staff', 'client', 'counsel')", name="kind"),
        CheckConstraint("(kind = 'client') = (client_id IS NOT NULL)", name="client"),
        # A client's user can never be written down as one of the agency's people.
        CheckConstraint("(kind = 'client') = starts_with(role, 'client_')", name="client_role"),
        CheckConstraint("(kind = 'counsel') = (role = 'counsel')", name="counsel_role"),
        CheckConstraint("status IN ('active', 'disabled')", name="status"),
        Index("ix_memberships__person", "person_id"),
    )

    person_id: Mapped[UUID]
    kind: Mapped[str]
    role: Mapped[str]
    client_id: Mapped[UUID | None]
    name: Mapped[str]
    email: Mapped[str]
    status: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class SignInSession(Base):
    """One signed-in browser: the SHA-256 of its cookie, whom it is for, when it ends. Revocable at once."""

    __tablename__ = "sessions"
    __walls__ = Walls(staff="", door="riud")
    __table_args__ = (ForeignKeyConstraint(["person_id"], ["people.id"]),)

    id_sha256: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(index=True)
    agency_id: Mapped[UUID | None]
    membership_id: Mapped[UUID | None]
    second_factor: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user_agent: Mapped[str] = mapped_column(default="")
    ip: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class SignInAttempt(Base):
    """A wrong try at a door, so that the lock holds when Redis is down. `subject` is a SHA-256, never an address."""

    __tablename__ = "sign_in_attempts"
    __walls__ = Walls(staff="", door="rid")
    __table_args__ = (Index("ix_sign_in_attempts__subject", "subject", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject: Mapped[str]
    at: Mapped[datetime]


class AccessToken(Base):
    """An invitation or a password reset: single use, a deadline.

    The link's secret is not here: it is the HMAC of `id` under the installation's own secret, made when the mail is
    written. An invitation without an agency is for an operator of the platform.
    """

    __tablename__ = "access_tokens"
    __walls__ = Walls(staff="riu", client="riu", door="riud", system="ri")
    __table_args__ = (
        CheckConstraint("purpose IN ('invitation', 'reset')", name="purpose"),
        CheckConstraint("(client_id IS NOT NULL) = starts_with(role, 'client_')", name="client_role"),
        CheckConstraint("agency_id IS NOT NULL OR role IN ('', 'operator')", name="agency"),
        Index("ix_access_tokens__agency", "agency_id", "purpose"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purpose: Mapped[str]
    email: Mapped[str]
    person_id: Mapped[UUID | None]
    agency_id: Mapped[UUID | None]
    client_id: Mapped[UUID | None]
    role: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    invited_by: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class IdempotencyKey(AgencyOwned, Base):
    """The answer to a request that carried a key, kept in the same transaction as its effect.

    `principal` is `Principal.key`: nobody replays another's answer.
    """

    __tablename__ = "idempotency_keys"
    __walls__ = Walls(
        staff="ri",
        client="ri",
        client_by="principal = (SELECT sec.principal('client'))::text",
        debtor="ri",
        debtor_by="principal = (SELECT sec.scope('debtor'))::text",
    )
    __table_args__ = agency_table(unique("principal", "key"))

    principal: Mapped[str]
    key: Mapped[str]
    request_sha256: Mapped[str]
    response: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class ScheduledRun(AgencyOwned, Base):
    """That a periodic job was due at an instant for an agency: unique, so two clocks or a pause never double it."""

    __tablename__ = "scheduled_runs"
    __walls__ = Walls(staff="riu", system="riud")
    __table_args__ = agency_table(unique("name", "due_at"))

    name: Mapped[str]
    due_at: Mapped[datetime]
    outbox_id: Mapped[UUID]
    created_at: Mapped[datetime]


class NumberSeries(AgencyOwned, Base):
    """The last number given in a series (cases, remittances, receipts); only `take_number` writes it."""

    __tablename__ = "number_series"
    __walls__ = Walls(staff="r", owner=True)
    __table_args__ = agency_table(unique("series"))

    series: Mapped[str]
    last: Mapped[int] = mapped_column(default=0)
