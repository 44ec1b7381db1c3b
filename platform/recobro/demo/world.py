"""The stage of the demo: two sandbox agencies, their clients and contracts, their people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select

from kernel.ids import new_id
from kernel.text import msg
from recobro.cli.words import spoken
from recobro.clients.service import Terms, set_terms
from recobro.people.agency import make_second_factor_optional
from recobro.people.passwords import hashed
from recobro.people.service import make_person
from tenants import service as tenants
from tenants.context import Kind, Principal, job_principal
from tenants.roles import KIND_OF, LABELS, Role
from tenants.tables import Agency, Client, Membership
from tenants.work import door_work, system_work, tenant_work

PASSWORD = "recobro-demo-2026"  # noqa: S105 - printed on the screen, for two sandbox agencies
START = date(2026, 5, 1)
OPERATOR = ("operador@recobro.example", "Olga Operadora")


@dataclass(frozen=True)
class Firm:
    """A client of the story and its terms."""

    slug: str
    name: str
    legal_name: str
    country: str
    zone: str
    locale: str
    currency: str
    tax_id: str
    creditor_type: str
    address: str
    email: str
    bank: str
    color: str
    terms: Terms


@dataclass(frozen=True)
class House:
    """An agency of the story with its clients and people: (login, name, role, client's short name or nothing)."""

    slug: str
    name: str
    legal_name: str
    country: str
    zone: str
    locale: str
    currency: str
    address: str
    phone: str
    email: str
    registry_no: str
    tax_id: str
    firms: Sequence[Firm]
    people: Sequence[tuple[str, str, Role, str]]


def _rules(*bands: tuple[int | None, int | None, int], legal: int, direct: int) -> list[dict[str, object]]:
    """Commission by age at placement, another rate in court and on what the client was paid itself."""
    rules: list[dict[str, object]] = [
        {"id": "juridico", "label": "En jurídico", "when": {"stage": "legal"}, "rate_bp": legal},
        {"id": "directo", "label": "Pagado al cliente", "when": {"direction": "to_client"}, "rate_bp": direct},
    ]
    for low, high, rate in bands:
        if high is None:
            # The last one holds for whatever the others left.
            rules.append({"id": "general", "label": f"Más de {(low or 1) - 1} días", "rate_bp": rate})
            continue
        when = {name: value for name, value in (("age_days_from", low), ("age_days_to", high)) if value is not None}
        rules.append({"id": f"edad-{high}", "label": f"{low or 0} a {high} días", "when": when, "rate_bp": rate})
    return rules


_BANDS = _rules((None, 60, 1800), (61, 120, 2200), (121, None, 2800), legal=3500, direct=1200)

HOUSES: Sequence[House] = (
    House(
        slug="demo",
        name="Despacho Ejemplo",
        legal_name="Despacho Ejemplo, S.C.",
        country="MX",
        zone="America/Mexico_City",
        locale="es_MX",
        currency="MXN",
        address="Av. Ficticia 100, Querétaro",
        phone="+524425550100",
        email="hola@despacho.example",
        registry_no="Registro de ejemplo 0000",
        tax_id="DEJ010101AA1",
        firms=(
            Firm(
                "aceros",
                "Aceros Ficticios",
                "Aceros Ficticios, S.A. de C.V.",
                "MX",
                "America/Mexico_City",
                "es_MX",
                "MXN",
                "AFI980312AB3",
                "other",
                "Parque Industrial Inventado 4, Querétaro",
                "cobranza@aceros.example",
                "CLABE 000000000000000001",
                "#1f3a5f",
                Terms(
                    commission_rules=_BANDS,
                    tax_bp=1600,
                    max_discount_bp=1000,
                    max_instalments=6,
                    min_instalment=500_00,
                    remittance_day=5,
                ),
            ),
            Firm(
                "lacteos",
                "Lácteos Demo",
                "Lácteos Demo, S.A.P.I. de C.V.",
                "MX",
                "America/Mexico_City",
                "es_MX",
                "MXN",
                "LDE050607CD2",
                "commercial",
                "Carretera Imaginaria km 12, León",
                "credito@lacteos.example",
                "CLABE 000000000000000002",
                "#2b6e4f",
                Terms(
                    commission_rules=_rules((None, 90, 2000), (91, None, 2600), legal=3500, direct=1500),
                    tax_bp=1600,
                    max_discount_bp=500,
                    max_instalments=4,
                    min_instalment=300_00,
                    remittance_day=10,
                ),
            ),
            Firm(
                "cafetal",
                "Cafetal Andino",
                "Cafetal Andino de Ejemplo, S.A.S.",
                "CO",
                "America/Bogota",
                "es_CO",
                "COP",
                "900111222-5",
                "other",
                "Calle Inventada 45 # 6-78, Bogotá",
                "cartera@cafetal.example",
                "Cuenta 0000-0003",
                "#7a4a21",
                Terms(
                    commission_rules=_rules((None, 90, 2200), (91, None, 3000), legal=4000, direct=1500),
                    tax_bp=1900,
                    max_discount_bp=1500,
                    max_instalments=5,
                    min_instalment=200_000_00,
                    remittance_day=8,
                ),
            ),
        ),
        people=(
            ("admin@demo.example", "Alma Admin", Role.ADMIN, ""),
            ("supervisora@demo.example", "Sara Supervisa", Role.SUPERVISOR, ""),
            ("ana@demo.example", "Ana Prueba", Role.COLLECTOR, ""),
            ("beto@demo.example", "Beto Ejemplo", Role.COLLECTOR, ""),
            ("carla@demo.example", "Lic. Carla Muestra", Role.LAWYER, ""),
            ("conta@demo.example", "Tomás Contable", Role.ACCOUNTANT, ""),
            ("auditora@demo.example", "Aída Auditora", Role.AUDITOR, ""),
            ("abogado@bufete.example", "Lic. Bruno Externo", Role.COUNSEL, ""),
            ("cliente@aceros.example", "Clara Cliente", Role.CLIENT_ADMIN, "aceros"),
            ("cargas@aceros.example", "Quique Carga", Role.CLIENT_UPLOADER, "aceros"),
            ("consulta@aceros.example", "Vera Consulta", Role.CLIENT_VIEWER, "aceros"),
            ("autoriza@aceros.example", "Arturo Autoriza", Role.CLIENT_APPROVER, "aceros"),
            ("cliente@lacteos.example", "Lola Láctea", Role.CLIENT_ADMIN, "lacteos"),
            ("cliente@cafetal.example", "Camilo Cafetero", Role.CLIENT_ADMIN, "cafetal"),
        ),
    ),
    House(
        slug="recobros",
        name="Recobros Ejemplo",
        legal_name="Recobros Ejemplo, S.L.",
        country="ES",
        zone="Europe/Madrid",
        locale="es_ES",
        currency="EUR",
        address="Calle Ficticia 10, Madrid",
        phone="+34910555000",
        email="hola@recobros.example",
        registry_no="Inscripción de ejemplo 0000",
        tax_id="B00000000",
        firms=(
            Firm(
                "muebles",
                "Muebles Inventados",
                "Muebles Inventados, S.A.",
                "ES",
                "Europe/Madrid",
                "es_ES",
                "EUR",
                "A00000000",
                "other",
                "Polígono Imaginario 7, Valencia",
                "clientes@muebles.example",
                "ES00 0000 0000 0000 0000 0000",
                "#5b3a9b",
                Terms(
                    commission_rules=_rules((None, 90, 1500), (91, None, 2000), legal=3000, direct=1000),
                    tax_bp=2100,
                    max_discount_bp=800,
                    max_instalments=6,
                    min_instalment=50_00,
                    remittance_day=5,
                ),
            ),
        ),
        people=(
            ("admin@recobros.example", "Aurora Admin", Role.ADMIN, ""),
            ("supervisor@recobros.example", "Saúl Supervisa", Role.SUPERVISOR, ""),
            ("nuria@recobros.example", "Nuria Gestora", Role.COLLECTOR, ""),
            ("letrada@recobros.example", "Leticia Letrada", Role.LAWYER, ""),
            ("conta@recobros.example", "Toni Contable", Role.ACCOUNTANT, ""),
            ("procurador@bufete.example", "Pau Procurador", Role.COUNSEL, ""),
            ("cliente@muebles.example", "Marta Mueble", Role.CLIENT_ADMIN, "muebles"),
        ),
    ),
)


@dataclass
class Stage:
    """An agency of the story as it stands: ids, and a principal for each of its people."""

    house: House
    agency_id: UUID
    clients: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, Principal] = field(default_factory=dict)

    @property
    def job(self) -> Principal:
        """The product itself in this agency."""
        return job_principal(self.agency_id)

    def who(self, role: Role, client: str = "") -> Principal:
        """The first person with a role (of a client)."""
        for login, _, has, of in self.house.people:
            if has is role and of == client:
                return self.people[login]
        raise LookupError(role)

    def collectors(self) -> list[Principal]:
        """Those who work the queue."""
        return [self.people[login] for login, _, role, _ in self.house.people if role is Role.COLLECTOR]


def set_up() -> list[Stage]:
    """Make the agencies, clients, contracts and people."""
    password = hashed(PASSWORD)
    with door_work() as door:
        make_person(door, email=OPERATOR[0], name=OPERATOR[1], password_hash=password, operator=True)
    return [_set_up(house, password) for house in HOUSES]


def _set_up(house: House, password: str) -> Stage:
    with system_work(reason="demo") as system:
        agency_id = tenants.create_agency(
            system,
            slug=house.slug,
            name=house.name,
            legal_name=house.legal_name,
            country=house.country,
            time_zone=house.zone,
            locale=house.locale,
            currency=house.currency,
            sandbox=True,
            address=house.address,
            phone=house.phone,
            email=house.email,
            registry_no=house.registry_no,
            tax_id=house.tax_id,
        )
    stage = Stage(house, agency_id)
    founder = Principal(agency_id, Kind.STAFF, new_id(), Role.ADMIN.value, house.people[0][1])
    with tenant_work(founder) as work:
        make_second_factor_optional(work, True)
        for firm in house.firms:
            client_id = tenants.create_client(
                work,
                slug=firm.slug,
                name=firm.name,
                legal_name=firm.legal_name,
                country=firm.country,
                time_zone=firm.zone,
                locale=firm.locale,
                currency=firm.currency,
                tax_id=firm.tax_id,
                creditor_type=firm.creditor_type,
                address=firm.address,
                email=firm.email,
                bank_account=firm.bank,
                brand_color=firm.color,
            )
            set_terms(work, client_id=client_id, valid_from=START, terms=firm.terms)
            stage.clients[firm.slug] = client_id
    for login, name, role, client in house.people:
        stage.people[login] = _join(stage, login, name, role, client, password)
    return stage


def _join(stage: Stage, login: str, name: str, role: Role, client: str, password: str) -> Principal:
    with door_work() as door:
        person_id = make_person(door, email=login, name=name, password_hash=password, locale=_locale(stage, client))
    client_id = stage.clients[client] if client else None
    with tenant_work(stage.job) as work:
        tenants.add_member(
            work, agency_id=stage.agency_id, person_id=person_id, role=role, name=name, email=login, client_id=client_id
        )
    return Principal(stage.agency_id, KIND_OF[role], person_id, role.value, name, client_id)


def _locale(stage: Stage, client: str) -> str:
    locales: Mapping[str, str] = {firm.slug: firm.locale for firm in stage.house.firms}
    return locales.get(client, stage.house.locale)


def login_lines() -> list[str]:
    """The logins of every role, as `recobro demo` prints them."""
    width = max(len(login) for house in HOUSES for login, *_ in house.people) + 2
    lines = ["", spoken(msg("Contraseña de todos: {password}"), password=PASSWORD)]
    for house in HOUSES:
        clients = {firm.slug: firm.name for firm in house.firms}
        lines += ["", f"{house.name}:"]
        for login, name, role, client in house.people:
            of = f" ({clients[client]})" if client else ""
            lines.append(f"  {login:<{width}}{name} · {spoken(LABELS[role])}{of}")
    return [*lines, "", f"  {OPERATOR[0]:<{width}}{OPERATOR[1]} · {spoken(LABELS[Role.OPERATOR])}"]


def find_stages() -> list[Stage]:
    """The agencies of the story as they stand in the database, with a principal for each of their people."""
    found = []
    with door_work() as door:
        for house in HOUSES:
            agency_id = door.scalar(select(Agency.agency_id).where(Agency.slug == house.slug))
            if agency_id is None:
                continue
            stage = Stage(house, agency_id)
            for member in door.scalars(select(Membership).where(Membership.agency_id == agency_id)):
                stage.people[member.email] = Principal(
                    agency_id, Kind(member.kind), member.person_id, member.role, member.name, member.client_id
                )
            found.append(stage)
    for stage in found:
        with tenant_work(stage.job) as work:
            rows = work.session.execute(select(Client.slug, Client.id).where(Client.agency_id == stage.agency_id))
            stage.clients.update(dict(rows.tuples().all()))
    return found
