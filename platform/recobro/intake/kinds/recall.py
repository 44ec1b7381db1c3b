"""Debts, or whole cases, that the client takes back from the agency."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import text

from kernel.text import msg
from recobro.intake.checks.rows import Plan
from recobro.intake.columns import normalise
from recobro.intake.columns.mapping import plain_heading
from recobro.intake.files.reading import Row
from recobro.intake.issues import Issue
from recobro.intake.kinds import naming, withdrawing
from recobro.intake.kinds.cells import CellRefused, Cells, refusal
from recobro.intake.kinds.kind import FileKind, Outcome, Tick, effects_of, rows_of
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement
from recobro.recalls.rules import Reason, reason_of
from tenants.tables import Client
from tenants.work import Work

_NAMES = {"reference", "uuid", "case_number", "customer_ref", "tax_id"}


def _missing(used: Collection[str]) -> list[str]:
    if _NAMES & set(used):
        return []
    return [msg("Falta decir qué se retira: número de factura, folio fiscal, número de caso, de cliente o RFC.")]


def _stage(work: Work, placement: Placement, plan: Plan, rows: Iterable[Row], tick: Tick) -> Findings:
    findings = Findings()
    naming.fresh(work, withdrawing.NAMES, withdrawing.TABLES)
    naming.copy_in(work, "intake_recalls", withdrawing.COLUMNS, _read(plan, rows, findings, tick))
    work.session.execute(text("ANALYZE pg_temp.intake_recalls"))
    # Where a row can only mean an invoice, its cell is where a slip is mended.
    by_number = _NAMES & set(plan.fields) == {"reference"} and not {"series", "instalment"} & set(plan.fields)
    column = plan.column("reference") if by_number else ""
    withdrawing.classify(work, placement, findings, column=column, names=plan.fields.keys() & set(naming.NAMES))
    return findings


def _read(plan: Plan, rows: Iterable[Row], findings: Findings, tick: Tick) -> Iterator[Sequence[Any]]:
    cells = Cells(plan)
    for row in rows:
        findings.rows += 1
        if findings.rows % 5_000 == 0:
            tick(findings.rows)
        try:
            told = _told(cells.of(row))
        except CellRefused as error:
            findings.note(refusal(error, row, plan))
            continue
        for code, name in cells.warned:
            findings.note(Issue("warned", code, row.line, plan.column(name), cells.shown(name)))
        yield (row.line, *told)


def _told(cells: Cells) -> tuple[Any, ...]:
    reference = cells.document()
    uuid, case = cells.text("uuid", 100).upper(), cells.text("case_number", 40).upper()
    customer, tax_id = cells.text("customer_ref", 100), cells.text("tax_id", 40)
    norm = normalise.tax_id_norm(tax_id)
    norm = norm if normalise.identifies(norm) else ""
    shown = reference or uuid or case or customer or tax_id
    if not (reference or uuid or case or customer or norm):
        raise CellRefused("recall_no_name", next((name for name in _NAMES if name in cells.plan.fields), ""))
    reason, note = _why(cells)
    return (
        normalise.reference_norm(reference), uuid, normalise.customer_ref_norm(customer), norm, case, shown, reason,
        note,
    )  # fmt: skip


def _why(cells: Cells) -> tuple[str, str]:
    """The reason, and what is said of it; words we do not know are kept as they are."""
    word, note = cells.text("reason", 200), cells.text("note", 500)
    reason = reason_of(plain_heading(word))
    if reason is None:
        cells.warned.append(("recall_reason", "reason"))
        return Reason.OTHER.value, f"{word}. {note}" if note else word
    return reason.value, note


def _measure(work: Work, placement: Placement, findings: Findings) -> Outcome:
    sums = withdrawing.sums(work)
    debts = sum(one["count"] for one in sums.values())
    cases, closing = withdrawing.ahead(work)
    told = withdrawing.taken_now(work)
    counts = {
        **rows_of(findings), "changed": debts, "debtors": cases,
        "effects": effects_of(
            (msg("{count} adeudo que se retira"), msg("{count} adeudos que se retiran"), debts),
            (msg("{count} caso que se cierra"), msg("{count} casos que se cierran"), closing),
            (msg("{count} promesa que se cancela"), msg("{count} promesas que se cancelan"), told.promises[0]),
            (msg("{count} pago de convenio que se cancela"), msg("{count} pagos de convenio que se cancelan"),
             told.instalments[0]),
        ),
        "costs": told.as_json(),
        "forceable": [
            [cause.value, rows, costs.as_json()] for cause, rows, costs in withdrawing.overruled(work, placement)
        ],
    }  # fmt: skip
    return Outcome(counts, sums, file=sums, first=_first(work))


def _first(work: Work) -> dict[str, Any]:
    row = withdrawing.first(work)
    if row is None:
        return {}
    return {
        "line": row.line,
        "title": row.name,
        "pairs": [
            [msg("Factura"), row.reference],
            [msg("Caso"), row.number],
            [msg("Saldo que se retira"), {"minor": row.balance, "currency": row.currency}],
        ],
    }


def _apply(work: Work, placement: Placement, client: Client, part: int) -> int:  # noqa: ARG001 - one batch, one client
    return withdrawing.take_back(work, placement)


RECALL = FileKind(
    name="recall",
    label=msg("Retiro"),
    hint=msg("Adeudos o casos que el cliente quiere de vuelta."),
    missing=_missing,
    stage=_stage,
    measure=_measure,
    apply=_apply,
    needs=(
        msg("El número de factura, o el número de caso, de cliente o RFC para retirar el caso entero"),
        msg("El motivo, si se quiere que quede en la historia"),
    ),
    made=(msg("1 adeudo que se retira"), msg("{count} adeudos que se retiran")),
    act=(msg("Retirar 1 adeudo"), msg("Retirar {count} adeudos")),
    none_made=msg("Ninguna fila retira un adeudo."),
    caveat=msg("Lo que se retira deja de cobrarse; sus promesas y convenios terminan."),
    by_job=True,
)
