"""Placements: each delivery of debts by a client, how its file was read, what came of it, and what was wrong."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref, unique


class Placement(ClientOwned, Base):
    """One delivery: file, layout (with the profile of each column), mapping, counts, totals, progress.

    `fingerprint` is empty until it is confirmed: then the same file read the same way for the same day is the same
    placement. `counts` are rows, `totals` and `overdue` {currency: {count, sum}} in minor units; `declared` is what the
    client says they should be, in the same form. `options` are a person's answers for the whole file (`unpaid`:
    invoices paid at once are owed all the same). `source` is the door it came by. `confirmed` is who let it be done and
    what they declared by that; `withdrawn` what was taken back of what undoing left. `left_lines` are the lines that
    the last batch did not do, as [first, last].
    """

    __tablename__ = "placements"
    __walls__ = Walls(staff="riu", client="riu", owner=True)
    __table_args__ = client_table(
        unique("number"),
        unique("client_id", "sha256", "fingerprint"),
        ForeignKeyConstraint(["agency_id", "client_id", "file_id"], ["files.agency_id", "files.client_id", "files.id"]),
        CheckConstraint(
            "state IN ('uploaded', 'previewed', 'committing', 'committed', 'failed', 'undone', 'discarded')",
            name="state",
        ),
        CheckConstraint(
            "kind IN ('placement', 'financial', 'maintenance', 'recall', 'consent', 'documents')", name="kind"
        ),
        CheckConstraint("source IN ('page', 'paste', 'command', 'api', 'folder', 'email')", name="source"),
        index("ix_placements__client", "client_id", text("created_at DESC")),
    )

    number: Mapped[str]
    kind: Mapped[str] = mapped_column(default="placement")
    source: Mapped[str] = mapped_column(default="page")
    state: Mapped[str] = mapped_column(default="uploaded")
    file_id: Mapped[UUID]
    file_name: Mapped[str]
    sha256: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(default="")
    as_of: Mapped[date]
    layout: Mapped[dict[str, Any]] = mapped_column(default=dict)
    mapping: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    readings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    declared: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    totals: Mapped[dict[str, Any]] = mapped_column(default=dict)
    overdue: Mapped[dict[str, Any]] = mapped_column(default=dict)
    first: Mapped[dict[str, Any]] = mapped_column(default=dict)
    row_count: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    left_lines: Mapped[list[Any]] = mapped_column(JSONB, default=list, deferred=True)
    failure: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    committed_at: Mapped[datetime | None]
    committed_by: Mapped[str] = mapped_column(default="")
    committed_by_kind: Mapped[str] = mapped_column(default="")
    acknowledgement_file_id: Mapped[UUID | None]
    acknowledgement_data_id: Mapped[UUID | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(default="")
    undone: Mapped[dict[str, Any]] = mapped_column(default=dict)
    confirmed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    withdrawn: Mapped[dict[str, Any]] = mapped_column(default=dict)


class PlacementEffect(ClientOwned, Base):
    """One thing that a file of another kind than new debts did, and what stood there before: by this it is undone.

    `ref_id` is the debt, payment, fact or event it did it to, `case_id` whose; `details` what is needed to put it back.
    """

    __tablename__ = "placement_effects"
    __walls__ = Walls(staff="ri", owner=True)
    __table_args__ = client_table(
        ref("placements", "placement_id"),
        CheckConstraint(
            "kind IN ('recalled', 'paid', 'reversed', 'charged', 'credited', 'corrected', 'consented', 'attached',"
            " 'listed')",
            name="kind",
        ),
        index("ix_placement_effects__placement", "placement_id", "case_id"),
    )

    placement_id: Mapped[UUID]
    kind: Mapped[str]
    case_id: Mapped[UUID | None]
    ref_id: Mapped[UUID]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]


class WaitingClaim(ClientOwned, Base):
    """What a payment complement or a credit note says of an invoice that is not here yet: it waits for it, and is met
    in the transaction that places it.

    `placement_id` is the file that brought it, `line` its line there; `key` makes it the same whatever file brings it.
    `met_by` is the placement that brought the invoice, or the file that met it when it came again. `told` is why its
    invoice came and it was not met: the code of an issue and its details. Dropped: its file was undone, or what it
    says was off the invoice already.
    """

    __tablename__ = "waiting_claims"
    __walls__ = Walls(staff="riu", client="r")
    __table_args__ = client_table(
        ref("placements", "placement_id"),
        ref("placements", "met_by"),
        unique("client_id", "key"),
        CheckConstraint("kind IN ('payment', 'credit')", name="kind"),
        CheckConstraint("state IN ('waiting', 'met', 'dropped')", name="state"),
        index("ix_waiting_claims__waiting", "client_id", "placement_id", where=text("state = 'waiting'")),
    )

    placement_id: Mapped[UUID]
    line: Mapped[int]
    kind: Mapped[str]
    key: Mapped[str]
    uuid: Mapped[str]
    number: Mapped[str]
    seller_norm: Mapped[str]
    buyer_norm: Mapped[str] = mapped_column(default="")
    currency: Mapped[str]
    amount: Mapped[int]
    on_day: Mapped[date]
    part: Mapped[int]
    declared: Mapped[int | None]
    document: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    met_by: Mapped[UUID | None]
    met_debt: Mapped[UUID | None]
    credited: Mapped[int] = mapped_column(default=0)
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)
    since: Mapped[datetime]


class PlacementIssue(ClientOwned, Base):
    """One row that was refused, or is a duplicate, a conflict, or worth a look. `code` is in `intake.issues`."""

    __tablename__ = "placement_issues"
    __walls__ = Walls(staff="rid", client="rid")
    __table_args__ = client_table(
        ref("placements", "placement_id"),
        CheckConstraint(
            "kind IN ('rejected', 'no_debt', 'held', 'warned', 'duplicate', 'conflict', 'decided')", name="kind"
        ),
        index("ix_placement_issues__placement", "placement_id", "kind", "line"),
    )

    placement_id: Mapped[UUID]
    kind: Mapped[str]
    code: Mapped[str]
    line: Mapped[int]
    column: Mapped[str] = mapped_column(default="")
    value: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class PlacementFix(ClientOwned, Base):
    """One repair of a file in place: what a cell says instead of what it said. `line` 0 is every row in which the
    column (its index, from 0) holds `old`."""

    __tablename__ = "placement_fixes"
    __walls__ = Walls(staff="rid", client="rid")
    __table_args__ = client_table(
        ref("placements", "placement_id"),
        CheckConstraint("line >= 0 AND column_index >= 0", name="place"),
        index("ix_placement_fixes__placement", "placement_id", "column_index", "line"),
    )

    placement_id: Mapped[UUID]
    line: Mapped[int] = mapped_column(default=0)
    column_index: Mapped[int]
    old: Mapped[str] = mapped_column(default="")
    new: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class IntakeSource(ClientOwned, Base):
    """A door by which a client's files arrive unattended: a watched folder, or an email address.

    `folder` is its name below the client's own folder; the address's token is an HMAC of the id, of which the SHA-256
    is here. `senders` are addresses, or `@domain`s. `file_kind` is what its files are. `seen` is what the last look at
    the folder found: {name: [size, mtime in ns, inode]}. `last_result` is the outcome of the last file.
    """

    __tablename__ = "intake_sources"
    __walls__ = Walls(staff="riu", client="riu", door="r")
    __table_args__ = client_table(
        unique("client_id", "folder"),
        CheckConstraint("kind IN ('folder', 'email')", name="kind"),
        CheckConstraint("(kind = 'folder') = (folder IS NOT NULL)", name="folder"),
        CheckConstraint("(kind = 'email') = (token_sha256 IS NOT NULL)", name="token"),
        # Looked up before anybody is known; no unique key, for that would have to begin with the agency.
        Index("ix_intake_sources__token", "token_sha256"),
    )

    kind: Mapped[str]
    name: Mapped[str]
    file_kind: Mapped[str] = mapped_column(default="placement")
    folder: Mapped[str | None]
    token_sha256: Mapped[str | None]
    senders: Mapped[list[str]] = mapped_column(default=list)
    auto_confirm: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    seen: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    last_used_at: Mapped[datetime | None]
    last_result: Mapped[dict[str, Any]] = mapped_column(default=dict)


class IntakeMail(ClientOwned, Base):
    """One message that an address took, whole (`file_id`), before it was answered 250; the same Message-ID once.

    `answer` is the state of our reply: none is due, waiting, sent, refused, or nobody knows.
    """

    __tablename__ = "intake_mails"
    __walls__ = Walls(staff="riu", client="r")
    __table_args__ = client_table(
        ref("intake_sources", "source_id"),
        unique("source_id", "message_id"),
        ForeignKeyConstraint(["agency_id", "client_id", "file_id"], ["files.agency_id", "files.client_id", "files.id"]),
        CheckConstraint("state IN ('waiting', 'read')", name="state"),
        CheckConstraint("answer IN ('none', 'waiting', 'sent', 'refused', 'unknown')", name="answer"),
    )

    source_id: Mapped[UUID]
    message_id: Mapped[str]
    sender: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    file_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="waiting")
    answer: Mapped[str] = mapped_column(default="none")
    skipped: Mapped[list[str]] = mapped_column(default=list)
    received_at: Mapped[datetime]


class IntakeArrival(ClientOwned, Base):
    """One file that came by a source, and what was done with it. `origin` says which file it was, so that a job that
    starts over meets its own work. `told` is a sentence and its details: why it waits or was refused."""

    __tablename__ = "intake_arrivals"
    __walls__ = Walls(staff="riu", client="r")
    __table_args__ = client_table(
        ref("intake_sources", "source_id"),
        ref("intake_mails", "mail_id"),
        ref("placements", "placement_id"),
        unique("source_id", "origin"),
        CheckConstraint("outcome IN ('waiting', 'confirmed', 'earlier', 'nothing', 'refused')", name="outcome"),
        index("ix_intake_arrivals__placement", "placement_id"),
        index("ix_intake_arrivals__source", "source_id", text("at DESC")),
    )

    source_id: Mapped[UUID]
    mail_id: Mapped[UUID | None]
    placement_id: Mapped[UUID | None]
    origin: Mapped[str]
    file_name: Mapped[str]
    outcome: Mapped[str]
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]


class IntakeMap(ClientOwned, Base):
    """What a person said of the map of some headings, beside the placements that used it: its name, the field of each
    column (in the form of a placement's `mapping`), or that it is forgotten. It holds until a later placement with
    these headings is committed; the name stays."""

    __tablename__ = "intake_maps"
    __walls__ = Walls(staff="riu", client="riu")
    __table_args__ = client_table(
        unique("client_id", "kind", "headings_sha256"),
        CheckConstraint(
            "kind IN ('placement', 'financial', 'maintenance', 'recall', 'consent', 'documents')", name="kind"
        ),
    )

    kind: Mapped[str] = mapped_column(default="placement")
    headings_sha256: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    fields: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    forgotten: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
