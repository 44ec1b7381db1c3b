"""New debts: each row an invoice or an account, placed in its debtor's case."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import text

from kernel.text import msg
from recobro.intake.checks.invoices import DocumentChecker, named, standing
from recobro.intake.checks.rows import Plan, checker
from recobro.intake.files import invoice_rows
from recobro.intake.files.reading import Row
from recobro.intake.kinds import complements
from recobro.intake.kinds.kind import FileKind, Outcome, Tick, effects_of, rows_of
from recobro.intake.staged import debts, held, listed, settlements, substitutions, taking
from recobro.intake.staged.staging import Findings, stage
from recobro.intake.tables import Placement
from tenants.tables import Client
from tenants.work import Work

NO_NUMBER = msg("Falta decir qué columna es el número de factura.")


def _missing(used: Collection[str]) -> list[str]:
    lacking = []
    if "reference" not in used:
        lacking.append(NO_NUMBER)
    if not {"balance", "original", "principal"} & set(used):
        lacking.append(msg("Falta decir qué columna es el saldo o el importe."))
    if "due_on" not in used:
        lacking.append(msg("Falta decir qué columna es la fecha de vencimiento."))
    if not {"customer_ref", "debtor_name", "tax_id"} & set(used):
        lacking.append(msg("Falta decir quién debe: número de cliente, nombre o identificación fiscal."))
    return lacking


def _stage(work: Work, placement: Placement, plan: Plan, rows: Iterable[Row], tick: Tick) -> Findings:
    if placement.layout["kind"] != invoice_rows.KIND:
        substitutions.clear(work)
        findings = stage(work, placement, rows=rows, check=checker(plan), tick=tick, plan=plan)
        held.find(work, placement, findings)
        for issue in settlements.stage_waiting(work, placement).issues:
            findings.note(issue)
        return findings
    documents = DocumentChecker(plan)
    findings = stage(work, placement, rows=rows, check=documents.check, tick=tick, substitutes=documents.substitutes)
    findings.asked = documents.asked
    held.find(work, placement, findings)
    found = settlements.stage_settlements(work, placement, standing(documents.aside, findings.note))
    for issue in found.issues:
        findings.note(issue)
    findings.issues = [named(issue, documents.names) for issue in findings.issues]
    return findings


CORRECTED = (msg("1 adeudo se corrige con lo del archivo"), msg("{count} adeudos se corrigen con lo del archivo"))
REPLACED = (
    msg("1 factura se retira: otra de esta carga la sustituye"),
    msg("{count} facturas se retiran: otras de esta carga las sustituyen"),
)
_AHEAD = """
SELECT (SELECT count(*) FROM intake_new) AS created, count(DISTINCT debtor_id) AS debtors,
       count(*) FILTER (WHERE NOT known_debtor) AS debtors_new,
       count(DISTINCT case_id) FILTER (WHERE NOT known_case) AS cases_new,
       (SELECT count(*) FROM intake_new r JOIN intake_keys k USING (debtor_key) WHERE k.known_case) AS to_known_cases
FROM intake_keys
"""
_FIRST = """
SELECT r.line, name, tax_id, customer_ref, reference, due_on, currency, balance, phone, email,
       NOT k.known_case AS new_case
FROM intake_new r JOIN intake_keys k USING (debtor_key) ORDER BY r.line LIMIT 1
"""


def _measure(work: Work, placement: Placement, findings: Findings) -> Outcome:
    run = work.session.execute
    states = {
        row.state: row.rows for row in run(text("SELECT state, count(*) AS rows FROM intake_marks GROUP BY state"))
    }
    ahead = run(text(_AHEAD)).one()
    counts = {
        **rows_of(findings), "created": ahead.created, "unchanged": states.get("unchanged", 0),
        "duplicates": states.get("duplicate", 0), "debtors": ahead.debtors,
        "debtors_new": ahead.debtors_new, "cases_new": ahead.cases_new, "to_known_cases": ahead.to_known_cases,
    }  # fmt: skip
    done = complements.counts(work, placement, findings, ahead=True)
    corrected, replaced = taking.count(work), substitutions.count(work)
    told = effects_of((*CORRECTED, corrected), (*REPLACED, replaced))
    counts |= {**done, "changed": done["changed"] + corrected + replaced, "corrected": corrected,
               "effects": [*told, *done["effects"], *held.effects(findings)]}  # fmt: skip
    if findings.asked:
        counts["asked"] = findings.asked
    first = run(text(_FIRST)).mappings().first()
    return Outcome(
        counts, _sums(work, "true"), _sums(work, "due_on < :day", day=placement.as_of),
        _sums(work, "true", "intake_rows"),
        {name: _plain(value) for name, value in first.items()} if first else {},
    )  # fmt: skip


def _sums(work: Work, where: str, table: str = "intake_new", **parameters: Any) -> Mapping[str, Mapping[str, int]]:
    # `where` and `table` are our own words.
    query = f"SELECT currency, count(*), sum(balance) FROM {table} WHERE {where} GROUP BY 1 ORDER BY 1"  # noqa: S608
    found = work.session.execute(text(query), parameters)
    return {currency: {"count": count, "sum": int(total)} for currency, count, total in found}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _apply(work: Work, placement: Placement, client: Client, part: int) -> int:
    if part == taking.PART:
        return taking.take(work, placement)
    if part == settlements.PART:
        settlements.settle(work, placement)
        return 0
    if part == listed.PART:
        listed.keep(work, placement)
        return 0
    made = debts.place(work, placement, client, part)
    substitutions.recall(work, placement, part)
    settlements.settle(work, placement, only_waited=True)
    return made


def _parts(work: Work, placement: Placement) -> list[int]:
    """What is corrected, then the debts, each with what waited for it; then what the file's own payments and credit
    notes do, and what it says again of earlier files."""
    corrections = [taking.PART] if taking.count(work) else []
    settled = [settlements.PART] if settlements.staged(work) else []
    again = [listed.PART] if listed.worth(work, placement) else []
    return [*corrections, *debts.parts(work), *settled, *again]


PLACEMENT = FileKind(
    name="placement",
    label=msg("Cartera nueva"),
    hint=msg("Facturas o cuentas vencidas que la agencia va a cobrar."),
    missing=_missing,
    documents=True,
    stage=_stage,
    measure=_measure,
    apply=_apply,
    parts=_parts,
    needs=(
        msg("El número de cada factura o cuenta"),
        msg("El saldo y la fecha de vencimiento"),
        msg("Quién debe: su número de cliente, su nombre o su identificación fiscal"),
    ),
    made=(msg("1 adeudo"), msg("{count} adeudos")),
    act=(msg("Cargar 1 adeudo"), msg("Cargar {count} adeudos")),
    none_made=msg("Ninguna fila se convertiría en un adeudo nuevo."),
    caveat=msg("Los adeudos de un mismo deudor quedan en un solo caso."),
)
