"""Lists of notices and print batches; one notice with what was sent; one decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from kernel.money import Money
from kernel.pages import Cursor, Page
from kernel.problems import NotFound
from kernel.text import msg
from legal.records.tables import DecisionRecord
from recobro.cases.tables import Case
from recobro.debtors.queries import debtors_meant
from recobro.debtors.tables import Debtor
from recobro.files import read_file
from recobro.notices.tables import Notice, PrintBatch
from tenants.tables import Client
from tenants.work import Work

PAGE = 50


@dataclass(frozen=True)
class NoticeFilter:
    """What a list of notices shows. Empty fields do not filter. `text` is a case's number or a debtor's name."""

    state: str = ""
    channel: str = ""
    template: str = ""
    client: UUID | None = None
    text: str = ""
    sort: str = "-queued"
    after: str = ""


@dataclass(frozen=True)
class NoticeRow:
    """One notice as a list shows it."""

    notice: Notice
    case_number: str
    debtor: str
    client: str

    @property
    def amount(self) -> Money:
        """What it asked for."""
        return Money(self.notice.amount, self.notice.currency)


@dataclass(frozen=True)
class Message:
    """What was sent, read back from the very bytes that were kept."""

    headers: Sequence[tuple[str, str]]
    text: str
    dated: datetime | None = None


def _rows() -> Any:
    return (
        select(Notice, Case.number, Debtor.name, Client.name)
        .join(Case, and_(Case.agency_id == Notice.agency_id, Case.id == Notice.case_id))
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .join(Client, and_(Client.agency_id == Notice.agency_id, Client.id == Notice.client_id))
    )


def _conditions(work: Work, wanted: NoticeFilter) -> list[Any]:
    found: list[Any] = [Notice.agency_id == work.agency_id]
    if wanted.state:
        found.append(Notice.state == wanted.state)
    if wanted.channel:
        found.append(Notice.channel == wanted.channel)
    if wanted.template:
        found.append(Notice.template == wanted.template)
    if wanted.client:
        found.append(Notice.client_id == wanted.client)
    if wanted.text.strip():
        words = wanted.text.strip().upper()
        found.append(or_(Case.number == words, Debtor.id.in_(debtors_meant(work, words))))
    return found


def list_notices(work: Work, wanted: NoticeFilter, *, size: int = PAGE) -> Page[NoticeRow]:
    """One page of notices, the newest first unless the filter says the oldest."""
    conditions = _conditions(work, wanted)
    total = work.session.scalar(_rows().with_only_columns(func.count(), maintain_column_froms=True).where(*conditions))
    newest_first = wanted.sort != "queued"
    query = _rows().where(*conditions)
    if wanted.after:
        at, last_id = Cursor.decode(wanted.after).values
        key = (datetime.fromisoformat(str(at)), UUID(str(last_id)))
        beyond = (
            or_(Notice.queued_at < key[0], and_(Notice.queued_at == key[0], Notice.id < key[1]))
            if newest_first
            else or_(Notice.queued_at > key[0], and_(Notice.queued_at == key[0], Notice.id > key[1]))
        )
        query = query.where(beyond)
    order = (Notice.queued_at.desc(), Notice.id.desc()) if newest_first else (Notice.queued_at.asc(), Notice.id.asc())
    found = work.session.execute(query.order_by(*order).limit(size + 1)).all()
    rows = [NoticeRow(*row) for row in found[:size]]
    last = rows[-1].notice if len(found) > size else None
    cursor = Cursor((last.queued_at.isoformat(), str(last.id))).encode() if last else None
    return Page(rows, total, cursor)


def state_counts(work: Work) -> dict[str, int]:
    """How many notices are in each state."""
    rows = work.session.execute(
        select(Notice.state, func.count()).where(Notice.agency_id == work.agency_id).group_by(Notice.state)
    )
    return {str(row[0]): int(row[1]) for row in rows}


def notice_row(work: Work, notice_id: UUID) -> NoticeRow:
    """One notice of the agency's with its case, debtor and client; missing and foreign are the same."""
    found = work.session.execute(
        _rows().where(Notice.agency_id == work.agency_id, Notice.id == notice_id)
    ).one_or_none()
    if found is None:
        raise NotFound(msg("Ese aviso no existe o no es tuyo."))
    return NoticeRow(*found)


def of_case(work: Work, case_id: UUID) -> list[Notice]:
    """The notices of a case, the newest first."""
    return list(
        work.session.scalars(
            select(Notice)
            .where(Notice.agency_id == work.agency_id, Notice.case_id == case_id)
            .order_by(Notice.queued_at.desc(), Notice.id.desc())
        )
    )


def message_of(work: Work, notice: Notice) -> Message | None:
    """What an email said, from its kept bytes; None before it was sent and for letters."""
    if notice.file_id is None or notice.channel != "email":
        return None
    mail = message_from_bytes(read_file(work, notice.file_id)[1], policy=policy.default)
    body = mail.get_body(("plain",)) if hasattr(mail, "get_body") else None
    headers = [(name, str(mail[name])) for name in ("From", "To", "Subject", "Message-ID") if mail[name]]
    dated = getattr(mail["Date"], "datetime", None)
    return Message(headers, body.get_content() if body is not None else "", dated)


def decision(work: Work, decision_id: UUID) -> DecisionRecord:
    """One decision of the gate; missing and foreign are the same."""
    found = work.session.scalar(
        select(DecisionRecord).where(DecisionRecord.agency_id == work.agency_id, DecisionRecord.id == decision_id)
    )
    if found is None:
        raise NotFound(msg("Esa decisión no existe o no es tuya."))
    return found


def batches(work: Work, *, limit: int = 100) -> list[PrintBatch]:
    """The print batches, the newest first."""
    return list(
        work.session.scalars(
            select(PrintBatch)
            .where(PrintBatch.agency_id == work.agency_id)
            .order_by(PrintBatch.made_at.desc(), PrintBatch.id.desc())
            .limit(limit)
        )
    )
