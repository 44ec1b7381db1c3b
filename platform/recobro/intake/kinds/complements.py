"""Payment complements and credit notes in a file of any kind: what they are counted as, and a file of nothing else."""

from collections.abc import Iterable
from typing import Any

from kernel.text import msg
from recobro.intake.checks.invoices import named, plain, standing
from recobro.intake.files.invoice_rows import DocumentRow
from recobro.intake.files.invoices.document import Document, Kind
from recobro.intake.issues import Issue
from recobro.intake.kinds.kind import Outcome, effects_of, rows_of
from recobro.intake.sheet import Row
from recobro.intake.staged import settlements
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement
from tenants.work import Work

LABEL = msg("Complementos de pago y notas de crédito")
SETTLED = (
    msg("1 pago de un complemento se aplica a su factura"),
    msg("{count} pagos de complementos se aplican a sus facturas"),
)
CREDITED = (
    msg("1 nota de crédito se descuenta de su factura"),
    msg("{count} notas de crédito se descuentan de sus facturas"),
)
LEARNT = (
    msg("1 factura que ya estaba recibe su folio fiscal"),
    msg("{count} facturas que ya estaban reciben su folio fiscal"),
)
WAITED = (
    msg("1 pago o crédito que esperaba se aplica a su factura"),
    msg("{count} pagos o créditos que esperaban se aplican a sus facturas"),
)
WAITS = (
    msg("1 pago o crédito espera a su factura: se aplica cuando llegue"),
    msg("{count} pagos o créditos esperan a sus facturas: se aplican cuando lleguen"),
)


def counts(work: Work, placement: Placement, findings: Findings, *, ahead: bool) -> dict[str, Any]:
    """What the staged claims would do, as counts of an outcome. `ahead`: the file's own new rows are debts too."""
    found, uuids = settlements.find(work, placement, ahead=ahead), settlements.learnt(work)
    payments, credit_notes = found.count("payment"), found.count("credit")
    return {
        "changed": payments + credit_notes + uuids + found.waited, "settlements": payments, "credits": credit_notes,
        "settled_before": found.done, "no_debts": findings.counts["no_debt"], "claims_waiting": len(found.waits),
        "effects": effects_of((*SETTLED, payments), (*CREDITED, credit_notes), (*LEARNT, uuids),
                              (*WAITED, found.waited), (*WAITS, len(found.waits))),
    }  # fmt: skip


def stage(work: Work, placement: Placement, rows: Iterable[Row]) -> Findings:
    """Stage a file of documents of which only payments and credits count; invoices in it are named and left out."""
    findings = Findings()
    names: dict[int, str] = {}
    aside: list[tuple[int, Document]] = []
    for row in rows:
        assert isinstance(row, DocumentRow)
        findings.rows += 1
        names[row.line] = row.name
        if row.document is not None and row.document.kind in (Kind.PAYMENT, Kind.CREDIT_NOTE):
            aside.append((row.line, row.document))
        else:
            findings.note(_left_out(row))
    for issue in settlements.stage_settlements(work, placement, standing(aside, findings.note), ahead=False).issues:
        findings.note(issue)
    findings.issues = [named(issue, names) for issue in findings.issues]
    return findings


def _left_out(row: DocumentRow) -> Issue:
    if row.document is not None:
        return Issue("no_debt", "only_payments", row.line, "", row.document.reference)
    assert row.refusal is not None
    kind = "rejected" if row.refusal.code == "unreadable" else "no_debt"
    details = {"reason": row.refusal.template, **plain(row.refusal.details)}
    return Issue(kind, row.refusal.code, row.line, "", row.name, details)


def measure(work: Work, placement: Placement, findings: Findings) -> Outcome:
    """What such a file would do."""
    return Outcome({**rows_of(findings), **counts(work, placement, findings, ahead=False)})


def apply(work: Work, placement: Placement) -> int:
    """Do it; you get how many payments and credits were applied."""
    return settlements.settle(work, placement)
