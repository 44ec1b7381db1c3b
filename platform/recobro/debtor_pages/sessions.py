"""From a link to a visit: the link is looked up, one fact is asked, and a short session begins."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from kernel.clock import ShiftedClock, SystemClock
from recobro.cases.lifecycle import CloseCode, Stage
from recobro.cases.links import token_digest
from recobro.cases.tables import Case, Debt, DebtorLink
from recobro.debtor_pages.identity import TRIES, Question, is_right, question_for
from recobro.debtor_pages.tables import DebtorSession
from recobro.debtors.tables import Debtor
from tenants.context import Kind, Principal
from tenants.tables import Agency, Client
from tenants.work import door_work, tenant_work

MINUTES = 30


@dataclass(frozen=True)
class Visit:
    """A visit to a case's public face."""

    key: str
    principal: Principal
    link_id: UUID
    fact: str
    locale: str
    zone: str
    currency: str


@dataclass(frozen=True)
class Door:
    """What the neutral page may show of a link: who writes, for whom, what is asked. Nothing of a debt.

    Without a question the link opens nothing: we know no fact that only the debtor knows.
    """

    link_id: UUID
    agency_id: UUID
    client_id: UUID
    case_id: UUID
    contact_point_id: UUID | None
    channel: str
    tries: int
    agency: str
    agency_phone: str
    client: str
    color: str
    question: Question | None
    name: str
    locale: str
    usted: bool


def find_door(token: str) -> Door | None:
    """The door a link opens; None when it is unknown, dead, or too old.

    Of a case that was paid no link grows too old: the receipts and the agreement stay there for the debtor.
    """
    with door_work() as door:
        row = door.execute(
            select(DebtorLink, Agency)
            .join(Agency, Agency.agency_id == DebtorLink.agency_id)
            .where(DebtorLink.token_sha256 == token_digest(token))
        ).one_or_none()
        if row is None:
            return None
        link, agency = row
        now = ShiftedClock(SystemClock(), timedelta(seconds=agency.clock_offset_s)).now()
        if link.dead_at is not None or link.tries >= TRIES or agency.status != "active":
            return None
    with tenant_work(_as_debtor(link.agency_id, link.case_id)) as work:
        debtor, client, case = work.session.execute(
            select(Debtor, Client, Case)
            .join(Case, (Case.agency_id == Debtor.agency_id) & (Case.debtor_id == Debtor.id))
            .join(Client, (Client.agency_id == Case.agency_id) & (Client.id == Case.client_id))
            .where(Case.agency_id == link.agency_id, Case.id == link.case_id)
        ).one()
        if link.expires_at <= now and not paid_off(case):
            return None
        references = work.session.scalars(
            select(Debt.reference).where(Debt.agency_id == link.agency_id, Debt.case_id == link.case_id)
        ).all()
    return Door(
        link_id=link.id,
        agency_id=link.agency_id,
        client_id=link.client_id,
        case_id=link.case_id,
        contact_point_id=link.contact_point_id,
        channel=link.channel,
        tries=link.tries,
        agency=agency.name,
        agency_phone=agency.phone,
        client=client.name,
        color=client.brand_color,
        question=question_for(
            kind=debtor.kind,
            tax_id=debtor.tax_id,
            birth_year=debtor.birth_year,
            customer_ref=debtor.customer_ref,
            references=references,
        ),
        name=debtor.name,
        locale=debtor.locale,
        usted=debtor.kind == "firm",
    )


def paid_off(case: Case) -> bool:
    """Whether a case is over because it was paid, in full or as agreed: of it only the documents remain."""
    return case.stage == Stage.CLOSED and case.close_code in (CloseCode.PAID, CloseCode.SETTLED)


def _as_debtor(agency_id: UUID, case_id: UUID, name: str = "") -> Principal:
    return Principal(agency_id, Kind.DEBTOR, role="debtor", name=name, scope_id=case_id)


def answer(door: Door, text: str) -> str | None:
    """The cookie of a visit when the answer is right; None when it is wrong, which is counted (five end the link)."""
    if door.question is None:
        return None
    right = is_right(door.question, text)
    with door_work() as session:
        # Counted under the row's lock, so that answers sent at once cannot try more than five.
        allowed = session.scalar(
            update(DebtorLink)
            .where(
                DebtorLink.agency_id == door.agency_id,
                DebtorLink.id == door.link_id,
                DebtorLink.tries < TRIES,
                DebtorLink.dead_at.is_(None),
            )
            .values(tries=DebtorLink.tries + (0 if right else 1))
            .returning(DebtorLink.tries)
        )
        if allowed is None or not right:
            return None
        token = secrets.token_urlsafe(32)
        now = SystemClock().now()
        session.add(
            DebtorSession(
                agency_id=door.agency_id,
                id_sha256=_digest(token),
                client_id=door.client_id,
                case_id=door.case_id,
                link_id=door.link_id,
                fact=door.question.fact.value,
                name=door.name,
                created_at=now,
                expires_at=now + timedelta(minutes=MINUTES),
            )
        )
        return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def load(token: str) -> Visit | None:
    """The visit a cookie belongs to; None when it is over."""
    now: datetime = SystemClock().now()
    with door_work() as session:
        row = session.execute(
            select(DebtorSession, Agency)
            .join(Agency, Agency.agency_id == DebtorSession.agency_id)
            .where(DebtorSession.id_sha256 == _digest(token))
        ).one_or_none()
        if row is None:
            return None
        visit, agency = row
        if visit.ended_at is not None or visit.expires_at <= now or agency.status != "active":
            return None
        return Visit(
            key=visit.id_sha256,
            principal=_as_debtor(visit.agency_id, visit.case_id, visit.name),
            link_id=visit.link_id,
            fact=visit.fact,
            locale=agency.locale,
            zone=agency.time_zone,
            currency=agency.currency,
        )


def end(key: str, agency_id: UUID) -> None:
    """End a visit."""
    with door_work() as session:
        session.execute(
            update(DebtorSession)
            .where(DebtorSession.agency_id == agency_id, DebtorSession.id_sha256 == key)
            .values(ended_at=SystemClock().now())
        )


def end_link(door: Door) -> None:
    """The link opens nothing any more."""
    with door_work() as session:
        session.execute(
            update(DebtorLink)
            .where(DebtorLink.agency_id == door.agency_id, DebtorLink.id == door.link_id)
            .values(dead_at=SystemClock().now())
        )
