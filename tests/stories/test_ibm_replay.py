"""Two years of a real receivables file, day by day: every invoice at its date, every settlement at its date."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from kernel.clock import ManualClock
from kernel.ids import new_id
from kernel.money import Money
from recobro.cases import service as cases
from recobro.cases.lifecycle import Move, Stage
from recobro.cases.tables import Case, Debt, DebtComponent
from recobro.clients.tables import Contract
from recobro.debtors.tables import Debtor
from recobro.ledger.queries import position, proofs
from recobro.ledger.verification import verify
from recobro.payments.ageing import open_at
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.queries import PaymentFilter, totals
from recobro.payments.service import Arrived, record_payments
from tenants import service as tenants
from tenants.work import Work
from tests.support.world import World, make_world

# EXPECTED.md 1, computed from the file by an independent script:
# day, open, sum, overdue, sum, debtors overdue, then count and sum for 1-15, 16-30 and 31-45 days.
EXPECTED = """
2012-01-31 78 4893.59 0 0.00 0 0 0.00 0 0.00 0 0.00
2012-02-29 97 6015.31 15 925.72 13 14 844.73 1 80.99 0 0.00
2012-03-31 107 6183.10 9 569.23 6 9 569.23 0 0.00 0 0.00
2012-04-30 96 5944.56 14 881.01 11 11 701.55 3 179.46 0 0.00
2012-05-31 101 6042.61 13 801.90 11 11 707.04 2 94.86 0 0.00
2012-06-30 98 5504.09 15 909.73 11 13 774.74 2 134.99 0 0.00
2012-07-31 97 5984.98 14 893.83 12 12 743.66 2 150.17 0 0.00
2012-08-31 98 6025.87 15 909.82 13 13 846.68 2 63.14 0 0.00
2012-09-30 104 6029.22 10 612.67 9 9 542.72 0 0.00 1 69.95
2012-10-31 98 5926.23 13 710.43 11 13 710.43 0 0.00 0 0.00
2012-11-30 99 5809.21 6 394.78 5 4 235.25 2 159.53 0 0.00
2012-12-31 99 5725.06 13 788.74 11 12 777.30 1 11.44 0 0.00
2013-01-31 94 5846.87 15 1026.68 14 14 940.29 0 0.00 1 86.39
2013-02-28 88 5465.28 9 644.01 9 7 518.29 2 125.72 0 0.00
2013-03-31 94 5903.74 9 681.37 8 7 548.25 2 133.12 0 0.00
2013-04-30 96 5834.10 13 1006.57 10 12 935.72 1 70.85 0 0.00
2013-05-31 112 6918.35 15 819.53 13 12 673.35 3 146.18 0 0.00
2013-06-30 84 5119.85 12 835.56 12 12 835.56 0 0.00 0 0.00
2013-07-31 92 5400.11 7 422.98 4 6 379.91 1 43.07 0 0.00
2013-08-31 78 4925.57 5 381.23 4 4 303.15 1 78.08 0 0.00
2013-09-30 88 5029.22 7 465.48 6 7 465.48 0 0.00 0 0.00
2013-10-31 79 5090.86 11 614.68 9 11 614.68 0 0.00 0 0.00
2013-11-30 79 4788.88 8 542.56 6 8 542.56 0 0.00 0 0.00
2013-12-31 13 761.90 10 555.65 9 8 416.93 2 138.72 0 0.00
2014-01-31 0 0.00 0 0.00 0 0 0.00 0 0.00 0 0.00
"""


@dataclass(frozen=True)
class Invoice:
    customer: str
    number: str
    issued_on: date
    due_on: date
    settled_on: date
    amount: Money


def read(path: Path) -> list[Invoice]:
    def day(text: str) -> date:
        month, number, year = (int(part) for part in text.split("/"))
        return date(year, month, number)

    with path.open(encoding="utf-8", newline="") as source:
        return [
            Invoice(
                row["customerID"], row["invoiceNumber"], day(row["InvoiceDate"]), day(row["DueDate"]),
                day(row["SettledDate"]), Money.of(row["InvoiceAmount"], "USD"),
            )
            for row in csv.DictReader(source)
        ]  # fmt: skip


class Replay:
    """One agency living through the file."""

    def __init__(self, world: World, clock: ManualClock) -> None:
        self.world, self.clock = world, clock
        self.client_id = world.client(name="Aceros Ficticios")
        self.case_ids: dict[str, UUID] = {}
        self.debt_ids: dict[str, UUID] = {}
        with world.work() as work:
            work.add(
                Contract(
                    agency_id=work.agency_id, client_id=self.client_id, id=new_id(), version=2,
                    valid_from=date(2012, 1, 1), tax_bp=1600, max_discount_bp=0, max_instalments=1,
                    min_instalment=0, created_at=work.now(),
                    commission_rules=[{"id": "general", "label": "General", "rate_bp": 1250}],
                )
            )  # fmt: skip

    def live(self, day: date, issued: list[Invoice], settled: list[Invoice]) -> None:
        self.clock.move_to(datetime(day.year, day.month, day.day, 18, tzinfo=UTC))
        with self.world.work() as work:
            if issued:
                self.place(work, issued)
            record_payments(
                work,
                [
                    Arrived(
                        self.case_ids[invoice.customer], invoice.amount, Direction.TO_AGENCY, Method.TRANSFER, day,
                        key=f"settled {invoice.number}", debts=[self.debt_ids[invoice.number]],
                    )
                    for invoice in settled
                ],
            )  # fmt: skip

    def place(self, work: Work, issued: list[Invoice]) -> None:
        found = {invoice.customer: self.case_of(work, invoice.customer) for invoice in issued}
        for invoice in issued:
            case, debt_id = found[invoice.customer], new_id()
            self.debt_ids[invoice.number] = debt_id
            work.add(
                Debt(
                    agency_id=work.agency_id, client_id=self.client_id, id=debt_id, case_id=case.id,
                    debtor_id=case.debtor_id, reference=invoice.number, reference_norm=invoice.number,
                    issued_on=invoice.issued_on, due_on=invoice.due_on, currency="USD",
                    original=invoice.amount.minor, balance=invoice.amount.minor, created_at=work.now(),
                )
            )  # fmt: skip
        work.flush()
        for invoice in issued:
            work.add(
                DebtComponent(
                    agency_id=work.agency_id, client_id=self.client_id, id=new_id(),
                    debt_id=self.debt_ids[invoice.number], kind="principal", charged=invoice.amount.minor,
                    owed=invoice.amount.minor,
                )
            )  # fmt: skip
        for case in found.values():
            if case.stage == Stage.CLOSED:
                cases.move(work, case, Move.REOPEN, why="a new invoice")
        cases.refresh_balances(work, [case.id for case in found.values()])

    def case_of(self, work: Work, customer: str) -> Case:
        if customer in self.case_ids:
            return cases.open_case(work, self.case_ids[customer])
        debtor = Debtor(
            agency_id=work.agency_id, client_id=self.client_id, id=new_id(), kind="firm", name=f"Cliente {customer}",
            name_norm=f"CLIENTE {customer}", customer_ref=customer, customer_ref_norm=customer, country="MX",
            time_zone="America/Mexico_City", locale="es_MX", created_at=work.now(),
        )  # fmt: skip
        case = Case(
            agency_id=work.agency_id, client_id=self.client_id, id=new_id(), debtor_id=debtor.id,
            number=f"C-{tenants.next_number(work, 'cases'):05d}", stage_since=work.now(), currency="USD",
            created_at=work.now(),
        )  # fmt: skip
        work.add(debtor)
        work.flush()
        work.add(case)
        work.flush()
        self.case_ids[customer] = case.id
        return case


@pytest.fixture(scope="module")
def replay(database_urls: tuple[str, str], shared_data: Path) -> Replay:
    invoices = read(shared_data / "ar" / "ibm" / "WA_Fn-UseC_-Accounts-Receivable.csv")
    assert (len(invoices), sum(invoice.amount.minor for invoice in invoices)) == (2466, 147_703_18)
    issued, settled = defaultdict(list), defaultdict(list)
    for invoice in invoices:
        issued[invoice.issued_on].append(invoice)
        settled[invoice.settled_on].append(invoice)
    clock = ManualClock(datetime(2012, 1, 2, 18, tzinfo=UTC))
    replayed = Replay(make_world("MX", clock=clock), clock)
    day, last = min(issued), max(settled)
    while day <= last:
        if issued[day] or settled[day]:
            replayed.live(day, issued[day], settled[day])
        day += timedelta(days=1)
    return replayed


def test_every_month_end_comes_out_as_an_independent_script_says(replay: Replay) -> None:
    said = []
    with replay.world.work() as work:
        for line in EXPECTED.split("\n")[1:-1]:
            day = date.fromisoformat(line.split()[0])
            found = open_at(work, day, client_id=replay.client_id)
            if not found:
                said.append(f"{day} 0 0.00 0 0.00 0 0 0.00 0 0.00 0 0.00")
                continue
            (at,) = found
            spans = " ".join(f"{bucket.count} {bucket.amount.amount}" for bucket in at.buckets[:3])
            said.append(
                f"{day} {at.open_count} {at.open.amount} {at.overdue_count} {at.overdue.amount}"
                f" {at.debtors_overdue} {spans}"
            )
            assert sum(bucket.count for bucket in at.buckets[3:]) == 0

    assert said == EXPECTED.split("\n")[1:-1]


def test_the_ledger_of_two_years_is_whole(replay: Replay) -> None:
    with replay.world.work() as work:
        verdict = verify(work.session, work.agency_id)
        assert (verdict.entries, verdict.faults) == (2466, [])
        (proof,) = proofs(work)
        assert proof.holds
        assert proof.book == Money(147_703_18, "USD") == position(work, replay.client_id, "USD")[0]
        (total,) = totals(work, PaymentFilter())
        assert (total.count, total.amount) == (2466, Money(147_703_18, "USD"))


def test_everybody_paid_and_every_case_is_closed(replay: Replay) -> None:
    with replay.world.work() as work:
        stages = {cases.open_case(work, case_id).stage for case_id in replay.case_ids.values()}

    assert (len(replay.case_ids), stages) == (100, {"closed"})
