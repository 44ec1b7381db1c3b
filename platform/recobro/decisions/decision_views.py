"""One decision: why, with what facts, under which texts; made again; as a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, g, url_for
from flask.typing import ResponseReturnValue

from kernel.text import msg
from legal.evidence.replay import Difference, Replay, Standing, is_whole, kept_decision, replay
from legal.records.tables import DecisionRecord
from legal.rules.packs.loading import all_packs
from legal.rules.policies import AGENCY
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.decisions import queries
from recobro.decisions.blueprint import bp
from recobro.decisions.export import as_object
from recobro.decisions.words import MOMENTS, Told, action_told, facts_told, rule_title
from recobro.notices.words import BASES, CHANNELS, PURPOSES, RESULTS, VERDICTS, RuleLine, rule_lines, shown
from recobro.web.pages import render
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows


@dataclass(frozen=True)
class ReplayShown:
    """What came of making it again: a sentence, its tone, and what is not as it was (rule, then, now)."""

    sentence: str
    tone: str
    rows: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class DecisionPage:
    """One decision: its verdict, every rule with result, inputs and source, what it rests on, its proof."""

    kept: DecisionRecord
    head: case_queries.CaseHead
    word: str
    channel: str
    purpose: str
    moment: str
    lines: list[RuleLine]
    facts: Told
    action: Told
    plain: str
    parts: Sequence[tuple[str, str, str]]
    digest: str
    whole: bool
    override: Mapping[str, Any] | None
    bases: Mapping[str, str]
    may_replay: bool
    replayed: ReplayShown | None


@bp.get("/decisions/<uuid:decision_id>")
@needs(Permission.SEE_CASES)
def show_decision(decision_id: UUID) -> ResponseReturnValue:
    """Why a contact was, or was not, allowed."""
    return _page(decision_id)


@bp.post("/decisions/<uuid:decision_id>/replay")
@needs(Permission.SEE_DECISIONS)
def replay_decision(decision_id: UUID) -> ResponseReturnValue:
    """Make it again with the law of its day, and say whether the answer is the same."""
    return _page(decision_id, replay(g.work, decision_id))


@bp.get("/decisions/<uuid:decision_id>.json")
@needs(Permission.SEE_CASES)
def download_decision(decision_id: UUID) -> ResponseReturnValue:
    """The whole decision as it is kept, with what its hash needs."""
    kept = kept_decision(g.work, decision_id)
    row = queries.decision_row(g.work, decision_id)
    assert row is not None
    return Response(
        json.dumps(as_object(row, kept.record), ensure_ascii=False, indent=2, sort_keys=True) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f"attachment; filename=decision-{decision_id}.json"},
    )


def _page(decision_id: UUID, replayed: Replay | None = None) -> ResponseReturnValue:
    kept = kept_decision(g.work, decision_id)
    record = kept.record
    head = case_queries.head(g.work, cases.open_case(g.work, kept.case_id))
    return render(
        "pages/decisions/show.html",
        DecisionPage(
            kept=kept,
            head=head,
            word=spell(VERDICTS[kept.verdict]),
            channel=spell(CHANNELS.get(kept.channel, kept.channel)),
            purpose=spell(PURPOSES.get(kept.purpose, kept.purpose)),
            moment=spell(MOMENTS[kept.moment]),
            lines=rule_lines(record),
            facts=facts_told(record["facts"], {str(head.id): head.number}, head.zone),
            action=action_told(record["action"]),
            plain=json.dumps(
                {"action": record["action"], "facts": record["facts"]}, ensure_ascii=False, indent=2, sort_keys=True
            ),
            parts=_parts(record),
            digest=record["pack"]["digest"],
            whole=is_whole(kept),
            override=record["action"].get("override"),
            bases={basis: spell(label) for basis, label in BASES.items()},
            may_replay=allows(Role(g.principal.role), Permission.SEE_DECISIONS),
            replayed=_shown(replayed, record) if replayed else None,
        ),
    )


def _parts(record: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The texts it was made with: name, digest, and the page of those that ship today."""
    known = all_packs()
    return [
        (
            spell(msg("Políticas propias")) if name == AGENCY else name,
            digest,
            url_for("law.show_pack", pack_id=name) if name in known else "",
        )
        for name, digest in record["pack"].get("parts", ())
    ]


_SENTENCES: Mapping[Standing, tuple[str, str]] = {
    Standing.SAME: (
        msg("La misma respuesta: con los textos de ese día, las {count} reglas contestan lo que quedó guardado."),
        "ok",
    ),
    Standing.DIFFERS: (msg("No da lo mismo que quedó guardado. Abajo está qué cambió."), "neg"),
    Standing.MISSING: (msg("No se puede repetir: no se guardó el texto de {names}."), "warn"),
    Standing.UNREADABLE: (msg("No se puede repetir: este programa ya no entiende los datos de ese día."), "warn"),
}


def _shown(found: Replay, record: Mapping[str, Any]) -> ReplayShown:
    sentence, tone = _SENTENCES[found.standing]
    titles = {rule["rule"]: spell(rule["title"]) for rule in record["rules"]}
    return ReplayShown(
        spell(sentence, count=found.rules, names=", ".join(found.missing)),
        tone,
        [(_what(one, titles), _answer(one.then), _answer(one.now)) for one in found.differences],
    )


def _what(one: Difference, titles: Mapping[str, str]) -> str:
    if one.rule in ("", "pack"):
        return spell(msg("Textos")) if one.rule else spell(msg("Respuesta"))
    return titles.get(one.rule) or rule_title(one.rule)


def _answer(text: str) -> str:
    """`wait 2026-11-23T13:00:00Z` or `failed outside_hours …` in words."""
    words = text.split()
    if not words:
        return "—"
    first = VERDICTS.get(words[0]) or (RESULTS[words[0]][0] if words[0] in RESULTS else "")
    return " · ".join([spell(first) if first else words[0], *map(shown, words[1:])])
