"""What every electronic invoice becomes, whatever its format: who, how much, since when, and whether it is owed."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from stdnum.es import nif

from kernel.money import Money, exponent, round_half_up
from kernel.problems import Invalid
from kernel.text import msg
from recobro.debtors.rules import GENERIC_TAX_IDS

_KEY = re.compile(r"[^0-9A-ZÑ&]")
# One number of days and nothing that speaks of a discount or an interest: anything else is read by a person.
_TERM_DAYS = re.compile(r"\b(\d{1,3})\s*(?:d[ií]as?|days?)\b", re.IGNORECASE)
_MANY_NUMBERS = re.compile(r"\d+")
MOST_TERM_DAYS = 365
# A bigint of the ledger, with room to add.
MOST_MINOR = 10**18 * 4


class InvoiceRefused(Invalid):
    """The file is not an invoice we can take; the sentence says what is wrong, where, and what to do."""

    code = "intake.invoice_refused"


class Format(StrEnum):
    """The syntax a document was written in."""

    CFDI = "cfdi"
    UBL = "ubl"
    CII = "cii"
    FACTURAE = "facturae"


class Kind(StrEnum):
    """What a document is. Only invoices and debit notes can be owed."""

    INVOICE = "invoice"
    DEBIT_NOTE = "debit_note"
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    TRANSFER = "transfer"
    PAYROLL = "payroll"


class Owed(StrEnum):
    """Whether a document makes a debt: it does, it does when the user says that it is unpaid, or it never does."""

    YES = "yes"
    IF_UNPAID = "if_unpaid"
    NEVER = "never"


class DueFrom(StrEnum):
    """Where a due day comes from: the document states it, its terms in days give it, or it is the day of issue."""

    STATED = "stated"
    TERMS = "terms"
    ISSUED = "issued"


@dataclass(frozen=True)
class Note:
    """A remark with a stable code and a sentence for a person; `template` is what the catalogues translate."""

    code: str
    template: str
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence, filled in."""
        return self.template.format(**self.details) if self.details else self.template


@dataclass(frozen=True)
class Verdict:
    """Whether a document is owed, how much of it (zero when never), and why."""

    owed: Owed
    amount: Money
    reason: Note


@dataclass(frozen=True)
class Party:
    """The seller or the buyer, as far as the document tells. `tax_id`: a tax or register number; `other_id`: one that
    only the parties know (a customer number, a GLN). `country` is ISO 3166 alpha-2 where it is known."""

    name: str = ""
    tax_id: str = ""
    other_id: str = ""
    country: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    email: str = ""
    phone: str = ""
    contact: str = ""
    trade_name: str = ""

    @property
    def generic(self) -> bool:
        """A tax id that stands for anybody (general public, foreigners, final consumer): it identifies nobody."""
        return self.tax_id in GENERIC_TAX_IDS


@dataclass(frozen=True)
class Reference:
    """Another document that this one names: what a credit note corrects, by number or by UUID."""

    number: str = ""
    uuid: str = ""
    issued_on: date | None = None
    relation: str = ""


@dataclass(frozen=True)
class Instalment:
    """A part of the amount with its own day, and the account it is to be paid into."""

    due_on: date
    amount: Money
    iban: str = ""


@dataclass(frozen=True)
class Settlement:
    """One line of a payment complement: so much of the invoice `uuid` was paid, in the invoice's currency.

    `equivalence`: units of the invoice's currency for one of the payment's (SAT, Pagos 2.0, EquivalenciaDR; 1.0,
    TipoCambioDR), so the payer gave `amount / equivalence`. The balances are what the issuer declares.
    """

    uuid: str
    amount: Money
    paid_on: date
    equivalence: Decimal
    payment_currency: str
    part: int
    balance_before: Money | None = None
    balance_after: Money | None = None
    number: str = ""
    operation: str = ""

    @property
    def paid(self) -> Money:
        """What the payer gave for it, in the currency of the payment, rounded once."""
        major = self.amount.amount / self.equivalence
        return Money(round_half_up(major.scaleb(exponent(self.payment_currency))), self.payment_currency)


@dataclass(frozen=True)
class Document:
    """One electronic document. Amounts of a credit note are negative; `lines` are the first ones, `line_count` all.

    `type_code` is the format's own: I, E, P (CFDI), 380, 381 (UNTDID 1001), OO, OR (Facturae). `container`: the PDF or
    the AttachedDocument it came in.
    """

    format: Format
    version: str
    kind: Kind
    seller: Party
    buyer: Party
    number: str
    uuid: str
    issued_on: date
    due_on: date
    due_from: DueFrom
    currency: str
    total: Money
    prepaid: Money
    outstanding: Money
    verdict: Verdict
    type_code: str = ""
    terms: str = ""
    lines: tuple[str, ...] = ()
    line_count: int = 0
    instalments: tuple[Instalment, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    references: tuple[Reference, ...] = ()
    warnings: tuple[Note, ...] = ()
    container: str = ""

    @property
    def replaces(self) -> tuple[str, ...]:
        """The UUIDs of the documents that this one stands for, which were cancelled (SAT, c_TipoRelacion 04)."""
        named = self.references if self.format is Format.CFDI else ()
        return tuple(each.uuid for each in named if each.relation == "04")

    @property
    def replaces_number(self) -> str:
        """The number of the same seller's invoice that this one corrects as a whole, and so stands for: Facturae with
        CorrectionMethod 01 (rectificación íntegra), UNTDID 1001 384 ("revised information of the same invoice"). Empty
        where it tells the differences only, or names several."""
        if self.kind is not Kind.INVOICE or len({each.number for each in self.references}) != 1:
            return ""
        whole = self.references[0].relation == "01" if self.format is Format.FACTURAE else self.type_code == "384"
        return self.references[0].number if whole else ""

    @property
    def due_guessed(self) -> bool:
        """No day and no terms were stated: the due day is the day of issue, and a person should look."""
        return self.due_from is DueFrom.ISSUED

    @property
    def identity(self) -> str:
        """The same for the same document in any syntax: the UUID of a CFDI, else the seller's tax id and the number."""
        if self.format is Format.CFDI and self.uuid:
            return f"uuid:{self.uuid}"
        seller = _seller_key(self.seller, self.format)
        if seller and self.number:
            kind = "credit:" if self.kind is Kind.CREDIT_NOTE else ""
            return f"{kind}{seller}|{''.join(self.number.split()).upper()}"
        return f"facts:{self._digest()}"

    @property
    def seller_key(self) -> str:
        """The normalised id of who issued it, the same in any syntax; empty when it names none."""
        named = self.seller.tax_id or self.seller.other_id
        return _seller_key(self.seller, self.format) if named else ""

    @property
    def reference(self) -> str:
        """What to call it: its number, else its UUID, else a short mark of its facts; never empty."""
        return self.number or self.uuid or f"SF-{self._digest()[:10].upper()}"

    def _digest(self) -> str:
        facts = (self.kind, self.seller.tax_id, self.seller.name, self.buyer.tax_id, self.buyer.name, self.number,
                 self.issued_on.isoformat(), self.currency, str(self.total.minor), *self.lines,
                 *(f"{each.uuid} {each.part} {each.amount.minor}" for each in self.settlements))  # fmt: skip
        return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()


def _seller_key(seller: Party, written: Format) -> str:
    key = _KEY.sub("", (seller.tax_id or seller.other_id or seller.name).upper())
    # A VAT number is written with and without its country (ESB12345678, B12345678); an RFC has no country to write.
    if not seller.tax_id or key[:2].isalpha() or written is Format.CFDI:
        return key
    # Where the country is left out, a Spanish id says it by its form and its check digit.
    return (seller.country or ("ES" if nif.is_valid(key) else "")) + key


@dataclass(frozen=True)
class Amounts:
    """Total, prepaid and outstanding in one currency, and what had to be remarked on them."""

    total: Money
    prepaid: Money
    outstanding: Money
    notes: tuple[Note, ...]


def amounts(currency: str, *, total: Decimal, prepaid: Decimal, outstanding: Decimal) -> Amounts:
    """As money. Decimals beyond the currency's are rounded half up, with a remark: never in silence."""
    rounded = [to_money(value, currency) for value in (total, prepaid, outstanding)]
    notes: list[Note] = []
    if any(money.amount != value for money, value in zip(rounded, (total, prepaid, outstanding), strict=True)):
        notes.append(Note("rounded", msg("Un importe tiene más decimales de los que admite {currency}: se redondeó."),
                          {"currency": currency}))  # fmt: skip
    return Amounts(rounded[0], rounded[1], rounded[2], tuple(notes))


def to_money(value: Decimal, currency: str) -> Money:
    """As money of a currency, rounded half up to its decimals. Refused beyond what the ledger can hold."""
    minor = round_half_up(value.scaleb(exponent(currency)))
    if abs(minor) > MOST_MINOR:
        raise InvoiceRefused(msg("Hay un importe imposible de tan grande: {value}. Revisa el archivo en su origen."),
                             value=f"{value:.0f}")  # fmt: skip
    return Money(minor, currency)


@dataclass(frozen=True)
class Due:
    """A due day, where it comes from, and what had to be remarked on it."""

    on: date
    source: DueFrom
    notes: tuple[Note, ...] = ()


def due(issued_on: date, stated: Sequence[date], terms: str) -> Due:
    """The earliest stated day; else issue plus the terms' one number of days; else the day of issue, remarked."""
    if stated:
        return Due(min(stated), DueFrom.STATED)
    found = _TERM_DAYS.findall(terms)
    alone = len(found) == 1 and len(_MANY_NUMBERS.findall(terms)) == 1 and "%" not in terms
    if alone and int(found[0]) <= MOST_TERM_DAYS:
        note = Note("due_from_terms", msg("No trae fecha de vencimiento: se calculó con sus condiciones, «{terms}»."),
                    {"terms": terms[:80]})  # fmt: skip
        return Due(issued_on + timedelta(days=int(found[0])), DueFrom.TERMS, (note,))
    note = Note("due_guessed", msg("No trae fecha de vencimiento: se toma la de emisión. Revísala antes de cobrar."))
    return Due(issued_on, DueFrom.ISSUED, (note,))


def judge(kind: Kind, outstanding: Money) -> Verdict:
    """The verdict on a document that states what is still to be paid: invoices and debit notes above zero are owed."""
    nothing = Money.zero(outstanding.currency)
    if kind is Kind.CREDIT_NOTE:
        reason = Note("credit_note", msg("Es una nota de crédito: descuenta de lo que se debe, no crea un adeudo."))
        return Verdict(Owed.NEVER, nothing, reason)
    if outstanding.minor < 0:
        reason = Note("negative", msg("Su importe por pagar es negativo: es un abono, no un adeudo."))
        return Verdict(Owed.NEVER, nothing, reason)
    if not outstanding:
        return Verdict(Owed.NEVER, nothing, Note("nothing_due", msg("No queda nada por pagar en este documento.")))
    return Verdict(Owed.YES, outstanding, Note("outstanding", msg("Es lo que el documento dice que falta por pagar.")))


def party_notes(buyer: Party) -> tuple[Note, ...]:
    """What has to be remarked on the debtor."""
    if not buyer.generic:
        return ()
    return (
        Note("generic_buyer", msg("«{tax_id}» es un número genérico: no identifica al deudor. Revisa quién debe."),
             {"tax_id": buyer.tax_id}),
    )  # fmt: skip
