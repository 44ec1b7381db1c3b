"""What is known of a debtor from the same person's cases at other clients of the agency, where it restricts contact.

A death, an insolvency, a moratorium and an age are the person's, whoever the creditor is. So is a channel that was
closed and a time that was called inconvenient: both hold for "the collection of any debt" (15 USC 1692c(a)(1), 12 CFR
1006.6(b)(1) and 1006.14(h)(1)), and in other places who said it to the agency need not say it again. What the law ties
to one debt stays with it: a lawyer, a dispute, and the end of all contact (15 USC 1692c(a)(2) and (c)). Consents are
given to one creditor and never carried over.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from legal.records.consents import holding
from legal.records.ledger import living, opens, standing
from legal.records.tables import ConsentEvent
from legal.rules.facts import Flag, RaisedFlag
from recobro.cases.lifecycle import CloseCode
from recobro.cases.tables import CaseFlag
from recobro.debtors.rules import GENERIC_TAX_IDS
from recobro.notices.facts import Elsewhere, of_age, raised
from tenants.sets import among, array_of
from tenants.work import Work

# `told` is why the case was closed, or why its client took its last debts back.
_OTHERS = text("""
SELECT CAST(mine.id AS text), CAST(its.id AS text), CAST(c.id AS text), c.number, its.time_zone, its.birth_year,
       CASE WHEN c.close_code <> 'recalled' THEN c.close_code
            ELSE (SELECT m.why FROM case_moves m WHERE m.agency_id = c.agency_id AND m.case_id = c.id
                  ORDER BY m.at DESC, m.id DESC LIMIT 1) END AS told
FROM debtors mine
JOIN debtors its ON its.agency_id = mine.agency_id AND its.tax_id_norm = mine.tax_id_norm
                AND its.country = mine.country AND its.id <> mine.id AND its.merged_into IS NULL
                AND its.tax_id_norm <> ''
JOIN cases c ON c.agency_id = its.agency_id AND c.client_id = its.client_id AND c.debtor_id = its.id
WHERE mine.agency_id = :agency AND mine.id = ANY(CAST(:debtors AS uuid[]))
  AND mine.tax_id_norm <> '' AND mine.tax_id_norm <> ALL(CAST(:generic AS text[]))
ORDER BY c.number
""")
_FLAGS = {CloseCode.DECEASED.value: Flag.DECEASED, CloseCode.INSOLVENT.value: Flag.INSOLVENT}


class _Other(NamedTuple):
    """A case of the same person as `debtor_id` at another client, ids as text."""

    debtor_id: str
    other_id: str
    case_id: str
    number: str
    time_zone: str
    birth_year: int | None
    told: str


def elsewhere(work: Work, debtor_ids: str, wishes: Mapping[str, Sequence[ConsentEvent]]) -> Mapping[str, Elsewhere]:
    """By debtor, of those given as the text of an array, what the person's other cases say; of most, nothing.

    `wishes` are each debtor's own lines: a channel that the person opened here later is not closed from there.
    """
    parameters = {"agency": work.agency_id, "debtors": debtor_ids, "generic": sorted(GENERIC_TAX_IDS)}
    others = [_Other(*row) for row in work.session.execute(_OTHERS, parameters)]
    if not others:
        return {}
    flags, said = _moratoria(work, others), _said(work, others)
    found: dict[str, list[Elsewhere]] = defaultdict(list)
    for one in others:
        own = [line for line in living(wishes.get(one.debtor_id, ())) if opens(line)]
        known = _known(work, one, flags.get(one.case_id, ()), [*said.get(one.other_id, ()), *own])
        if known.flags or known.opt_outs or known.inconvenient:
            found[one.debtor_id].append(known)
    return {debtor_id: _together(several) for debtor_id, several in found.items()}


def _known(work: Work, one: _Other, flags: Iterable[CaseFlag], lines: Sequence[ConsentEvent]) -> Elsewhere:
    zone = ZoneInfo(one.time_zone)
    in_order = sorted(lines, key=lambda line: (line.at, line.id))
    said = standing(holding(in_order, work.today(zone)), zone)
    closed = _FLAGS.get(one.told)
    return Elsewhere(
        flags=(
            *([RaisedFlag(closed)] if closed else []),
            *(raised(flag, zone) for flag in flags),
            *(minor for minor in of_age(one.birth_year, zone) if minor.until and minor.until > work.now()),
        ),
        opt_outs=tuple(out for out in said.opt_outs if out.channel is not None),
        inconvenient=said.inconvenient,
        cases=(one.number,),
    )


def _together(several: Sequence[Elsewhere]) -> Elsewhere:
    return Elsewhere(
        *(tuple(item for one in several for item in getattr(one, name)) for name in Elsewhere.__dataclass_fields__)
    )


def _moratoria(work: Work, others: Iterable[_Other]) -> Mapping[str, Sequence[CaseFlag]]:
    wanted = among(CaseFlag.case_id, array_of({one.case_id for one in others}))
    query = select(CaseFlag).where(
        CaseFlag.agency_id == work.agency_id, wanted, CaseFlag.closed_at.is_(None),
        CaseFlag.kind == Flag.BREATHING_SPACE.value,
    )  # fmt: skip
    return _by(work.session.scalars(query), "case_id")


def _said(work: Work, others: Iterable[_Other]) -> Mapping[str, Sequence[ConsentEvent]]:
    wanted = among(ConsentEvent.debtor_id, array_of({one.other_id for one in others}))
    return _by(work.session.scalars(select(ConsentEvent).where(ConsentEvent.agency_id == work.agency_id, wanted)),
               "debtor_id")  # fmt: skip


def _by(rows: Iterable[Any], column: str) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[str(getattr(row, column))].append(row)
    return found
