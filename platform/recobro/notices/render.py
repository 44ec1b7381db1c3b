"""From a text and a case to the words of a notice, checked against what the law and the house want said."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import segno
from markupsafe import Markup

from kernel.money import Money
from kernel.problems import Invalid
from kernel.text import msg
from legal.rules.calendar import region_named
from legal.rules.contact.required_words import NoticeFacts, NoticeText, check_notice
from legal.rules.decision import Outcome
from legal.rules.elements import ELEMENTS
from legal.rules.facts import Channel, Claim, CreditorType, DebtorKind, Purpose, Title
from legal.rules.packs.loading import Pack, pack_of
from legal.rules.time.limitation import Claimed, NoLimitationRule, term_of
from recobro.adapters.liquid_text import render_text
from recobro.debtors.regions import address_lines
from recobro.debtors.rules import claim_of
from recobro.debtors.tables import ContactPoint
from recobro.documents import environment, render_document
from recobro.notices.contents import Contents, values_of
from recobro.notices.facts import CaseFacts, asked_to_pay, is_own
from recobro.notices.layout import Block, as_text, blocks
from recobro.notices.templates import Template, source
from recobro.wiring import outside

# Stands for the link while a notice is only looked at; a real one is made when it is sent.
SAMPLE_LINK = "https://ejemplo.invalid/d/enlace"
SHOWN_IN_LETTER = 14
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_HOUSE_COLOR = "#0b7285"


class Labels(tuple[str, ...]):
    """Several labels, each of them translated on its own where they are shown, with commas between."""

    __slots__ = ()

    def __format__(self, form: str) -> str:
        return ", ".join(self)


class WordsRefused(Invalid):
    """The text does not say what it must, or says what it must not; `outcomes` are the rules it breaks."""

    code = "notices.words_refused"

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = outcomes
        if any(outcome.code == "payment_receiver" for outcome in outcomes):
            super().__init__(msg(
                "El texto no puede salir: según el contrato se paga a la agencia, y aquí el pago lo recibe solo el"
                " acreedor. Cámbialo en el contrato del cliente."
            ))  # fmt: skip
            return
        said = [outcome for outcome in outcomes if "said" in outcome.inputs]
        lacks, says = _labels(outcome for outcome in outcomes if outcome not in said), _labels(said)
        quoted = Labels(dict.fromkeys(f"«{outcome.inputs['said']}»" for outcome in said))
        if not says:
            super().__init__(msg("El texto no puede salir. Falta decir: {lacks}."), lacks=lacks)
        elif not lacks:
            sentence = msg("El texto no puede salir. No puede llevar: {says} ({quoted}).")
            super().__init__(sentence, says=says, quoted=quoted)
        else:
            sentence = msg("El texto no puede salir. Falta decir: {lacks}. No puede llevar: {says} ({quoted}).")
            super().__init__(sentence, lacks=lacks, says=says, quoted=quoted)


def _labels(outcomes: Iterable[Outcome]) -> Labels:
    elements = dict.fromkeys(str(outcome.inputs.get("element", outcome.code)) for outcome in outcomes)
    return Labels(ELEMENTS.get(element, element) for element in elements)


@dataclass(frozen=True)
class Words:
    """A notice in words: subject, plain text (closing lines included), and the blocks both are drawn from."""

    subject: str
    text: str
    body: Sequence[Block]
    closing: Sequence[Block]
    values: Mapping[str, Any]
    on: date


def write(
    facts: CaseFacts,
    contents: Contents,
    template: Template,
    *,
    point: ContactPoint,
    channel: Channel,
    locale: str,
    on: date,
    link: str = SAMPLE_LINK,
    stop_link: str = SAMPLE_LINK,
    purpose: Purpose | None = None,
    more: Mapping[str, Any] | None = None,
) -> Words:
    """The words of a notice on a case, on a day. WordsRefused when they break a rule about what is said."""
    values = values_of(
        facts,
        contents,
        template,
        channel=channel,
        locale=locale,
        on=on,
        link=link,
        stop_link=stop_link,
        more=more or {},
    )
    subject, body, closing = source(template.key, channel, locale)
    words = compose(subject, body, closing, values, on=on)
    pack = pack_of(facts.debtor.country, region_named(facts.debtor.country, facts.debtor.region))
    broken = check_notice(
        NoticeText(words.text, words.subject),
        _what_it_is(facts, words, point, channel, purpose or template.purpose, on, pack),
        pack=pack,
    )
    if broken:
        raise WordsRefused(broken)
    return words


def compose(subject: str, body: str, closing: str, values: Mapping[str, Any], *, on: date) -> Words:
    """Three pieces of Liquid filled with values; nothing is checked."""
    above, below = blocks(_filled(body, values)), blocks(_filled(closing, values))
    title = " ".join(_filled(subject, values).split())
    return Words(title, as_text([*above, *below]), above, below, values, on)


def _filled(template: str, values: Mapping[str, Any]) -> str:
    # "Aceros Ficticios, S.A. de C.V." may end a sentence.
    return re.sub(r"(?<!\.)\.\.(?!\.)", ".", render_text(template, values))


def _what_it_is(
    facts: CaseFacts, words: Words, point: ContactPoint, channel: Channel, purpose: Purpose, on: date, pack: Pack
) -> NoticeFacts:
    creditor, agency = words.values["creditor"], words.values["agency"]
    claim = claim_of(facts.debtor.kind)
    stated = {
        "agency": (agency["legal_name"], agency["name"]),
        "agency_address": (agency["address"],),
        "agency_phone": (agency["phone"],),
        "collector": (words.values["collector"],),
        "responsible": (words.values["responsible"],),
        "creditor": (creditor["legal_name"], creditor["name"]),
        "complaints_unit": (creditor["complaints"],),
        # A letter on several debts lists them all below its words, and names them by the case's number above.
        "debt_ref": (words.values["reference"], words.values["case_number"]),
        "payment_way": (words.values["link"],),
        "settle_conditions": ("in full or by a payment plan",),
        "pay_only_to_creditor": ("payments are made only to the creditor",),
    }
    return NoticeFacts(
        channel=channel,
        on=on,
        purpose=purpose,
        creditor_type=CreditorType(facts.client.creditor_type),
        debtor=DebtorKind(facts.debtor.kind),
        claim=claim,
        verified=is_own(point),
        introduced=facts.introduced,
        pay_to=asked_to_pay(facts, purpose),
        amount=Money(facts.case.balance, facts.case.currency),
        calculated_on=on,
        stated=stated,
        barred=_barred(facts, claim, on, pack),
    )


def _barred(facts: CaseFacts, claim: Claim, on: date, pack: Pack) -> bool:
    """Whether some debt of the case may no longer be brought to court, or nobody read that it may."""
    region = region_named(facts.debtor.country, facts.debtor.region)
    for due_on in {debt.due_on for debt in facts.debts}:
        try:
            term = term_of(Claimed(claim, Title.ORDINARY, due_on, region), pack=pack)
        except NoLimitationRule:
            continue
        if term.suit_state(on) in ("barred", "unknown"):
            return True
    return False


def email_html(words: Words, *, locale: str, color: str) -> str:
    """The HTML of an email: one column, one button, the client's colour; drawn from the same blocks as its text."""
    page = environment(locale).get_template("emails/frame.html")
    return page.render(
        lang=locale.replace("_", "-"),
        words=words,
        creditor=words.values["creditor"]["name"],
        color=color if _COLOR.fullmatch(color) else _HOUSE_COLOR,
    )


def letter_pdf(
    facts: CaseFacts, words: Words, *, locale: str, address: str, at: datetime, logo: bytes | None = None
) -> bytes:
    """The letter as PDF: window address, reference, the debts, a QR to the debtor's page, the duties block."""
    link = str(words.values["link"])
    return render_document(
        "letters/frame.html",
        agency=facts.agency,
        client=facts.client,
        title=words.subject,
        locale=locale,
        home=facts.client.currency,
        zone=facts.zone,
        assets={"logo": logo} if logo else None,
        words=words,
        debtor=facts.debtor,
        address="\n".join(address_lines(address, facts.debtor.country)),
        case=facts.case,
        balance=Money(facts.case.balance, facts.case.currency),
        debts=[(debt, Money(debt.balance, debt.currency)) for debt in facts.debts[:SHOWN_IN_LETTER]],
        more=len(facts.debts) - SHOWN_IN_LETTER,
        cut=next((n for n, block in enumerate(words.body) if block.kind == "button"), len(words.body)),
        at=at,
        link=link,
        qr=qr_svg(link),
    )


def qr_svg(address: str) -> Markup:
    """A QR code as SVG, black on white, with a name."""
    code = segno.make(address, error="m")
    return Markup(code.svg_inline(scale=2, border=2, title=html.escape(address), svgclass=None, lineclass=None))  # noqa: S704


def client_logo(facts: CaseFacts) -> bytes | None:
    """The client's logo, when it has one."""
    if facts.client.logo_file_id is None:
        return None
    return outside().files.read(facts.agency.agency_id, facts.client.logo_file_id)
