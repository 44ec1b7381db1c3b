"""What is written down about a client and its contract. Only shape and reading are done here; rules live elsewhere."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import AnyOf, InputRequired, Length, ValidationError

from kernel.money import Money
from kernel.problems import Invalid, Problem
from kernel.text import msg
from recobro.clients.render import percent
from recobro.clients.service import Identity, Terms, readable_brand
from recobro.people.service import plain_email
from recobro.web.jinja import locale
from recobro.web.readings import read_day, read_money
from recobro.web.translations import spell, spell_problem

RULE_ROWS = 4
COUNTRIES = (("MX", "México"), ("CO", "Colombia"), ("ES", "España"), ("US", "Estados Unidos"))
ZONES = (
    "America/Mexico_City", "America/Cancun", "America/Monterrey", "America/Hermosillo", "America/Tijuana",
    "America/Bogota", "Europe/Madrid", "Atlantic/Canary", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles",
)  # fmt: skip
CURRENCIES = ("MXN", "COP", "EUR", "USD")
CREDITOR_TYPES = (
    ("commercial", msg("Empresa comercial o industrial")),
    ("financial", msg("Entidad financiera")),
    ("other", msg("Otro")),
)
PAY_TO = (
    ("agency", msg("A la cuenta de terceros de la agencia")),
    ("client", msg("A la cuenta del cliente")),
)
_TAX_IDS = {
    "MX": re.compile(r"[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}"),
    "CO": re.compile(r"\d{8,11}"),
    "ES": re.compile(r"(?:ES)?[A-Z0-9]\d{7}[A-Z0-9]"),
}
_TAX_ID_WORDS = {
    "MX": msg("Un RFC tiene 12 o 13 caracteres, como FTF190312AB4."),
    "CO": msg("Un NIT tiene de 8 a 11 cifras, como 900123456-7."),
    "ES": msg("Un NIF tiene 9 caracteres, como B12345678."),
}
_PHONE = re.compile(r"\+?(?:[\s().-]*\d){7,15}(?:\s*(?:ext\.?|x)\s*\d{1,6})?", re.IGNORECASE)
_LONG = msg("El texto es demasiado largo.")


def _text(most: int, needed: str = "") -> StringField:
    required = [InputRequired(needed)] if needed else []
    return StringField(
        validators=[*required, Length(max=most, message=_LONG)], filters=[lambda text: (text or "").strip()]
    )


class IdentityForm(FlaskForm):  # type: ignore[misc]
    """Who the client is, where, and how it looks on what debtors see."""

    name = _text(120, msg("Escribe el nombre comercial."))
    legal_name = _text(120)
    tax_id = _text(40)
    creditor_type = StringField(validators=[AnyOf([c for c, _ in CREDITOR_TYPES], msg("Elige un tipo de acreedor."))])
    address = _text(400)
    phone = _text(40)
    email = _text(254)
    bank_account = _text(80)
    brand_color = _text(7)
    logo = FileField()
    at_home = ""

    def validate_tax_id(self, field: StringField) -> None:
        """Only the shape is looked at: a wrong check digit is in real use."""
        country = self.at_home or str(self.data.get("country", ""))
        shape = _TAX_IDS.get(country)
        if field.data and shape and not shape.fullmatch(re.sub(r"[\s.-]", "", field.data).upper()):
            raise ValidationError(_TAX_ID_WORDS[country])

    def validate_phone(self, field: StringField) -> None:
        """Digits and the signs people set between them."""
        if field.data and not _PHONE.fullmatch(field.data):
            raise ValidationError(msg("Escribe un teléfono con lada, por ejemplo 55 1234 5678."))

    def validate_email(self, field: StringField) -> None:
        """An address as invitations want it."""
        try:
            plain_email(field.data) if field.data else None
        except Problem as problem:
            raise ValidationError(problem.template) from problem

    def validate_brand_color(self, field: StringField) -> None:
        """A colour as its field asks for it."""
        try:
            readable_brand(field.data) if field.data else None
        except Problem as problem:
            raise ValidationError(problem.template) from problem


class PlaceForm(IdentityForm):
    """The same with what never changes afterwards: country, zone, currency; and the language of its debtors."""

    country = StringField(validators=[AnyOf([c for c, _ in COUNTRIES], msg("Elige un país de la lista."))])
    time_zone = StringField(validators=[AnyOf(ZONES, msg("Elige una zona horaria de la lista."))])
    locale = StringField(validators=[AnyOf(("es_MX", "es_CO", "es_ES", "en"), msg("Elige un idioma de la lista."))])
    currency = StringField(validators=[AnyOf(CURRENCIES, msg("Elige una moneda de la lista."))])


def identity_of(form: IdentityForm) -> Identity:
    """What an accepted form says of the client."""
    return Identity(
        name=form.name.data,
        legal_name=form.legal_name.data or form.name.data,
        tax_id=form.tax_id.data.upper(),
        creditor_type=form.creditor_type.data,
        address=form.address.data,
        phone=form.phone.data,
        email=form.email.data,
        bank_account=form.bank_account.data.replace(" ", ""),
        brand_color=form.brand_color.data or "#0b7285",
    )


class TermsReader:
    """Reads the contract's fields as people write them; `errors` says by field what could not be read."""

    def __init__(self, values: Any, *, currency: str, today: date) -> None:
        self.values = values
        self.currency = currency
        self.today = today
        self.errors: dict[str, str] = {}

    def _get(self, name: str) -> str:
        return str(self.values.get(name, "")).strip()

    def basis_points(self, name: str, *, default: str = "") -> int:
        """A percentage in basis points."""
        text = (self._get(name) or default).replace("%", "").replace(",", ".").strip()
        try:
            found = Decimal(text) * 100
            if not (found.is_finite() and found == found.to_integral_value() and 0 <= found <= 10_000):
                raise InvalidOperation
            return int(found)
        except InvalidOperation:
            self.errors[name] = spell(msg("Escribe un porcentaje de 0 a 100, con dos decimales cuando más."))
            return 0

    def whole(self, name: str, *, low: int, high: int, default: str = "") -> int:
        """A whole number within bounds."""
        text = self._get(name) or default
        if text.isascii() and text.isdigit() and low <= int(text) <= high:
            return int(text)
        self.errors[name] = spell(msg("Escribe un número de {low} a {high}."), low=low, high=high)
        return low

    def _days(self, name: str) -> int | None:
        text = self._get(name)
        return self.whole(name, low=0, high=10_000) if text else None

    def _choice(self, name: str, options: Sequence[tuple[str, str]], *, default: str) -> str:
        chosen = self._get(name) or default
        if chosen not in {code for code, _ in options}:
            self.errors[name] = spell(msg("Elige una de las opciones."))
        return chosen

    def amount(self, name: str) -> int:
        """An amount in minor units; nothing written is nothing."""
        text = self._get(name)
        if not text:
            return 0
        try:
            found = read_money(text, self.currency, locale()).minor
        except Problem as problem:
            self.errors[name] = spell_problem(problem)
            return 0
        if found < 0:
            self.errors[name] = spell(msg("Escribe un importe mayor que cero."))
        return found

    def day(self, name: str) -> date:
        """The day the terms hold from."""
        try:
            return read_day(self._get(name) or "hoy", today=self.today, locale=locale())
        except Problem as problem:
            self.errors[name] = spell_problem(problem)
            return self.today

    def _rules(self) -> list[dict[str, Any]]:
        rules: list[dict[str, Any]] = []
        for number in range(1, RULE_ROWS + 1):
            names = [f"rule_{number}_{part}" for part in ("label", "from", "to", "stage", "rate")]
            label, first, last, stage, rate = names
            if not any(self._get(name) for name in names):
                continue
            when: dict[str, Any] = {}
            low, high = self._days(first), self._days(last)
            if low is not None:
                when["age_days_from"] = low
            if high is not None:
                when["age_days_to"] = high
            if self._get(stage):
                when["stage"] = [self._get(stage)]
            if not when:
                self.errors[first] = spell(msg("Di desde o hasta qué antigüedad, o en qué etapa, vale esta regla."))
            rules.append(
                {
                    "id": f"r{number}",
                    "label": self._get(label) or spell(msg("Regla {number}"), number=number),
                    "when": when,
                    "rate_bp": self.basis_points(rate),
                }
            )
        rest = {"id": "general", "label": self._get("rest_label") or spell(msg("Para lo demás"))}
        rules.append({**rest, "rate_bp": self.basis_points("rest_rate")})
        return rules

    def terms(self) -> Terms:
        """The whole of the contract; Invalid when something could not be read (`errors` says what)."""
        found = Terms(
            commission_rules=self._rules(),
            tax_name=self._get("tax_name")[:20] or "IVA",
            tax_bp=self.basis_points("tax", default="0"),
            remittance_kind="net",
            remittance_day=self.whole("remittance_day", low=1, high=28, default="5"),
            max_discount_bp=self.basis_points("max_discount", default="0"),
            max_instalments=self.whole("max_instalments", low=1, high=120, default="1"),
            min_instalment=self.amount("min_instalment"),
            instalment_grace_days=self.whole("instalment_grace_days", low=0, high=60, default="3"),
            promise_grace_days=self.whole("promise_grace_days", low=0, high=60, default="1"),
            pay_to=self._choice("pay_to", PAY_TO, default="agency"),
            share_debtors=self._get("share_debtors") == "y",
        )
        if self.errors:
            raise Invalid(msg("Hay datos del contrato por corregir."))
        return found


def values_of(terms: Any, currency: str) -> dict[str, str]:
    """A contract's terms as its form shows them."""
    shown = {
        "tax_name": terms.tax_name,
        "tax": percent(terms.tax_bp),
        "remittance_day": str(terms.remittance_day),
        "max_discount": percent(terms.max_discount_bp),
        "max_instalments": str(terms.max_instalments),
        "min_instalment": _major(terms.min_instalment, currency),
        "instalment_grace_days": str(terms.instalment_grace_days),
        "promise_grace_days": str(terms.promise_grace_days),
        "pay_to": terms.pay_to,
        "share_debtors": "y" if terms.share_debtors else "",
    }
    *others, rest = terms.commission_rules
    shown |= {"rest_label": rest["label"], "rest_rate": percent(rest.get("rate_bp") or 0)}
    for number, rule in enumerate(others[:RULE_ROWS], 1):
        when = rule.get("when", {})
        stage = when.get("stage", "")
        shown |= {
            f"rule_{number}_label": rule["label"],
            f"rule_{number}_from": str(when.get("age_days_from", "")),
            f"rule_{number}_to": str(when.get("age_days_to", "")),
            f"rule_{number}_stage": stage if isinstance(stage, str) else next(iter(stage), ""),
            f"rule_{number}_rate": percent(rule.get("rate_bp") or 0),
        }
    return shown


def _major(minor: int, currency: str) -> str:
    return str(Money(minor, currency).amount) if minor else ""


def sentences(form: FlaskForm) -> dict[str, str]:
    """The errors of a refused form, spelled, by field."""
    return {name: " ".join(spell(str(error)) for error in errors) for name, errors in form.errors.items() if name}
