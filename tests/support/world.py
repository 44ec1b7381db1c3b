"""Builders with plain, readable data: an agency of one's own, its people, clients, debtors and cases."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from kernel.clock import Clock, ManualClock
from kernel.ids import new_id
from kernel.money import Money
from recobro.cases import service as cases
from recobro.cases.tables import Case, Debt, DebtComponent
from recobro.clients.tables import Contract
from recobro.debtors.tables import ContactPoint, Debtor
from tenants import service as tenants
from tenants.context import Kind, Principal, job_principal
from tenants.roles import KIND_OF, Role
from tenants.work import Work, standing_clock, system_work, tenant_work

PLACES = {
    "MX": ("America/Mexico_City", "es_MX", "MXN"),
    "CO": ("America/Bogota", "es_CO", "COP"),
    "ES": ("Europe/Madrid", "es_ES", "EUR"),
}
# Where their debtors live unless said otherwise.
REGIONS = {"MX": "CMX", "CO": "DC", "ES": "MD"}
PHONES = {"MX": "+524425550142", "CO": "+576015550142", "ES": "+34912555014"}


def mxn(amount: str) -> Money:
    """Mexican pesos."""
    return Money.of(Decimal(amount), "MXN")


@dataclass
class World:
    """One agency and what a test needs of it."""

    agency_id: UUID
    slug: str
    country: str
    clock: Clock = field(default_factory=ManualClock)

    @contextmanager
    def work(self, principal: Principal | None = None) -> Iterator[Work]:
        """Work as somebody, by default as the product itself, at the test's time."""
        with tenant_work(principal or job_principal(self.agency_id), clock=self.clock) as work:
            yield work

    @contextmanager
    def at_page_clock(self) -> Iterator[None]:
        """Pages and jobs inside tell the test's time too."""
        with standing_clock(self.clock):
            yield

    def principal(self, role: Role, *, client_id: UUID | None = None, name: str = "") -> Principal:
        """A new member of the agency with a role."""
        person_id = new_id()
        name = name or f"{role.value.title()} Prueba"
        with self.work() as work:
            tenants.add_member(
                work, agency_id=self.agency_id, person_id=person_id, role=role, name=name,
                email=f"{person_id}@example.test", client_id=client_id,
            )  # fmt: skip
        kind = KIND_OF[role]
        scope = client_id if kind is Kind.CLIENT else None
        return Principal(self.agency_id, kind, person_id, role.value, name, scope)

    def client(
        self, slug: str = "aceros", *, name: str = "Aceros Ficticios", country: str = "", pay_to: str = "agency"
    ) -> UUID:
        """A new client with a contract: 25 % commission, 16 % tax, net, 10 % discount, four instalments."""
        place = country or self.country
        zone, locale, currency = PLACES[place]
        with self.work() as work:
            client_id = tenants.create_client(
                work, slug=slug, name=name, country=place, time_zone=zone, locale=locale, currency=currency
            )
            work.add(
                Contract(
                    agency_id=self.agency_id, client_id=client_id, id=new_id(), version=1,
                    valid_from=date(2020, 1, 1),
                    commission_rules=[{"id": "general", "label": "General", "rate_bp": 2500}],
                    tax_bp=1600, max_discount_bp=1000, max_instalments=4, min_instalment=100_00,
                    pay_to=pay_to, created_at=work.now(),
                )
            )  # fmt: skip
        return client_id

    def case(
        self,
        client_id: UUID,
        *,
        name: str = "Ferretería El Tornillo Feliz",
        kind: str = "firm",
        debts: Sequence[tuple[str, Money, date]] = (),
        email: str = "pagos@tornillo.example",
        phone: str | None = None,
        country: str = "",
        customer_ref: str = "",
    ) -> UUID:
        """A new case with its debtor, contact points and debts (reference, amount, due day); you get the case's id."""
        place = country or self.country
        zone, locale, currency = PLACES[place]
        with self.work() as work:
            today = work.now().date()
            debts = debts or [(f"F-{new_id().hex[-8:]}", Money(1000_00, currency), today - timedelta(days=40))]
            debtor = Debtor(
                agency_id=self.agency_id, client_id=client_id, id=new_id(), kind=kind, name=name,
                name_norm=name.upper(), customer_ref=customer_ref, customer_ref_norm=customer_ref.upper(),
                country=place, region=REGIONS[place], time_zone=zone, locale=locale, created_at=work.now(),
            )  # fmt: skip
            work.add(debtor)
            work.flush()
            number = PHONES[place] if phone is None else phone
            for channel, value in (("email", email), ("phone", number), ("postal", "Calle Inventada 10")):
                if value:
                    work.add(
                        ContactPoint(
                            agency_id=self.agency_id, client_id=client_id, id=new_id(), debtor_id=debtor.id,
                            channel=channel, value=value, value_norm=value.lower(), consent="granted",
                            created_at=work.now(),
                        )
                    )  # fmt: skip
            case = Case(
                agency_id=self.agency_id, client_id=client_id, id=new_id(), debtor_id=debtor.id,
                number=f"C-2026-{tenants.next_number(work, 'cases-2026'):05d}", stage_since=work.now(),
                currency=debts[0][1].currency, created_at=work.now(),
            )  # fmt: skip
            work.add(case)
            work.flush()
            for reference, amount, due_on in debts:
                debt = Debt(
                    agency_id=self.agency_id, client_id=client_id, id=new_id(), case_id=case.id,
                    debtor_id=debtor.id, reference=reference, reference_norm=reference.upper(),
                    issued_on=due_on - timedelta(days=30), due_on=due_on, currency=amount.currency,
                    original=amount.minor, balance=amount.minor, created_at=work.now(),
                )  # fmt: skip
                work.add(debt)
                work.flush()
                work.add(
                    DebtComponent(
                        agency_id=self.agency_id, client_id=client_id, id=new_id(), debt_id=debt.id,
                        kind="principal", charged=amount.minor, owed=amount.minor,
                    )
                )  # fmt: skip
            cases.refresh_balances(work, [case.id])
            return case.id


def make_world(country: str = "MX", *, slug: str = "", clock: Clock | None = None) -> World:
    """A new agency in a country; its short name is unique unless given."""
    zone, locale, currency = PLACES[country]
    slug = slug or f"agencia-{new_id().hex[-10:]}"
    with system_work(reason="test") as work:
        agency_id = tenants.create_agency(
            work, slug=slug, name="Despacho Ejemplo", country=country, time_zone=zone, locale=locale,
            currency=currency, sandbox=True,
        )  # fmt: skip
    return World(agency_id, slug, country, clock or ManualClock())
