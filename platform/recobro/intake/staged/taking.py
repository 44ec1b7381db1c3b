"""Conflicts in which the file is right: the debt's amount and due day become what the file says, while nobody has paid,
agreed or been told otherwise. What stands against it is told, and nothing is corrected then."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import text

from kernel.problems import Invalid
from kernel.text import msg
from recobro.cases import service as cases
from recobro.intake.files import invoice_rows
from recobro.intake.issues import Issue
from recobro.intake.staged import deciding
from recobro.intake.staged.sameness import ANOTHER, SAME_DUE
from recobro.intake.tables import Placement
from tenants.context import Kind
from tenants.work import Work

# The batch before those of new debts.
PART = -1
# Of rows of which nobody has decided so many are looked at, to say what stands against taking them.
MOST_LOOKED = 2_000
_SLICE = 1_000

# What stands against changing a debt (`d`); notices count from an instant.
BAR = """CASE
  WHEN d.state <> 'open' THEN 'settled'
  WHEN EXISTS (SELECT FROM payment_allocations x WHERE x.agency_id = :agency AND x.debt_id = d.id) THEN 'allocation'
  WHEN d.balance <> d.original
    OR EXISTS (SELECT FROM debt_components x WHERE x.agency_id = :agency AND x.debt_id = d.id
               AND (x.charged <> x.owed OR x.forgiven > 0))
    OR EXISTS (SELECT FROM case_events x WHERE x.agency_id = :agency AND x.case_id = d.case_id AND x.ref_id = d.id
               AND x.ref_table IN ('charges', 'credits')) THEN 'money'
  WHEN EXISTS (SELECT FROM checkouts x WHERE x.agency_id = :agency AND x.case_id = d.case_id
               AND x.state IN ('intended', 'open', 'processing')) THEN 'checkout'
  WHEN EXISTS (SELECT FROM agreements x WHERE x.agency_id = :agency AND x.case_id = d.case_id AND x.ended_at IS NULL)
    THEN 'agreement'
  WHEN EXISTS (SELECT FROM matters x WHERE x.agency_id = :agency AND x.case_id = d.case_id
               AND x.state IN ('proposed', 'accepted')) THEN 'matter'
  WHEN EXISTS (SELECT FROM notices x WHERE x.agency_id = :agency AND x.case_id = d.case_id AND x.queued_at >= {since}
               AND (x.state NOT IN ('queued', 'held', 'cancelled') OR x.tries > 0)) THEN 'notice'
  ELSE '' END"""
_LOOK = f"""
CREATE TEMPORARY TABLE intake_takes AS
SELECT DISTINCT ON (r.line) r.line, d.id AS debt_id, d.case_id, d.reference, d.currency, d.original AS was,
       d.balance AS owed,
       r.balance AS amount, d.due_on AS was_due, CASE WHEN {SAME_DUE.format(one="d")} THEN d.due_on ELSE r.due_on END
         AS due_on, r.interest, r.cost, r.fee,
       CASE WHEN d.currency <> r.currency THEN 'currency'
            WHEN d.uuid <> '' AND r.uuid <> '' AND d.uuid <> r.uuid THEN 'uuid'
            WHEN {ANOTHER} THEN 'debtor' ELSE {BAR.format(since="d.created_at")} END AS bar
FROM intake_rows r
JOIN LATERAL (
  SELECT id FROM debts WHERE agency_id = :agency AND client_id = :client AND uuid <> '' AND uuid = r.uuid
  UNION
  SELECT id FROM debts WHERE agency_id = :agency AND client_id = :client AND reference_norm = r.reference_norm
    AND (seller_norm = r.seller_norm OR '' IN (seller_norm, r.seller_norm))) n ON true
JOIN debts d ON d.agency_id = :agency AND d.id = n.id
JOIN debtors o ON o.agency_id = d.agency_id AND o.id = d.debtor_id
WHERE r.line = ANY(CAST(:lines AS bigint[]))
ORDER BY r.line, d.uuid = r.uuid AND r.uuid <> '' DESC, d.seller_norm = r.seller_norm DESC
"""  # noqa: S608
_NONE = "CREATE TEMPORARY TABLE intake_takes AS SELECT NULL::bigint AS line WHERE false"
_BARS = """
SELECT line, bar, owed, currency, row_number() OVER (PARTITION BY debt_id ORDER BY line) AS place FROM intake_takes
"""
_CHOSEN = "DELETE FROM intake_takes WHERE NOT line = ANY(CAST(:lines AS bigint[]))"
_MARK = "UPDATE intake_marks SET state = 'take' WHERE line = ANY(CAST(:lines AS bigint[]))"

_HOLD = """
SELECT d.id FROM debts d JOIN intake_takes t ON t.debt_id = d.id WHERE d.agency_id = :agency
ORDER BY d.id FOR UPDATE OF d
"""
_STALE = f"""
SELECT count(*) FROM debts d JOIN intake_takes t ON t.debt_id = d.id
WHERE d.agency_id = :agency
  AND ((d.original, d.due_on) IS DISTINCT FROM (t.was, t.was_due) OR {BAR.format(since="d.created_at")} <> '')
"""  # noqa: S608
_PARTS = """
CREATE TEMPORARY TABLE intake_take_parts AS
SELECT t.debt_id, p.kind, p.amount, coalesce(c.charged, 0) AS was, c.id IS NULL AS new
FROM (SELECT debt_id, amount - interest - cost - fee AS principal, interest, cost, fee FROM intake_takes
      WHERE amount <> was) t
CROSS JOIN LATERAL (VALUES ('principal', t.principal), ('default_interest', t.interest), ('cost', t.cost),
                           ('fee', t.fee), ('contractual_interest', 0), ('tax', 0)) AS p (kind, amount)
LEFT JOIN debt_components c ON c.agency_id = :agency AND c.debt_id = t.debt_id AND c.kind = p.kind
WHERE p.amount <> coalesce(c.charged, 0)
"""
_EFFECTS = """
INSERT INTO placement_effects (agency_id, client_id, id, placement_id, kind, case_id, ref_id, details, at)
SELECT :agency, :client, uuidv7(), :placement, 'corrected', t.case_id, t.debt_id,
       jsonb_build_object('act', 'debt', 'line', t.line, 'amount', t.amount, 'was', t.was, 'due_on', t.due_on,
                          'was_due', t.was_due, 'parts', coalesce(p.parts, '{}')), :now
FROM intake_takes t
LEFT JOIN (SELECT debt_id, jsonb_object_agg(kind, amount - was) AS parts FROM intake_take_parts GROUP BY 1) p
  USING (debt_id)
ORDER BY t.line
"""
_CHANGE = """
UPDATE debt_components c SET charged = p.amount, owed = p.amount FROM intake_take_parts p
WHERE c.agency_id = :agency AND c.debt_id = p.debt_id AND c.kind = p.kind
"""
_ADD = """
INSERT INTO debt_components (agency_id, id, client_id, debt_id, kind, charged, owed, forgiven)
SELECT :agency, uuidv7(), :client, debt_id, kind, amount, amount, 0 FROM intake_take_parts WHERE new
"""
_DEBTS = """
UPDATE debts d SET original = t.amount, balance = t.amount, due_on = t.due_on FROM intake_takes t
WHERE d.agency_id = :agency AND d.id = t.debt_id
"""
_EVENTS = """
INSERT INTO case_events (agency_id, id, client_id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, ref_id, visibility)
SELECT :agency, uuidv7(), :client, case_id, :now, 'placement',
       CASE WHEN amount = was THEN :due WHEN due_on = was_due THEN :amount ELSE :both END, '',
       jsonb_build_object('number', CAST(:number AS text), 'reference', reference, 'day', due_on, 'day_was', was_due,
                          'amount', jsonb_build_object('minor', amount, 'currency', currency),
                          'was', jsonb_build_object('minor', was, 'currency', currency)),
       'warn', :actor, :actor_kind, 'corrections', debt_id, 'client'
FROM intake_takes
"""
CORRECTED = msg("El cliente corrigió {reference} en la carga {number}: de {was} a {amount}")
CORRECTED_DUE = msg("El cliente corrigió {reference} en la carga {number}: vence el {day}, ya no el {day_was}")
CORRECTED_BOTH = msg("El cliente corrigió {reference} en la carga {number}: de {was} a {amount}, y vence el {day}")


# Why a debt is not corrected, and what does instead: of more, of less, of another day, of what is not that debt.
WHY: Mapping[str, str] = {
    "settled": msg("el adeudo ya no está abierto"),
    "allocation": msg("ya se le aplicó un pago"),
    "money": msg("ya tuvo un cargo, un crédito o una quita"),
    "checkout": msg("hay un pago con tarjeta en curso"),
    "agreement": msg("hay un convenio vigente"),
    "matter": msg("está con un abogado"),
    "notice": msg("ya salió un aviso con lo anterior"),
    "currency": msg("está en otra moneda"),
    "uuid": msg("tiene otro folio fiscal"),
    "debtor": msg("es de otro deudor"),
    "twice": msg("otra fila corrige el mismo adeudo"),
}
MORE = msg("No se puede tomar: {why}. Los {difference} que faltan van como cargo en un archivo de pagos y cargos.")
LESS = msg("No se puede tomar: {why}. Los {difference} que sobran van como crédito en un archivo de pagos y cargos.")
# The file's amount may be of the day it was handed over or of today: only who wrote it knows what differs.
EITHER = msg(
    "No se puede tomar: {why}. Aquí se deben hoy {owed}; si se debe otra cosa, la diferencia con eso va como cargo o "
    "crédito en un archivo de pagos y cargos."
)
OTHER_DAY = msg("No se puede tomar: {why}. El vencimiento se corrige con un archivo de datos de deudores.")
ANEW = msg("No se puede tomar: {why}. Si el archivo tiene razón, retira el adeudo y cárgalo de nuevo.")
CLOSED = msg("No se puede tomar: {why}. Si se debe más, cárgalo como un adeudo nuevo.")
SECOND = msg("No se puede tomar: {why}.")
# What is never taken, and what does instead, by the code of the conflict.
NEVER: Mapping[str, str] = {
    "known_debtor": msg("Un adeudo no cambia de deudor. Si el archivo acierta, retíralo y cárgalo a quien lo debe."),
    "known_uuid": msg("Es otro folio fiscal. Si sustituye al que está, retira ese y carga este."),
    "known_padded": msg("Si son dos facturas, escribe el número con todos sus ceros y vuelve a subir la fila."),
    "known_identity": msg("Un número de cliente es de un solo deudor. Corrige el equivocado y vuelve a subir la fila."),
    "substitutes": msg("Retira primero la factura que sustituye; al volver a leer el archivo entra esta."),
    **dict.fromkeys(
        ("in_file_amount", "in_file_due", "in_file_debtor", "in_file_uuid", "in_file_padded", "in_file_identity"),
        msg("El archivo se contradice y cuenta la primera fila. Si vale la otra, corrígelo y súbelo de nuevo."),
    ),
}


def against(details: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """What stands against taking what a row says, as a sentence with its details; empty when nothing is known to."""
    bar = details.get("bar", "")
    if not bar:
        return "", {}
    here, there = details["here"], details["there"]
    owed = details.get("owed", there)
    difference = {"minor": abs(here["minor"] - there["minor"]), "currency": here["currency"]}
    if bar in ("currency", "uuid", "debtor"):
        template = ANEW
    elif bar in ("settled", "twice"):
        template = CLOSED if bar == "settled" else SECOND
    elif here["minor"] == there["minor"]:
        template = OTHER_DAY
    else:
        template = MORE if here["minor"] > there["minor"] else LESS
        template = template if owed == there else EITHER
    return template, {"why": WHY[bar], "difference": difference, "owed": owed}


class TakeStale(Invalid):
    """What was to be corrected is no longer what it was."""

    code = "intake.correction_stale"


class Row(NamedTuple):
    """One row in conflict with a debt that may be corrected."""

    line: int
    code: str
    reference: str
    details: dict[str, Any]


def decide(work: Work, placement: Placement, rows: Sequence[Row], note: Callable[[Issue], None]) -> None:
    """Tell of these rows, and mark those that are taken. What stands against taking one is in its details (`bar`); a
    client may not see that: it is found out by a job."""
    work.session.execute(text("DROP TABLE IF EXISTS pg_temp.intake_takes"))
    said = deciding.of(placement)
    wanted = {row.line for row in rows if said.on(row.code, row.line) == deciding.TAKE}
    bars: Mapping[int, Mapping[str, Any]] = {}
    if rows and work.principal.kind is not Kind.CLIENT:
        bars = _bars(work, placement, wanted | {row.line for row in rows[:MOST_LOOKED]})
    else:
        work.session.execute(text(_NONE))
    taken = [line for line in wanted if line in bars and not bars[line]]
    if taken:
        work.session.execute(text(_MARK), {"lines": taken})
    work.session.execute(text(_CHOSEN), {"lines": taken})
    chosen = frozenset(taken)
    for row in rows:
        row.details.update(bars.get(row.line, {}))
        issue = Issue("conflict", row.code, row.line, "", row.reference, row.details)
        note(deciding.told(issue, deciding.TAKEN[row.code]) if row.line in chosen else issue)


def _bars(work: Work, placement: Placement, lines: Collection[int]) -> dict[int, dict[str, Any]]:
    """What stands against taking each of these lines, and what its debt owes now; nothing where nothing does."""
    documents = placement.layout["kind"] == invoice_rows.KIND
    asked = {"agency": work.agency_id, "client": placement.client_id, "documents": documents, "lines": sorted(lines)}
    work.session.execute(text(_LOOK), asked)
    found: dict[int, dict[str, Any]] = {}
    for row in work.session.execute(text(_BARS)):
        bar = row.bar or ("twice" if row.place > 1 else "")
        found[row.line] = {"bar": bar, "owed": {"minor": row.owed, "currency": row.currency}} if bar else {}
    return found


def count(work: Work) -> int:
    """How many debts would be corrected."""
    return int(work.session.scalar(text("SELECT count(*) FROM intake_takes")) or 0)


def take(work: Work, placement: Placement) -> int:
    """Correct the debts; you get how many. Refused whole when one of them has changed since it was looked at."""
    parameters = {
        "agency": work.agency_id, "client": placement.client_id, "placement": placement.id, "now": work.now(),
        "number": placement.number, "actor": placement.committed_by, "actor_kind": placement.committed_by_kind,
        "amount": CORRECTED, "due": CORRECTED_DUE, "both": CORRECTED_BOTH,
    }  # fmt: skip
    run = work.session.execute
    run(text("DROP TABLE IF EXISTS pg_temp.intake_take_parts"))
    run(text(_HOLD), parameters)
    if run(text(_STALE), parameters).scalar_one():
        raise TakeStale(
            msg("Un adeudo que se iba a corregir cambió mientras tanto; no se cargó nada. Revisa la carga de nuevo.")
        )
    for statement in (_PARTS, _EFFECTS, _CHANGE, _ADD, _DEBTS):
        run(text(statement), parameters)
    touched = list(run(text("SELECT DISTINCT case_id FROM intake_takes")).scalars())
    for start in range(0, len(touched), _SLICE):
        cases.refresh_balances(work, touched[start : start + _SLICE])
    run(text(_EVENTS), parameters)
    work.session.expire_all()
    done = count(work)
    work.audit("debts.corrected", placement_id=placement.id, number=placement.number, count=done)
    return done
