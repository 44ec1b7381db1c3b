"""What is wrong with rows, by the act that mends it: a few words for each, and what a cell plainly meant. Pure."""

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from kernel.money import exponent
from kernel.text import msg
from recobro.intake.checks.rows import Plan
from recobro.intake.columns.currencies import CURRENCIES, currency_of
from recobro.intake.columns.fields import FIELDS, Sort
from recobro.intake.columns.grammar import Mark, Order, Unreadable, read_amount, read_date


class Cause(NamedTuple):
    """What one act mends: the code of a refusal and the heading of the column it is about."""

    code: str
    column: str


WORDS: Mapping[str, str] = {
    "bad_day": msg("fecha imposible"),
    "no_due": msg("sin vencimiento"),
    "credit_row": msg("nota de crédito"),
    "payment_row": msg("pago, no adeudo"),
    "draft_row": msg("sin emitir"),
    "closed_owed": msg("cerrada y con saldo"),
    "bad_amount": msg("importe ilegible"),
    "no_amount": msg("sin importe"),
    "decimals": msg("decimales de más"),
    "zero": msg("saldo cero"),
    "negative": msg("saldo negativo"),
    "huge": msg("importe desmedido"),
    "parts": msg("partes que no suman"),
    "parts_beside": msg("saldo más partes da el total"),
    "bad_currency": msg("moneda desconocida"),
    "bad_sign": msg("signo $ con otra moneda"),
    "two_currencies": msg("dos monedas"),
    "no_reference": msg("sin número de factura"),
    "long_reference": msg("número demasiado largo"),
    "rounded": msg("número recortado"),
    "no_debtor": msg("sin deudor"),
    "subtotal": msg("fila de título o de totales"),
    "too_many_cells": msg("celdas de más"),
    "fin_no_day": msg("sin día"),
    "settlement_taken": msg("pago de antes de la entrega"),
    "replaces_here": msg("sustituye a una que se retira"),
    "replaces": msg("sustituye a otro documento"),
    "fin_taken": msg("igual a otro, tomado también"),
    "fin_movement": msg("tipo de movimiento desconocido"),
    "fin_two_sides": msg("cargo y abono a la vez"),
    "fin_unknown": msg("factura que aún no está"),
    "fin_unknown_zeros": msg("número igual salvo los ceros"),
    "recall_unknown_zeros": msg("número igual salvo los ceros"),
    "fin_several": msg("factura repetida"),
    "fin_other_debtor": msg("factura de otro deudor"),
    "fin_over": msg("más de lo que se debe"),
    "fin_currency": msg("otra moneda que la factura"),
    "fin_early": msg("día que no ha llegado"),
    "fin_recalled": msg("factura retirada"),
    "fin_closed": msg("factura que ya no debe"),
    "fin_no_contract": msg("sin contrato ese día"),
    "fin_no_payment": msg("pago que no está"),
    "fin_several_payments": msg("pagos iguales"),
    "fin_part": msg("cancela otro importe que el del pago"),
    "fin_not_direct": msg("pago que recibió la agencia"),
    "recall_unknown": msg("lo que no está aquí"),
    "recall_several": msg("factura repetida"),
    "recall_no_name": msg("sin decir qué se retira"),
    "recall_other_debtor": msg("factura de otro deudor"),
    "recall_nothing_owed": msg("caso que ya no debe"),
    "recall_paid": msg("ya pagada"),
    "recall_agreement": msg("en un convenio vigente"),
    "recall_in_transit": msg("con un pago en camino"),
    "recall_disputed": msg("en aclaración"),
    "recall_legal": msg("con el abogado"),
    "pue": msg("pagada de contado"),
    "cash": msg("pagada de contado"),
    "no_method": msg("sin decir si se pagó"),
    "unreadable": msg("factura que no se lee"),
    "no_name": msg("sin decir de quién es"),
    "nobody_zeros": msg("número igual salvo los ceros"),
    "nobody": msg("deudor que no está aquí"),
    "told_unusable": msg("dato que no se puede usar"),
    "several_debtors": msg("de varios deudores"),
    "no_name_or_value": msg("sin decir de quién es"),
    "no_channel": msg("sin canal"),
    "bad_channel": msg("canal desconocido"),
    "no_consent": msg("sin decir si lo hay"),
    "bad_consent": msg("ni sí ni no"),
    "future_day": msg("día que no ha llegado"),
    "document_missing": msg("documento que no viene"),
    "document_empty": msg("documento vacío"),
    "document_big": msg("documento demasiado grande"),
    "document_program": msg("documento que no se guarda"),
    "document_office": msg("documento que no se guarda"),
    "document_unknown": msg("documento que no se guarda"),
    "no_debt_named": msg("sin número de factura"),
    "no_such_debt": msg("factura que aún no está"),
    "several_debts": msg("de varias facturas"),
    # What goes in with a word of ours, waits, makes no debt, or is said in two ways.
    "tax_id_digit": msg("dígito o forma incorrectos"),
    "tax_id_form": msg("sin forma de identificación fiscal"),
    "tax_id_generic": msg("identificación genérica"),
    "two_names": msg("un deudor con dos nombres"),
    "two_tax_ids": msg("un deudor con dos identificaciones"),
    "same_tax_id": msg("una identificación de dos deudores"),
    "bad_uuid": msg("folio fiscal mal escrito"),
    "bad_phone": msg("teléfono que no se puede marcar"),
    "contact_left": msg("más contactos de los que caben"),
    "bad_email": msg("no es un correo"),
    "name_garbled": msg("nombre con letras rotas"),
    "name_odd": msg("no parece un nombre"),
    "bad_postal": msg("sin la forma de un código postal"),
    "bad_country": msg("país desconocido"),
    "country_doubt": msg("identificación de otro país"),
    "bad_birth": msg("nacimiento imposible"),
    "older_consent": msg("sabemos algo más nuevo"),
    "number_not_alone": msg("tiene otros teléfonos"),
    "undated_consent": msg("sin fecha"),
    "reference_unknown": msg("factura que aún no está"),
    "bad_language": msg("idioma desconocido"),
    "bad_movement": msg("ni alta ni baja"),
    "balance_ignored": msg("importes que no cambian"),
    "bad_yes_no": msg("ni sí ni no"),
    "currency_assumed": msg("sin moneda"),
    "balance_differs": msg("saldo que no es importe menos abonos"),
    "paid_negative": msg("pagado con signo menos"),
    "due_before_issue": msg("vence antes de emitirse"),
    "due_far": msg("año de vencimiento dudoso"),
    "by_name": msg("deudor reconocido solo por su nombre"),
    "other_seller": msg("la emite otro"),
    "sheet_unread": msg("hoja que no se lee"),
    "sheet_hidden": msg("hoja oculta"),
    "rows_hidden": msg("filas ocultas"),
    "zero_format": msg("ceros que solo se ven"),
    "zeros_apart": msg("número igual salvo los ceros"),
    "settlement_balance": msg("queda otro saldo"),
    "claim_unmet": msg("un pago que la esperaba no se aplicó"),
    "settlement_excess": msg("pago mayor que lo que se debe"),
    "credit_excess": msg("crédito mayor que lo que se debe"),
    "fin_contrary": msg("con signo menos: lo contrario"),
    "fin_component": msg("no dice a qué parte va"),
    "fin_before": msg("pago anterior a la carga"),
    "fin_before_taken": msg("pago anterior a la carga, tomado"),
    "fin_excess": msg("pago mayor que lo que se debe"),
    "recall_reason": msg("motivo desconocido"),
    "twin": msg("quizá el mismo deudor"),
    "twin_tax_id": msg("identificación fiscal de otro cliente"),
    "barred": msg("puede haber prescrito"),
    "minor": msg("menor de edad, o puede serlo"),
    "no_contact": msg("sin teléfono, correo ni domicilio"),
    "only_payments": msg("ni pago ni nota de crédito"),
    "settlement_unknown": msg("pago que espera a su factura"),
    "settlement_currency": msg("paga en otra moneda"),
    "settlement_closed": msg("paga lo que ya no se debe"),
    "settlement_here": msg("pago que ya está aquí"),
    "credit_here": msg("nota que ya se descontó"),
    "settlement_alike": msg("un pago igual ya está aquí"),
    "settlement_left": msg("quizá ya aplicado"),
    "settlement_replaces": msg("sustituye a un pago que ya está"),
    "credit_replaces": msg("sustituye a una nota que ya está"),
    "settlement_early": msg("día que no ha llegado"),
    "settlement_no_contract": msg("sin contrato ese día"),
    "settlement_over": msg("pago mayor que lo que se debe"),
    "credit_several": msg("crédito de varias facturas"),
    "credit_unnamed": msg("crédito que no dice de qué factura"),
    "credit_unknown": msg("crédito que espera a su factura"),
    "credit_currency": msg("crédito en otra moneda"),
    "credit_closed": msg("crédito de lo que ya no se debe"),
    "credit_over": msg("crédito mayor que lo que se debe"),
    **{f"ours_{name}": msg("corregido aquí después") for name in ("name", "tax_id", "country", "region", "city",
                                                                  "locale", "birth_year", "time_zone")},
    **{f"ours_{name}": msg("dato al que aquí contestó") for name in ("phone", "email", "postal")},
    "debtor_refused": msg("el deudor lo cerró"),
    "all_refused": msg("el cliente cerró todos los canales"),
    "same_document": msg("el mismo documento"),
    "told_twice": msg("otra fila dice otra cosa"),
    "told_taken": msg("dato de otro deudor"),
    "number_taken": msg("teléfono de otro deudor"),
    "shared_value": msg("de varios deudores"),
    "two_debtors": msg("de dos deudores"),
    "known_amount": msg("ya cargada con otro importe"),
    "known_due": msg("ya cargada con otro vencimiento"),
    "known_debtor": msg("ya cargada a otro deudor"),
    "known_uuid": msg("ya cargada con otro folio fiscal"),
    "known_recalled": msg("se retiró antes"),
    "known_spelt": msg("quizá ya cargada, con el número de otro modo"),
    "spelt_taken": msg("casi el mismo número, tomada también"),
    "known_padded": msg("ya cargada, salvo los ceros"),
    "known_identity": msg("número de cliente de otro deudor"),
    "substitutes": msg("sustituye a una que ya está"),
    "in_file_amount": msg("dos importes en el archivo"),
    "in_file_due": msg("dos vencimientos en el archivo"),
    "in_file_debtor": msg("dos deudores en el archivo"),
    "in_file_uuid": msg("dos folios fiscales en el archivo"),
    "in_file_padded": msg("dos veces en el archivo, salvo los ceros"),
    "in_file_identity": msg("un número de cliente de dos deudores"),
    "kept_amount": msg("se conserva el importe que estaba"),
    "kept_due": msg("se conserva el vencimiento que estaba"),
    "kept_first": msg("cuenta la primera fila"),
    "kept_ours": msg("se conserva lo que estaba"),
    "took_amount": msg("se toma el importe del archivo"),
    "took_due": msg("se toma el vencimiento del archivo"),
}  # fmt: skip
OTHER = msg("otra causa")
# The headings of the columns we add to the rows that are given back, as plain words in every language.
LINE_HEADINGS = ("fila", "linea", "row", "line")
EXTRA = msg("Celda de más {n}")
EXTRA_HEADING = r"(?:celda de mas|extra cell) ([1-9][0-9]?)"
# What is wrong with these is not what one cell says: the file is mended, or the rows are left out.
WITHOUT_A_CELL = frozenset(
    {
        "too_many_cells",
        "subtotal",
        "no_debtor",
        "pue",
        "no_method",
        "cash",
        "unreadable",
        "document_missing",
        "document_empty",
        "document_big",
        "document_program",
        "document_office",
        "document_unknown",
        "no_name",
        "no_name_or_value",
    }
)
# Each row needs another value here.
EACH_ITS_OWN = frozenset(
    {
        "no_reference",
        "no_debt_named",
        "several_debts",
        "long_reference",
        "rounded",
        "no_amount",
        "zero",
        "negative",
        "huge",
        "parts",
        "fin_over",
    }
)

_LOOK_ALIKE = str.maketrans("OoIl", "0011")
# Words beside an amount that say the currency the client has anyway.
_HOME_WORDS = {
    "MXN": re.compile(r"\s*(?:pesos|m\.?\s?n\.?|mxp)\s*", re.IGNORECASE),
    "COP": re.compile(r"\s*pesos\s*", re.IGNORECASE),
    "EUR": re.compile(r"\s*euros?\s*", re.IGNORECASE),
}
_YES = frozenset({"verdadera", "afirmativo", "ok", "cierto", "si claro", "sip", "t", "v"})
_NO = frozenset({"ninguna", "ninguno", "negativo", "nop", "f", "falsa", "na", "n/a", "-"})


def suggestion(code: str, field: str, value: str, plan: Plan) -> str:
    """What a cell plainly meant, written as its column is read; nothing where that would be a guess."""
    if field not in FIELDS or not value:
        return ""
    if code == "decimals":
        return _rounded(value, plan.marks[field], plan.currency) if field in plan.marks else ""
    by_sort: Mapping[Sort, Callable[[], str]] = {
        Sort.DAY: lambda: _day(value, plan.orders[field]) if field in plan.orders else "",
        Sort.AMOUNT: lambda: _amount(value, plan.marks[field], plan.currency) if field in plan.marks else "",
        Sort.YES_NO: lambda: _yes_no(value),
        Sort.TEXT: lambda: _currency(value, plan.currency) if field == "currency" else "",
    }
    return by_sort[FIELDS[field].sort]() if code in ("bad_day", "bad_amount", "bad_currency", "bad_yes_no") else ""


def _day(value: str, order: Order) -> str:
    """The day, when the cell is written in the other order, or with letters that look like digits."""
    other = Order.MONTH_FIRST if order in (Order.DAY_FIRST, Order.DAY_FIRST_TURNED) else Order.DAY_FIRST
    for text, read_as in ((value, other), (value.translate(_LOOK_ALIKE), order)):
        try:
            day = read_date(text, read_as)
        except Unreadable:
            continue
        shape = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y"}.get(order.value[:3], "%Y-%m-%d")
        return day.strftime(shape)
    return ""


def _amount(value: str, mark: Mark, home: str) -> str:
    """The amount, when the cell uses the other mark, names the home currency, or has letters that look like digits."""
    other = Mark.COMMA if mark is Mark.DOT else Mark.DOT
    bare = _HOME_WORDS[home].sub("", value) if home in _HOME_WORDS else value
    for text, read_as in ((value, other), (bare, mark), (bare, other), (value.translate(_LOOK_ALIKE), mark)):
        try:
            found = read_amount(text, read_as)
        except Unreadable:
            continue
        return written(found.value, mark)
    return ""


def _rounded(value: str, mark: Mark, currency: str) -> str:
    try:
        found = read_amount(value, mark)
    except Unreadable:
        return ""
    places = Decimal(1).scaleb(-exponent(found.currency if found.currency in CURRENCIES else currency))
    return written(found.value.quantize(places, rounding=ROUND_HALF_UP), mark)


def written(value: Decimal, mark: Mark) -> str:
    """An amount as a column with that decimal mark says it."""
    plain = f"{value:f}"
    return plain.replace(".", ",") if mark is Mark.COMMA else plain


# What nobody should write and everybody does.
_NEARLY = {"E": "EUR", "MX": "MXN", "COL": "COP", "COLP": "COP"}


def _currency(value: str, home: str) -> str:
    """The code, when the cell names a currency with signs around it, or nearly."""
    letters = "".join(c for c in value.upper() if c.isalpha())
    found = currency_of(letters, home)
    if found == "" and letters:
        return home
    return found or _NEARLY.get(letters, "")


def _yes_no(value: str) -> str:
    word = value.strip().lower()
    if word in _YES:
        return "sí"
    return "no" if word in _NO else ""
