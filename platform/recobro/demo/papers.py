"""The papers of the one case of the story that is in court: plainly invented, and said to be."""

from uuid import UUID

from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.debtors.tables import Debtor
from recobro.documents import render_document
from recobro.handoff import service as handoff
from recobro.handoff.rules import PAPER_LABELS, Paper
from recobro.web.translations import translations
from tenants.service import agency_of, client_by_id
from tenants.work import Work

_MOST_INVOICES = 3


def attach(work: Work, case_id: UUID) -> None:
    """What a lawyer needs to file: the invoices, proof that the goods were delivered, and the client's power."""
    debts = case_queries.debts(work, case_id, only_open=True)[:_MOST_INVOICES]
    for debt in debts:
        _keep(work, case_id, Paper.INVOICE, f"{debt.reference}.pdf", [debt])
    _keep(work, case_id, Paper.DELIVERY, f"{debts[0].reference}.pdf", debts)
    _keep(work, case_id, Paper.POWER, "notarial-ficticio.pdf", [])


def _keep(work: Work, case_id: UUID, paper: Paper, name: str, debts: list[case_queries.DebtRow]) -> None:
    case = cases.open_case(work, case_id)
    debtor = work.session.get_one(Debtor, (work.agency_id, case.debtor_id))
    label = translations(debtor.locale).gettext(PAPER_LABELS[paper])
    data = render_document(
        "documents/sample_paper.html", agency=agency_of(work), client=client_by_id(work, case.client_id), title=label,
        locale=debtor.locale, home=case.currency, debtor=debtor, debts=debts,
    )  # fmt: skip
    handoff.attach(work, case_id, paper=paper, name=name, data=data)
