"""What the movements of a staged ledger do to debts: found out in the order of their days, each meeting what the one
before it left; then done by the services that do the same for people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from kernel.money import Money, exponent
from recobro.clients.queries import NoContract, contract_in_force
from recobro.intake.issues import Issue
from recobro.intake.kinds.movements import Movement
from recobro.intake.staged.accepting import accepted
from recobro.intake.staged.charges import charge
from recobro.intake.staged.credits import CREDITED, PAID_BEFORE, credit
from recobro.intake.tables import Placement
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.reversing import reverse_payment
from recobro.payments.service import Arrived, record_payments
from tenants.service import client_by_id
from tenants.work import Work

TABLE = """
CREATE TEMPORARY TABLE intake_moves (
  line bigint NOT NULL, reference_norm text NOT NULL, uuid text NOT NULL, shown text NOT NULL,
  customer_ref_norm text NOT NULL, tax_id_norm text NOT NULL, movement text NOT NULL, amount numeric NOT NULL,
  written numeric NOT NULL, currency text NOT NULL, on_day date NOT NULL, component text NOT NULL,
  payment_id text NOT NULL, note text NOT NULL, minus text NOT NULL
)
"""
COLUMNS = (
    "line", "reference_norm", "uuid", "shown", "customer_ref_norm", "tax_id_norm", "movement", "amount", "written",
    "currency", "on_day", "component", "payment_id", "note", "minus",
)  # fmt: skip
# The debt a row means: by the invoice's UUID where it says one, else by number. Two sellers may use one number.
_FOUND = """
WITH named AS (
  SELECT m.line, d.id FROM intake_moves m JOIN debts d ON d.uuid = m.uuid AND d.uuid <> ''
  WHERE m.uuid <> '' AND d.agency_id = :agency AND d.client_id = :client
  UNION
  SELECT m.line, d.id FROM intake_moves m JOIN debts d ON d.reference_norm = m.reference_norm
  WHERE m.reference_norm <> '' AND d.agency_id = :agency AND d.client_id = :client
    AND (m.uuid = '' OR d.uuid IN ('', m.uuid))
), one AS (SELECT line, min(id::text)::uuid AS debt_id, count(*) AS debts FROM named GROUP BY line)
SELECT m.*, o.debts, d.id AS debt_id, d.case_id, d.reference, d.currency AS owed_in, d.balance, d.state,
  d.created_at, b.time_zone, b.name,
  (m.customer_ref_norm <> '' AND b.customer_ref_norm <> '' AND m.customer_ref_norm <> b.customer_ref_norm)
    OR (m.tax_id_norm <> '' AND b.tax_id_norm <> '' AND m.tax_id_norm <> b.tax_id_norm) AS other_debtor
FROM intake_moves m LEFT JOIN one o USING (line)
LEFT JOIN debts d ON d.agency_id = :agency AND d.id = o.debt_id AND o.debts = 1
LEFT JOIN debtors b ON b.agency_id = d.agency_id AND b.id = d.debtor_id
ORDER BY m.on_day, m.line
"""
# Payments that are here already, of the debts the file names or with one of its ids: (what each debt got of them).
_PAID = """
SELECT y.id, y.key, y.reference, y.state, y.direction, y.amount, y.currency, y.received_on, y.number, y.case_id,
  a.debt_id, coalesce(sum(a.amount), 0) AS got
FROM payments y LEFT JOIN payment_allocations a ON a.agency_id = y.agency_id AND a.payment_id = y.id
WHERE y.agency_id = :agency AND y.client_id = :client AND (
  y.id IN (SELECT n.payment_id FROM payment_allocations n WHERE n.agency_id = :agency
           AND n.debt_id = ANY(CAST(:debts AS uuid[])))
  OR (y.direction = 'to_client' AND y.reference = ANY(CAST(:ids AS text[]))))
GROUP BY y.id, y.key, y.reference, y.state, y.direction, y.amount, y.currency, y.received_on, y.number, y.case_id,
  a.debt_id ORDER BY y.id
"""
_NOTED = """
SELECT e.details ->> 'key', (e.details -> 'amount' ->> 'minor')::bigint FROM case_events e
WHERE e.agency_id = :agency AND e.case_id = ANY(CAST(:cases AS uuid[])) AND e.ref_table IN ('charges', 'credits')
  AND NOT EXISTS (SELECT FROM case_events u WHERE u.agency_id = e.agency_id AND u.case_id = e.case_id
                  AND u.ref_table = 'undone' AND u.ref_id = e.id)
"""
# Movements of which a person had no more taken than was owed: the invoice, what the file said, what was taken.
_CUT = """
SELECT i.details ->> 'reference', (i.details -> 'amount' ->> 'minor')::bigint, (i.details -> 'owed' ->> 'minor')::bigint
FROM placement_issues i JOIN placements p ON p.agency_id = i.agency_id AND p.id = i.placement_id
WHERE p.agency_id = :agency AND p.client_id = :client AND p.kind = 'financial' AND p.state = 'committed'
  AND i.kind = 'warned' AND i.code = 'fin_excess'
"""
_PREFIX = "move"


@dataclass(frozen=True)
class Action:
    """One movement that is done: `amount` is what the debt takes of it, `written` what the file says (minor units)."""

    line: int
    movement: Movement
    debt_id: UUID | None
    case_id: UUID | None
    reference: str
    debtor: str
    amount: Money
    written: int
    on: date
    key: str
    component: str
    payment_id: str
    note: str
    undone: UUID | None = None
    title: str = CREDITED


@dataclass
class Found:
    """What would be done, what is said of rows, the sums of all that could be read, and how many were here before."""

    actions: list[Action] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    file: dict[str, dict[str, int]] = field(default_factory=dict)
    unchanged: int = 0

    def count(self, movement: Movement) -> int:
        """How many movements of a kind are done."""
        return sum(1 for one in self.actions if one.movement is movement)


@dataclass
class _Paid:
    """A payment that a row may take back: its id when it is here, its key, what each debt got of it."""

    key: str
    reference: str
    amount: int
    currency: str
    received_on: date
    direction: str
    payment_id: UUID | None
    got: dict[UUID, int]
    standing: bool = True
    number: str = ""


class _Says(Exception):
    """A row is not done: the issue's kind, code and details; no code, it is here already."""

    def __init__(self, kind: str, code: str, **details: Any) -> None:
        super().__init__(code)
        self.kind, self.code, self.details = kind, code, details


def find(work: Work, placement: Placement) -> Found:
    """What would come of the staged movements."""
    parameters: dict[str, Any] = {"agency": work.agency_id, "client": placement.client_id}
    rows = work.session.execute(text(_FOUND), parameters).all()
    return _Finder(work, placement, rows).found


class _Finder:
    """Goes through the movements once, keeping what is left of each debt and which payments stand."""

    def __init__(self, work: Work, placement: Placement, rows: Sequence[Any]) -> None:
        self.work, self.client_id = work, placement.client_id
        client = client_by_id(work, placement.client_id)
        self.home, self.today = client.currency, work.today(ZoneInfo(client.time_zone))
        # A person said that of what is more than is owed so much is taken.
        self.cut = bool(placement.options.get("excess"))
        # What the movements before it add to what a debt owed at the start.
        self.since: dict[UUID, int] = {}
        self.seen: dict[str, tuple[int, int]] = {}
        # Of what has no identifier: this very row, by its file and line, is done once; one like it is for a person.
        self.origin, self.accepted = placement.sha256[:16], accepted(placement)
        self.found = Found()
        self.payments = self._payments(rows)
        given = {"agency": work.agency_id, "cases": list({row.case_id for row in rows if row.case_id})}
        self.noted: dict[str, int] = dict(work.session.execute(text(_NOTED), given).all())
        given = {"agency": work.agency_id, "client": placement.client_id}
        self.cuts = {(reference, said, taken) for reference, said, taken in work.session.execute(text(_CUT), given)}
        # A ledger that is sent again tells of a payment and of its return each time.
        self.returned = {
            row.payment_id.casefold() for row in rows if row.movement == Movement.REVERSAL and row.payment_id
        }
        # A file may write all of a sort below zero, for they lower the debt; one among others is the contrary.
        self.above = {row.movement for row in rows if not row.minus}
        self.noted_alike = {key.rsplit(":", 2)[0] for key in self.noted}
        for row in rows:
            self._take(row)
        self.found.issues.sort(key=lambda issue: issue.line)

    def _payments(self, rows: Sequence[Any]) -> list[_Paid]:
        given = {
            "agency": self.work.agency_id, "client": self.client_id,
            "debts": list({row.debt_id for row in rows if row.debt_id}),
            "ids": list({row.payment_id for row in rows if row.payment_id}),
        }  # fmt: skip
        known: dict[UUID, _Paid] = {}
        for row in self.work.session.execute(text(_PAID), given):
            one = known.setdefault(
                row.id,
                _Paid(row.key, row.reference, row.amount, row.currency, row.received_on, row.direction, row.id, {},
                      row.state == "posted", row.number),
            )  # fmt: skip
            if row.debt_id:
                one.got[row.debt_id] = int(row.got)
        return list(known.values())

    def _take(self, row: Any) -> None:
        amount = None
        try:
            amount = self._money(row)
            self.found.actions += self._actions(row, amount)
        except _Says as said:
            if said.code:
                more = {"row_amount": self._written(row, amount)} if said.kind == "rejected" and amount else {}
                self.found.issues.append(Issue(said.kind, said.code, row.line, "", row.shown, {**said.details, **more}))
            else:
                self.found.unchanged += 1
            if said.kind == "rejected":
                return
        self._count(self._written(row, amount))

    def _actions(self, row: Any, amount: Money) -> list[Action]:
        movement = self._movement(row, amount)
        if row.debt_id is None and not (movement is Movement.REVERSAL and row.payment_id and not row.reference_norm):
            if row.debts:
                raise _Says("rejected", "fin_several")
            raise _Says("rejected", "fin_unknown")
        if movement is Movement.REVERSAL:
            return self._reversal(row, amount)
        if row.other_debtor:
            raise _Says("rejected", "fin_other_debtor", name=row.name)
        if row.currency and row.currency != row.owed_in:
            raise _Says("rejected", "fin_currency", reference=row.reference, there=row.owed_in, here=row.currency)
        key = self._key(row, movement, amount)
        key = self._before(row, movement, key, amount)
        owed = self._owed(row)
        if row.on_day > self.work.today(ZoneInfo(row.time_zone)):
            raise _Says("rejected", "fin_early", day=row.on_day.isoformat())
        if movement is Movement.CHARGE:
            self._add(row.debt_id, amount.minor)
            return [self._made(row, movement, amount, amount, key)]
        early = movement is Movement.PAYMENT and self._early(row, amount)
        if movement is Movement.PAYMENT and not early:
            self._contract(row)
        taken = Money(min(amount.minor, owed), amount.currency)
        if taken < amount:
            told = {"amount": _plain(amount), "owed": _plain(taken), "reference": row.reference}
            if not self.cut:
                raise _Says("rejected", "fin_over", **told)
            self._warn(row, "fin_excess", **told)
            self.cuts.add((row.reference, amount.minor, taken.minor))
        self._add(row.debt_id, -taken.minor)
        if early:
            return [self._made(row, Movement.CREDIT, taken, amount, key, title=PAID_BEFORE)]
        if movement is Movement.PAYMENT:
            self.payments.append(
                _Paid(key, row.payment_id, taken.minor, taken.currency, row.on_day, "to_client", None,
                      {row.debt_id: taken.minor})
            )  # fmt: skip
        return [self._made(row, movement, taken, amount, key)]

    def _early(self, row: Any, amount: Money) -> bool:
        """Whether a payment is from before its debt was handed over. What was handed over may have it off already: a
        person takes it, and then it is no recovery of ours."""
        placed_on = row.created_at.astimezone(ZoneInfo(row.time_zone)).date()
        if row.on_day >= placed_on:
            return False
        told = {"reference": row.reference, "day": row.on_day.isoformat(), "placed": placed_on.isoformat()}
        if row.line not in self.accepted:
            raise _Says("conflict", "fin_before", amount=_plain(amount), **told)
        self._warn(row, "fin_before_taken", **told)
        return True

    def _movement(self, row: Any, amount: Money) -> Movement:
        """What a row does: where its amount is below zero, the contrary of what it names, if others like it are above.
        Else it is for a person to say, once."""
        if not row.minus:
            return Movement(row.movement)
        key = self._key(row, Movement(row.minus), amount)
        if not row.payment_id and (key in self.noted or any(one.key == key for one in self.payments)):
            return Movement(row.minus)
        if row.minus in self.above:
            self._warn(row, "fin_contrary")
            return Movement(row.movement)
        if row.line not in self.accepted:
            raise _Says("conflict", "fin_minus")
        self._warn(row, "fin_minus_taken")
        return Movement(row.minus)

    def _made(self, row: Any, movement: Movement, taken: Money, amount: Money, key: str, **more: Any) -> Action:
        sign = -1 if row.written < 0 else 1
        written = sign * (taken.minor if movement is not Movement.CHARGE else amount.minor)
        return Action(
            row.line, movement, row.debt_id, row.case_id, row.reference, row.name, taken, written, row.on_day, key,
            row.component, row.payment_id, row.note, **more,
        )  # fmt: skip

    def _money(self, row: Any) -> Money:
        currency = row.currency or row.owed_in or self.home
        scaled = Decimal(row.amount).scaleb(exponent(currency))
        if scaled != int(scaled):
            raise _Says("rejected", "decimals", currency=currency)
        return Money(int(scaled), currency)

    @staticmethod
    def _written(row: Any, amount: Money | None) -> dict[str, Any]:
        """The amount with the sign it has in the file."""
        assert amount is not None
        return _plain(-amount if row.written < 0 else amount)

    def _count(self, written: Mapping[str, Any]) -> None:
        sums = self.found.file.setdefault(written["currency"], {"count": 0, "sum": 0})
        sums["count"] += 1
        sums["sum"] += written["minor"]

    def _add(self, debt_id: UUID, minor: int) -> None:
        self.since[debt_id] = self.since.get(debt_id, 0) + minor

    def _key(self, row: Any, movement: Movement, amount: Money) -> str:
        if row.payment_id:
            return f"{_PREFIX}:{self.client_id}:{movement.value}:{row.payment_id.casefold()}:{row.debt_id}"
        facts = f"{row.on_day}:{amount.minor}{amount.currency}:{row.debt_id}"
        return f"{_PREFIX}:{self.client_id}:{movement.value}:{facts}:{self.origin}:{row.line}"

    def _before(self, row: Any, movement: Movement, key: str, amount: Money) -> str:
        """Nothing is done twice: neither in the file nor after another one. What may be a second one of its kind waits
        until a person takes it; you get the key under which the row is done."""
        if key in self.noted:
            if row.payment_id and not self._told(row.reference, amount, self.noted[key]):
                raise _Says("conflict", "fin_known_other", id=row.payment_id, here=_plain(amount),
                            there=_plain(Money(self.noted[key], amount.currency)))  # fmt: skip
            raise _Says("", "")
        there = [one for one in self.payments if one.payment_id] if movement is Movement.PAYMENT else []
        same = max((one for one in there if one.key == key or (row.payment_id and one.key.startswith(f"{key}:"))),
                   key=lambda one: one.standing, default=None)  # fmt: skip
        if same is not None:
            self._refuse_known(row, same, amount)
        first = self.seen.setdefault(key if row.payment_id else key.rsplit(":", 2)[0], (row.line, amount.minor))
        if row.payment_id and first[0] != row.line:
            line, minor = first
            if minor == amount.minor:
                raise _Says("duplicate", "fin_in_file", line=line)
            raise _Says("conflict", "fin_in_file_amount", line=line, here=_plain(amount),
                        there=_plain(Money(minor, amount.currency)))  # fmt: skip
        doubt = self._doubt(row, key, amount, there, first[0])
        if same is not None:
            doubt = _Says("conflict", "fin_returned", number=same.number)
            key = f"{key}:{self.origin}:{row.line}"
        # Who took a row for its sign or its day did not say that it is another one.
        asked = row.minus or row.on_day < row.created_at.astimezone(ZoneInfo(row.time_zone)).date()
        if doubt is not None and (row.line not in self.accepted or asked):
            raise doubt
        if doubt is not None:
            self._warn(row, "fin_taken", amount=_plain(amount))
        return key

    def _refuse_known(self, row: Any, same: _Paid, amount: Money) -> None:
        """Leave out what is here, which stays as it is. What was taken back and is told again passes: it may be another
        payment."""
        if not row.payment_id:
            raise _Says("", "")
        if not same.standing and row.payment_id.casefold() not in self.returned:
            return
        if self._told(row.reference, amount, same.amount):
            raise _Says("", "")
        raise _Says("conflict", "fin_known_amount", number=same.number, here=_plain(amount),
                    there=_plain(Money(same.amount, same.currency)))  # fmt: skip

    def _told(self, reference: str, amount: Money, taken: int) -> bool:
        """Whether a file said that amount of a movement of which so much was taken."""
        return amount.minor == taken or (reference, amount.minor, taken) in self.cuts

    def _doubt(self, row: Any, key: str, amount: Money, there: Sequence[_Paid], first: int) -> _Says | None:
        """Why a row may be what is here already, or what the file told above, where no identifier tells them apart."""
        alike = key.rsplit(":", 2)[0]
        for one in there:
            if self._alike(one, row, amount) or (not row.payment_id and one.key.startswith(f"{alike}:")):
                both_named = row.payment_id and one.reference and one.key.startswith(f"{_PREFIX}:")
                if not both_named:
                    return _Says("conflict", "fin_alike", number=one.number, amount=_plain(amount))
        if not row.payment_id and alike in self.noted_alike:
            return _Says("conflict", "fin_alike_noted", amount=_plain(amount))
        if first != row.line:
            return _Says("conflict", "fin_alike_row", line=first)
        return None

    @staticmethod
    def _alike(one: _Paid, row: Any, amount: Money) -> bool:
        same = (one.received_on, one.amount, one.currency) == (row.on_day, amount.minor, amount.currency)
        return same and one.standing and row.debt_id in one.got

    def _owed(self, row: Any) -> int:
        owed: int = row.balance + self.since.get(row.debt_id, 0)
        if row.state == "recalled":
            raise _Says("rejected", "fin_recalled", reference=row.reference)
        if not owed:
            raise _Says("rejected", "fin_closed", reference=row.reference)
        return owed

    def _contract(self, row: Any) -> None:
        try:
            contract_in_force(self.work, self.client_id, row.on_day)
        except NoContract:
            raise _Says("rejected", "fin_no_contract", day=row.on_day.isoformat()) from None

    def _reversal(self, row: Any, amount: Money) -> list[Action]:
        """The payment to take back: by its id (of all invoices it paid, where the row names none), else the one of that
        amount on that debt (of that day, if several)."""
        wanted = [one for one in self.payments if row.debt_id is None or row.debt_id in one.got]
        if row.payment_id:
            wanted = [one for one in wanted if one.reference.casefold() == row.payment_id.casefold()]
        else:
            wanted = [one for one in wanted if (one.amount, one.currency) == (amount.minor, amount.currency)]
            if len([one for one in wanted if one.standing]) > 1:
                wanted = [one for one in wanted if one.received_on == row.on_day] or wanted
        standing = [one for one in wanted if one.standing]
        if len(standing) < len(wanted):
            # One of them came back already; what was paid later is not what this row takes back.
            standing = [one for one in standing if one.received_on <= row.on_day]
        if not standing and wanted:
            raise _Says("", "")
        if not standing:
            raise _Says("rejected", "fin_no_payment")
        if len(standing) > 1 and not (row.payment_id and row.debt_id is None):
            raise _Says("rejected", "fin_several_payments", count=len(standing))
        ours = next((one for one in standing if one.direction != "to_client"), None)
        if ours is not None:
            raise _Says("rejected", "fin_not_direct", number=ours.number)
        paid = sum(one.amount for one in standing)
        if not self._returns(row, amount, paid):
            there = Money(paid, standing[0].currency)
            raise _Says("rejected", "fin_part", here=_plain(amount), there=_plain(there))
        if row.on_day > self.today:
            raise _Says("rejected", "fin_early", day=row.on_day.isoformat())
        return [self._undone(row, one) for one in standing]

    def _returns(self, row: Any, amount: Money, paid: int) -> bool:
        """Whether a row takes back all of a payment, as it was told or as it was taken."""
        if row.reference:
            return self._told(row.reference, amount, paid)
        return amount.minor == paid or any((said, taken) == (amount.minor, paid) for _, said, taken in self.cuts)

    def _undone(self, row: Any, one: _Paid) -> Action:
        one.standing = False
        debt_id = row.debt_id or next(iter(one.got), None)
        for each, got in one.got.items():
            self._add(each, got)
        taken = Money(one.amount, one.currency)
        # What the row lacks when it names the payment alone is read with the debt when it is done.
        return Action(
            row.line, Movement.REVERSAL, debt_id, row.case_id, row.reference or "", row.name or "", taken,
            -taken.minor if row.written < 0 else taken.minor, row.on_day, one.key, row.component, row.payment_id,
            row.note, undone=one.payment_id,
        )  # fmt: skip

    def _warn(self, row: Any, code: str, **details: Any) -> None:
        self.found.issues.append(Issue("warned", code, row.line, "", row.shown, details))


def _plain(amount: Money) -> dict[str, Any]:
    return {"minor": amount.minor, "currency": amount.currency}


def post(work: Work, found: Found, *, why: str) -> int:
    """Do what was found, in its order; you get how many movements that was. `why` is said where a payment goes back."""
    waiting: list[Arrived] = []
    for one in found.actions:
        if one.movement is Movement.REVERSAL:
            record_payments(work, waiting)
            waiting = []
            payment_id = one.undone or _recorded(work, one.key)
            reverse_payment(work, payment_id, reason=one.note or why, on=one.on)
            continue
        assert one.debt_id is not None
        assert one.case_id is not None
        if one.movement is Movement.PAYMENT:
            waiting.append(
                Arrived(one.case_id, one.amount, Direction.TO_CLIENT, Method.OTHER, one.on, one.key,
                        reference=one.payment_id, debts=(one.debt_id,))
            )  # fmt: skip
            continue
        record_payments(work, waiting)
        waiting = []
        if one.movement is Movement.CHARGE:
            charge(work, debt_id=one.debt_id, component=one.component, amount=one.amount, key=one.key, note=one.note)
        else:
            document = one.payment_id or one.note or one.reference
            credit(work, debt_id=one.debt_id, amount=one.amount, key=one.key, document=document, title=one.title)
    record_payments(work, waiting)
    return len(found.actions)


def _recorded(work: Work, key: str) -> UUID:
    """The payment this very file recorded a few rows above."""
    found = work.session.scalar(
        text("SELECT id FROM payments WHERE agency_id = :agency AND key = :key"), {"agency": work.agency_id, "key": key}
    )
    assert isinstance(found, UUID)
    return found


def first_of(found: Found) -> Iterator[Action]:
    """The first movements by line."""
    return iter(sorted(found.actions, key=lambda one: one.line))
