"""What is asked of an electronic document before it may become a debt: whether it is owed at all, who issued it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from recobro.intake.checks import rows
from recobro.intake.checks.rows import Checked, Plan, StagedRow
from recobro.intake.columns.normalise import reference_norm
from recobro.intake.files.invoice_rows import DocumentRow
from recobro.intake.files.invoices.document import Document, Kind, Note, Owed
from recobro.intake.issues import Issue
from recobro.intake.sheet import Row

# So many invoices are asked about one by one; of more it is said of all.
MOST_ASKED = 100
# What the checks of any row say already.
_SAID = frozenset({"generic_buyer"})


class Replaced(NamedTuple):
    """An invoice that the one of a line stands for: by its UUID, or by its number and who issued it (empty: the
    client)."""

    line: int
    uuid: str = ""
    reference_norm: str = ""
    seller_norm: str = ""


@dataclass
class DocumentChecker:
    """Checks documents one by one, and keeps what makes no debt of its own but changes one: credits and payments.

    `names` are the files of the lines, `aside` (line, document) in their order, `asked` those that a person may say are
    unpaid, as [line, reference, buyer, minor units, currency].
    """

    plan: Plan
    names: dict[int, str] = field(default_factory=dict)
    aside: list[tuple[int, Document]] = field(default_factory=list)
    asked: list[list[Any]] = field(default_factory=list)
    _sellers: set[str] = field(default_factory=set)
    _named: dict[int, tuple[str, Sequence[str]]] = field(default_factory=dict)
    _numbered: dict[int, tuple[str, Sequence[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._check_row = rows.checker(self.plan)
        said = self.plan.options.get("unpaid", False)
        self._all_unpaid, self._unpaid = said is True, frozenset(said if isinstance(said, list) else ())

    def check(self, row: Row) -> Checked:
        """The row as staged and its warnings; or no row, and why: not read, paid at once as it says, or never owed."""
        assert isinstance(row, DocumentRow)
        self.names[row.line] = row.name
        if row.document is None:
            why = row.refusal or Note("unreadable", "")
            kind = "rejected" if why.code == "unreadable" else "no_debt"
            return None, [_issue(kind, why, row, row.name)]
        document, verdict = row.document, row.document.verdict
        if document.kind is Kind.INVOICE and document.replaces:
            self._named[row.line] = document.uuid, document.replaces
        if number := reference_norm(document.replaces_number):
            seller = self._seller(document)
            self._numbered[row.line] = f"{seller}|{reference_norm(document.reference)}", [f"{seller}|{number}"]
        if verdict.owed is Owed.NEVER:
            if document.kind in (Kind.CREDIT_NOTE, Kind.PAYMENT):
                self.aside.append((row.line, document))
            return None, [_issue("no_debt", verdict.reason, row, document.reference)]
        if verdict.owed is Owed.IF_UNPAID and not self._said_unpaid(row.line, document):
            return None, [_issue("rejected", verdict.reason, row, document.reference)]
        staged, issues = self._check_row(row)
        if staged is None:
            return None, issues
        notes = [note for note in document.warnings if note.code not in _SAID]
        warned = [_issue("warned", note, row, document.reference) for note in notes]
        return self._from_seller(staged, document, row, [*issues, *warned])

    def _said_unpaid(self, line: int, document: Document) -> bool:
        """Whether a person said of this invoice that it is unpaid, whatever it says itself."""
        owed = document.outstanding
        if len(self.asked) < MOST_ASKED:
            self.asked.append([line, document.reference, document.buyer.name, owed.minor, owed.currency])
        return self._all_unpaid or line in self._unpaid

    def _from_seller(self, staged: StagedRow, document: Document, row: Row, issues: list[Issue]) -> Checked:
        """Nobody else's number is the client's own: the row keeps who issued it, and the first of each says so."""
        seller = self._seller(document)
        if self.plan.tax_id and seller and seller not in self._sellers:
            self._sellers.add(seller)
            details = {"seller": document.seller.name or seller}
            issues.append(Issue("warned", "other_seller", row.line, "", document.reference, details))
        return staged._replace(seller_norm=seller), issues

    def substitutes(self) -> list[Replaced]:
        """Which lines replace which invoices."""
        found = [Replaced(line, uuid=uuid) for line, uuid in _pairs(self._named)]
        for line, named in _pairs(self._numbered):
            seller, _, number = named.partition("|")
            found.append(Replaced(line, reference_norm=number, seller_norm=seller))
        return found

    def _seller(self, document: Document) -> str:
        """Who issued it, empty for the client itself."""
        return "" if self._is_client(document.seller_key) else document.seller_key

    def _is_client(self, seller: str) -> bool:
        return is_client(self.plan.tax_id, self.plan.country, seller)


def is_client(own: str, country: str, seller: str) -> bool:
    """Whether the seller of a document is the client, by the client's own tax id (normalised) and country. Not where
    one of the two has none."""
    if not own or not seller:
        return False
    bare = seller.removeprefix(country)
    # A Colombian NIT is written with and without its digit.
    digit = country == "CO" and own == bare[:-1]
    return own in (seller, bare) or own.removeprefix(country) == bare or digit


def standing(aside: Sequence[tuple[int, Document]], note: Callable[[Issue], None]) -> list[tuple[int, Document]]:
    """Of credits and payments by line, those that no other of them replaces; the others are told."""
    by: dict[tuple[Kind, str], tuple[int, str]] = {}
    for kind in (Kind.CREDIT_NOTE, Kind.PAYMENT):
        named = {line: one for line, one in aside if one.kind is kind and one.replaces}
        for line, uuid in _pairs({line: (one.uuid, one.replaces) for line, one in named.items()}):
            by[kind, uuid] = line, named[line].reference
    for line, document in aside:
        if other := by.get((document.kind, document.uuid)):
            details = {"reference": other[1], "by": other[0]}
            note(Issue("no_debt", "replaced", line, "", document.reference, details))
    return [(line, document) for line, document in aside if (document.kind, document.uuid) not in by]


def _pairs(named: Mapping[int, tuple[str, Sequence[str]]]) -> list[tuple[int, str]]:
    """Of documents by line, with their UUID or number and those they replace: (line, replaced), without those that
    replace themselves, directly or by others: who says so says nothing."""
    by_name: dict[str, set[str]] = {}
    for name, replaced in named.values():
        by_name.setdefault(name, set()).update(replaced)
    return [
        (line, one)
        for line, (name, replaced) in named.items()
        for one in sorted(set(replaced))
        if name and not _reaches(by_name, one, name)
    ]


def _reaches(by_name: Mapping[str, set[str]], start: str, wanted: str) -> bool:
    seen, ahead = set[str](), [start]
    while ahead:
        one = ahead.pop()
        if one == wanted:
            return True
        if one not in seen:
            seen.add(one)
            ahead += by_name.get(one, ())
    return False


def _issue(kind: str, note: Note, row: Row, value: str) -> Issue:
    return Issue(kind, note.code, row.line, "", value, {"reason": note.template, **plain(note.details)})


def plain(details: Mapping[str, object]) -> dict[str, Any]:
    """A note's details as they can be kept."""
    return {
        name: value if isinstance(value, int) else value.isoformat() if isinstance(value, date) else str(value)
        for name, value in details.items()
    }


def named(issue: Issue, names: Mapping[int, str]) -> Issue:
    """The issue, saying which file its line is."""
    return replace(issue, details={**issue.details, "file": names.get(issue.line, "")})
