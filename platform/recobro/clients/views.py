"""The agency's clients: the list, one client, a new one, its data, its terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from kernel.problems import NotFound, Problem
from kernel.text import msg
from recobro.clients import forms, queries, service
from recobro.clients.forms import IdentityForm, PlaceForm, TermsReader
from recobro.clients.queries import ClientRow, Volume
from recobro.clients.render import STAGES, contract_sentences, percent, rule_lines
from recobro.clients.tables import Contract
from recobro.files import read_file
from recobro.web.pages import go_to, render
from recobro.web.security import needs
from recobro.web.translations import spell, spell_problem
from tenants.roles import LABELS, Permission, Role, allows
from tenants.service import agency_of, client_by_id
from tenants.tables import Client, Membership

bp = Blueprint("clients", __name__)

LANGUAGES = (
    ("es_MX", msg("Español de México")),
    ("es_CO", msg("Español de Colombia")),
    ("es_ES", msg("Español de España")),
    ("en", msg("Inglés")),
)


@dataclass(frozen=True)
class ClientsPage:
    """The clients with their volume, and whether the reader may add one."""

    rows: Sequence[tuple[ClientRow, str]]
    may_manage: bool


@bp.get("/clients")
@needs(Permission.SEE_CLIENTS)
def list_clients() -> ResponseReturnValue:
    """Every client: what it has with us, what it pays us."""
    rows = [(row, _rates(row.contract)) for row in queries.list_clients(g.work)]
    return render("pages/clients/list.html", ClientsPage(rows, _may_manage()))


def _may_manage() -> bool:
    return allows(Role(g.principal.role), Permission.MANAGE_CLIENTS)


def _rates(contract: Contract | None) -> str:
    if contract is None:
        return ""
    rates = sorted({int(rule["rate_bp"]) for rule in contract.commission_rules if rule.get("rate_bp") is not None})
    if not rates:
        return spell(msg("por escalones"))
    low, high = percent(rates[0]), percent(rates[-1])
    return f"{low} %" if low == high else f"{low}–{high} %"


@dataclass(frozen=True)
class ClientPage:
    """One client: who it is, its terms in words, versions, people, volume."""

    client: Client
    volume: Volume
    facts: list[tuple[str, str]]
    contract: Contract | None
    rules: list[tuple[str, str, str]]
    sentences: list[str]
    versions: list[tuple[Contract, str, bool]]
    people: list[tuple[Membership, str]]
    may_manage: bool
    may_invite: bool


@bp.get("/clients/<uuid:client_id>")
@needs(Permission.SEE_CLIENTS)
def show_client(client_id: UUID) -> ResponseReturnValue:
    """One client, whole."""
    client = client_by_id(g.work, client_id)
    today = g.work.today(ZoneInfo(client.time_zone))
    versions = queries.versions(g.work, client_id)
    in_force = [row for row in versions if row.valid_from <= today]
    contract = max(in_force, key=lambda row: (row.valid_from, row.version)) if in_force else None
    types = dict(forms.CREDITOR_TYPES)
    languages = dict(LANGUAGES)
    return render(
        "pages/clients/show.html",
        ClientPage(
            client=client,
            volume=queries.volumes_of(g.work).get(client_id, Volume()),
            facts=[
                (spell(msg("Razón social")), client.legal_name),
                (spell(msg("Identificación fiscal")), client.tax_id or "—"),
                (spell(msg("Tipo de acreedor")), spell(types[client.creditor_type])),
                (spell(msg("Domicilio")), client.address or "—"),
                (spell(msg("Teléfono")), client.phone or "—"),
                (spell(msg("Correo")), client.email or "—"),
                (spell(msg("Cuenta para remesas")), client.bank_account or "—"),
                (spell(msg("País y zona")), f"{client.country} · {client.time_zone}"),
                (spell(msg("Idioma de los avisos")), spell(languages.get(client.locale, client.locale))),
                (spell(msg("Moneda")), client.currency),
            ],
            contract=contract,
            rules=rule_lines(contract) if contract else [],
            sentences=contract_sentences(contract, client.currency) if contract else [],
            versions=[(row, _rates(row), contract is not None and row.id == contract.id) for row in versions],
            people=[(row, spell(LABELS[Role(row.role)])) for row in queries.people_of(g.work, client_id)],
            may_manage=_may_manage(),
            may_invite=allows(Role(g.principal.role), Permission.MANAGE_PEOPLE),
        ),
    )


@bp.get("/clients/<uuid:client_id>/logo")
@needs(Permission.SEE_CLIENTS)
def logo(client_id: UUID) -> ResponseReturnValue:
    """The client's picture."""
    client = client_by_id(g.work, client_id)
    if client.logo_file_id is None:
        raise NotFound
    row, data = read_file(g.work, client.logo_file_id)
    return Response(data, mimetype=row.media_type)


@dataclass(frozen=True)
class ClientFormPage:
    """The form of a client, of its contract, or of both; what was written and what is wrong with it."""

    title: str
    sub: str
    back_url: str
    back: str
    values: Mapping[str, str]
    errors: Mapping[str, str]
    currency: str
    identity: bool
    place: bool
    terms: bool
    countries: Sequence[tuple[str, str]]
    zones: Sequence[tuple[str, str]]
    languages: Sequence[tuple[str, str]]
    currencies: Sequence[tuple[str, str]]
    creditor_types: Sequence[tuple[str, str]]
    stages: Sequence[tuple[str, str]]
    pay_to: Sequence[tuple[str, str]]
    rule_rows: Sequence[int]
    error: str = ""


def _form_page(title: str, sub: str, values: Mapping[str, Any], errors: Mapping[str, str], *, currency: str,
               identity: bool = False, place: bool = False, terms: bool = False, error: str = "",
               client: Client | None = None) -> ResponseReturnValue:  # fmt: skip
    status = 200
    if error or errors:
        g.failed = True
        status = 422
    page = ClientFormPage(
        title=spell(title),
        sub=spell(sub),
        back_url=url_for("clients.show_client", client_id=client.id) if client else url_for("clients.list_clients"),
        back=client.name if client else spell(msg("Clientes")),
        values=values,
        errors=errors,
        currency=currency,
        identity=identity,
        place=place,
        terms=terms,
        countries=forms.COUNTRIES,
        zones=[(zone, zone) for zone in forms.ZONES],
        languages=[(code, spell(word)) for code, word in LANGUAGES],
        currencies=[(code, code) for code in forms.CURRENCIES],
        creditor_types=[(code, spell(word)) for code, word in forms.CREDITOR_TYPES],
        stages=[("", spell(msg("Cualquiera"))), *[(code, spell(word)) for code, word in STAGES]],
        pay_to=[(code, spell(word)) for code, word in forms.PAY_TO],
        rule_rows=range(1, forms.RULE_ROWS + 1),
        error=error,
    )
    return render("pages/clients/form.html", page, status=status)


def _uploaded(form: IdentityForm) -> bytes:
    given = form.logo.data
    # One byte more than is allowed is enough to know that it is too much.
    return given.stream.read(service.LOGO_BYTES + 1) if isinstance(given, FileStorage) and given.filename else b""


@bp.route("/clients/new", methods=["GET", "POST"])
@needs(Permission.MANAGE_CLIENTS)
def add_client() -> ResponseReturnValue:
    """A new client and its contract, in one form."""
    agency = agency_of(g.work)
    today = g.work.today(ZoneInfo(agency.time_zone))
    title, sub = msg("Nuevo cliente"), msg("Quién es, cómo se ve ante sus deudores y en qué términos trabajas para él.")
    if request.method == "GET":
        values = {
            "country": agency.country, "time_zone": agency.time_zone, "locale": agency.locale,
            "currency": agency.currency, "creditor_type": "commercial", "brand_color": "#0b7285", "tax_name": "IVA",
            "tax": "16" if agency.country == "MX" else "19" if agency.country == "CO" else "21",
            "remittance_day": "5", "max_discount": "0", "max_instalments": "1", "instalment_grace_days": "3",
            "promise_grace_days": "1", "rest_rate": "", "valid_from": today.isoformat(),
        }  # fmt: skip
        return _form_page(title, sub, values, {}, currency=agency.currency, identity=True, place=True, terms=True)
    form = PlaceForm()
    errors, problem, client_id = _try_to_add(form, today)
    if client_id is not None:
        return go_to("clients.show_client", client_id=client_id, say=msg("Cliente dado de alta. Invita a su gente."))
    currency = form.currency.data if form.currency.data in forms.CURRENCIES else agency.currency
    return _form_page(
        title, sub, request.form, errors, currency=currency, identity=True, place=True, terms=True, error=problem
    )


def _try_to_add(form: PlaceForm, today: date) -> tuple[Mapping[str, str], str, UUID | None]:
    fine = form.validate_on_submit()
    errors = forms.sentences(form)
    currency = form.currency.data if form.currency.data in forms.CURRENCIES else "MXN"
    reader = TermsReader(request.form, currency=currency, today=today)
    try:
        valid_from = reader.day("valid_from")
        terms = reader.terms()
        if not fine:
            return errors, "", None
        client_id = service.add_client(
            g.work,
            identity=forms.identity_of(form),
            place=service.Place(form.country.data, form.time_zone.data, form.locale.data, currency),
            terms=terms,
            valid_from=valid_from,
            logo=_uploaded(form),
        )
    except service.BadStart as problem:
        return {**errors, "valid_from": spell_problem(problem)}, "", None
    except Problem as problem:
        return {**errors, **reader.errors}, "" if reader.errors else spell_problem(problem), None
    return {}, "", client_id


@bp.route("/clients/<uuid:client_id>/edit", methods=["GET", "POST"])
@needs(Permission.MANAGE_CLIENTS)
def edit_client(client_id: UUID) -> ResponseReturnValue:
    """Change who the client is and how it looks; country and currency stay."""
    client = client_by_id(g.work, client_id)
    form = IdentityForm(obj=client)
    form.at_home = client.country
    title, sub = msg("Datos del cliente"), msg("Los avisos y páginas nuevos salen con estos datos.")
    problem = ""
    if form.validate_on_submit():
        try:
            told = forms.identity_of(form)
            service.change_client(
                g.work, client, **{**told.__dict__, "brand_color": service.readable_brand(told.brand_color)}
            )
            if data := _uploaded(form):
                service.keep_logo(g.work, client, data)
            return go_to("clients.show_client", client_id=client_id, say=msg("Datos guardados."))
        except Problem as refusal:
            problem = spell_problem(refusal)
    values = {name: str(value) for name, value in form.data.items() if isinstance(value, str)}
    return _form_page(
        title, sub, values, forms.sentences(form), currency=client.currency, identity=True, error=problem, client=client
    )


@bp.route("/clients/<uuid:client_id>/contract", methods=["GET", "POST"])
@needs(Permission.MANAGE_CLIENTS)
def set_terms(client_id: UUID) -> ResponseReturnValue:
    """A new version of the contract, from a day on."""
    client = client_by_id(g.work, client_id)
    today = g.work.today(ZoneInfo(client.time_zone))
    title = msg("Nueva versión del contrato")
    sub = msg("Vale desde el día que escribas. Lo ya cobrado conserva la versión con la que se calculó.")
    if request.method == "GET":
        newest = next(iter(queries.versions(g.work, client_id)), None)
        values = forms.values_of(newest, client.currency) if newest else {}
        return _form_page(title, sub, {**values, "valid_from": today.isoformat()}, {}, currency=client.currency,
                          terms=True, client=client)  # fmt: skip
    reader = TermsReader(request.form, currency=client.currency, today=today)
    problem = ""
    try:
        valid_from = reader.day("valid_from")
        service.set_terms(g.work, client_id=client_id, valid_from=valid_from, terms=reader.terms())
        return go_to("clients.show_client", client_id=client_id, say=msg("Nueva versión del contrato guardada."))
    except service.BadStart as refusal:
        reader.errors["valid_from"] = spell_problem(refusal)
    except Problem as refusal:
        problem = "" if reader.errors else spell_problem(refusal)
    return _form_page(title, sub, request.form, reader.errors, currency=client.currency, terms=True, error=problem,
                      client=client)  # fmt: skip
