"""The claims of payment complements and credit notes, one for each line of them, and what is said of each beside the
debt it is about. A `row` here is a staged claim with the debt that was found for it (`settlements`)."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from recobro.clients.queries import NoContract, contract_in_force
from recobro.intake.columns.normalise import reference_norm, tax_id_norm
from recobro.intake.files.invoices.document import Document, Kind
from recobro.intake.issues import Issue
from recobro.intake.tables import Placement
from tenants.work import Work

# What says that a payment was off its invoice already.
OFF = "settlement_off"


def claims_of(client_id: UUID, line: int, document: Document) -> Iterator[dict[str, Any]]:
    """The claims of one document; the same ones whatever file brings it."""
    base: dict[str, Any] = {"line": line, "seller_norm": document.seller_key,
                            "buyer_norm": _buyer(document), "document": document.reference[:100],
            "several": "", "replaces": list(document.replaces)}  # fmt: skip
    if document.kind is Kind.PAYMENT:
        times: dict[str, int] = {}
        for each in document.settlements:
            if each.amount.minor <= 0:
                continue
            key = f"settlement:{client_id}:{document.identity}:{each.uuid}:{each.part}"
            times[key] = times.get(key, 0) + 1
            after = each.balance_after.minor if each.balance_after is not None else None
            yield {
                **base, "kind": "payment", "key": f"{key}:{times[key]}" if times[key] > 1 else key, "uuid": each.uuid,
                "number": "", "currency": each.amount.currency, "amount": each.amount.minor,
                "on_day": each.paid_on.isoformat(), "part": each.part, "declared": after,
            }  # fmt: skip
    elif document.kind is Kind.CREDIT_NOTE and document.outstanding:
        about = [each for each in document.references if not each.uuid or each.uuid not in document.replaces]
        names = list(dict.fromkeys(each.number or each.uuid for each in about))
        named = about[0] if len(names) == 1 else None
        yield {
            **base, "kind": "credit", "key": f"credit:{client_id}:{document.identity}",
            "uuid": named.uuid if named else "", "number": reference_norm(named.number) if named else "",
            "currency": document.currency, "amount": abs(document.outstanding.minor),
            "on_day": document.issued_on.isoformat(), "part": 0, "declared": None,
            "several": ", ".join(names)[:300] if len(names) > 1 else "",
        }  # fmt: skip


def _buyer(document: Document) -> str:
    """The buyer's tax id, for comparing; empty where it names nobody."""
    buyer = document.buyer
    if not buyer.tax_id or buyer.generic:
        return ""
    bare = tax_id_norm(buyer.tax_id).removeprefix(buyer.country)
    return bare[:9] if buyer.country == "CO" and len(bare) == 10 else bare


def refusal_of(work: Work, placement: Placement, row: Any, left: dict[UUID, int]) -> Issue | None:
    """Why a claim cannot be met; `left` is what those before it leave of the debts they met (minor units)."""
    name = "credit" if row.kind == "credit" else "settlement"
    amount = {"minor": row.amount, "currency": row.currency}
    if row.several:
        return issue_of(row, "credit_several", amount=amount, invoices=row.several)
    if not row.uuid and not row.number:
        return issue_of(row, f"{name}_unnamed", amount=amount)
    if row.debt_id is None:
        return issue_of(row, f"{name}_unknown", amount=amount, invoice=row.uuid or row.number)
    if row.currency != row.owed_in:
        return issue_of(row, f"{name}_currency", paid=amount, reference=row.reference, currency=row.owed_in)
    if not left.get(row.debt_id, row.balance):
        return issue_of(row, f"{name}_closed", amount=amount, reference=row.reference)
    if row.kind == "payment":
        more = {"amount": amount, "reference": row.reference, "day": row.on_day.isoformat()}
        if row.on_day > work.today(ZoneInfo(row.time_zone)):
            return issue_of(row, "settlement_early", **more)
        if row.on_day < placed_on(work, row):
            return None
        try:
            contract_in_force(work, placement.client_id, row.on_day)
        except NoContract:
            return issue_of(row, "settlement_no_contract", **more)
    return None


def over(row: Any, owed: int) -> Issue:
    """That it is more than is owed (minor units)."""
    amount, there = ({"minor": minor, "currency": row.currency} for minor in (row.amount, owed))
    code = "credit_over" if row.kind == "credit" else "settlement_over"
    return issue_of(row, code, amount=amount, owed=there, reference=row.reference)


def already_off(row: Any, owed: int) -> Issue | None:
    """Whether what was paid before the debt was handed over is off what was handed over: what the complement says was
    left by it tells. None when it plainly is not; a conflict where a person has to know."""
    if row.declared is not None and row.declared == owed - row.amount:
        return None
    told: dict[str, Any] = {
        name: {"minor": minor, "currency": row.currency}
        for name, minor in (("amount", row.amount), ("declared", row.declared), ("ours", owed))
        if minor is not None
    }
    told |= {"reference": row.reference, "day": row.on_day.isoformat()}
    if row.declared is not None and (row.declared == owed or row.declared >= row.original):
        return issue_of(row, OFF, **told)
    return issue_of(row, "settlement_before" if row.declared is not None else "settlement_silent", "conflict", **told)


def placed_on(work: Work, row: Any) -> date:
    """The day a claim's debt was placed, where its debtor is; today for one that this very file brings."""
    zone = ZoneInfo(row.time_zone)
    return row.placed_at.astimezone(zone).date() if row.placed_at else work.today(zone)


def remarks(row: Any, owed: int, ours: int) -> Iterator[Issue]:
    """What is said of a claim that is met: it is more than was owed, or leaves another balance than it says."""
    amount = {"minor": row.amount, "currency": row.currency}
    if row.amount > owed:
        code = "credit_excess" if row.kind == "credit" else "settlement_excess"
        there = {"minor": owed, "currency": row.currency}
        yield issue_of(row, code, "warned", amount=amount, reference=row.reference, owed=there)
    if row.declared is not None and row.declared != ours:
        yield issue_of(
            row, "settlement_balance", "warned", amount=amount, reference=row.reference,
            declared={"minor": row.declared, "currency": row.currency}, ours={"minor": ours, "currency": row.currency},
        )  # fmt: skip


def issue_of(row: Any, code: str, kind: str = "no_debt", **details: object) -> Issue:
    """Something about a claim, at its line, by its document."""
    return Issue(kind, code, row.line, "", row.document, details)
