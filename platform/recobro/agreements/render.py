"""The agreement as a document: what was agreed, who accepted it and how that is known."""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.money import Money
from kernel.text import msg
from recobro.agreements.service import instalments_of, open_agreement
from recobro.agreements.tables import Agreement
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.debtors.tables import Debtor
from recobro.documents import render_document
from recobro.files import keep_file
from tenants.service import agency_of, client_by_id
from tenants.tables import File
from tenants.work import Work

# What a debtor said to show who they are (debtor_pages.identity.Fact), in the words of the document.
_FACTS = {
    "tax_id": msg("los cuatro últimos caracteres de la identificación fiscal"),
    "birth_year": msg("el año de nacimiento"),
    "customer": msg("el número de cliente"),
    "reference": msg("el número de una factura"),
}


@dataclass(frozen=True)
class Condition:
    """One condition of an agreement: a `msg()` sentence and its fields."""

    sentence: str
    fields: dict[str, object]


def conditions(agreement: Agreement, agency_name: str) -> list[Condition]:
    """What both sides are bound to, in order: the debtor reads this list before they sign and it stands in the PDF."""
    found = [
        Condition(msg("Cada pago puede hacerse hasta su fecha o antes; adelantar pagos no tiene costo."), {}),
        Condition(
            msg(
                "Si un pago no llega dentro de los {days} días siguientes a su fecha, el convenio deja de tener efecto"
                " y el saldo que quede vuelve a ser exigible, descontado lo ya pagado."
            ),
            {"days": agreement.grace_days},
        ),
    ]
    if agreement.discount:
        discount = Money(agreement.discount, agreement.currency)
        sentence = msg("La quita de {amount} se aplica cuando se haya pagado el total convenido.")
        found.append(Condition(sentence, {"amount": discount}))
    closing = msg(
        "Al terminar de pagar, la acreedora da por saldadas las facturas de este convenio y se emite la constancia"
        " correspondiente."
    )
    disputes = msg("El deudor puede pedir aclaraciones en cualquier momento a {agency}.")
    return [*found, Condition(closing, {}), Condition(disputes, {"agency": agency_name})]


def keep_document(work: Work, agreement_id: UUID) -> File:
    """Render an accepted agreement as PDF and keep it; its SHA-256 is on the file's row."""
    agreement = open_agreement(work, agreement_id)
    case = cases.open_case(work, agreement.case_id)
    debtor = work.session.scalars(
        select(Debtor).where(Debtor.agency_id == work.agency_id, Debtor.id == case.debtor_id)
    ).one()
    client = client_by_id(work, agreement.client_id)
    data = render_document(
        "documents/agreement.html",
        agency=agency_of(work),
        client=client,
        title=agreement.number,
        locale=debtor.locale,
        home=agreement.currency,
        zone=ZoneInfo(debtor.time_zone),
        agreement=agreement,
        debtor=debtor,
        case=case,
        debts=case_queries.debts(work, case.id, only_open=True),
        parts=[
            (part.position, part.due_on, Money(part.amount, agreement.currency))
            for part in instalments_of(work, agreement.id)
        ],
        balance=Money(agreement.balance, agreement.currency),
        conditions=conditions(agreement, agency_of(work).name),
        fact=_FACTS.get(str(agreement.evidence.get("fact", "")), "—"),
        discount=Money(agreement.discount, agreement.currency),
        total=Money(agreement.total, agreement.currency),
    )
    return keep_file(
        work,
        name=f"convenio-{agreement.number}.pdf",
        media_type="application/pdf",
        data=data,
        client_id=agreement.client_id,
        case_id=agreement.case_id,
        visibility="debtor",
    )
