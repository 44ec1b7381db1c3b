"""The words of rules: their matters, kinds, bases, marks of confidence, and the values of their parameters."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from kernel.text import msg
from legal.rules.decision import WORDS
from legal.rules.elements import ELEMENTS
from legal.rules.packs.loading import all_packs
from recobro.web.translations import spell

MATTERS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "hours": (msg("Horario"), "clock", ("contact_hours", "inconvenient")),
    "calendar": (msg("Festivos y días cerrados"), "calendar", ("holidays", "closed_days", "town_days")),
    "frequency": (
        msg("Frecuencia"), "refresh", ("contact_cap", "channel_cap", "contact_gap", "call_frequency", "locate_once"),
    ),
    "channels": (
        msg("Canales"),
        "phone",
        (
            "authorised_channel", "contact_source", "contact_quality", "restricted_channel", "caller_id", "opt_out",
            "closed", "needs_consent", "safe_address", "reassigned_number", "employer_address", "visible_to_others",
            "workplace",
        ),
    ),
    "persons": (
        msg("Personas y situaciones"),
        "users",
        (
            "target", "flag", "proof_of_debt", "registration", "payment_receiver", "through_lawyer", "written_stop",
            "contested_debt", "known_region", "no_pack",
        ),
    ),
    "content": (
        msg("Lo que se dice"), "message-2", ("required_words", "banned_words", "limited_message", "calling_sign"),
    ),
    "notices": (
        msg("Avisos y plazos"),
        "mail",
        ("validation_period", "dispute_duty", "bureau_reporting", "retention", "moratorium", "duty", "answer_deadline"),
    ),
    "interest": (
        msg("Intereses"),
        "percentage",
        (
            "late_interest", "judgment_interest", "fixed_compensation", "rate_control", "capitalisation",
            "payment_term",
        ),
    ),
    "allocation": (msg("Aplicación de pagos"), "cash", ("allocation_order",)),
    "limitation": (msg("Prescripción"), "history", ("limitation", "limitation_seed", "time_barred")),
    "courts": (msg("Vía judicial"), "gavel", ("court_route", "negotiation_duty", "letter_of_claim", "venue")),
    "other": (msg("Otras"), "scale", ()),
}  # fmt: skip
_MATTER_OF = {kind: matter for matter, (_, _, kinds) in MATTERS.items() for kind in kinds}

KINDS: Mapping[str, str] = {
    "contact_hours": msg("Horario"),
    "holidays": msg("Festivos"),
    "closed_days": msg("Días cerrados"),
    "town_days": msg("Festivos de un municipio"),
    "contact_cap": msg("Límite de contactos"),
    "channel_cap": msg("Límite de canales"),
    "contact_gap": msg("Días entre contactos"),
    "authorised_channel": msg("Canales autorizados"),
    "contact_source": msg("Origen del dato"),
    "contact_quality": msg("Calidad del dato"),
    "restricted_channel": msg("Canal restringido"),
    "caller_id": msg("Número que llama"),
    "opt_out": msg("Bajas"),
    "closed": msg("Contacto cerrado"),
    "flag": msg("Marcas del caso"),
    "target": msg("Con quién se habla"),
    "proof_of_debt": msg("Prueba del adeudo"),
    "registration": msg("Registro de la agencia"),
    "payment_receiver": msg("Quién recibe el pago"),
    "required_words": msg("Lo que se dice"),
    "banned_words": msg("Lo que no se dice"),
    "duty": msg("Obligación"),
    "validation_period": msg("Plazo para pedir pruebas"),
    "dispute_duty": msg("Aclaraciones"),
    "bureau_reporting": msg("Reporte a burós"),
    "retention": msg("Conservación"),
    "moratorium": msg("Tregua"),
    "allocation_order": msg("Orden de aplicación de pagos"),
    "late_interest": msg("Intereses de mora"),
    "judgment_interest": msg("Intereses de sentencia"),
    "fixed_compensation": msg("Compensación"),
    "rate_control": msg("Control de la tasa"),
    "capitalisation": msg("Capitalización"),
    "payment_term": msg("Plazo de pago"),
    "limitation": msg("Prescripción"),
    "limitation_seed": msg("Prescripción por comprobar"),
    "time_barred": msg("Deuda prescrita"),
    "court_route": msg("Procedimiento"),
    "negotiation_duty": msg("Negociar antes de demandar"),
    "letter_of_claim": msg("Carta previa"),
    "venue": msg("Dónde se demanda"),
    "call_frequency": msg("Llamadas por deuda"),
    "calling_sign": msg("Señales de acoso"),
    "inconvenient": msg("Momentos y lugares inconvenientes"),
    "workplace": msg("Lugar de trabajo"),
    "through_lawyer": msg("Abogado del deudor"),
    "written_stop": msg("Petición escrita de no contactar"),
    "contested_debt": msg("Deuda objetada"),
    "locate_once": msg("Búsqueda con terceros"),
    "needs_consent": msg("Consentimiento"),
    "safe_address": msg("Dirección segura"),
    "reassigned_number": msg("Número reasignado"),
    "employer_address": msg("Correo del trabajo"),
    "visible_to_others": msg("A la vista de otros"),
    "limited_message": msg("Mensaje de voz limitado"),
    "known_region": msg("Región del deudor"),
    "answer_deadline": msg("Plazo para responder quejas"),
    "no_pack": msg("Lugar sin reglas"),
}

BASES: Mapping[str, tuple[str, str]] = {
    "law": (msg("Ley"), "info"),
    "regulator": (msg("Autoridad"), "info"),
    "policy": (msg("Política"), ""),
}

_VALUES: Mapping[str, str] = {
    "warn": msg("avisar"),
    "deny": msg("impedir"),
    "every_attempt": msg("todo intento"),
    "two_way": msg("solo si contesta"),
    "iso_week": msg("de lunes a domingo"),
    "rolling_7_days": msg("siete días corridos"),
    "day": msg("por día"),
    "apply": msg("aplicarla"),
    "exempt": msg("no aplicarla"),
    "person": msg("personas"),
    "firm": msg("empresas"),
    "consumer": msg("deuda de consumo"),
    "civil": msg("deuda civil"),
    "collect": msg("cobrar"),
    "answer": msg("responder"),
    "receipt": msg("confirmar una operación"),
    "legal_notice": msg("aviso que ordena la ley"),
    "locate": msg("localizar al deudor"),
    "principal": msg("capital"),
    "contractual_interest": msg("interés ordinario"),
    "default_interest": msg("interés de mora"),
    "tax": msg("impuesto"),
    "cost": msg("gastos"),
    "fee": msg("cargos"),
    "hold": msg("pausa"),
    "dispute": msg("aclaración abierta"),
    "complaint": msg("queja abierta"),
    "hardship": msg("dificultad de pago"),
    "represented": msg("abogado que representa al deudor"),
    "deceased": msg("fallecimiento"),
    "insolvent": msg("concurso o insolvencia"),
    "identity_theft": msg("suplantación de identidad"),
    "breathing_space": msg("tregua del deudor"),
    "pleads_barred": msg("prescripción que alega el deudor"),
    "credit_title": msg("título de crédito"),
    "contract": msg("contrato"),
    "invoices": msg("facturas"),
    "delivery_proof": msg("prueba de entrega"),
    "statement": msg("estado de cuenta"),
    "power": msg("poder"),
    "negotiation_proof": msg("prueba de la negociación"),
    "debtor_domicile": msg("domicilio del deudor"),
    "bad": msg("no sirve"),
    "wrong_person": msg("de otra persona"),
    "ordinary": msg("contrato o factura"),
    "bill": msg("pagaré o letra"),
    "cheque": msg("cheque"),
    "retail_credit": msg("venta al menudeo"),
    "services": msg("honorarios"),
    "periodic": msg("rentas y pagos periódicos"),
    "executive": msg("título ejecutivo"),
    "judgment": msg("sentencia"),
    "written": msg("contrato escrito"),
    "oral": msg("contrato verbal"),
    "open_account": msg("cuenta abierta"),
    "liability": msg("responsabilidad que fija una ley"),
    "partnership": msg("relación entre sociedad y socios"),
    "ask_consent": msg("pedir consentimiento"),
    "remedy": msg("avisar de una vía legal"),
    "verification": msg("responder a una objeción"),
    "closing": msg("avisar que ya no se contactará"),
    "records": msg("los expedientes"),
    "call_recording": msg("las grabaciones de llamadas"),
    "credit_file": msg("el dato en el buró"),
    "breach_data": msg("los datos del incumplimiento"),
    "last_activity_on": msg("la última gestión"),
    "recorded_on": msg("la grabación"),
    "first_reported_on": msg("el primer reporte"),
    "due_on": msg("el vencimiento"),
    "default_on": msg("la mora"),
    "paid_on": msg("el pago"),
    "demands": msg("requerimientos"),
    "interest": msg("intereses"),
    "enforcement": msg("ejecución"),
    "suit": msg("demandar"),
    "threat": msg("amenazar con demandar"),
    "proof_of_claim": msg("presentar el crédito en un concurso"),
    "request": msg("pedir el pago"),
    "agreed_before": msg("si se pactó antes"),
    "agreed_after": msg("si se pactó después"),
    "residence": msg("donde vive"),
    "signed": msg("donde firmó"),
    "property": msg("donde está el bien"),
    "agency": msg("la agencia"),
    "bureau": msg("el buró"),
    "data": msg("datos personales"),
    "deed": msg("escritura sellada"),
    "microcredit": msg("microcrédito"),
    "development": msg("fomento"),
    "agricultural": msg("agropecuario o rural"),
    "existence_certificate": msg("certificado de existencia"),
    "letter_of_claim": msg("carta previa"),
    "reply_form": msg("formulario de respuesta"),
    "chain_of_title": msg("cadena de cesiones"),
    "validation_notice": msg("aviso de validación"),
    "limitation_check": msg("comprobación de la prescripción"),
    "venue_proof": msg("prueba de dónde se demanda"),
    "authority": msg("la autoridad"),
}
# The same word means something else of a creditor or of a claim.
_OF: Mapping[tuple[str, str], str] = {
    ("creditor_type", "financial"): msg("entidades financieras"),
    ("creditor_type", "commercial"): msg("entidades comerciales"),
    ("creditor_type", "other"): msg("otros acreedores"),
    ("claim", "commercial"): msg("deuda mercantil"),
    ("elsewhere", "CT"): msg("Cataluña"),
    ("elsewhere", "SCT"): msg("Escocia"),
}
APPLIES: Mapping[str, str] = {
    "creditor_type": msg("acreedor"),
    "debtor": msg("deudor"),
    "claim": msg("deuda"),
    "collector": msg("quien cobra"),
    "channels": msg("canal"),
    "targets": msg("persona"),
    "purposes": msg("motivo"),
}


def matter_of(kind: str) -> str:
    """The matter a kind of rule belongs to."""
    return _MATTER_OF.get(kind, "other")


def word(value: object, of: str = "") -> str:
    """A value of a parameter as it is read; one without words is shown as it is."""
    text = str(getattr(value, "value", value))
    found = (
        _OF.get((of, text)) or ELEMENTS.get(text if of == "elements" else "") or _VALUES.get(text) or WORDS.get(text)
    )
    return spell(found) if found else plain(text)


def plain(text: str) -> str:
    """A number, or a value that nothing has words for, as it is written."""
    return text.replace("_", " ") if re.fullmatch(r"[a-z0-9_]+", text) else text


def words(values: Iterable[object], of: str = "") -> str:
    """Several values, joined."""
    return ", ".join(word(value, of) for value in values)


@lru_cache
def _tables() -> Mapping[str, str]:
    return {table.id: table.title for pack in all_packs().values() for table in pack.rate_tables.values()}


def table_named(table: str) -> str:
    """The title of a table of rates or sums."""
    return spell(_tables()[table])
