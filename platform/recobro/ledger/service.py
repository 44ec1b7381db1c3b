"""Writing entries: post, reverse. Nothing else in the product writes to the ledger."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.errors import CheckViolation
from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from kernel.ids import new_id
from kernel.money import Money
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from recobro.ledger.rules import Account, EntryKind, Posting, book_of, digest, opposite, tidy
from recobro.ledger.tables import BankCheck, LedgerAccount, LedgerEntry, LedgerPosting
from tenants.work import Work

_AccountKey = tuple[str, str, UUID | None]
_Row = tuple[UUID, str, int]


class TrustWouldBeNegative(Conflict):
    """The money is not there: no account of the trust can go below nothing."""

    code = "ledger.trust_negative"


class AlreadyReversed(Conflict):
    """An entry is reversed once."""

    code = "ledger.already_reversed"


class KeyReused(Conflict):
    """The same key came back with other postings."""

    code = "ledger.key_reused"


def post(
    work: Work,
    *,
    kind: EntryKind,
    key: str,
    postings: Sequence[Posting],
    on: date,
    client_id: UUID | None = None,
    reverses: UUID | None = None,
    ref: tuple[str, UUID] | None = None,
    details: Mapping[str, Any] | None = None,
) -> UUID:
    """Write one entry that counts for a day; you get its id. The same key again gives the same entry.

    Each book must balance per currency (a bug otherwise). Refused: a trust account below nothing, a second reversal,
    a key that was used for something else.
    """
    lines = tidy(postings)
    accounts = _accounts(work, lines)
    rows = [(accounts[_key(line)], line.amount.currency, line.amount.minor) for line in lines]
    entry_id = new_id()
    statement = (
        upsert(LedgerEntry)
        .values(
            agency_id=work.agency_id,
            id=entry_id,
            key=key,
            kind=kind.value,
            client_id=client_id,
            on=on,
            reverses=reverses,
            ref_table=ref[0] if ref else "",
            ref_id=ref[1] if ref else None,
            details=dict(details or {}),
            digest=digest(entry_id, kind.value, on, rows),
            by=work.principal.name,
            posted_at=work.now(),
        )
        .on_conflict_do_nothing()
        .returning(LedgerEntry.id)
    )
    if work.session.scalar(statement) is None:
        return _written_before(work, key, kind, on, rows)
    _write_lines(work, entry_id, rows)
    return entry_id


def reverse(
    work: Work, entry_id: UUID, *, kind: EntryKind, key: str, on: date, details: Mapping[str, Any] | None = None
) -> UUID:
    """Write the mirror of an entry, line by line; you get the new entry's id. An entry is reversed once."""
    entry = entry_by_id(work, entry_id)
    return post(
        work,
        kind=kind,
        key=key,
        postings=[opposite(line) for line in lines_of(work, entry_id)],
        on=on,
        client_id=entry.client_id,
        reverses=entry_id,
        ref=(entry.ref_table, entry.ref_id) if entry.ref_id else None,
        details=entry.details if details is None else details,
    )


def entry_by_id(work: Work, entry_id: UUID) -> LedgerEntry:
    """One entry; missing and foreign are the same."""
    found = work.session.scalar(
        select(LedgerEntry).where(LedgerEntry.agency_id == work.agency_id, LedgerEntry.id == entry_id)
    )
    if found is None:
        raise NotFound(msg("Ese asiento no existe o no es tuyo."))
    return found


def lines_of(work: Work, entry_id: UUID) -> list[Posting]:
    """The lines of an entry, in order."""
    rows = work.session.execute(
        select(LedgerAccount.kind, LedgerAccount.client_id, LedgerPosting.amount, LedgerPosting.currency)
        .join(
            LedgerAccount,
            (LedgerAccount.agency_id == LedgerPosting.agency_id) & (LedgerAccount.id == LedgerPosting.account_id),
        )
        .where(LedgerPosting.agency_id == work.agency_id, LedgerPosting.entry_id == entry_id)
        .order_by(LedgerPosting.line)
    )
    return [Posting(Account(kind), Money(amount, currency), client_id) for kind, client_id, amount, currency in rows]


def held(work: Work, account: Account, currency: str, client_id: UUID | None = None) -> Money:
    """An account's balance, debit positive, held until the end of the work: nobody else can use it meanwhile."""
    key = (account.value, currency, client_id)
    account_id = _known(work, currency, {client_id}).get(key)
    if account_id is None:
        return Money.zero(currency)
    amount = work.session.scalar(
        text("SELECT amount FROM ledger_hold(:agency, CAST(:accounts AS uuid[]))"),
        {"agency": work.agency_id, "accounts": [account_id]},
    )
    return Money(int(amount or 0), currency)


def check_bank(work: Work, *, on: date, amount: Money) -> None:
    """Note what the bank's statement says the trust account held at the end of a day; a day to come is refused."""
    if on > work.now().date():
        raise Invalid(msg("El estado de cuenta no puede ser de un día que no ha llegado."))
    work.add(
        BankCheck(
            agency_id=work.agency_id,
            id=new_id(),
            currency=amount.currency,
            on=on,
            amount=amount.minor,
            by=work.principal.name,
            at=work.now(),
        )
    )
    work.audit("ledger.bank_checked", on=on.isoformat(), amount=amount.minor, currency=amount.currency)


def _key(line: Posting) -> _AccountKey:
    return line.account.value, line.amount.currency, line.client_id


def _kept(work: Work) -> dict[_AccountKey, UUID]:
    """Ids of accounts as this transaction came to know them."""
    kept: dict[_AccountKey, UUID] = work.session.info.setdefault("ledger_accounts", {})
    return kept


def _known(work: Work, currency: str, clients: set[UUID | None]) -> dict[_AccountKey, UUID]:
    """The ids of a currency's accounts, the agency's own and some clients', remembered."""
    rows = work.session.execute(
        select(LedgerAccount.kind, LedgerAccount.client_id, LedgerAccount.id).where(
            LedgerAccount.agency_id == work.agency_id,
            LedgerAccount.currency == currency,
            LedgerAccount.client_id.is_(None) | LedgerAccount.client_id.in_([c for c in clients if c]),
        )
    )
    kept = _kept(work)
    kept.update({(kind, currency, client_id): account_id for kind, client_id, account_id in rows})
    return kept


def _accounts(work: Work, lines: Sequence[Posting]) -> dict[_AccountKey, UUID]:
    """The ids of the lines' accounts; those that are missing are opened."""
    wanted = {_key(line) for line in lines}
    clients = {client for _, _, client in wanted}
    kept = _kept(work)
    for currency in sorted({currency for _, currency, _ in wanted - kept.keys()}):
        _known(work, currency, clients)
    missing = sorted(wanted - kept.keys(), key=str)
    if not missing:
        return kept
    work.session.execute(
        upsert(LedgerAccount).on_conflict_do_nothing(),
        [
            {
                "agency_id": work.agency_id,
                "id": new_id(),
                "kind": kind,
                "book": book_of(Account(kind)),
                "currency": currency,
                "client_id": client_id,
                "created_at": work.now(),
            }
            for kind, currency, client_id in missing
        ],
    )
    for currency in sorted({currency for _, currency, _ in missing}):
        _known(work, currency, clients)
    return kept


def _write_lines(work: Work, entry_id: UUID, rows: Sequence[_Row]) -> None:
    values = [
        {
            "agency_id": work.agency_id,
            "entry_id": entry_id,
            "line": number,
            "account_id": account_id,
            "currency": currency,
            "amount": amount,
        }
        for number, (account_id, currency, amount) in enumerate(rows, 1)
    ]
    try:
        work.session.execute(insert(LedgerPosting).values(values))
    except IntegrityError as error:
        cause = error.orig
        if isinstance(cause, CheckViolation) and "trust_never_negative" in (cause.diag.constraint_name or ""):
            raise TrustWouldBeNegative(
                msg("No hay dinero suficiente en la cuenta de terceros para este movimiento.")
            ) from error
        raise


def _written_before(work: Work, key: str, kind: EntryKind, on: date, rows: Sequence[_Row]) -> UUID:
    found = work.session.scalar(
        select(LedgerEntry).where(LedgerEntry.agency_id == work.agency_id, LedgerEntry.key == key)
    )
    if found is None:
        raise AlreadyReversed(msg("Ese movimiento ya fue revertido."))
    if found.digest != digest(found.id, kind.value, on, rows):
        raise KeyReused(msg("La clave {key} ya se usó para otro movimiento."), key=key)
    return found.id
