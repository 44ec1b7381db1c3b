"""Decisions as files: a table for spreadsheets, and whole records, each with its hash, a line each."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from uuid import UUID

from kernel.text import msg
from recobro.decisions import queries
from recobro.decisions.queries import DecisionFilter, DecisionRow
from recobro.web.exports import defused
from tenants.work import Work

CSV_LIMIT = 50_000
JSONL_LIMIT = 10_000
_CHUNK = 200

HEADINGS = (
    msg("Decisión"), msg("Cuándo"), msg("Respuesta"), msg("Se puede desde"), msg("Momento"), msg("Canal"),
    msg("Para qué"), msg("Cliente"), msg("Caso"), msg("Deudor"), msg("Pedida por"), msg("Lo que lo impide"),
    msg("Políticas apartadas"), msg("Reglas"), msg("Versión"), msg("Huella SHA-256"),
)  # fmt: skip

Open = Callable[[], AbstractContextManager[Work]]


def as_object(row: DecisionRow, record: Mapping[str, Any]) -> dict[str, Any]:
    """One decision as JSON: where it belongs, and the kept record with its hash."""
    return {
        "id": str(row.id),
        "moment": row.moment,
        "asked_by": row.asked_by,
        "client": row.client,
        "case": row.case_number,
        "debtor": row.debtor,
        "record": dict(record),
    }


def csv_lines(
    open_work: Open, wanted: DecisionFilter, *, head: Sequence[str], words: Mapping[str, str], delimiter: str, end: str
) -> Iterator[str]:
    """A filtered list as CSV, a few hundred rows at a time; a last line says when the limit cut it off.

    `words` are the reader's words for states; `end` that last sentence.
    """
    yield "\ufeff" + _line(head, delimiter)
    for rows, _ in _chunks(open_work, wanted, CSV_LIMIT, whole=False):
        yield "".join(_line(_cells(row, words), delimiter) for row in rows) or _line([end], delimiter)


def json_lines(open_work: Open, wanted: DecisionFilter) -> Iterator[str]:
    """A filtered list as JSON, one whole decision a line; a last line `{"limit": …}` when the limit cut it off."""
    for rows, records in _chunks(open_work, wanted, JSONL_LIMIT, whole=True):
        lines = (as_object(row, records[row.id]) for row in rows)
        yield "".join(f"{_json(line)}\n" for line in lines) or _json({"limit": JSONL_LIMIT}) + "\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _chunks(
    open_work: Open, wanted: DecisionFilter, limit: int, *, whole: bool
) -> Iterator[tuple[list[DecisionRow], dict[UUID, dict[str, Any]]]]:
    """Rows with their records, a transaction for each chunk; an empty one at the end when there are more."""
    left, after = limit, wanted.after
    while True:
        with open_work() as work:
            rows, following = queries.chunk(work, replace(wanted, after=after), min(_CHUNK, left))
            records = queries.records_of(work, [row.id for row in rows]) if whole else {}
        if rows:
            yield rows, records
        left -= len(rows)
        if following is None:
            return
        if left == 0:
            yield [], {}
            return
        after = following


def _cells(row: DecisionRow, words: Mapping[str, str]) -> list[str]:
    return [
        str(row.id), row.at.isoformat(), words.get(row.verdict, row.verdict),
        row.until.isoformat() if row.until else "", words.get(row.moment, row.moment),
        words.get(row.channel, row.channel), words.get(row.purpose, row.purpose), row.client, row.case_number,
        row.debtor, row.asked_by, ", ".join(row.failed), ", ".join(row.overridden), row.pack_id, row.pack_version,
        row.hash,
    ]  # fmt: skip


def _line(cells: Iterable[str], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerow([defused(cell) for cell in cells])
    return out.getvalue()
