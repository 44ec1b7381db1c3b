"""Cases in words: a row of a list, its tag, its line in a file for spreadsheets."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, url_for

from kernel.money import Money
from kernel.text import msg
from recobro.cases import queries
from recobro.cases.lifecycle import CLOSE_LABELS, STAGE_LABELS, CloseCode, Stage
from recobro.web import events
from recobro.web.exports import csv_answer
from recobro.web.jinja import money, number
from recobro.web.statuses import tone_of
from recobro.web.translations import spell


def stage_word(row: queries.CaseRow) -> tuple[str, str]:
    """The tag a list shows for a case: why it waits when it waits, else its stage; with the tone."""
    if row.queue_reason:
        tone = str(row.queue_details.get("tone", "info"))
        return events.sentence(row.queue_reason, row.queue_details), tone
    if row.stage == Stage.CLOSED and row.close_code:
        return spell(CLOSE_LABELS[CloseCode(row.close_code)]), "ok" if row.close_code in ("paid", "settled") else ""
    return spell(STAGE_LABELS[Stage(row.stage)]), tone_of(row.stage)


def _next_action(row: queries.CaseRow) -> tuple[str, Any]:
    if row.queue_reason:
        return spell(msg("Llamar")), None
    return (spell(msg("Aviso")), row.next_step_at) if row.next_step_at else ("", None)


def row_words(row: queries.CaseRow) -> dict[str, Any]:
    """A case as a list shows it: `stage` in words and, when it says more, why the case waits or closed."""
    word, tone = stage_word(row)
    action, at = _next_action(row)
    stage = spell(STAGE_LABELS[Stage(row.stage)])
    return {"case": row, "word": word, "tone": tone, "stage": stage if stage != word else "", "action": action,
            "action_at": at, "url": url_for("cases.show_case", case_id=row.id)}  # fmt: skip


def cases_and_sums(total: int | None, sums: Sequence[Money]) -> str:
    """`1,284 casos · $9,214,880.10`; currencies stand side by side."""
    if total == 1:
        words = spell(msg("1 caso"))
    else:
        words = spell(msg("{count} casos"), count=number(total) if total is not None else spell(msg("más de 10 mil")))
    return " · ".join([words, *[money(amount) for amount in sums]])


def as_csv(rows: Iterable[queries.CaseRow]) -> Response:
    """Cases as a CSV file, formulas defused (OWASP: CSV injection)."""
    heads = (msg("Caso"), msg("Deudor"), msg("Identificación fiscal"), msg("Cliente"), msg("Etapa"), msg("Saldo"),
             msg("Moneda"), msg("Días de atraso"))  # fmt: skip
    return csv_answer(
        "casos.csv",
        [spell(word) for word in heads],
        (
            (row.number, row.debtor, row.tax_id, row.client, stage_word(row)[0], row.balance.amount,
             row.balance.currency, row.days_late if row.days_late is not None else "")
            for row in rows
        ),
    )  # fmt: skip
