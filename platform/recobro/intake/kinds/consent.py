"""What debtors told the client about being contacted: by which channel, since when, by what proof."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kernel.clock import instant_of
from kernel.text import msg
from recobro.intake.checks.rows import Plan
from recobro.intake.columns import normalise
from recobro.intake.columns.mapping import plain_heading
from recobro.intake.files.reading import Row
from recobro.intake.issues import Issue
from recobro.intake.kinds import consenting, naming
from recobro.intake.kinds.cells import CellRefused, Cells, refusal
from recobro.intake.kinds.kind import FileKind, Outcome, Tick, effects_of, rows_of
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement
from tenants.tables import Client
from tenants.work import Work

_GRANTED = frozenset({
    "si", "s", "yes", "y", "1", "true", "verdadero", "granted", "otorgado", "otorgada", "acepta", "aceptado",
    "aceptada", "autoriza", "autorizado", "autorizada", "consiente", "concedido", "permitido", "alta", "opt in",
    "optin",
    "opted in", "allowed", "given", "accepted", "x",
})  # fmt: skip
_REFUSED = frozenset({
    "no", "n", "0", "false", "falso", "refused", "negado", "negada", "rechaza", "rechazado", "rechazada", "no autoriza",
    "no autorizado", "no acepta", "revocado", "revocada", "revoca", "revoked", "retirado", "retirada", "withdrawn",
    "cancelado", "cancelada", "baja", "opt out", "optout", "opted out", "denied", "declined", "stop", "no contactar",
    "do not contact", "dnc",
})  # fmt: skip
_CHANNELS = {
    "telefono": "phone", "telefonico": "phone", "llamada": "phone", "llamadas": "phone", "voz": "phone", "tel": "phone",
    "celular": "phone", "movil": "phone", "phone": "phone", "call": "phone", "calls": "phone", "voice": "phone",
    "sms": "sms", "mensaje": "sms", "mensajes": "sms", "mensaje de texto": "sms", "mensajes de texto": "sms",
    "texto": "sms", "text": "sms", "text message": "sms",
    "whatsapp": "whatsapp", "wa": "whatsapp", "wsp": "whatsapp", "whats app": "whatsapp", "whats": "whatsapp",
    "email": "email", "e mail": "email", "mail": "email", "correo": "email", "correo electronico": "email",
    "postal": "postal", "carta": "postal", "cartas": "postal", "correo postal": "postal", "domicilio": "postal",
    "letter": "postal", "letters": "postal", "post": "postal", "postal mail": "postal",
    "todos": "", "todo": "", "all": "", "cualquiera": "", "any": "", "todos los canales": "",
}  # fmt: skip
_WISH = ("channel", "kind", "value", "value_norm", "consent", "at", "words")
_KIND_OF = {"phone": "phone", "sms": "phone", "whatsapp": "phone", "email": "email", "postal": "postal"}
_VALUES = ("phone", "email", "contact_value", "address")


def _missing(used: Collection[str]) -> list[str]:
    lacking = naming.lacking(used, _VALUES)
    if "consent" not in used:
        lacking.append(msg("Falta decir qué columna trae el consentimiento (sí o no)."))
    if not {"channel", *_VALUES} & set(used):
        lacking.append(msg("Falta decir de qué canal o de qué dato de contacto es el consentimiento."))
    return lacking


def _stage(work: Work, placement: Placement, plan: Plan, rows: Iterable[Row], tick: Tick) -> Findings:
    findings = Findings()
    naming.fresh(work, ("intake_wishes", "intake_values"), consenting.TABLES)
    values: list[tuple[Any, ...]] = []
    reader = _Reader(plan, work.now(), placement.created_at, work.today(ZoneInfo(plan.time_zone)))
    named = (*("line", "customer_ref_norm", "reference_norm", "tax_id_norm", "shown"), *_WISH)
    naming.copy_in(work, "intake_wishes", named, _read(reader, rows, findings, values, tick))
    naming.copy_in(work, "intake_values", ("line", *_WISH), values)
    consenting.compare(work, placement, plan, findings)
    return findings


def _read(
    reader: "_Reader", rows: Iterable[Row], findings: Findings, values: list[tuple[Any, ...]], tick: Tick
) -> Iterator[tuple[Any, ...]]:
    plan, cells = reader.plan, reader.cells
    for row in rows:
        findings.rows += 1
        if findings.rows % 5_000 == 0:
            tick(findings.rows)
        try:
            names, wishes = reader.read(row)
        except CellRefused as error:
            findings.note(refusal(error, row, plan))
            continue
        for code, name in cells.warned:
            findings.note(Issue("warned", code, row.line, plan.column(name), cells.shown(name)))
        if names:
            yield from ((row.line, *names, *wish) for wish in wishes)
        else:
            values += [(row.line, *wish) for wish in wishes]


class _Reader:
    """Reads a row into whom it names (nobody: its values say who) and its wishes."""

    def __init__(self, plan: Plan, now: datetime, received: datetime, today: date) -> None:
        self.plan, self.cells = plan, Cells(plan)
        self.now, self.received, self.today = now, received, today
        self.zone = ZoneInfo(plan.time_zone)

    def read(self, row: Row) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        cells = self.cells.of(row)
        customer, reference, tax_id = cells.text("customer_ref", 100), cells.document(), cells.text("tax_id", 100)
        names: tuple[str, ...] = ()
        if customer or reference or tax_id:
            names = (
                normalise.customer_ref_norm(customer), normalise.reference_norm(reference),
                cells.tax_id(tax_id, self.plan.country), customer or reference or tax_id,
            )  # fmt: skip
        channel = self._channel()
        consent = self._consent()
        values = [one for one in self._values() if channel in (None, "") or _KIND_OF[channel] == one[0]]
        if not values and not names:
            raise CellRefused("no_name_or_value", "")
        if channel is None and not values:
            raise CellRefused("no_channel", "channel")
        if channel and consent == "granted" and not values and (unread := self._unread(_KIND_OF[channel])):
            raise CellRefused("told_unusable", unread)
        at, words = self._at(consent), cells.text("evidence", 300)
        # Of all channels: the values that stand beside are how the debtor is known, when no number does.
        if channel == "" and names:
            values = []
        told = [(channel or "", kind, value, norm, consent, at, words) for kind, value, norm in values]
        return names, told or [(channel or "", "", "", "", consent, at, words)]

    def _channel(self) -> str | None:
        word = plain_heading(self.cells.text("channel", 60))
        if not word:
            return None
        if word not in _CHANNELS:
            raise CellRefused("bad_channel", "channel")
        return _CHANNELS[word]

    def _consent(self) -> str:
        word = plain_heading(self.cells.text("consent", 60))
        if word in _GRANTED:
            return "granted"
        if word in _REFUSED:
            return "refused"
        raise CellRefused("bad_consent" if word else "no_consent", "consent")

    def _values(self) -> Iterator[tuple[str, str, str]]:
        cells = self.cells
        if phone := cells.phone("phone"):
            yield "phone", phone, phone
        if email := cells.email("email"):
            yield "email", email, email
        if address := cells.address():
            yield "postal", address, address.upper()
        if told := cells.text("contact_value", 300):
            if "@" in told and (email := cells.email("contact_value")):
                yield "email", email, email
            elif "@" not in told and (phone := cells.phone("contact_value")):
                yield "phone", phone, phone

    def _unread(self, kind: str) -> str:
        """The field that says a telephone or address which cannot be used: a yes to it is no yes to the channel."""
        fields = ("contact_value", {"phone": "phone", "email": "email", "postal": "address"}[kind])
        return next((name for name in fields if self.cells.shown(name)), "")

    def _at(self, consent: str) -> datetime:
        """Since when: a permission from the day's beginning, a refusal until its end, so that it wins on the day."""
        day = self.cells.day("consented_on")
        if day is None:
            self.cells.warned.append(("undated_consent", "consent"))
            return self.received
        if day > self.today:
            raise CellRefused("future_day", "consented_on")
        begins = instant_of(day, self.zone)
        if consent == "granted":
            return begins
        return min(instant_of(day + timedelta(days=1), self.zone) - timedelta(seconds=1), self.now)


def _measure(work: Work, _placement: Placement, findings: Findings) -> Outcome:
    found = consenting.counted(work)
    counts = {
        **rows_of(findings), "created": found["created"], "changed": found["changed"], "unchanged": found["unchanged"],
        "debtors": found["debtors"],
        "effects": effects_of(
            (msg("{count} consentimiento otorgado"), msg("{count} consentimientos otorgados"), found["granted"]),
            (msg("{count} contacto rechazado: no se usará más"), msg("{count} contactos rechazados: no se usarán más"),
             found["refused"]),
        ),
    }  # fmt: skip
    return Outcome(counts, first=consenting.first(work))


def _apply(work: Work, placement: Placement, _client: Client, _part: int) -> int:
    return consenting.apply(work, placement)


CONSENT = FileKind(
    name="consent",
    label=msg("Consentimiento de contacto"),
    hint=msg("Por qué canales aceptó el deudor que se le contacte, y por cuáles no."),
    missing=_missing,
    stage=_stage,
    measure=_measure,
    apply=_apply,
    needs=(
        msg("De quién es: número de cliente, factura, identificación fiscal, teléfono o correo"),
        msg("El canal, si lo autorizó o no, y desde cuándo"),
    ),
    made=(msg("1 consentimiento"), msg("{count} consentimientos")),
    act=(msg("Guardar 1 consentimiento"), msg("Guardar {count} consentimientos")),
    none_made=msg("Ninguna fila cambia un consentimiento."),
    caveat=msg("Lo que el deudor cerró aquí sigue cerrado, diga lo que diga el archivo."),
    by_job=True,
)
