"""What notices say about cases: amounts, documents, the plan on offer, who signs; gathered for many cases at once."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from kernel.money import Money
from legal.rules.facts import Channel, Receiver
from recobro.cases.tables import Case, Debt, DebtComponent
from recobro.clients.queries import NoContract, contract_in_force
from recobro.clients.tables import Contract
from recobro.notices.facts import CaseFacts
from recobro.notices.templates import Template, says_tu
from recobro.web import formats
from tenants.roles import Role
from tenants.tables import Membership
from tenants.work import Work

SHOWN_DEBTS = 8
ANSWER_DAYS = 7
_INTEREST = ("contractual_interest", "default_interest")
_DOCUMENTS = {"es": {"invoice": "factura"}, "en": {"invoice": "invoice"}}
_OTHER_DOCUMENT = {"es": "cuenta", "en": "account"}


@dataclass(frozen=True)
class Contents:
    """What a notice on one case may say, beyond the case's own facts. Amounts are in the case's main currency."""

    principal: Money
    interest: Money
    plan_count: int
    plan_each: Money
    collector: str
    responsible: str


def gather_contents(work: Work, cases: Sequence[CaseFacts], *, signed_by: str = "") -> dict[UUID, Contents]:
    """The contents for these cases, by case. `signed_by` is the person who writes; by default the case's collector."""
    ids = [facts.case.id for facts in cases]
    owed = _components(work, ids)
    signatory = _signatory(work)
    assigned = _names(work, [facts.case.assigned_to for facts in cases if facts.case.assigned_to])
    contracts: dict[UUID, Contract | None] = {}
    found = {}
    for facts in cases:
        case = facts.case
        if case.client_id not in contracts:
            contracts[case.client_id] = _contract(work, case.client_id, work.today(facts.zone))
        interest = sum(owed[case.id].get(kind, 0) for kind in _INTEREST)
        count, each = _plan(case.balance, contracts[case.client_id])
        own = str(facts.agency.settings.get("signatory", "")) or signatory or facts.agency.name
        found[case.id] = Contents(
            principal=Money(case.balance - interest, case.currency),
            interest=Money(interest, case.currency),
            plan_count=count,
            plan_each=Money(each, case.currency),
            collector=signed_by or assigned.get(case.assigned_to, "") or own,
            responsible=str(facts.agency.settings.get("responsible", "")) or own,
        )
    return found


def _components(work: Work, case_ids: Sequence[UUID]) -> Mapping[UUID, dict[str, int]]:
    """What is owed per component in the debts of each case's main currency."""
    rows = work.session.execute(
        select(Debt.case_id, DebtComponent.kind, func.sum(DebtComponent.owed))
        .join(DebtComponent, (DebtComponent.agency_id == Debt.agency_id) & (DebtComponent.debt_id == Debt.id))
        .join(Case, (Case.agency_id == Debt.agency_id) & (Case.id == Debt.case_id) & (Case.currency == Debt.currency))
        .where(Debt.agency_id == work.agency_id, Debt.case_id.in_(case_ids), Debt.state == "open")
        .group_by(Debt.case_id, DebtComponent.kind)
    )
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    for case_id, kind, amount in rows:
        found[case_id][kind] = int(amount)
    return found


def _signatory(work: Work) -> str:
    """Who signs where nobody is assigned: the agency's first supervisor, or its first administrator."""
    query = (
        select(Membership.name)
        .where(
            Membership.agency_id == work.agency_id,
            Membership.role.in_([Role.SUPERVISOR.value, Role.ADMIN.value]),
            Membership.status == "active",
        )
        .order_by((Membership.role == Role.SUPERVISOR.value).desc(), Membership.created_at, Membership.id)
        .limit(1)
    )
    return work.session.scalar(query) or ""


def _names(work: Work, person_ids: Sequence[UUID]) -> Mapping[UUID | None, str]:
    members = work.session.scalars(
        select(Membership).where(Membership.agency_id == work.agency_id, Membership.person_id.in_(set(person_ids)))
    )
    return {member.person_id: member.name for member in members}


def _contract(work: Work, client_id: UUID, on: date) -> Contract | None:
    try:
        return contract_in_force(work, client_id, on)
    except NoContract:
        return None


def _plan(balance: int, contract: Contract | None) -> tuple[int, int]:
    """The longest equal plan the client allows: how many payments, and the largest of them in minor units."""
    if contract is None or balance <= 0:
        return 1, balance
    most = contract.max_instalments
    if contract.min_instalment > 0:
        most = min(most, balance // contract.min_instalment)
    count = max(1, most)
    return count, -(-balance // count)


def values_of(
    facts: CaseFacts,
    contents: Contents,
    template: Template,
    *,
    channel: Channel,
    locale: str,
    on: date,
    link: str,
    stop_link: str,
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """Everything a text may name, as plain values in the reader's form. `more` is what this one notice adds."""
    case, debtor, client, agency = facts.case, facts.debtor, facts.client, facts.agency
    language = formats.language(locale)
    words = _DOCUMENTS[language]

    def money(amount: Money) -> str:
        return formats.money(amount, locale, home=client.currency)

    def day(value: date) -> str:
        return formats.day(value, locale, "long")

    mine = [debt for debt in facts.debts if debt.currency == case.currency]
    shown = [
        {
            "document": words.get(debt.kind, _OTHER_DOCUMENT[language]),
            "reference": debt.reference,
            "due_on": day(debt.due_on),
            "balance": money(Money(debt.balance, debt.currency)),
        }
        for debt in mine[:SHOWN_DEBTS]
    ]
    rest = mine[SHOWN_DEBTS:]
    first = mine[0] if mine else None
    return {
        "debtor": {
            "name": debtor.name,
            "first_name": debtor.name.split()[0] if debtor.kind == "person" else debtor.name,
        },
        "creditor": {
            "name": client.name,
            "legal_name": client.legal_name,
            "tax_id": client.tax_id,
            # Only where it is the one to pay into; otherwise it is for what the agency pays over.
            "bank_account": client.bank_account if facts.pay_to is Receiver.CREDITOR else "",
            "complaints": ", ".join(part for part in (client.email, formats.phone(client.phone)) if part),
        },
        "agency": {
            "name": agency.name,
            "legal_name": agency.legal_name,
            "address": agency.address,
            "phone": formats.phone(agency.phone),
            "email": agency.email,
            # The texts say "Registro" themselves.
            "registry_no": re.sub(r"(?i)^registro\s+", "", agency.registry_no),
        },
        "collector": contents.collector,
        "responsible": contents.responsible,
        "case_number": case.number,
        "single": len(mine) <= 1,
        "count": len(mine),
        "overdue": first is not None and first.due_on < on,
        "document": shown[0]["document"] if shown else _OTHER_DOCUMENT[language],
        "reference": first.reference if first else case.number,
        "amount": money(Money(case.balance, case.currency)),
        "on": day(on),
        "due_on": day(first.due_on) if first else "",
        "debts": shown,
        "more": len(rest),
        "more_balance": money(Money(sum(debt.balance for debt in rest), case.currency)),
        "others": _others(facts, locale),
        "principal": money(contents.principal),
        "interest": money(contents.interest) if contents.interest else "",
        "plan": {"count": contents.plan_count, "each": money(contents.plan_each)},
        "answer_by": day(on + timedelta(days=ANSWER_DAYS)),
        "link": link,
        "stop_link": stop_link,
        "privacy_url": str(agency.settings.get("privacy_url", "")),
        "tu": says_tu(debtor.country, debtor.kind, template.level, channel),
        "financial": client.creditor_type == "financial",
        "us": debtor.country == "US",
        "title": "",
        "message": "",
        "offer": {"total": "", "count": 0, "first_on": "", "expires_on": ""},
        "receipt": {"amount": "", "on": "", "left": ""},
        **more,
    }


def _first_name(facts: CaseFacts) -> str:
    name = facts.debtor.name
    return name.split()[0] if facts.debtor.kind == "person" and name.strip() else name


def _others(facts: CaseFacts, locale: str) -> str:
    """What is owed in other currencies; currencies never add."""
    sums: dict[str, int] = defaultdict(int)
    for debt in facts.debts:
        if debt.currency != facts.case.currency:
            sums[debt.currency] += debt.balance
    amounts = (Money(minor, currency) for currency, minor in sorted(sums.items()))
    return ", ".join(formats.money(amount, locale, home=facts.client.currency) for amount in amounts)
