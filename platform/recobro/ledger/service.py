"""Writing entries: post, reverse. Nothing else in the product writes to the ledger."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.errors import CheckViolation
from sqlalchemy import select, text
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


@dataclass(frozen=True)
class NewEntry:
    """An entry to write: what `post` takes."""

    kind: EntryKind
    key: str
    postings: Sequence[Posting]
    on: date
    client_id: UUID | None = None
    reverses: UUID | None = None
    ref: tuple[str, UUID] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


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
    entry = NewEntry(kind, key, postings, on, client_id, reverses, ref, details or {})
    return post_all(work, [entry])[0]


def post_all(work: Work, entries: Sequence[NewEntry]) -> list[UUID]:
    """Write several entries in one go, by the rules of `post`; you get their ids in the same order."""
    if not entries:
        return []
    lines = [tidy(entry.postings) for entry in entries]
    accounts = _accounts(work, [line for some in lines for line in some])
    rows = [[(accounts[_key(line)], line.amount.currency, line.amount.minor) for line in some] for some in lines]
    ids = [new_id() for _ in entries]
    written = set(work.session.scalars(text(_ENTRIES), _columns(work, entries, ids, rows)))
    fresh = [(entry_id, some) for entry_id, some in zip(ids, rows, strict=True) if entry_id in written]
    if fresh:
        _write_lines(work, fresh)
    return [
        entry_id if entry_id in written else _written_before(work, entry, some)
        for entry_id, entry, some in zip(ids, entries, rows, strict=True)
    ]


_ENTRIES = """
INSERT INTO ledger_entries
  (agency_id, id, key, kind, client_id, "on", reverses, ref_table, ref_id, details, digest, by, posted_at)
SELECT :agency, e.id, e.key, e.kind, e.client_id, e.on_day, e.reverses, e.ref_table, e.ref_id, e.details, e.digest,
  :by, :at
FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[]), CAST(:kinds AS text[]), CAST(:clients AS uuid[]),
  CAST(:days AS date[]), CAST(:reversed AS uuid[]), CAST(:ref_tables AS text[]), CAST(:ref_ids AS uuid[]),
  CAST(:details AS jsonb[]), CAST(:digests AS text[]))
  AS e (id, key, kind, client_id, on_day, reverses, ref_table, ref_id, details, digest)
ON CONFLICT DO NOTHING RETURNING id
"""


def _columns(
    work: Work, entries: Sequence[NewEntry], ids: Sequence[UUID], rows: Sequence[Sequence[_Row]]
) -> dict[str, Any]:
    return {
        "agency": work.agency_id,
        "by": work.principal.name,
        "at": work.now(),
        "ids": list(ids),
        "keys": [entry.key for entry in entries],
        "kinds": [entry.kind.value for entry in entries],
        "clients": [entry.client_id for entry in entries],
        "days": [entry.on for entry in entries],
        "reversed": [entry.reverses for entry in entries],
        "ref_tables": [entry.ref[0] if entry.ref else "" for entry in entries],
        "ref_ids": [entry.ref[1] if entry.ref else None for entry in entries],
        "details": [json.dumps(dict(entry.details), default=str, ensure_ascii=False) for entry in entries],
        "digests": [
            digest(entry_id, entry.kind.value, entry.on, some)
            for entry_id, entry, some in zip(ids, entries, rows, strict=True)
        ],
    }


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


# One statement for all lines, so that balances move once and a trust account is judged by whole entries.
_LINES = """
INSERT INTO ledger_postings (agency_id, entry_id, line, account_id, currency, amount)
SELECT :agency, l.entry_id, l.line, l.account_id, l.currency, l.amount
FROM unnest(CAST(:entries AS uuid[]), CAST(:lines AS smallint[]), CAST(:accounts AS uuid[]),
  CAST(:currencies AS text[]), CAST(:amounts AS bigint[])) AS l (entry_id, line, account_id, currency, amount)
"""


def _write_lines(work: Work, entries: Sequence[tuple[UUID, Sequence[_Row]]]) -> None:
    lines = [(entry_id, number, *row) for entry_id, rows in entries for number, row in enumerate(rows, 1)]
    given = {
        "agency": work.agency_id,
        "entries": [entry_id for entry_id, *_ in lines],
        "lines": [number for _, number, *_ in lines],
        "accounts": [account_id for _, _, account_id, _, _ in lines],
        "currencies": [currency for _, _, _, currency, _ in lines],
        "amounts": [amount for *_, amount in lines],
    }
    try:
        work.session.execute(text(_LINES), given)
    except IntegrityError as error:
        cause = error.orig
        if isinstance(cause, CheckViolation) and "trust_never_negative" in (cause.diag.constraint_name or ""):
            raise TrustWouldBeNegative(
                msg("No hay dinero suficiente en la cuenta de terceros para este movimiento.")
            ) from error
        raise


def _written_before(work: Work, entry: NewEntry, rows: Sequence[_Row]) -> UUID:
    found = work.session.scalar(
        select(LedgerEntry).where(LedgerEntry.agency_id == work.agency_id, LedgerEntry.key == entry.key)
    )
    if found is None:
        raise AlreadyReversed(msg("Ese movimiento ya fue revertido."))
    if found.digest != digest(found.id, entry.kind.value, entry.on, rows):
        raise KeyReused(msg("La clave {key} ya se usó para otro movimiento."), key=entry.key)
    return found.id
