"""The way back from debts that a file corrected: their amount and due day are what they were, while nothing rests on
the new ones."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select, text

from kernel.text import msg
from recobro.cases import service as cases
from recobro.cases.tables import Debt, DebtComponent
from recobro.intake.staged.taking import BAR
from recobro.intake.tables import Placement, PlacementEffect
from tenants.work import Work

UNTAKEN = msg("Se deshizo una corrección de la carga {number}: {reference} vuelve a {amount} y vence el {day}")
_REASONS = f"""
SELECT e.id, CASE WHEN d.id IS NULL THEN 'settled'
                  WHEN d.original <> CAST(e.details ->> 'amount' AS bigint)
                    OR d.due_on <> CAST(e.details ->> 'due_on' AS date) THEN 'money'
                  ELSE {BAR.format(since="e.at")} END AS reason
FROM placement_effects e LEFT JOIN debts d ON d.agency_id = e.agency_id AND d.id = e.ref_id
WHERE e.agency_id = :agency AND e.id = ANY(CAST(:ids AS uuid[]))
"""  # noqa: S608


def is_one(effect: PlacementEffect) -> bool:
    """Whether an effect is the correction of a debt."""
    return effect.kind == "corrected" and effect.details.get("act") == "debt"


def reasons(work: Work, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Why each of these corrections stays; empty where it can be taken back."""
    if not ids:
        return {}
    found = work.session.execute(text(_REASONS), {"agency": work.agency_id, "ids": list(ids)})
    return {row.id: row.reason for row in found}


def take_back(work: Work, placement: Placement, one: PlacementEffect) -> None:
    """Make one debt what it was."""
    debt = work.session.scalars(
        select(Debt)
        .where(Debt.agency_id == work.agency_id, Debt.id == one.ref_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    parts: Mapping[str, int] = one.details["parts"]
    for component in work.session.scalars(
        select(DebtComponent)
        .where(DebtComponent.agency_id == work.agency_id, DebtComponent.debt_id == debt.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ):
        component.charged -= parts.get(component.kind, 0)
        component.owed -= parts.get(component.kind, 0)
    debt.original = debt.balance = one.details["was"]
    debt.due_on = date.fromisoformat(one.details["was_due"])
    case = cases.open_case(work, debt.case_id, lock=True)
    cases.refresh_balances(work, [case.id])
    cases.note_event(
        work, case, kind="placement", title=UNTAKEN, tone="warn", visibility="client", ref_table="undone",
        ref_id=one.id, number=placement.number, reference=debt.reference, day=one.details["was_due"],
        amount={"minor": debt.original, "currency": debt.currency},
    )  # fmt: skip
