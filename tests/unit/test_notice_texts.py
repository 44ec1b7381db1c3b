"""The texts that ship: complete, in one form of address, and right by the law of every place they may be sent to."""

import json
import re
from datetime import date
from itertools import product
from typing import Any

import pytest

from kernel.money import Money
from legal.rules.contact.required_words import NoticeFacts, NoticeText, check_notice
from legal.rules.facts import Channel, Claim, CreditorType, DebtorKind
from legal.rules.packs.loading import pack_of
from recobro.notices.layout import as_text, blocks
from recobro.notices.render import Words, compose
from recobro.notices.templates import LOCALES, ROOT, TEMPLATES, Template, locale_for, says_tu, source

ON = date(2026, 11, 20)
ALL = [
    pytest.param(template, channel, locale, tu, id=f"{template.key}-{channel}-{locale}-{'tu' if tu else 'usted'}")
    for template in TEMPLATES.values()
    for channel, locale, tu in product(template.channels, LOCALES, (True, False))
    if not (tu and (locale in ("es_CO", "en") or channel is Channel.LETTER or template.level > 2))
]
TU = re.compile(r"\b(tú|te|ti|tus?|contigo|puedes|quieres|estás|prefieres|llama|dinos|dínoslo|elige|responde)\b", re.I)
USTED = re.compile(
    r"\b(usted|sus?|le|puede|quiere|está de acuerdo|prefiere|llame|díganos\w*|elija|responda|escoja)\b", re.I
)
# What the house says of itself or of others in either form.
BOTH = re.compile(r"a cualquiera se le pasa|que la ley le permite", re.I)


def sample(template: Template, channel: Channel, **changes: Any) -> dict[str, Any]:
    folder = "emails" if channel is Channel.EMAIL else "letters"
    values = json.loads((ROOT / folder / template.key / "sample.json").read_text(encoding="utf-8"))
    return {**values, **changes}


def words(template: Template, channel: Channel, locale: str, **changes: Any) -> Words:
    return compose(*source(template.key, channel, locale), sample(template, channel, **changes), on=ON)


def broken(
    told: Words, channel: Channel, template: Template, *, country: str, creditor: CreditorType, introduced: bool = False
) -> list[str]:
    values = told.values
    stated = {
        "agency": [values["agency"]["name"]],
        "agency_address": [values["agency"]["address"]],
        "agency_phone": [values["agency"]["phone"]],
        "collector": [values["collector"]],
        "responsible": [values["responsible"]],
        "creditor": [values["creditor"]["legal_name"], values["creditor"]["name"]],
        "complaints_unit": [values["creditor"]["complaints"]],
        "debt_ref": [values["reference"]],
        "payment_way": [values["link"]],
        "settle_conditions": ["in full or by a payment plan"],
        "pay_only_to_creditor": ["payments are made only to the creditor"],
    }
    facts = NoticeFacts(
        channel=channel, on=ON, purpose=template.purpose, creditor_type=creditor, debtor=DebtorKind.PERSON,
        claim=Claim.CONSUMER, introduced=introduced, amount=Money(61_440_18, "MXN"), calculated_on=ON, stated=stated,
    )  # fmt: skip
    found = check_notice(NoticeText(told.text, told.subject), facts, pack=pack_of(country))
    return [f"{outcome.rule.id}: {outcome.inputs}" for outcome in found]


@pytest.mark.parametrize(("template", "channel", "locale", "tu"), ALL)
def test_every_text_says_what_it_must_and_nothing_it_must_not_everywhere(
    template: Template, channel: Channel, locale: str, tu: bool
) -> None:
    on = "November 20, 2026" if locale == "en" else "20 de noviembre de 2026"
    for country, creditor in product(("MX", "CO", "ES"), CreditorType):
        told = words(template, channel, locale, tu=tu, on=on, financial=creditor is CreditorType.FINANCIAL)
        # A Mexican bank's debtor is written to in Mexican Spanish or English.
        if (country, creditor) == ("MX", CreditorType.FINANCIAL) and locale not in ("es_MX", "en"):
            continue
        if template.key in ("note", "offer") and creditor is CreditorType.FINANCIAL:
            told = words(template, channel, locale, tu=tu, on=on, financial=True)
        assert broken(told, channel, template, country=country, creditor=creditor) == []


@pytest.mark.parametrize("introduced", [False, True])
@pytest.mark.parametrize(("template", "channel", "locale", "tu"), ALL)
def test_in_the_united_states_every_text_says_that_it_comes_from_a_debt_collector(
    template: Template, channel: Channel, locale: str, tu: bool, introduced: bool
) -> None:
    on = "November 20, 2026" if locale == "en" else "20 de noviembre de 2026"
    told = words(template, channel, locale, tu=tu, on=on, us=True)
    silent = words(template, channel, locale, tu=tu, on=on)

    asked: dict[str, Any] = {"country": "US", "creditor": CreditorType.COMMERCIAL, "introduced": introduced}
    assert broken(told, channel, template, **asked) == []
    missing = [line for line in broken(silent, channel, template, **asked) if line.startswith("us.words")]
    assert len(missing) == (template.key != "receipt"), missing


def test_debtors_in_english_speaking_countries_are_written_to_in_english() -> None:
    assert (locale_for("", "US"), locale_for("", "GB")) == ("en", "en")


@pytest.mark.parametrize(("template", "channel", "locale", "tu"), ALL)
def test_every_text_keeps_to_one_form_of_address(template: Template, channel: Channel, locale: str, tu: bool) -> None:
    if locale == "en":
        return
    message = "Como quedamos, aquí va el detalle." if template.key == "note" else ""
    for single, paid in product((True, False), repeat=2):
        changes: dict[str, Any] = {"single": single, "tu": tu, "message": message}
        if template.key == "receipt" and paid:
            changes["receipt"] = {"amount": "$1.00", "on": "20 de noviembre de 2026", "left": ""}
        told = words(template, channel, locale, **changes)
        text = BOTH.sub("", f"{told.subject}\n{told.text}")
        wrong = USTED if tu else TU
        assert wrong.findall(text) == [], text


@pytest.mark.parametrize(("template", "channel", "locale", "tu"), ALL)
def test_every_text_has_one_button_to_the_debtors_page_and_emails_end_with_the_way_out(
    template: Template, channel: Channel, locale: str, tu: bool
) -> None:
    told = words(template, channel, locale, tu=tu)
    buttons = [block for block in told.body if block.kind == "button"]

    assert [button.lines[0][0].url for button in buttons] == [told.values["link"]]
    if channel is Channel.EMAIL:
        assert told.closing[-1].lines[0][0].url == told.values["stop_link"]
    assert "{{" not in told.text
    assert "{%" not in told.text


def test_many_documents_are_listed_and_counted() -> None:
    debts = [
        {"document": "factura", "reference": f"A-{n}", "due_on": "1 de mayo de 2026", "balance": "$10.00"}
        for n in range(8)
    ]
    told = words(
        TEMPLATES["cordial-1"], Channel.EMAIL, "es_MX", tu=True, single=False, count=10, debts=debts, more=2,
        more_balance="$20.00",
    )  # fmt: skip

    listed = next(block for block in told.body if block.kind == "list")
    assert len(listed.lines) == 9
    assert "- Factura A-0, con vencimiento el 1 de mayo de 2026: $10.00" in told.text
    assert "- y 2 más, por $20.00" in told.text


def test_who_is_said_tu_to() -> None:
    assert says_tu("MX", "person", 1, Channel.EMAIL)
    assert says_tu("ES", "person", 2, Channel.EMAIL)
    assert not says_tu("CO", "person", 1, Channel.EMAIL)
    assert not says_tu("MX", "firm", 1, Channel.EMAIL)
    assert not says_tu("MX", "person", 3, Channel.EMAIL)
    assert not says_tu("MX", "person", 1, Channel.LETTER)


def test_a_debtor_is_written_to_in_the_own_language_or_the_countrys() -> None:
    assert locale_for("en", "MX") == "en"
    assert locale_for("fr_FR", "CO") == "es_CO"
    assert locale_for("", "FR") == "es_MX"


def test_a_text_is_read_into_blocks_and_written_back() -> None:
    button, link = "[Pagar](https://a.example/d/x)", "Ver [aviso](https://a.example/p) aquí"
    text = f"Hola:\n\nDos documentos:\n- uno\n- dos\n\n{button}\n\n{link}\n"

    found = blocks(text)

    assert [block.kind for block in found] == ["paragraph", "paragraph", "list", "button", "paragraph"]
    assert as_text(found) == (
        "Hola:\n\nDos documentos:\n\n- uno\n- dos\n\nPagar: https://a.example/d/x\n\n"
        "Ver aviso: https://a.example/p aquí\n"
    )


def test_a_link_with_another_scheme_stays_plain_text() -> None:
    [block] = blocks("[ven](javascript:alert(1))")

    assert (block.kind, block.lines[0][0].url) == ("paragraph", "")
