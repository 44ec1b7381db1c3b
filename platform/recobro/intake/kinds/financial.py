"""Movements on debts that are here: payments the client received, payments taken back, charges and credits."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from kernel.money import Money
from kernel.text import msg
from recobro.intake.checks.causes import written
from recobro.intake.checks.rows import Plan
from recobro.intake.files import invoice_rows
from recobro.intake.files.reading import Row
from recobro.intake.issues import Issue
from recobro.intake.kinds import complements, movements, naming, posting
from recobro.intake.kinds.cells import CellRefused, refusal
from recobro.intake.kinds.kind import FileKind, Outcome, Tick, effects_of, rows_of
from recobro.intake.kinds.movements import Ledger, Movement
from recobro.intake.staged import effects
from recobro.intake.staged.effects import Effect
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement
from tenants.tables import Client
from tenants.work import Work

WHY = msg("El cliente lo canceló en su archivo de movimientos")
_LABELS = {
    Movement.PAYMENT: msg("Pago directo al cliente"),
    Movement.REVERSAL: msg("Pago que se cancela"),
    Movement.CHARGE: msg("Cargo"),
    Movement.CREDIT: msg("Crédito"),
}


_DID = {
    Movement.PAYMENT: "paid", Movement.REVERSAL: "reversed", Movement.CHARGE: "charged", Movement.CREDIT: "credited",
}  # fmt: skip


def _documents(placement: Placement) -> bool:
    return bool(placement.layout["kind"] == invoice_rows.KIND)


def _stage(work: Work, placement: Placement, plan: Plan, rows: Iterable[Row], tick: Tick) -> Findings:
    if _documents(placement):
        return complements.stage(work, placement, rows)
    findings = Findings()
    naming.fresh(work, ("intake_moves",), posting.TABLE)
    naming.copy_in(work, "intake_moves", posting.COLUMNS, _read(plan, rows, findings, tick))
    for issue in naming.offered(work, placement, posting.find(work, placement).issues):
        findings.note(_placed(issue, plan))
    return findings


def _placed(issue: Issue, plan: Plan) -> Issue:
    """The issue at the column where it is mended: an invoice that is none, or an amount above what is owed."""
    if issue.code == "fin_over":
        name = "amount" if "amount" in plan.fields else "credited"
        amount = issue.details["row_amount"]
        said = Money(amount["minor"], amount["currency"]).amount
        return replace(issue, column=plan.column(name), value=written(said, plan.marks[name]))
    by_number = "reference" in plan.fields and not {"series", "instalment", "uuid"} & set(plan.fields)
    if issue.code not in ("fin_unknown", "fin_unknown_zeros", "fin_other_debtor") or not by_number:
        return issue
    return replace(issue, column=plan.column("reference"))


def _read(plan: Plan, rows: Iterable[Row], findings: Findings, tick: Tick) -> Iterator[Sequence[Any]]:
    cells = Ledger(plan)
    for row in rows:
        findings.rows += 1
        if findings.rows % 5_000 == 0:
            tick(findings.rows)
        try:
            cells.of(row)
            told = cells.movement()
        except CellRefused as error:
            findings.note(refusal(error, row, plan))
            continue
        for code, name in cells.warned:
            findings.note(Issue("warned", code, row.line, plan.column(name), cells.shown(name)))
        yield (
            row.line, told.reference_norm, told.uuid, told.shown, told.customer_ref_norm, told.tax_id_norm,
            told.movement.value, told.amount, told.written, told.currency, told.on, told.component, told.payment_id,
            told.note, told.minus.value if told.minus else "",
        )  # fmt: skip


def _measure(work: Work, placement: Placement, findings: Findings) -> Outcome:
    if _documents(placement):
        return complements.measure(work, placement, findings)
    found = posting.find(work, placement)
    totals: dict[str, dict[str, int]] = {}
    for one in found.actions:
        sums = totals.setdefault(one.amount.currency, {"count": 0, "sum": 0})
        sums["count"] += 1
        sums["sum"] += one.written
    counts = {
        **rows_of(findings), "changed": len(found.actions), "unchanged": found.unchanged,
        "debtors": len({one.case_id for one in found.actions}),
        "effects": effects_of(
            (msg("{count} pago directo al cliente"), msg("{count} pagos directos al cliente"),
             found.count(Movement.PAYMENT)),
            (msg("{count} pago que se cancela"), msg("{count} pagos que se cancelan"), found.count(Movement.REVERSAL)),
            (msg("{count} cargo que se suma"), msg("{count} cargos que se suman"), found.count(Movement.CHARGE)),
            (msg("{count} crédito que se descuenta"), msg("{count} créditos que se descuentan"),
             found.count(Movement.CREDIT)),
        ),
    }  # fmt: skip
    return Outcome(counts, totals, file=found.file, first=_first(found))


def _first(found: posting.Found) -> dict[str, Any]:
    one = next(posting.first_of(found), None)
    if one is None:
        return {}
    return {
        "line": one.line,
        "title": one.debtor or one.payment_id,
        "pairs": [
            [_LABELS[one.movement], {"minor": one.amount.minor, "currency": one.amount.currency}],
            [msg("Factura"), one.reference or "—"],
            [msg("Día"), one.on.isoformat()],
        ],
    }


def _apply(work: Work, placement: Placement, client: Client, part: int) -> int:  # noqa: ARG001 - one batch, one client
    if _documents(placement):
        return complements.apply(work, placement)
    found = posting.find(work, placement)
    done = posting.post(work, found, why=WHY)
    effects.keep(work, placement, [_effect(one) for one in found.actions])
    return done


def _effect(one: posting.Action) -> Effect:
    ref_id = one.debt_id or one.undone
    assert ref_id is not None
    return Effect(_DID[one.movement], ref_id, one.case_id, {"key": one.key})


FINANCIAL = FileKind(
    name="financial",
    label=msg("Pagos y cargos"),
    hint=msg("Lo que el cliente cobró directo, cargos, créditos y pagos que se cancelan."),
    missing=movements.lacking,
    documents=True,
    stage=_stage,
    measure=_measure,
    apply=_apply,
    needs=(
        msg("El número de factura, o su folio fiscal"),
        msg("El importe, o columnas de cargo y abono"),
        msg("El día y, si lo hay, el identificador de cada pago: así nada entra dos veces"),
    ),
    made=(msg("1 movimiento"), msg("{count} movimientos")),
    act=(msg("Aplicar 1 movimiento"), msg("Aplicar {count} movimientos")),
    none_made=msg("Ninguna fila haría un movimiento nuevo."),
    caveat=msg("Los pagos cuentan desde su día y generan los honorarios de un pago directo."),
)
