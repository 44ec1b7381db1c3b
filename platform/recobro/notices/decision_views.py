"""The page of one decision of the gate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g
from flask.typing import ResponseReturnValue

from legal.records.tables import DecisionRecord
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.notices import queries
from recobro.notices.blueprint import bp
from recobro.notices.words import BASES, CHANNELS, PURPOSES, VERDICTS, RuleLine, rule_lines
from recobro.web.pages import render
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission


@dataclass(frozen=True)
class DecisionPage:
    """One decision: its verdict, every rule with result, inputs and source, the pack and the hash."""

    kept: DecisionRecord
    head: case_queries.CaseHead
    word: str
    channel: str
    purpose: str
    lines: list[RuleLine]
    whole: bool
    override: Mapping[str, Any] | None
    bases: Mapping[str, str]


@bp.get("/decisions/<uuid:decision_id>")
@needs(Permission.SEE_CASES)
def show_decision(decision_id: UUID) -> ResponseReturnValue:
    """Why a contact was, or was not, allowed."""
    kept = queries.decision(g.work, decision_id)
    return render(
        "pages/notices/decision.html",
        DecisionPage(
            kept=kept,
            head=case_queries.head(g.work, cases.open_case(g.work, kept.case_id)),
            word=spell(VERDICTS[kept.verdict]),
            channel=spell(CHANNELS[kept.channel]),
            purpose=spell(PURPOSES[kept.purpose]),
            lines=rule_lines(kept.record),
            whole=queries.holds(kept),
            override=kept.record["action"].get("override"),
            bases={basis: spell(label) for basis, label in BASES.items()},
        ),
    )
