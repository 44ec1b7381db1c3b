"""Cases, the debts in them, and everything that happened to them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import AgencyOwned, Base, ClientOwned, Walls, agency_table, client_table, index, ref, unique


class Case(ClientOwned, Base):
    """All debts of one debtor under one client, worked together. `number` is what people say on the phone.

    `balance` is what is owed in `currency`, the case's main currency, in minor units; other currencies are in
    `case_balances`. The queue columns say whether the case waits for a collector, why, and since when. While a plan
    with a discount runs, `settlement_total` is all that payments since `settlement_from` may take.
    """

    __tablename__ = "cases"
    __walls__ = Walls(
        staff="riu",
        client="r",
        counsel="r",
        counsel_by="id IN (SELECT m.case_id FROM matters m)",
        debtor="r",
        debtor_by="id",
        owner=True,
    )
    __table_args__ = client_table(
        ref("debtors", "debtor_id", in_sets=True),
        unique("number"),
        unique("client_id", "debtor_id"),
        CheckConstraint("stage IN ('received', 'notices', 'calls', 'negotiation', 'legal', 'closed')", name="stage"),
        CheckConstraint("(stage = 'closed') = (close_code <> '')", name="close_code"),
        CheckConstraint(
            "num_nulls(settlement_total, settlement_currency, settlement_from) IN (0, 3)", name="settlement"
        ),
        index("ix_cases__client_stage", "client_id", "stage"),
        index("ix_cases__balance", "balance"),
        index("ix_cases__due", "next_step_at", where=text("next_step_at IS NOT NULL")),
        Index(
            "ix_cases__queue",
            "agency_id",
            text("queue_priority DESC"),
            "queue_at",
            "id",
            postgresql_where=text("queue_at IS NOT NULL"),
        ),
        whose="debtors",
    )

    number: Mapped[str]
    debtor_id: Mapped[UUID]
    stage: Mapped[str] = mapped_column(default="received")
    stage_since: Mapped[datetime]
    close_code: Mapped[str] = mapped_column(default="")
    currency: Mapped[str]
    balance: Mapped[int] = mapped_column(default=0)
    oldest_due_on: Mapped[date | None]
    debt_count: Mapped[int] = mapped_column(default=0)
    placement_id: Mapped[UUID | None]
    strategy_id: Mapped[UUID | None]
    step: Mapped[int] = mapped_column(default=0)
    next_step_at: Mapped[datetime | None]
    next_step_why: Mapped[str] = mapped_column(default="")
    queue_at: Mapped[datetime | None]
    queue_priority: Mapped[int] = mapped_column(default=0)
    queue_reason: Mapped[str] = mapped_column(default="")
    queue_details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    claimed_by: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None]
    assigned_to: Mapped[UUID | None]
    last_contact_at: Mapped[datetime | None]
    settlement_total: Mapped[int | None]
    settlement_currency: Mapped[str | None]
    settlement_from: Mapped[datetime | None]
    created_at: Mapped[datetime]


class CaseBalance(Base):
    """What is owed on a case in one currency, kept in the same transaction as what changes it. Currencies never add."""

    __tablename__ = "case_balances"
    __walls__ = Walls(staff="riu", client="r", counsel="r", debtor="r", owner=True)
    __table_args__ = (ref("cases", "case_id", in_sets=True),)

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    placed: Mapped[int] = mapped_column(default=0)
    balance: Mapped[int] = mapped_column(default=0)
    debt_count: Mapped[int] = mapped_column(default=0)
    oldest_due_on: Mapped[date | None]


class Debt(ClientOwned, Base):
    """One claim of a client on a debtor: an invoice or an account. `balance` is what its components still owe.

    `placement_line` is the line of the file it was read from. `seller_norm` is the tax id of who issued it, where that
    is not the client itself: two sellers may use one number. `uuid` is that of its electronic invoice, in capitals.
    """

    __tablename__ = "debts"
    __walls__ = Walls(staff="riu", client="r", counsel="r", debtor="r", owner=True)
    __table_args__ = client_table(
        ref("cases", "case_id", in_sets=True),
        ref("debtors", "debtor_id", in_sets=True),
        unique("client_id", "reference_norm", "seller_norm"),
        CheckConstraint("state IN ('open', 'paid', 'recalled', 'settled')", name="state"),
        CheckConstraint("balance >= 0 AND original > 0", name="amounts"),
        index("ix_debts__case", "case_id"),
        index("ix_debts__placement", "placement_id"),
        index("ix_debts__original", "original"),
        index("ix_debts__uuid", "client_id", "uuid", where=text("uuid <> ''")),
        Index(
            "ix_debts__reference",
            "agency_id",
            "reference_norm",
            postgresql_ops={"reference_norm": "text_pattern_ops"},
        ),
        whose="cases",
    )

    case_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
    placement_id: Mapped[UUID | None]
    placement_line: Mapped[int | None]
    reference: Mapped[str]
    reference_norm: Mapped[str]
    seller_norm: Mapped[str] = mapped_column(default="")
    uuid: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="invoice")
    issued_on: Mapped[date | None]
    due_on: Mapped[date]
    currency: Mapped[str]
    original: Mapped[int]
    balance: Mapped[int]
    state: Mapped[str] = mapped_column(default="open")
    disputed: Mapped[bool] = mapped_column(default=False)
    concept: Mapped[str] = mapped_column(default="")
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class DebtComponent(ClientOwned, Base):
    """One part of a debt: principal, contractual interest, default interest, tax, cost or fee (minor units)."""

    __tablename__ = "debt_components"
    __walls__ = Walls(
        staff="riu",
        client="r",
        counsel="r",
        counsel_by="debt_id IN (SELECT d.id FROM debts d)",
        debtor="r",
        debtor_by="debt_id IN (SELECT d.id FROM debts d)",
        owner=True,
    )
    __table_args__ = client_table(
        ref("debts", "debt_id", in_sets=True),
        unique("debt_id", "kind"),
        CheckConstraint(
            "kind IN ('principal', 'contractual_interest', 'default_interest', 'tax', 'cost', 'fee')", name="kind"
        ),
        CheckConstraint("owed >= 0 AND forgiven >= 0", name="owed"),
        whose="debts",
    )

    debt_id: Mapped[UUID]
    kind: Mapped[str]
    charged: Mapped[int]
    owed: Mapped[int]
    forgiven: Mapped[int] = mapped_column(default=0)


class CaseMove(ClientOwned, Base):
    """One change of stage: who, when, why, from, to. Insert only."""

    __tablename__ = "case_moves"
    __walls__ = Walls(staff="ri", client="r", counsel="r", owner=True)
    __table_args__ = client_table(ref("cases", "case_id"), index("ix_case_moves__case", "case_id"))

    case_id: Mapped[UUID]
    move: Mapped[str]
    from_stage: Mapped[str]
    to_stage: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
    by: Mapped[str]
    at: Mapped[datetime]


class CaseEvent(ClientOwned, Base):
    """One line of a case's history. `title` is a marked sentence with `{fields}` of `details`. Insert only.

    `visibility`: staff (private), client (staff, counsel and the client), debtor (everybody on the case).
    `kind` chooses the icon: placement notice call promise agreement payment handoff matter stage flag visit note.
    """

    __tablename__ = "case_events"
    __walls__ = Walls(
        staff="ri",
        client="ri",
        client_where="visibility IN ('client', 'debtor')",
        counsel="ri",
        counsel_where="visibility IN ('client', 'debtor')",
        debtor="ri",
        debtor_where="visibility = 'debtor'",
        owner=True,
    )
    __table_args__ = client_table(
        ref("cases", "case_id", in_sets=True),
        CheckConstraint("visibility IN ('staff', 'client', 'debtor')", name="visibility"),
        index("ix_case_events__case", "case_id", text("at DESC")),
        index("ix_case_events__recent", "client_id", text("at DESC")),
        whose="cases",
    )

    case_id: Mapped[UUID]
    at: Mapped[datetime]
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tone: Mapped[str] = mapped_column(default="neutral")
    actor: Mapped[str]
    actor_kind: Mapped[str]
    ref_table: Mapped[str] = mapped_column(default="")
    ref_id: Mapped[UUID | None]
    visibility: Mapped[str] = mapped_column(default="client")


class CaseFlag(ClientOwned, Base):
    """A dispute, complaint, hardship, hold, breathing space or plea that the debt is barred: beside the stage, with its
    own life and expiry. `since` is the day the fact itself began or was told, where that matters.
    """

    __tablename__ = "case_flags"
    __walls__ = Walls(
        staff="riu", client="ri", counsel="r", debtor="ri", owner=True,
        debtor_writes="num_nonnulls(evidence_file_id) = 0",
    )  # fmt: skip
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("files", "evidence_file_id"),
        CheckConstraint(
            "kind IN ('dispute', 'complaint', 'hardship', 'hold', 'breathing_space', 'pleads_barred')", name="kind"
        ),
        CheckConstraint("expires_on >= since", name="since"),
        index("ix_case_flags__open", "case_id", where=text("closed_at IS NULL")),
    )

    case_id: Mapped[UUID]
    kind: Mapped[str]
    reason: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    opened_by_kind: Mapped[str]
    since: Mapped[date | None]
    expires_on: Mapped[date | None]
    evidence_file_id: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(default="")


class CaseNote(AgencyOwned, Base):
    """A collector's private note: no client, counsel or debtor ever sees it."""

    __tablename__ = "case_notes"
    __walls__ = Walls(staff="ri")
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "case_id"], ["cases.agency_id", "cases.id"]),
        index("ix_case_notes__case", "case_id"),
    )

    case_id: Mapped[UUID]
    text: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class SavedView(AgencyOwned, Base):
    """Filters of the list of cases that one of the agency's people keeps under a name; nobody else sees them.

    `query` is the list's own address behind the question mark.
    """

    __tablename__ = "saved_views"
    __walls__ = Walls(staff="riud", staff_where="person_id = (SELECT sec.principal('staff'))")
    __table_args__ = agency_table(unique("person_id", "name"))

    person_id: Mapped[UUID]
    name: Mapped[str]
    query: Mapped[str]
    created_at: Mapped[datetime]


class DebtorLink(ClientOwned, Base):
    """A link that opens one case's public face; only the SHA-256 of its 256-bit token is kept.

    `purposes`: what it is good for (see, pay, agree, stop). `tries` counts wrong answers to the one question it asks;
    after too many it is dead. `channel` and `contact_point_id` say where it was sent, for who wants no more there.
    """

    __tablename__ = "debtor_links"
    __walls__ = Walls(staff="riu", door="ru", debtor="r")
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("debtors", "debtor_id"),
        # Looked up before anybody is known; no unique key, for that would have to begin with the agency.
        Index("ix_debtor_links__token", "token_sha256"),
        index("ix_debtor_links__case", "case_id"),
    )

    case_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
    token_sha256: Mapped[str]
    purposes: Mapped[list[str]]
    channel: Mapped[str] = mapped_column(default="")
    contact_point_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
