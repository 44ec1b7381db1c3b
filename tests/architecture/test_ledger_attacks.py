"""Every way we know to break the ledger is refused by the database itself, for the runtime role and for the owner."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel.ids import new_id
from recobro.ledger.queries import proofs
from recobro.ledger.rules import Account, EntryKind, credit, debit
from recobro.ledger.service import AlreadyReversed, KeyReused, TrustWouldBeNegative, post, reverse
from recobro.ledger.verification import verify
from tenants.roles import Role
from tenants.work import Work
from tests.support.world import World, mxn

ON = date(2026, 1, 5)


class Attack:
    """An agency with one honest entry of 1,000.00, and raw SQL as the runtime role."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client_id = world.client()
        self.other_id = world.client("lacteos", name="Lácteos Demo")
        with world.work() as work:
            self.entry_id = receive(work, self.client_id, "1000.00", key="first")
            receive(work, self.other_id, "50.00", key="other")
            self.accounts = {
                (row.kind, row.client_id): row.id
                for row in work.session.execute(text("SELECT kind, client_id, id FROM ledger_accounts"))
            }

    def sql(self, work: Work, statement: str, **given: object) -> None:
        work.session.execute(text(statement), {"agency": work.agency_id, **given})

    def entry(self, work: Work, **given: object) -> UUID:
        entry_id = new_id()
        self.sql(
            work,
            'INSERT INTO ledger_entries (agency_id, id, key, kind, client_id, "on", ref_table, details, digest, by,'
            " posted_at) VALUES (:agency, :id, :key, 'correction', :client, '2026-01-05', '', '{}', '', 'x', now())",
            **{"id": entry_id, "key": str(entry_id), "client": self.client_id, **given},
        )
        return entry_id

    def line(self, work: Work, entry_id: UUID, number: int, account: tuple[str, UUID | None], amount: int,
             currency: str = "MXN") -> None:  # fmt: skip
        self.sql(
            work,
            "INSERT INTO ledger_postings (agency_id, entry_id, line, account_id, currency, amount)"
            " VALUES (:agency, :entry, :line, :account, :currency, :amount)",
            entry=entry_id, line=number, account=self.accounts[account], currency=currency, amount=amount,
        )  # fmt: skip

    def refused(self, act: Callable[[Work], object], *, saying: str = "") -> None:
        with pytest.raises(DBAPIError) as refusal, self.world.work() as work:
            act(work)
        assert saying in str(refusal.value)
        with self.world.work() as work:
            assert verify(work.session, work.agency_id).faults == []
            assert [proof.book for proof in proofs(work)] == [mxn("1050.00")]


@pytest.fixture
def attack(world: World) -> Attack:
    return Attack(world)


def receive(work: Work, client_id: UUID, amount: str, *, key: str) -> UUID:
    return post(
        work, kind=EntryKind.PAYMENT, key=key, on=ON, client_id=client_id, details={"number": "R-1"},
        postings=[
            debit(Account.BANK_TRUST, mxn(amount)),
            credit(Account.CLIENT_PAYABLE, mxn(amount), client_id),
        ],
    )  # fmt: skip


BANK = ("bank_trust", None)


def test_an_entry_that_does_not_balance_is_refused(attack: Attack) -> None:
    def act(work: Work) -> None:
        entry = attack.entry(work)
        attack.line(work, entry, 1, BANK, 500)
        attack.line(work, entry, 2, ("client_payable", attack.client_id), -499)

    attack.refused(act, saying="does not balance")


def test_an_entry_that_balances_only_across_currencies_is_refused(attack: Attack) -> None:
    def act(work: Work) -> None:
        attack.sql(
            work,
            "INSERT INTO ledger_accounts (agency_id, id, kind, book, currency, client_id, created_at)"
            " VALUES (:agency, :id, 'client_payable', 'trust', 'USD', :client, now())",
            id=(usd := new_id()), client=attack.client_id,
        )  # fmt: skip
        attack.accounts["usd", None] = usd
        entry = attack.entry(work)
        attack.line(work, entry, 1, BANK, 500)
        attack.line(work, entry, 2, ("usd", None), -500, currency="USD")

    attack.refused(act, saying="does not balance")


def test_an_entry_that_balances_only_across_the_two_books_is_refused(attack: Attack) -> None:
    def act(work: Work) -> None:
        attack.sql(
            work,
            "INSERT INTO ledger_accounts (agency_id, id, kind, book, currency, client_id, created_at)"
            " VALUES (:agency, :id, 'bank_operating', 'own', 'MXN', NULL, now())",
            id=(own := new_id()),
        )
        attack.accounts["own", None] = own
        entry = attack.entry(work)
        attack.line(work, entry, 1, ("own", None), 500)
        attack.line(work, entry, 2, BANK, -500)

    attack.refused(act, saying="does not balance")


def test_an_entry_without_lines_is_refused(attack: Attack) -> None:
    attack.refused(attack.entry, saying="does not balance")


def test_an_entry_with_one_line_is_refused(attack: Attack) -> None:
    attack.refused(lambda work: attack.line(work, attack.entry(work), 1, BANK, 5), saying="does not balance")


def test_lines_cannot_be_added_to_a_closed_entry(attack: Attack) -> None:
    def act(work: Work) -> None:
        attack.line(work, attack.entry_id, 8, BANK, 500)
        attack.line(work, attack.entry_id, 9, ("client_payable", attack.client_id), -500)

    attack.refused(act, saying="closed")


def test_checking_early_does_not_let_more_lines_in(attack: Attack) -> None:
    def act(work: Work) -> None:
        entry = attack.entry(work)
        attack.line(work, entry, 1, BANK, 500)
        attack.line(work, entry, 2, ("client_payable", attack.client_id), -500)
        attack.sql(work, "SET CONSTRAINTS ALL IMMEDIATE")
        attack.line(work, entry, 3, BANK, 500)

    attack.refused(act, saying="does not balance")


@pytest.mark.parametrize("table", ["ledger_accounts", "ledger_entries", "ledger_postings", "ledger_balances"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET currency = 'USD'", "DELETE FROM {}", "TRUNCATE {}", "ALTER TABLE {} DISABLE TRIGGER ALL"],
)
def test_nothing_written_is_changed_or_removed(attack: Attack, table: str, statement: str) -> None:
    if table == "ledger_entries":
        statement = statement.replace("currency = 'USD'", "by = 'x'")
    attack.refused(lambda work: attack.sql(work, statement.format(table)))


def test_balances_are_not_written_by_hand(attack: Attack) -> None:
    attack.refused(
        lambda work: attack.sql(
            work,
            "INSERT INTO ledger_balances (agency_id, account_id, currency, kind, amount, version)"
            " VALUES (:agency, :account, 'MXN', 'bank_trust', 5, 0)",
            account=attack.accounts[BANK],
        ),
        saying="permission denied",
    )


def test_a_key_is_used_once(attack: Attack) -> None:
    attack.refused(lambda work: attack.entry(work, key="first"), saying="uq_ledger_entries__agency_id_key")


def test_a_line_in_a_currency_its_account_does_not_have_is_refused(attack: Attack) -> None:
    def act(work: Work) -> None:
        entry = attack.entry(work)
        attack.line(work, entry, 1, BANK, 500, currency="USD")

    attack.refused(act, saying="fk_ledger_postings__agency_id_account_id_currency")


def test_an_entry_cannot_touch_another_clients_account(attack: Attack) -> None:
    def act(work: Work) -> None:
        entry = attack.entry(work)
        attack.line(work, entry, 1, ("client_payable", attack.client_id), -500)
        attack.line(work, entry, 2, ("client_payable", attack.other_id), 500)

    attack.refused(act, saying="another client")


def test_triggers_cannot_be_put_to_sleep(attack: Attack) -> None:
    attack.refused(lambda work: attack.sql(work, "SET session_replication_role = replica"), saying="permission denied")


def test_a_clients_money_cannot_go_below_nothing(attack: Attack) -> None:
    def take_too_much(work: Work) -> None:
        entry = attack.entry(work)
        attack.line(work, entry, 1, ("client_payable", attack.client_id), 1000_01)
        attack.line(work, entry, 2, BANK, -1000_01)

    attack.refused(take_too_much, saying="trust_never_negative")
    with pytest.raises(TrustWouldBeNegative), attack.world.work() as work:
        post(
            work, kind=EntryKind.REMITTANCE_PAID, key="too much", on=ON, client_id=attack.client_id,
            postings=[
                debit(Account.CLIENT_PAYABLE, mxn("1000.01"), attack.client_id),
                credit(Account.BANK_TRUST, mxn("1000.01")),
            ],
        )  # fmt: skip


def test_an_entry_is_reversed_once(attack: Attack) -> None:
    with attack.world.work() as work:
        reverse(work, attack.entry_id, kind=EntryKind.PAYMENT_REVERSED, key="back", on=ON)

    with pytest.raises(AlreadyReversed), attack.world.work() as work:
        reverse(work, attack.entry_id, kind=EntryKind.PAYMENT_REVERSED, key="back again", on=ON)


def test_the_same_key_again_is_the_same_entry_and_never_another(attack: Attack) -> None:
    with attack.world.work() as work:
        assert receive(work, attack.client_id, "1000.00", key="first") != new_id()
        again = receive(work, attack.client_id, "1000.00", key="first")
    assert again == attack.entry_id

    with pytest.raises(KeyReused), attack.world.work() as work:
        receive(work, attack.client_id, "1000.01", key="first")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_postings SET amount = amount + 1",
        "DELETE FROM ledger_postings",
        "TRUNCATE ledger_postings",
        "UPDATE ledger_entries SET by = 'x'",
        "UPDATE ledger_accounts SET book = book",
        "UPDATE ledger_balances SET amount = 0",
        "DELETE FROM ledger_balances",
    ],
)
def test_not_even_the_owner_rewrites_it(attack: Attack, database_urls: tuple[str, str], statement: str) -> None:
    with psycopg.connect(database_urls[1]) as owner:
        owner.execute("SET ROLE recobro_owner")
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            owner.execute(statement.encode())


@pytest.mark.parametrize("role", [Role.CLIENT_ADMIN, Role.CLIENT_VIEWER])
def test_a_client_writes_nothing_and_sees_its_own_accounts_only(attack: Attack, role: Role) -> None:
    principal = attack.world.principal(role, client_id=attack.client_id)

    with attack.world.work(principal) as work:
        seen = work.session.execute(text("SELECT client_id, amount FROM ledger_accounts a JOIN ledger_balances b"
                                         " ON b.account_id = a.id")).all()  # fmt: skip
        entries = work.session.scalars(text("SELECT client_id FROM ledger_entries")).all()
    assert [tuple(row) for row in seen] == [(attack.client_id, -1000_00)]
    assert entries == [attack.client_id]
    with pytest.raises(DBAPIError), attack.world.work(principal) as work:
        attack.entry(work)


def test_verify_names_the_entry_whose_amounts_were_changed(attack: Attack, database_urls: tuple[str, str]) -> None:
    with psycopg.connect(database_urls[1], autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(
            "UPDATE ledger_postings SET amount = amount + sign(amount)::bigint WHERE entry_id = %s", [attack.entry_id]
        )
    with attack.world.work() as work:
        faults = verify(work.session, work.agency_id).faults

    assert ("digest", attack.entry_id) in {(fault.why, fault.entry_id) for fault in faults}
    assert {fault.why for fault in faults} == {"balance", "digest"}


def test_verify_names_the_entry_that_lost_a_line(attack: Attack, database_urls: tuple[str, str]) -> None:
    with psycopg.connect(database_urls[1], autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("DELETE FROM ledger_postings WHERE line = 2 AND entry_id = %s", [attack.entry_id])
    with attack.world.work() as work:
        faults = verify(work.session, work.agency_id).faults

    assert {fault.why for fault in faults} == {"unbalanced", "digest", "balance", "three_way_proof"}
    assert {fault.entry_id for fault in faults if fault.entry_id} == {attack.entry_id}
