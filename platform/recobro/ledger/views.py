"""The ledger's page: the three-way proof, the accounts, the entries."""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import Invalid
from kernel.text import msg
from recobro.ledger import queries, service, verification
from recobro.ledger.forms import BankForm
from recobro.ledger.rules import ACCOUNT_LABELS
from recobro.web import events
from recobro.web.jinja import locale
from recobro.web.lists import Pager, url_with
from recobro.web.pages import go_to, render
from recobro.web.readings import Look, read_day, read_money
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows

bp = Blueprint("ledger", __name__)


@dataclass(frozen=True)
class LedgerPage:
    """The proof of each currency, the accounts, a page of entries, and the faults when the book was verified."""

    proofs: list[queries.Proof]
    accounts: list[tuple[str, str, queries.AccountRow]]
    entries: list[tuple[str, queries.EntryRow]]
    pager: Pager
    account_words: dict[str, str]
    verdict: verification.Verdict | None
    may_check: bool

    @property
    def currencies(self) -> list[tuple[str, str]]:
        """Those of the trust accounts, as a form offers them."""
        return [(proof.currency, proof.currency) for proof in self.proofs]


@bp.get("/ledger")
@needs(Permission.SEE_LEDGER)
def show_ledger() -> ResponseReturnValue:
    """Bank = book = clients; every account; every entry. `?verify=1` looks at everything again."""
    args = {name: value for name, value in request.args.items() if value}
    try:
        wanted = queries.EntryFilter(
            account=args.get("account", ""),
            client_id=UUID(args["client"]) if args.get("client") else None,
            currency=args.get("currency", ""),
        )
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error
    path = url_for("ledger.show_ledger")
    page = queries.entries(g.work, wanted, after=args.get("after", ""))
    accounts = [
        (
            spell(row.label),
            url_with(path, {}, account=row.account.value, client=str(row.client_id) if row.client_id else None),
            row,
        )
        for row in queries.accounts(g.work)
    ]
    return render(
        "pages/ledger/show.html",
        LedgerPage(
            proofs=list(queries.proofs(g.work)),
            accounts=accounts,
            entries=[(events.sentence(entry.title, entry.details), entry) for entry in page.rows],
            pager=Pager(
                page.first_number if page.rows else 0,
                page.first_number + len(page.rows) - 1 if page.rows else 0,
                page.total,
                previous_url=url_with(path, args, after=None) if args.get("after") else "",
                next_url=url_with(path, args, after=page.next_cursor) if page.next_cursor else "",
            ),
            account_words={account.value: spell(label) for account, label in ACCOUNT_LABELS.items()},
            verdict=verification.verify(g.work.session, g.work.agency_id) if args.get("verify") else None,
            may_check=allows(Role(g.principal.role), Permission.RECORD_PAYMENTS),
        ),
    )


@bp.post("/ledger/bank")
@needs(Permission.RECORD_PAYMENTS)
def check_bank() -> ResponseReturnValue:
    """Note what the bank says: the third side of the proof."""
    form = BankForm()
    if not form.validate_on_submit():
        return go_to("ledger.show_ledger", say=msg("Escribe el día y el saldo que dice el banco."), kind="warn")
    today = g.work.today(ZoneInfo(g.signed_in.agency_zone))
    try:
        day = read_day(form.day.data, today, locale(), Look.BACK)
        amount = read_money(form.amount.data, form.currency.data, locale())
        service.check_bank(g.work, on=day, amount=amount)
    except Invalid as problem:
        return go_to("ledger.show_ledger", say=problem.template, fields=dict(problem.details), kind="warn")
    return go_to("ledger.show_ledger", say=msg("Saldo del banco anotado."))
