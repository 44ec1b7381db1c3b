"""Six months of two agencies, day by day: what clients send, collectors say, debtors do and accountants close.

Everything goes through the product's own services with the clock moved; no row is written behind their back. The same
seed gives the same story. When it is over, both agencies' clocks stand at its last morning and run on from there.
"""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import import_module
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.clock import ManualClock, SystemClock, instant_of
from kernel.money import Money
from kernel.problems import Problem
from legal.gate import Denied, Held
from recobro.agreements import service as agreements
from recobro.agreements.schedule import Every
from recobro.cases import service as cases
from recobro.cases.lifecycle import Stage as CaseStage
from recobro.cases.tables import Case
from recobro.config import Settings
from recobro.debtors.tables import Debtor as DebtorRow
from recobro.demo.acts import close_month, hand_over, place, print_letters, receive
from recobro.demo.cast import SHARED, Debtor, Invoice, Manner, debtors, invoices
from recobro.demo.world import HOUSES, Stage, find_stages, login_lines, set_up
from recobro.desk import service as desk
from recobro.desk.outcomes import Outcome
from tenants.context import Kind, Principal
from tenants.roles import Role
from tenants.service import set_clock
from tenants.work import standing_clock, system_work, tenant_work

FIRST = date(2026, 7, 6)
LAST = date(2026, 11, 20)
LAST_HOUR, LAST_MINUTE = 10, 42
_CALLS_A_DAY = 4


@dataclass(frozen=True)
class Delivery:
    """A client's file in the story: when it comes, for how many debtors, of what size (minor units)."""

    client: str
    on: date
    count: int
    smallest: int
    largest: int
    seed: int
    start: int = 0


DELIVERIES: dict[str, Sequence[Delivery]] = {
    "demo": (
        Delivery("aceros", date(2026, 7, 6), 34, 4_500_00, 420_000_00, 11),
        Delivery("lacteos", date(2026, 7, 20), 26, 2_000_00, 90_000_00, 12),
        Delivery("cafetal", date(2026, 8, 3), 24, 900_000_00, 60_000_000_00, 13),
        Delivery("aceros", date(2026, 9, 7), 24, 6_000_00, 380_000_00, 14, 34),
        Delivery("lacteos", date(2026, 10, 5), 22, 2_500_00, 120_000_00, 15, 26),
        Delivery("aceros", date(2026, 11, 9), 20, 5_000_00, 250_000_00, 16, 58),
    ),
    "recobros": (
        Delivery("muebles", date(2026, 7, 13), 36, 180_00, 14_000_00, 21),
        Delivery("muebles", date(2026, 9, 14), 26, 220_00, 18_000_00, 22, 36),
        Delivery("muebles", date(2026, 11, 9), 14, 200_00, 9_000_00, 23, 62),
    ),
}


@dataclass
class Life:
    """What the story remembers of one case."""

    case_id: UUID
    client: str
    debtor: Debtor
    placed_on: date
    random: Random
    promised: date | None = None
    promises: int = 0
    attempts: int = 0
    done: bool = False
    handed: bool = False
    plan: UUID | None = None
    plan_paid: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


def build(settings: Settings) -> None:
    """Tell the whole story, each agency in a process of its own, and leave both clocks at its end."""
    clock = ManualClock(instant_of(FIRST, ZoneInfo("America/Mexico_City"), 8))
    with standing_clock(clock):
        set_up()
    tellers = [
        subprocess.Popen([sys.executable, "-m", "recobro.demo.story", house.slug], env=_environment(settings))
        for house in HOUSES
    ]
    if sum(teller.wait() != 0 for teller in tellers):
        raise SystemExit("The demo's story could not be told; the reason is above.")
    offset = instant_of(LAST, ZoneInfo(HOUSES[0].zone), LAST_HOUR, LAST_MINUTE) - SystemClock().now()
    for stage in find_stages():
        with system_work(reason="demo") as system:
            set_clock(system, agency_id=stage.agency_id, offset=offset)


def _environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": settings.database_url or "", "RECOBRO_SECRET": settings.signing_secret()}


def logins(_settings: Settings) -> list[str]:
    """The lines that `recobro demo` prints."""
    return login_lines()


def tell(stage: Stage) -> None:
    """One agency's months."""
    story = Story(stage)
    day = FIRST
    while day <= LAST:
        if day.weekday() < 5:
            story.day(day)
        day += timedelta(days=1)


@dataclass
class Story:
    """One agency's days."""

    stage: Stage
    lives: dict[UUID, Life] = field(default_factory=dict)
    clock: ManualClock = field(default_factory=ManualClock)

    @property
    def zone(self) -> ZoneInfo:
        """Where the agency works."""
        return ZoneInfo(self.stage.house.zone)

    def day(self, day: date) -> None:
        """A working day: files come, the machine runs, debtors and collectors act, the month is closed."""
        self._at(day, 9, 5)
        with standing_clock(self.clock):
            for delivery in DELIVERIES[self.stage.house.slug]:
                if delivery.on == day:
                    self._deliver(delivery)
            self._at(day, 9, 30)
            self._run()
            self._debtors_act(day)
            self._at(day, 10, 30)
            self._collect(day)
            if day == LAST:
                return
            self._at(day, 13, 0)
            self._sign()
            self._finish()
            if day.weekday() == 4:
                print_letters(self.stage)
                self._finish()
            if day.day in (3, 4, 5, 6, 7) and day.month >= 8:
                self._close_months(day)

    def _at(self, day: date, hour: int, minute: int) -> None:
        self.clock.move_to(instant_of(day, self.zone, hour, minute))

    def _run(self) -> None:
        # The product does not import its worker; it asks for it by name, as it names jobs.
        import_module("worker.run_now").tick_and_run(self.stage.agency_id, clock=self.clock)

    def _finish(self) -> None:
        import_module("worker.run_now").run_pending(self.stage.agency_id, clock=self.clock)

    def _deliver(self, delivery: Delivery) -> None:
        firm = next(firm for firm in self.stage.house.firms if firm.slug == delivery.client)
        cast = debtors(firm.country, firm.slug[:3].upper(), delivery.count, delivery.seed, start=delivery.start)
        if delivery.start == 0 and delivery.client in ("aceros", "muebles"):
            cast[0] = _shared(cast[0], firm.country)
        first = delivery.start * 4 + 1
        lines = invoices(
            cast,
            placed_on=delivery.on,
            smallest=delivery.smallest,
            largest=delivery.largest,
            prefix=firm.slug[0].upper(),
            seed=delivery.seed,
            first=first,
        )
        name = f"{firm.slug}_{delivery.on:%Y_%m}.csv"
        place(self.stage, firm.slug, name, _as_csv(lines, firm.currency), run=self._finish)
        self._meet(delivery, cast)

    def _meet(self, delivery: Delivery, cast: Sequence[Debtor]) -> None:
        by_number = {debtor.number: debtor for debtor in cast}
        with tenant_work(self.stage.job) as work:
            rows = work.session.execute(
                select(Case.id, DebtorRow.customer_ref)
                .join(DebtorRow, (DebtorRow.agency_id == Case.agency_id) & (DebtorRow.id == Case.debtor_id))
                .where(
                    Case.agency_id == self.stage.agency_id,
                    Case.client_id == self.stage.clients[delivery.client],
                    DebtorRow.customer_ref.in_(list(by_number)),
                )
                .order_by(DebtorRow.customer_ref)
            ).all()
        for case_id, number in rows:
            life = Life(case_id, delivery.client, by_number[number], delivery.on, Random(f"{number}/{delivery.seed}"))  # noqa: S311
            self.lives[case_id] = life

    # --- debtors ---

    def _debtors_act(self, day: date) -> None:
        for life in self.lives.values():
            if life.done:
                continue
            age = (day - life.placed_on).days
            manner = life.debtor.manner
            if manner is Manner.PAYS_AFTER_NOTICE and age >= life.extra.setdefault(
                "pays", life.random.randrange(4, 26)
            ):
                self._pay(life, day, None)
            elif manner is Manner.PAYS_CLIENT and age >= life.extra.setdefault("pays", life.random.randrange(10, 40)):
                self._pay(life, day, None, direct=True)
            elif life.promised and day >= life.promised and manner is Manner.KEEPS_PROMISE:
                self._pay(life, day, None)
            elif life.promised and day >= life.promised and manner is Manner.BREAKS_PROMISE and life.promises == 2:
                # The second time a part of it comes.
                self._pay(life, day, 35)
                life.promised = None
            elif life.plan is not None:
                self._pay_plan(life, day)

    def _pay(self, life: Life, day: date, percent: int | None, *, direct: bool = False) -> None:
        with tenant_work(self.stage.who(Role.ACCOUNTANT)) as work:
            case = cases.open_case(work, life.case_id)
            amount = Money(case.balance if percent is None else case.balance * percent // 100, case.currency)
            if amount.minor > 0:
                receive(work, case, amount, on=day, direct=direct, key=f"{case.number}/{day.isoformat()}")
        life.done = percent is None

    def _pay_plan(self, life: Life, day: date) -> None:
        with tenant_work(self.stage.who(Role.ACCOUNTANT)) as work:
            assert life.plan is not None
            agreement = agreements.open_agreement(work, life.plan)
            if agreement.state != "active":
                return
            due = [
                part
                for part in agreements.instalments_of(work, life.plan)
                if part.paid < part.amount and part.due_on <= day
            ]
            if not due or (life.debtor.manner is Manner.BREAKS_PLAN and life.plan_paid >= 1):
                return
            case = cases.open_case(work, life.case_id)
            amount = min(due[0].amount - due[0].paid, case.balance)
            receive(
                work, case, Money(amount, case.currency), on=day, direct=False, key=f"{case.number}/{day.isoformat()}"
            )
            life.plan_paid += 1

    # --- collectors ---

    def _collect(self, day: date) -> None:
        remaining = (LAST - day).days
        share = _CALLS_A_DAY if remaining > 9 else 3
        for index, person in enumerate(self.stage.collectors()):
            count = share if day != LAST else (2 if index == 0 else 0)
            for turn in range(count):
                self.clock.advance(timedelta(minutes=6 + turn))
                if not self._work_one(person, day):
                    break

    def _work_one(self, person: Principal, day: date) -> bool:
        with tenant_work(person) as work:
            case = cases.claim_next(work)
            case_id = case.id if case else None
        if case_id is None:
            return False
        life = self.lives.get(case_id)
        if life is None:
            return True
        try:
            self._call(person, life, day)
        except Held as held:
            with tenant_work(person) as work:
                desk.snooze(work, case_id=case_id, until=max(held.until, self.clock.now() + timedelta(hours=1)))
        except Denied:
            with tenant_work(person) as work:
                desk.snooze(work, case_id=case_id, until=self.clock.now() + timedelta(days=7))
        except Problem:
            with tenant_work(person) as work:
                cases.leave_queue(work, cases.open_case(work, case_id, lock=True))
        return True

    def _call(self, person: Principal, life: Life, day: date) -> None:
        life.attempts += 1
        manner = life.debtor.manner
        reached = life.random.random() < (0.1 if manner is Manner.SILENT else 0.6)
        if not reached:
            self._outcome(person, life, life.random.choice((Outcome.NO_ANSWER, Outcome.NO_ANSWER, Outcome.VOICEMAIL)))
            self._perhaps_to_court(life, after=4)
            return
        act = {
            Manner.KEEPS_PROMISE: self._promise,
            Manner.BREAKS_PROMISE: self._promise,
            Manner.KEEPS_PLAN: self._plan,
            Manner.BREAKS_PLAN: self._plan,
            Manner.SETTLES: self._settle,
        }.get(manner)
        if act is not None and life.plan is None and life.promises < 2:
            act(person, life, day)
        elif manner is Manner.DISPUTES and life.attempts < 6:
            self._outcome(
                person,
                life,
                Outcome.DISPUTES,
                "No reconoce una de las facturas: dice que la mercancía llegó incompleta.",
            )
        elif manner is Manner.REFUSES:
            self._outcome(person, life, Outcome.REFUSES, "Dice que no va a pagar hasta hablar con su vendedor.")
            self._perhaps_to_court(life, after=2)
        else:
            self._outcome(person, life, Outcome.CALL_BACK, "Pide que le llamen otro día.")
            self._perhaps_to_court(life, after=4)

    def _outcome(self, person: Principal, life: Life, outcome: Outcome, note: str = "", *, keep: bool = False) -> None:
        with tenant_work(person) as work:
            desk.record_outcome(
                work,
                case_id=life.case_id,
                outcome=outcome,
                note=note,
                duration_s=30 + life.random.randrange(400),
                keep_in_hand=keep,
            )

    def _promise(self, person: Principal, life: Life, day: date) -> None:
        due = day + timedelta(days=life.random.choice((3, 4, 5, 7, 10)))
        self._outcome(person, life, Outcome.RIGHT_PARTY, "Reconoce el adeudo y da una fecha.", keep=True)
        with tenant_work(person) as work:
            case = cases.open_case(work, life.case_id)
            whole = life.debtor.manner is Manner.KEEPS_PROMISE
            amount = Money(case.balance if whole else max(case.balance // 2, 1), case.currency)
            agreements.make_promise(work, case_id=life.case_id, amount=amount, due_on=due, note="Por transferencia")
        life.promised = due
        life.promises += 1

    def _plan(self, person: Principal, life: Life, day: date) -> None:
        self._outcome(person, life, Outcome.RIGHT_PARTY, "Pide pagar en partes.", keep=True)
        with tenant_work(person) as work:
            case = cases.open_case(work, life.case_id)
            limits, _, _ = agreements.limits_of(work, case)
            count = min(life.random.choice((3, 4, 4, 6)), limits.max_instalments)
            if case.balance // count < limits.min_instalment:
                count = max(1, case.balance // limits.min_instalment)
            agreement = agreements.offer(
                work, case_id=life.case_id, count=count, first_on=day + timedelta(days=4), every=Every.MONTH
            )
            life.plan = agreement.id

    def _settle(self, person: Principal, life: Life, day: date) -> None:
        self._outcome(person, life, Outcome.RIGHT_PARTY, "Ofrece pagar de una vez si le hacen una quita.", keep=True)
        with tenant_work(person) as work:
            case = cases.open_case(work, life.case_id)
            limits, _, _ = agreements.limits_of(work, case)
            agreement = agreements.offer(
                work,
                case_id=life.case_id,
                count=1,
                first_on=day + timedelta(days=5),
                discount_bp=limits.max_discount_bp + 500,
            )
            life.plan = agreement.id

    def _sign(self) -> None:
        """Clients approve, debtors sign what is on their page."""
        waiting = [life for life in self.lives.values() if life.plan is not None and not life.done]
        for life in waiting:
            with tenant_work(self.stage.job) as work:
                assert life.plan is not None
                agreement = agreements.open_agreement(work, life.plan)
                state, created = agreement.state, agreement.created_at
            if state == "awaiting_approval" and (self.clock.now() - created) > timedelta(days=1):
                self._approve(life)
            elif state == "offered" and (self.clock.now() - created) > timedelta(hours=20):
                self._accept(life)
            elif state in ("broken", "completed", "cancelled", "declined", "refused"):
                life.plan = None
                life.done = state == "completed"

    def _approve(self, life: Life) -> None:
        clients = [
            login
            for login, _, role, of in self.stage.house.people
            if of == life.client and role in (Role.CLIENT_APPROVER, Role.CLIENT_ADMIN)
        ]
        # Near the end one is left for the client to answer.
        if not clients or (LAST - self.clock.now().date()).days < 6:
            return
        with tenant_work(self.stage.people[clients[-1]]) as work:
            assert life.plan is not None
            agreements.approve(work, life.plan)

    def _accept(self, life: Life) -> None:
        debtor = Principal(
            self.stage.agency_id, Kind.DEBTOR, role="debtor", name=life.debtor.name, scope_id=life.case_id
        )
        with tenant_work(debtor) as work:
            assert life.plan is not None
            agreements.accept(
                work,
                life.plan,
                evidence={
                    "name": life.debtor.name,
                    "fact": "tax_id",
                    "ip": "203.0.113.7",
                    "user_agent": "Demo",
                    "text_sha256": "",
                },
            )

    def _perhaps_to_court(self, life: Life, *, after: int) -> None:
        if life.handed or life.attempts < after:
            return
        with tenant_work(self.stage.job) as work:
            case = cases.open_case(work, life.case_id)
            large = case.balance > {"MXN": 60_000_00, "COP": 12_000_000_00, "EUR": 2_500_00}[case.currency]
            open_to = case.stage in (CaseStage.CALLS, CaseStage.NEGOTIATION, CaseStage.NOTICES)
        if large and open_to:
            life.handed = True
            hand_over(
                self.stage,
                life.case_id,
                run=self._finish,
                clock=self.clock,
                first=not any(other.handed for other in self.lives.values() if other is not life),
            )

    def _close_months(self, day: date) -> None:
        first = day.replace(day=1)
        last_month = first - timedelta(days=1)
        for slug in self.stage.clients:
            if last_month.month in (9, 10):
                close_month(self.stage, slug, last_month, run=self._finish)


def _shared(debtor: Debtor, country: str) -> Debtor:
    """The debtor that both agencies have: the same name and address, and neither ever sees the other's case."""
    form = {"MX": "S.A. de C.V.", "ES": "S.L."}[country]
    return Debtor(
        **{
            **debtor.__dict__,
            "name": f"{SHARED}, {form}",
            "kind": "firm",
            "email": "pagos@quimera.example",
            "manner": Manner.BREAKS_PROMISE,
        }
    )


HEADINGS = (
    "Núm. cliente",
    "Razón social",
    "Tipo",
    "RFC / NIT / NIF",
    "Factura",
    "Fecha emisión",
    "Fecha vencimiento",
    "Moneda",
    "Saldo pendiente",
    "Correo",
    "Teléfono",
    "Domicilio",
    "Ciudad",
    "Región",
    "CP",
)


def _as_csv(lines: Sequence[Invoice], currency: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(HEADINGS)
    for line in lines:
        debtor = line.debtor
        writer.writerow(
            [
                debtor.number,
                debtor.name,
                "Empresa" if debtor.kind == "firm" else "Persona",
                debtor.tax_id,
                line.reference,
                f"{line.issued_on:%d/%m/%Y}",
                f"{line.due_on:%d/%m/%Y}",
                currency,
                f"{line.amount / 100:.2f}".replace(".", ","),
                debtor.email,
                debtor.phone,
                debtor.address,
                debtor.city,
                debtor.region,
                debtor.postcode,
            ]
        )
    return out.getvalue().encode("utf-8-sig")


def main() -> None:
    """Tell one agency's story in this process: `python -m recobro.demo.story SLUG`."""
    from recobro.cli.ready import connected

    with connected():
        stages = {stage.house.slug: stage for stage in find_stages()}
        tell(stages[sys.argv[1]])


if __name__ == "__main__":
    main()
