"""A ZIP of documents: each goes into the case of the debt it is of."""

from collections.abc import Collection, Iterable
from typing import Any

from kernel.text import msg
from recobro.cases.words import DOCUMENTS as LABELS
from recobro.intake.checks.rows import Plan
from recobro.intake.columns.mapping import plain_heading
from recobro.intake.columns.normalise import reference_norm
from recobro.intake.files.document_rows import COLUMNS, KIND, MOST_FILE
from recobro.intake.files.reading import Row
from recobro.intake.issues import Issue
from recobro.intake.kinds import attaching, naming
from recobro.intake.kinds.kind import FileKind, Outcome, Tick, effects_of, rows_of
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement
from tenants.tables import Client
from tenants.work import Work

_NAME, _TYPE, _REFERENCE, _, _CONTENT, _SIZE, _SHA256 = range(len(COLUMNS))
# Words of a type, or in a file's path, in the order in which they decide.
_WORDS = (
    ("statement", ("estado de cuenta", "estado cuenta", "edo cuenta", "edocta", "statement")),
    ("promissory_note", ("pagare", "promissory note", "letra de cambio", "titulo valor")),
    ("contract", ("contrato", "contract", "convenio", "agreement")),
    ("delivery", ("entrega", "remision", "albaran", "guia", "acuse", "delivery", "delivery note", "pod",
                  "proof of delivery")),
    ("order", ("pedido", "orden de compra", "orden", "purchase order", "order", "po", "oc")),
    ("invoice", ("factura", "cfdi", "invoice", "fact", "fac", "bill")),
)  # fmt: skip


_ADDS = {
    "invoice": (msg("{count} factura"), msg("{count} facturas")),
    "contract": (msg("{count} contrato"), msg("{count} contratos")),
    "promissory_note": (msg("{count} pagaré"), msg("{count} pagarés")),
    "delivery": (msg("{count} entrega"), msg("{count} entregas")),
    "order": (msg("{count} pedido"), msg("{count} pedidos")),
    "statement": (msg("{count} estado de cuenta"), msg("{count} estados de cuenta")),
    "other": (msg("{count} documento de otro tipo"), msg("{count} documentos de otro tipo")),
}


def _missing(_used: Collection[str]) -> list[str]:
    return []


def kind_of(told: str, path: str, media_type: str) -> str:
    """What a document is: by its type as told, else by the words of its path; an XML is an invoice."""
    for source in (told, path):
        words = f" {plain_heading(source)} "
        for kind, named in _WORDS:
            if any(f" {word} " in words or f" {word}s " in words for word in named):
                return kind
    return "invoice" if media_type == "application/xml" else "other"


def _stage(work: Work, placement: Placement, plan: Plan, rows: Iterable[Row], tick: Tick) -> Findings:
    findings = Findings()
    naming.fresh(work, ("intake_documents", "intake_numbers"), attaching.TABLES)
    kept: list[tuple[Any, ...]] = []
    for row in rows:
        findings.rows += 1
        told, reference, content = row.cells[_TYPE], row.cells[_REFERENCE], row.cells[_CONTENT]
        if content.startswith("!"):
            findings.note(_refused(content[1:], row))
            continue
        name, sha256 = row.cells[_NAME], row.cells[_SHA256]
        kind = kind_of(told, name, content)
        kept.append((row.line, name, kind, content, sha256, reference.strip()[:100], reference_norm(reference)))
    tick(findings.rows)
    columns = ("line", "name", "kind", "media_type", "sha256", "told", "told_norm")
    naming.copy_in(work, "intake_documents", columns, kept)
    numbers = attaching.candidates((one[0], one[1]) for one in kept if not one[6])
    naming.copy_in(work, "intake_numbers", ("line", "number", "bare", "weight", "first", "last"), numbers)
    attaching.match(work, placement, findings, plan.column("reference"))
    return findings


def _refused(code: str, row: Row) -> Issue:
    name = row.cells[_NAME][-120:]
    details = {"file": name, **({"limit": MOST_FILE >> 20} if code == "document_big" else {})}
    return Issue("rejected", code, row.line, COLUMNS[_NAME], name, details)


def _measure(work: Work, _placement: Placement, findings: Findings) -> Outcome:
    found = attaching.ahead(work)
    effects = effects_of(*((*_ADDS[kind], count) for kind, count in attaching.kinds(work)))
    counts = {**rows_of(findings), "created": found["created"], "debtors": found["cases"], "effects": effects}
    first = attaching.first(work)
    if first is None:
        return Outcome(counts)
    pairs = [(msg("Documento"), LABELS[first.kind]), (msg("Factura"), first.reference), (msg("Archivo"), first.name)]
    return Outcome(counts, first={"line": first.line, "title": first.debtor, "pairs": pairs})


def _apply(work: Work, placement: Placement, _client: Client, _part: int) -> int:
    return attaching.attach(work, placement)


DOCUMENTS = FileKind(
    name=KIND,
    label=msg("Documentos de adeudos"),
    hint=msg("Un ZIP con facturas, contratos, pagarés y entregas: cada uno va al caso de su adeudo."),
    missing=_missing,
    stage=_stage,
    measure=_measure,
    apply=_apply,
    needs=(
        msg("Un ZIP de PDF, PNG, JPEG, XML, EML o TXT, hasta 25 MB cada uno"),
        msg("El número de factura en el nombre de cada archivo, o un índice CSV con archivo, referencia, tipo y fecha"),
    ),
    made=(msg("1 documento"), msg("{count} documentos")),
    act=(msg("Agregar 1 documento"), msg("Agregar {count} documentos")),
    none_made=msg("Ningún documento nuevo encontró su adeudo."),
    caveat=msg("Cada documento queda en su caso; tú y la agencia los ven."),
)
