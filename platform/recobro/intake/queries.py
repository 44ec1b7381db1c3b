"""What is shown of placements: the list, one placement's issues by cause, its receipt, the command line's answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from kernel.money import Money
from kernel.text import msg
from recobro.intake import service
from recobro.intake.declared import Compared, compare
from recobro.intake.issues import CONFLICTS, HELD, NO_DEBTS, REJECTIONS, WARNINGS
from recobro.intake.kinds.kind import said_of
from recobro.intake.kinds.registry import KINDS
from recobro.intake.staged import remembering, taking
from recobro.intake.staged.accepting import ASKED, TAKEN
from recobro.intake.tables import Placement, PlacementIssue
from tenants.service import client_by_id
from tenants.tables import Client
from tenants.work import Work

# What is said of a row that is already there, or twice in the file.
SEEN: Mapping[str, str] = {
    "in_file": msg("El mismo adeudo está en la fila {line}: se cuenta una vez."),
    "in_file_amount": msg("La fila {line} tiene el mismo número con {there}; aquí dice {here}. Cuenta la primera."),
    "in_file_due": msg(
        "La fila {line} tiene el mismo número y vence el {due_there}. Cuenta la primera; si son plazos de una factura, "
        "di qué columna los numera («Número de cuota»)."
    ),
    "in_file_debtor": msg("La fila {line} tiene el mismo número para otro deudor. Cuenta la primera."),
    "in_file_uuid": msg("La fila {line} tiene el mismo número con otro folio fiscal. Cuenta la primera."),
    "in_file_identity": msg(
        "El número de cliente es de «{other}» ({other_tax_id}) en la fila {line}; aquí, de «{name}» ({tax_id})."
    ),
    "known_identity": msg(
        "El número de cliente es aquí de «{other}» ({other_tax_id}); en el archivo, de «{name}» ({tax_id})."
    ),
    "known_uuid": msg("Ya está cargada con otro folio fiscal, {uuid_there}. No se cambia."),
    "known_amount": msg("Ya está cargada con {there}; el archivo dice {here}. No se cambia."),
    "known_due": msg("Ya está cargada y vence el {due_there}; el archivo dice {due_here}. No se cambia."),
    "kept_amount": msg("Se decidió conservar {there}; la fila decía {here} y no se aplica."),
    "kept_due": msg("Se decidió conservar su vencimiento, el {due_there}; la fila decía {due_here} y no se aplica."),
    "kept_first": msg("Se decidió que cuenta la primera fila, la {line}; esta no se aplica."),
    "kept_ours": msg("Se decidió conservar lo que ya estaba; la fila no se aplica."),
    "took_amount": msg("Se decidió tomar lo del archivo: de {there} a {here}."),
    "took_due": msg("Se decidió tomar lo del archivo: vence el {due_here}, ya no el {due_there}."),
    "fin_in_file": msg("Es el mismo movimiento que la fila {line}: se cuenta una vez."),
    "fin_in_file_amount": msg(
        "La fila {line} tiene el mismo identificador con {there}; aquí dice {here}. Cuenta la primera."
    ),
    "fin_known_amount": msg(
        "Ese identificador es del pago {number}, de {there}; el archivo dice {here}. No se cambia."
    ),
    "fin_known_other": msg(
        "El movimiento «{id}» ya está, con {there}; el archivo dice {here}. No se cambia."
    ),
    "fin_returned": msg(
        "El pago con ese identificador, el {number}, ya se canceló. Si se pagó otra vez, tómalo también."
    ),
    "fin_before": msg(
        "El pago de {amount} es del {day} y la factura {reference} llegó el {placed}: quizá ya venía descontado. Si "
        "no, tómalo."
    ),
    "fin_minus": msg(
        "El importe lleva signo menos. Si el signo solo dice que baja la deuda, tómalo; si cancela otro, escribe "
        "reverso o cargo en el tipo."
    ),
    "fin_alike": msg("Ya hay un pago de {amount} ese día, el {number}. Si este es otro, tómalo también."),
    "fin_alike_noted": msg("Ya hay un movimiento igual de {amount} ese día. Si este es otro, tómalo también."),
    "fin_alike_row": msg("La fila {line} dice lo mismo, sin un identificador. Si son dos, toma también esta."),
    "recall_in_file": msg("Ya lo retira la fila {line}."),
    "known_debtor": msg("Ya está cargada para otro deudor. No se cambia."),
    "in_file_padded": msg(
        "Parece la «{reference_there}» de la fila {line}: el número solo difiere en ceros a la izquierda. "
        "Cuenta la primera."
    ),
    "known_recalled": msg(
        "Se retiró y ya no se cobra aquí: volver a mandarla no la reabre. Si se encarga otra vez, deshaz la carga que "
        "la retiró, o mándala con otro número."
    ),
    "known_spelt": msg(
        "Parece la «{reference_there}», que ya está cargada con el mismo importe: el número solo se escribe de otro "
        "modo. Si es otra, tómala también."
    ),
    "known_padded": msg(
        "Parece la «{reference_there}», que ya está cargada: el número solo difiere en ceros a la izquierda. "
        "No se carga otra."
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Cause:
    """Issues that one act mends: what is wrong, how many rows, the first of them."""

    kind: str
    code: str
    count: int
    lines: Sequence["Line"]


@dataclass(frozen=True)
class Line:
    """One issue as it is told: the sentence is a `msg()` template with `details`."""

    line: int
    column: str
    value: str
    reason: str
    mend: str
    details: Mapping[str, Any]


def sums(kept: Mapping[str, Mapping[str, int]]) -> list[Money]:
    """Kept totals as amounts, one per currency."""
    return [Money(one["sum"], currency) for currency, one in sorted(kept.items())]


def told(issue: PlacementIssue) -> Line:
    """An issue with its reason and how to mend it."""
    reason, mend = REJECTIONS.get(issue.code, ("", ""))
    reason = reason or reason_of(issue.code) or issue.details.get("reason", "")
    return Line(issue.line, issue.column, issue.value, reason, mend, {"value": issue.value, **issue.details})


def reason_of(code: str) -> str:
    """The sentence of an issue that refuses no row, as a `msg()` template."""
    return {**WARNINGS, **NO_DEBTS, **HELD, **CONFLICTS, **SEEN}.get(code, "")


def issues(
    work: Work, placement_id: UUID, *, kinds: Sequence[str] = (), code: str = "", limit: int = 0
) -> list[PlacementIssue]:
    """The kept issues of a placement by line; of some kinds, of one code, and no more than `limit`, when given."""
    query = (
        select(PlacementIssue)
        .where(PlacementIssue.agency_id == work.agency_id, PlacementIssue.placement_id == placement_id)
        .order_by(PlacementIssue.line, PlacementIssue.id)
    )
    if kinds:
        query = query.where(PlacementIssue.kind.in_(kinds))
    if code:
        query = query.where(PlacementIssue.code == code)
    if limit:
        query = query.limit(limit)
    return list(work.session.scalars(query))


def doubtful(work: Work, placement_id: UUID) -> list[PlacementIssue]:
    """The rows that a person may take all the same, and those that were taken so, by line."""
    found = issues(work, placement_id, kinds=["conflict", "warned"])
    return [one for one in found if one.code in (ASKED if one.kind == "conflict" else TAKEN)]


def causes(work: Work, placement: Placement, *, each: int = 20) -> list[Cause]:
    """The issues by what mends them, most first within refused, conflicts, duplicates, warnings; the first of each."""
    order = {"rejected": 0, "conflict": 1, "duplicate": 2, "decided": 3, "held": 4, "warned": 5, "no_debt": 6}
    found = []
    for kind, code, count in sorted(placement.counts.get("causes", []), key=lambda c: (order[c[0]], -c[2])):
        first = work.session.scalars(
            select(PlacementIssue)
            .where(
                PlacementIssue.agency_id == work.agency_id,
                PlacementIssue.placement_id == placement.id,
                PlacementIssue.kind == kind,
                PlacementIssue.code == code,
            )
            .order_by(PlacementIssue.line)
            .limit(each)
        )
        found.append(Cause(kind, code, count, [told(one) for one in first]))
    return found


@dataclass(frozen=True)
class Receipt:
    """What the acknowledgement of a placement says. `kind` and the sentences of `effects` are `msg()` templates; `why`
    is said of a file that is not what was declared."""

    number: str
    debts: bool
    kind: str
    file_name: str
    sha256: str
    as_of: date
    rows: int
    received_at: datetime
    received_by: str
    committed_at: datetime
    committed_by: str
    counts: Mapping[str, int]
    totals: Sequence[tuple[int, Money]]
    overdue: Sequence[tuple[int, Money]]
    rejected: Sequence[Line]
    conflicts: Sequence[Line]
    decided: Sequence[Line]
    client: str
    compared: Sequence[Compared]
    made: str
    done: int
    why: str
    sheets_left: Sequence[tuple[str, int]]


def sheets_left(placement: Placement) -> list[tuple[str, int]]:
    """The sheets of a workbook that were not read, hidden ones too, each with its rows."""
    layout = service.layout_of(placement)
    return [*layout.unread, *layout.hidden]


MOST_ON_PAPER = 200


def receipt(work: Work, placement: Placement, client: Client) -> Receipt:
    """The figures of a committed placement, with its first refused rows and conflicts."""
    assert placement.committed_at is not None
    kind = KINDS[placement.kind]
    words, _, count = said_of(kind, placement.counts)
    return Receipt(
        placement.number, placement.kind == "placement", kind.label, placement.file_name, placement.sha256,
        placement.as_of, placement.row_count,
        placement.created_at, placement.created_by, placement.committed_at, placement.committed_by, placement.counts,
        [(one["count"], Money(one["sum"], currency)) for currency, one in sorted(placement.totals.items())],
        [(one["count"], Money(one["sum"], currency)) for currency, one in sorted(placement.overdue.items())],
        [told(one) for one in issues(work, placement.id, kinds=["rejected"], limit=MOST_ON_PAPER)],
        [told(one) for one in issues(work, placement.id, kinds=["conflict"], limit=MOST_ON_PAPER)],
        [told(one) for one in issues(work, placement.id, kinds=["decided"], limit=MOST_ON_PAPER)],
        client.name, compare(placement) if placement.declared else [],
        words[0] if count == 1 else words[1], count, placement.confirmed.get("why", ""), sheets_left(placement),
    )  # fmt: skip


def reading_of(placement: Placement, client: Client) -> dict[str, Any]:
    """How a file was read: encoding, separator, sheet and line of its headings, and for each column its field, with the
    decimal mark (`dot`, `comma`) or the order of its days (`dmy`, `mdy`, …) where it has one."""
    layout = service.layout_of(placement)
    read = {one.index: one for one in service.readings_of(placement, client).columns}
    pairs = enumerate(zip(layout.columns, service.choices_of(placement), strict=True))
    return {
        "format": layout.kind,
        "encoding": layout.encoding,
        "separator": layout.separator,
        "sheet": "" if layout.documents else layout.sheet,
        "sheets": [name for name, _ in layout.members] if layout.kind == "workbook" else [],
        "unread_sheets": [name for name, _ in sheets_left(placement)],
        "hidden_rows": layout.hidden_rows,
        "header_line": layout.header_line,
        "columns": [
            {
                "column": name,
                "field": choice.field,
                "mapped_by": choice.how.value,
                **({"read_as": read[index].choice, "known_by": read[index].how} if index in read else {}),
            }
            for index, (name, choice) in pairs
        ],
    }


def answer(work: Work, placement: Placement, spoken: Any) -> dict[str, Any]:
    """What a placement did, or would do, as plain values (DESIGN 10); `spoken(template, details)` says a sentence."""
    by_kind: dict[str, list[dict[str, Any]]] = {
        kind: [] for kind in ("rejected", "warned", "conflict", "duplicate", "held", "no_debt", "decided")
    }
    for one in issues(work, placement.id):
        line = told(one)
        reason = spoken(line.reason, line.details)
        plain = {"line": line.line, "column": line.column, "value": line.value, "reason": reason}
        if file := line.details.get("file"):
            plain["file"] = file
        if line.mend:
            plain["mend"] = spoken(line.mend, {})
        if one.kind == "conflict" and (against := taking.against(one.details))[0]:
            template, details = against
            plain["cannot_take"] = spoken(template, {**details, "why": spoken(details["why"], {})})
        by_kind[one.kind].append(plain)
    counts = placement.counts
    return {
        "placement": placement.number,
        "kind": placement.kind,
        "state": placement.state,
        "totals": placement.totals,
        "overdue": placement.overdue,
        "as_of": placement.as_of.isoformat(),
        "rows": counts["rows"],
        "debtors": counts["debtors"],
        "cases": counts["cases_new"],
        "created": counts["created"],
        "changed": counts["changed"],
        "effects": [
            {"text": spoken(sentence, {"count": count}), "count": count}
            for sentence, count in counts.get("effects", [])
        ],
        "declared": placement.declared,
        "file": counts.get("file", {}),
        "compared": [one.as_json() for one in compare(placement)] if placement.declared else [],
        "unchanged": counts["unchanged"],
        "not_open": counts["not_open"],
        "duplicates": counts["duplicates"],
        "duplicate_rows": by_kind["duplicate"],
        "mended_before": remembering.told(work, placement),
        "reading": reading_of(placement, client_by_id(work, placement.client_id)),
        "conflicts": by_kind["conflict"],
        "decided": by_kind["decided"],
        "rejected": by_kind["rejected"],
        "warned": by_kind["warned"],
        "held": by_kind["held"],
        "no_debts": by_kind["no_debt"],
        "settlements": counts.get("settlements", 0),
        "credits": counts.get("credits", 0),
        "claims_waiting": counts.get("claims_waiting", 0),
    }
