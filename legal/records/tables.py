"""Decisions of the gate, contacts that were made, and what people said about being contacted."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref


class DecisionRecord(ClientOwned, Base):
    """The gate's answer on one proposed contact, whole, with its hash. Insert only: a trigger refuses every change.

    `moment`: planned (when the contact was thought of) or sending (when it was made, and counted). `failed` are the
    ids of the rules that stood in the way, strictest first; `overridden` of the policies that were set aside.
    """

    __tablename__ = "decisions"
    __walls__ = Walls(staff="ri", client="r", counsel="r", owner=True)
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("debtors", "debtor_id"),
        CheckConstraint("verdict IN ('allow', 'wait', 'deny')", name="verdict"),
        CheckConstraint("moment IN ('planned', 'sending')", name="moment"),
        CheckConstraint("verdict = 'allow' OR cardinality(failed) > 0", name="failed"),
        index("ix_decisions__case", "case_id", text("at DESC")),
        Index(
            "ix_decisions__at",
            "agency_id",
            text("at DESC"),
            text("id DESC"),
            postgresql_include=["client_id", "case_id", "moment", "channel", "verdict", "until", "asked_by"],
        ),
    )

    case_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
    contact_point_id: Mapped[UUID | None]
    moment: Mapped[str]
    channel: Mapped[str]
    purpose: Mapped[str]
    at: Mapped[datetime]
    verdict: Mapped[str]
    until: Mapped[datetime | None]
    failed: Mapped[list[str]]
    overridden: Mapped[list[str]]
    pack_id: Mapped[str]
    pack_version: Mapped[str]
    pack_digest: Mapped[str]
    hash: Mapped[str]
    record: Mapped[dict[str, Any]]
    asked_by: Mapped[str]


class ContactAttempt(ClientOwned, Base):
    """One contact that counts against the limits; `conversation` when the person answered.

    `person_key` says whom it reached for: the same person under two clients of an agency is one. `connected` is False
    where the number was surely not reached; `incoming` where the person made the contact, which counts as a
    conversation and never as an attempt. `voided_at` takes back an attempt that surely never left.
    """

    __tablename__ = "contact_attempts"
    # Limits rest on these rows: when and how it was is not changed; whom it reached for, only where debtors are joined.
    __walls__ = Walls(staff="riu", counsel="r", debtor="r",
                      staff_changes=("conversation", "connected", "voided_at", "person_key"))  # fmt: skip
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("debtors", "debtor_id"),
        ForeignKeyConstraint(
            ["agency_id", "client_id", "decision_id"], ["decisions.agency_id", "decisions.client_id", "decisions.id"]
        ),
        index("ix_contact_attempts__person", "person_key", text("at DESC")),
        index("ix_contact_attempts__ever", "person_key", where=text("purpose IN ('locate', 'confirm_stop')")),
        index("ix_contact_attempts__case", "case_id", text("at DESC")),
        index("ix_contact_attempts__at", text("at DESC")),
    )

    case_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
    contact_point_id: Mapped[UUID | None]
    decision_id: Mapped[UUID | None]
    person_key: Mapped[str]
    channel: Mapped[str]
    purpose: Mapped[str]
    at: Mapped[datetime]
    conversation: Mapped[bool] = mapped_column(default=False)
    connected: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    workplace: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    prerecorded: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    incoming: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    voided_at: Mapped[datetime | None]


class ContactCounter(Base):
    """One row per person, locked while the gate counts: two workers cannot both use the last attempt."""

    __tablename__ = "contact_counters"
    __walls__ = Walls(staff="riu")
    __table_args__ = (ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),)

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_key: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime | None]


class ConsentEvent(ClientOwned, Base):
    """One line of a debtor's ledger of consent: what was said about being contacted, by whom, how, until when.

    Insert only: what no longer holds is ended by a later line. `kind`:

    - stop, resume: no more by `channel` (empty: by none at all), and open again. A `stop` of everything that came
      in writing (`how` letter, email, page, link) is a request to cease.
    - grant, withdraw: yes to `channel` (empty: all), and no more, for `scope` (SCOPES in `legal.records.ledger`).
    - asked: asked for something by `channel`; one answer there is due.
    - inconvenient: a time, place or channel that does not suit; `details` says which.
    - lawyer: somebody acts for the debtor; name, address, phone and email in `details`.
    - employer: the employer wants no calls at work.
    - ended: the line `ends_id` no longer holds.
    - taken_back: what a client's file said of `contact_point_id` was undone; the point is as before.

    `how` is where it was said: page, link, call, letter, email, visit, client, merge; `at` when, `by` who noted it and
    `noted_at` when, if later; `person` who said it when that was not the debtor. `contact_point_id` narrows it to one
    number or address, `until` is the last day on which it holds. Evidence: `words`, a document, or where the recording
    is.
    """

    __tablename__ = "consent_events"
    __walls__ = Walls(
        staff="ri",
        counsel="r",
        debtor="ri",
        debtor_where="debtor_id IN (SELECT c.debtor_id FROM cases c)",
        debtor_writes="num_nonnulls(evidence_file_id) = 0"
        " AND coalesce(contact_point_id IN (SELECT p.id FROM contact_points p), true)",
    )
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("debtors", "debtor_id"),
        ref("contact_points", "contact_point_id"),
        ref("files", "evidence_file_id"),
        CheckConstraint(
            "kind IN ('stop', 'resume', 'asked', 'grant', 'withdraw', 'inconvenient', 'lawyer', 'employer', 'ended',"
            " 'taken_back')",
            name="kind",
        ),
        CheckConstraint("(kind = 'ended') = (ends_id IS NOT NULL)", name="ended"),
        index("ix_consent_events__debtor", "debtor_id", "at"),
    )

    case_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
    kind: Mapped[str]
    channel: Mapped[str] = mapped_column(default="")
    scope: Mapped[str] = mapped_column(default="", server_default="")
    contact_point_id: Mapped[UUID | None]
    at: Mapped[datetime]
    until: Mapped[date | None]
    how: Mapped[str]
    person: Mapped[str] = mapped_column(default="", server_default="")
    words: Mapped[str] = mapped_column(default="")
    evidence_file_id: Mapped[UUID | None]
    recording: Mapped[str] = mapped_column(default="", server_default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    ends_id: Mapped[UUID | None]
    by: Mapped[str]
    noted_at: Mapped[datetime | None]


class ValidationNotice(ClientOwned, Base):
    """A notice that tells the debtor what is claimed and how to contest it: which, when, and till when it may be.

    `provided_on` is the day it was sent, `assumed_receipt_on` and `period_ends_on` come from the rule of the debtor's
    place (`rule_id` of the pack), and are empty where the place has none. Insert only.
    """

    __tablename__ = "validation_notices"
    __walls__ = Walls(staff="ri", client="r", counsel="r")
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("debtors", "debtor_id"),
        ref("notices", "notice_id"),
        index("ix_validation_notices__case", "case_id", text("provided_on DESC")),
    )

    case_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
    notice_id: Mapped[UUID | None]
    channel: Mapped[str]
    provided_on: Mapped[date]
    assumed_receipt_on: Mapped[date | None]
    period_ends_on: Mapped[date | None]
    pack_id: Mapped[str] = mapped_column(default="")
    pack_version: Mapped[str] = mapped_column(default="")
    rule_id: Mapped[str] = mapped_column(default="")
    by: Mapped[str]
    noted_at: Mapped[datetime]


class Dispute(ClientOwned, Base):
    """What stands behind a dispute's flag: what is contested, said or written when, and what was answered.

    `kind`: DISPUTE_KINDS in `legal.records.disputes`. `debts` are references; empty: the whole. `amount` is the part
    that is contested, in minor units. `verification_sent_on`: when the proof of the debt was sent.
    """

    __tablename__ = "disputes"
    __walls__ = Walls(
        staff="riu",
        client="ri",
        counsel="r",
        debtor="ri",
        owner=True,
        debtor_writes="num_nonnulls(answer_file_id) = 0 AND debtor_id IN (SELECT c.debtor_id FROM cases c)"
        " AND flag_id IN (SELECT f.id FROM case_flags f)",
    )
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("debtors", "debtor_id"),
        ref("case_flags", "flag_id"),
        ref("files", "answer_file_id"),
        CheckConstraint("medium IN ('written', 'oral')", name="medium"),
        CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="amount"),
        index("ix_disputes__case", "case_id"),
    )

    case_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
    flag_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(default="other")
    medium: Mapped[str]
    received_on: Mapped[date]
    debts: Mapped[list[str]] = mapped_column(default=list)
    amount: Mapped[int | None]
    currency: Mapped[str | None]
    words: Mapped[str] = mapped_column(default="")
    verification_sent_on: Mapped[date | None]
    answered_on: Mapped[date | None]
    answer: Mapped[str] = mapped_column(default="")
    answer_file_id: Mapped[UUID | None]
    noted_at: Mapped[datetime]
    by: Mapped[str]
