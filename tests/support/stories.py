"""One agency with one client, lived through day by day: people do what they would, jobs run when they are due."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.clock import ManualClock, instant_of
from kernel.ids import new_id
from kernel.money import Money
from recobro.agreements import service as agreements
from recobro.agreements.tables import Agreement
from recobro.cases import service as cases
from recobro.cases.tables import Case, CaseEvent
from recobro.clients.service import Identity, Place, Terms, add_client
from recobro.desk import service as desk
from recobro.desk.outcomes import Outcome
from recobro.files import read_file
from recobro.handoff import service as handoff
from recobro.intake import previewing
from recobro.intake import service as intake
from recobro.intake.tables import Placement
from recobro.notices.tables import Notice
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.reversing import reverse_payment
from recobro.payments.service import record_payment
from recobro.people.agency import set_grace
from recobro.remittances import service as remittances
from recobro.remittances.tables import Remittance
from tenants import service as tenants
from tenants.context import Principal, job_principal
from tenants.roles import Role
from tenants.tables import Membership
from tenants.work import Work, standing_clock, system_work, tenant_work
from tests.support.site import Site
from tests.support.world import World

ZONE = ZoneInfo("America/Mexico_City")
CLIENT = "Aceros Ficticios"
TERMS = Terms(
    commission_rules=[
        {"id": "directo", "label": "Pagado al cliente", "when": {"direction": "to_client"}, "rate_bp": 1000},
        {"id": "general", "label": "General", "rate_bp": 2000},
    ],
    tax_bp=1600,
    max_discount_bp=1000,
    max_instalments=4,
    min_instalment=500_00,
    instalment_grace_days=3,
    promise_grace_days=2,
)
_TEN = 10
HEADINGS = ("Núm. cliente", "Razón social", "RFC", "Factura", "Fecha vencimiento", "Moneda", "Saldo pendiente",
             "Correo", "Teléfono", "Domicilio", "Ciudad", "Región", "CP")  # fmt: skip
TORNILLO = ("A0001", "Ferretería El Tornillo Feliz", "FTF190312AB4"), (
    "pagos@tornillo.example", "+524425550142", "Calle Inventada 10", "Querétaro", "QUE", "76000",
)  # fmt: skip


def a_file(*debts: tuple[str, str, str]) -> str:
    """A client's CSV with debts of one debtor: (document, due day, amount with a decimal comma)."""
    who, where = TORNILLO
    rows = [HEADINGS, *((*who, document, due, "MXN", amount, *where) for document, due, amount in debts)]
    return "".join(";".join(row) + "\n" for row in rows)


def pesos(amount: str) -> Money:
    """Mexican pesos."""
    return Money.of(amount, "MXN")


@dataclass
class Story:
    """A Mexican agency, its people by role, its one client, and the day on which the story stands."""

    site: Site
    world: World
    client_id: UUID
    clock: ManualClock
    people: dict[Role, Principal] = field(default_factory=dict)

    # --- time ---

    @property
    def today(self) -> date:
        """The day in Mexico City."""
        return self.clock.now().astimezone(ZONE).date()

    def on(self, day: str, hour: int = _TEN) -> "Story":
        """Live through every day until this one; each morning at ten what is due is done."""
        wanted = date.fromisoformat(day)
        while self.today < wanted:
            self._stand(self.today + timedelta(days=1), _TEN)
            self.site.tick(self.world.agency_id)
        if hour != _TEN:
            self._stand(wanted, hour)
        return self

    def jump(self, day: str) -> "Story":
        """Let it be the morning of a later day at once; what became due meanwhile is done then."""
        self._stand(date.fromisoformat(day), _TEN)
        self.run()
        return self

    def _stand(self, day: date, hour: int) -> None:
        self.clock.move_to(instant_of(day, ZONE, hour))
        self.site.move_to(self.clock.now(), self.world.agency_id)

    def run(self) -> None:
        """What is due now is done."""
        self.site.tick(self.world.agency_id)

    @contextmanager
    def as_(self, role: Role) -> Iterator[Work]:
        """Work as the person with a role."""
        with tenant_work(self.people[role]) as work:
            yield work

    @contextmanager
    def looking(self) -> Iterator[Work]:
        """Look at what is there, as the product itself."""
        with tenant_work(job_principal(self.world.agency_id)) as work:
            yield work

    # --- what people do ---

    def upload(self, name: str, text: str) -> Placement:
        """The client's person sends a file, looks at the preview and confirms it; the job makes it debts."""
        who = self.people[Role.CLIENT_UPLOADER]
        with tenant_work(who) as work:
            received = intake.receive(work, client_id=self.client_id, name=name, file=BytesIO(text.encode()))
        if not received.earlier:
            with tenant_work(who) as work:
                previewing.preview(work, received.placement_id)
            with tenant_work(who) as work:
                intake.confirm(work, received.placement_id)
            self.run()
        with tenant_work(who) as work:
            return intake.open_placement(work, received.placement_id)

    def take_next(self) -> Case | None:
        """The collector asks the queue for a case."""
        with self.as_(Role.COLLECTOR) as work:
            return cases.claim_next(work)

    def call(self, case_id: UUID, outcome: Outcome, note: str = "") -> None:
        """The collector calls, through the gate, and notes what came of it."""
        with self.as_(Role.COLLECTOR) as work:
            desk.start_call(work, case_id=case_id)
        self.clock.advance(timedelta(minutes=4))
        with self.as_(Role.COLLECTOR) as work:
            desk.record_outcome(
                work, case_id=case_id, outcome=outcome, note=note, duration_s=240, keep_in_hand=True
            )  # fmt: skip

    def promise(self, case_id: UUID, amount: Money, due: str) -> None:
        """The collector notes the debtor's word."""
        with self.as_(Role.COLLECTOR) as work:
            agreements.make_promise(work, case_id=case_id, amount=amount, due_on=date.fromisoformat(due))

    def offer(self, case_id: UUID, *, count: int, first: str, discount_bp: int = 0) -> UUID:
        """The collector puts a monthly plan on the table; you get its id."""
        with self.as_(Role.COLLECTOR) as work:
            return agreements.offer(
                work, case_id=case_id, count=count, first_on=date.fromisoformat(first), discount_bp=discount_bp
            ).id

    def receive(self, case_id: UUID, amount: Money, *, direct: bool = False, reference: str = "") -> UUID:
        """The accountant writes down money that came in by transfer, to the agency or straight to the client."""
        with self.as_(Role.ACCOUNTANT) as work:
            payment_id = record_payment(
                work, case_id=case_id, amount=amount, method=Method.TRANSFER, received_on=self.today,
                direction=Direction.TO_CLIENT if direct else Direction.TO_AGENCY, key=f"story/{new_id()}",
                reference=reference,
            )  # fmt: skip
        self.run()
        return payment_id

    def take_back(self, payment_id: UUID, reason: str) -> None:
        """The accountant takes a payment back."""
        with self.as_(Role.ACCOUNTANT) as work:
            reverse_payment(work, payment_id, reason=reason)
        self.run()

    def hand_over(self, case_id: UUID, why: str) -> UUID:
        """The supervisor hands the case to outside counsel, who takes it; you get the matter's id."""
        counsel = self.people[Role.COUNSEL]
        with self.as_(Role.SUPERVISOR) as work:
            membership = work.session.scalars(
                select(Membership.id).where(
                    Membership.agency_id == work.agency_id, Membership.person_id == counsel.person_id
                )
            ).one()
            matter_id = handoff.propose(work, case_id=case_id, membership_id=membership, why=why).id
        self.run()
        with self.as_(Role.COUNSEL) as work:
            handoff.accept(work, matter_id)
        self.run()
        return matter_id

    def close_month(self, last_day: str) -> tuple[Remittance, bytes]:
        """The accountant closes the client's month; you get the statement and its PDF."""
        with self.as_(Role.ACCOUNTANT) as work:
            remittance_id = remittances.close_period(
                work, client_id=self.client_id, currency="MXN", period_to=date.fromisoformat(last_day)
            ).id
        self.run()
        with self.as_(Role.ACCOUNTANT) as work:
            remittance = remittances.open_remittance(work, remittance_id)
            assert remittance.pdf_file_id is not None
            return remittance, read_file(work, remittance.pdf_file_id)[1]

    def pay_over(self, remittance_id: UUID) -> None:
        """The accountant notes that the client was paid."""
        with self.as_(Role.ACCOUNTANT) as work:
            remittances.pay_over(work, remittance_id, on=self.today, reference="SPEI de ejemplo")

    # --- what is there ---

    def case(self, case_id: UUID) -> Case:
        """The case as it stands."""
        with self.looking() as work:
            return cases.open_case(work, case_id)

    def only_case(self) -> Case:
        """The one case of the story."""
        with self.looking() as work:
            return work.session.scalars(select(Case).where(Case.agency_id == self.world.agency_id)).one()

    def agreement(self, agreement_id: UUID) -> Agreement:
        """An agreement as it stands."""
        with self.looking() as work:
            return agreements.open_agreement(work, agreement_id)

    def notices(self, case_id: UUID) -> list[str]:
        """What was written to the debtor: `cordial-1 email sent`, in order."""
        with self.looking() as work:
            rows = work.session.scalars(
                select(Notice)
                .where(Notice.agency_id == self.world.agency_id, Notice.case_id == case_id)
                .order_by(Notice.queued_at, Notice.id)
            )
            return [f"{row.template} {row.channel} {row.state}" for row in rows]

    def history(self, case_id: UUID) -> list[str]:
        """The sentences of the case's history, the oldest first, their fields left open."""
        with self.looking() as work:
            rows = work.session.scalars(
                select(CaseEvent.title)
                .where(CaseEvent.agency_id == self.world.agency_id, CaseEvent.case_id == case_id)
                .order_by(CaseEvent.at, CaseEvent.id)
            )
            return list(rows)


@contextmanager
def a_story(site: Site, begins: str) -> Iterator[Story]:
    """A new agency with its people and its client, on the morning of a day."""
    clock = ManualClock(instant_of(date.fromisoformat(begins), ZONE, _TEN))
    with standing_clock(clock):
        with system_work(reason="test") as system:
            agency_id = tenants.create_agency(
                system, slug=f"cuento-{new_id().hex[-10:]}", name="Despacho Ejemplo",
                legal_name="Despacho Ejemplo, S.C.", country="MX", time_zone=ZONE.key, locale="es_MX", currency="MXN",
                sandbox=True, address="Av. Ficticia 100, Querétaro", phone="+524425550100",
                email="hola@despacho.example", registry_no="Registro de ejemplo 0000", tax_id="DEJ010101AA1",
            )  # fmt: skip
        site.agencies.append(agency_id)
        site.move_to(clock.now(), agency_id)
        world = World(agency_id, "", "MX", clock)
        admin = world.principal(Role.ADMIN, name="Alma Admin")
        with tenant_work(admin) as work:
            # Each story begins with the first notice, on the day on which the file came.
            set_grace(work, 0)
            client_id = add_client(
                work, valid_from=date.fromisoformat(begins), terms=TERMS,
                identity=Identity(
                    CLIENT, "Aceros Ficticios, S.A. de C.V.", tax_id="AFI980312AB3", creditor_type="other",
                    address="Parque Industrial Inventado 4, Querétaro", email="cobranza@aceros.example",
                    bank_account="CLABE 000000000000000001",
                ),
                place=Place("MX", ZONE.key, "es_MX", "MXN"),
            )  # fmt: skip
        story = Story(site, world, client_id, clock, {Role.ADMIN: admin})
        for role, name in _PEOPLE.items():
            client = client_id if role.value.startswith("client_") else None
            story.people[role] = world.principal(role, client_id=client, name=name)
        yield story


_PEOPLE = {
    Role.SUPERVISOR: "Sara Supervisa",
    Role.COLLECTOR: "Ana Prueba",
    Role.ACCOUNTANT: "Tomás Contable",
    Role.LAWYER: "Lic. Carla Muestra",
    Role.COUNSEL: "Lic. Bruno Externo",
    Role.CLIENT_UPLOADER: "Quique Carga",
    Role.CLIENT_APPROVER: "Arturo Autoriza",
    Role.CLIENT_VIEWER: "Vera Consulta",
}
