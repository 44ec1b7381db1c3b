"""Where what is known of a debtor came from. Only changes are kept: all else came with the debtor's own placement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from kernel.ids import new_id
from kernel.problems import Invalid, NotFound
from kernel.text import msg
from recobro.debtors.tables import Debtor, DebtorFact
from tenants.work import Work

# The fields of a debtor that may change, each kept with its source.
FIELDS = ("name", "kind", "tax_id", "customer_ref", "country", "region", "city", "time_zone", "locale", "birth_year")
SOURCES = ("client", "debtor", "collector", "search", "merge")
_LONGEST = 500


@dataclass(frozen=True)
class Source:
    """Who told a value (`client`, `debtor`, `collector`, `search`, `merge`), through what, on which line, and when."""

    kind: str
    ref: UUID | None
    line: int | None
    by: str
    at: datetime


def note_fact(
    work: Work,
    debtor_id: UUID,
    field: str,
    value: str,
    source: str,
    ref: UUID | None = None,
    *,
    line: int | None = None,
    by: str | None = None,
) -> None:
    """Keep where a debtor's field has its new value from; the caller changes the debtor itself.

    `field` is one of FIELDS, `source` one of SOURCES, `ref` the placement (or merge) that told it, `by` who did, unless
    it is who works now. For first placements nothing is noted. Refused: another field or source, a debtor that is not
    the principal's.
    """
    if field not in FIELDS or source not in SOURCES:
        raise Invalid(msg("De ese dato no se guarda el origen."))
    client_id = work.session.scalar(
        select(Debtor.client_id).where(Debtor.agency_id == work.agency_id, Debtor.id == debtor_id)
    )
    if client_id is None:
        raise NotFound(msg("Ese deudor no existe o no es tuyo."))
    work.add(
        DebtorFact(
            agency_id=work.agency_id, client_id=client_id, id=new_id(), debtor_id=debtor_id, field=field,
            value=value[:_LONGEST], source=source, ref_id=ref, line=line, at=work.now(),
            by=work.principal.name if by is None else by,
        )
    )  # fmt: skip


_KEPT = """
INSERT INTO debtor_facts (agency_id, client_id, id, debtor_id, field, value, source, ref_id, line, by, at)
SELECT :agency, :client, uuidv7(), n.debtor_id, n.field, left(n.value, :longest), :source, CAST(:ref AS uuid), n.line,
       :by, :now
FROM ({told}) n
"""


def keep_facts(work: Work, told: str, *, client_id: UUID, source: str, ref: UUID | None, by: str) -> None:
    """The same as `note_fact` for all rows of a query of ours over the connection's own tables: debtor_id, field,
    value, line."""
    parameters = {"agency": work.agency_id, "client": client_id, "longest": _LONGEST, "source": source, "ref": ref,
                  "by": by, "now": work.now()}  # fmt: skip
    work.session.execute(text(_KEPT.format(told=told)), parameters)


def sources_of(work: Work, debtors: Sequence[Debtor]) -> Mapping[UUID, Mapping[str, Source]]:
    """Where each field of some debtors has its value from: the last change, else the debtor's own placement."""
    found: dict[UUID, dict[str, Source]] = {one.id: dict.fromkeys(FIELDS, _first(one)) for one in debtors}
    rows = work.session.scalars(
        select(DebtorFact)
        .where(DebtorFact.agency_id == work.agency_id, DebtorFact.debtor_id.in_(list(found)))
        .order_by(DebtorFact.at, DebtorFact.id)
    )
    for row in rows:
        found[row.debtor_id][row.field] = _told(row)
    return found


def source_before(work: Work, debtor: Debtor, field: str, ref: UUID) -> Source:
    """Where a field had its value from before `ref` told another."""
    source = _first(debtor)
    rows = work.session.scalars(
        select(DebtorFact)
        .where(
            DebtorFact.agency_id == work.agency_id, DebtorFact.debtor_id == debtor.id, DebtorFact.field == field
        )
        .order_by(DebtorFact.at, DebtorFact.id)
    )  # fmt: skip
    for row in rows:
        if row.ref_id == ref:
            break
        source = _told(row)
    return source


def _first(debtor: Debtor) -> Source:
    return Source("client", debtor.placement_id, None, "", debtor.created_at)


def _told(row: DebtorFact) -> Source:
    return Source(row.source, row.ref_id, row.line, row.by, row.at)
