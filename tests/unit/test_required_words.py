"""What a notice must and must not say, tried on the sample texts of the house."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kernel.money import Money
from legal.rules.contact.required_words import NoticeFacts, NoticeText, check_notice, never_said
from legal.rules.decision import sentence
from legal.rules.elements import ELEMENTS
from legal.rules.facts import Channel, CreditorType, DebtorKind, Purpose, Receiver
from legal.rules.packs.loading import all_packs, pack_named
from legal.rules.packs.schema import Basis
from recobro.notices.render import WordsRefused
from tests.support.notice_samples import (
    ATTENTIVE_MX,
    CORDIAL_CO,
    CORDIAL_EN,
    CORDIAL_ES,
    CORDIAL_MX,
    FIRM_CO,
    FIRM_ES,
    FIRM_MX,
    FIRST_CO,
    FIRST_ES,
    FIRST_MX,
    LEGAL_CO,
    LEGAL_ES,
    LEGAL_MX,
    LINK,
)

STOP = "Para no recibir mensajes por aquí, responde BAJA."
SPAIN_STOP = "Para no recibir más avisos por aquí, responde BAJA."
CREDITOR = ("Aceros Ficticios, S.A. de C.V.", "Aceros Ficticios")

MEXICAN = NoticeFacts(
    channel=Channel.WHATSAPP,
    on=date(2026, 11, 20),
    creditor_type=CreditorType.COMMERCIAL,
    debtor=DebtorKind.PERSON,
    amount=Money.of("61440.18", "MXN"),
    calculated_on=date(2026, 11, 20),
    stated={
        "agency": ("Despacho Ejemplo, S.C.", "Despacho Ejemplo"),
        "creditor": CREDITOR,
        "collector": ("Ana Prueba", "Ana"),
        "debt_ref": ("A-2231",),
        "payment_way": (LINK,),
    },
)
COLOMBIAN = replace(
    MEXICAN,
    amount=Money.of("61440180", "COP"),
    stated={**MEXICAN.stated, "agency": ("Cobranzas Ejemplo S.A.S.", "Cobranzas Ejemplo")},
)
SPANISH = replace(
    MEXICAN,
    amount=Money.of("1440.18", "EUR"),
    stated={**MEXICAN.stated, "agency": ("Recobros Ejemplo, S.L.", "Recobros Ejemplo")},
)
PLACES = {"mx": MEXICAN, "co": COLOMBIAN, "es": SPANISH}


def broken(place: str, body: str, *closing: str, subject: str = "", **changes: Any) -> list[str]:
    """What the check finds, each as code or code:element."""
    facts = replace(PLACES[place], **changes)
    found = check_notice(NoticeText(" ".join([body, *closing]), subject), facts, pack=pack_named(place))
    missing = {"missing_required_content", "creditor_not_identified"}
    return sorted({f"{o.code}:{o.inputs['element']}" if o.code in missing else o.code for o in found})


@pytest.mark.parametrize(("place", "body"), [("mx", FIRST_MX), ("co", FIRST_CO), ("es", FIRST_ES)])
def test_the_first_message_to_an_unverified_number_passes_and_says_nothing_of_a_debt(place: str, body: str) -> None:
    assert broken(place, body, verified=False) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (CORDIAL_MX, ["discloses_debt"]),
        (FIRST_MX.replace("mensaje personal", "adeudo"), ["debt_in_preview", "discloses_debt"]),
        ("Hola, Luis. Debes $10. Despacho Ejemplo. Responde BAJA", ["discloses_debt"]),
    ],
)
def test_an_unverified_number_learns_neither_debt_nor_amount(body: str, found: list[str]) -> None:
    assert broken("mx", body, STOP, verified=False) == found


@pytest.mark.parametrize(
    ("place", "body", "closing", "channel"),
    [
        ("mx", CORDIAL_MX, STOP, Channel.WHATSAPP),
        ("mx", CORDIAL_MX, STOP, Channel.EMAIL),
        ("mx", FIRM_MX, STOP, Channel.EMAIL),
        ("mx", FIRM_MX, "", Channel.LETTER),
        ("co", CORDIAL_CO, "Si no está de acuerdo, respóndanos. " + STOP, Channel.WHATSAPP),
        ("co", FIRM_CO, "Cobranzas Ejemplo S.A.S., Ana Prueba.", Channel.LETTER),
        ("es", CORDIAL_ES, "Saldo a 20 de noviembre. " + SPAIN_STOP, Channel.EMAIL),
        ("es", FIRM_ES, "Recobros Ejemplo, S.L.", Channel.LETTER),
        ("mx", LEGAL_MX, f"Despacho Ejemplo, S.C., Ana Prueba. {LINK}", Channel.CERTIFIED_LETTER),
        (
            "es",
            LEGAL_ES,
            "Recobros Ejemplo, S.L. Importe a 20/11/2026. Si no está conforme, díganoslo.",
            Channel.CERTIFIED_LETTER,
        ),
    ],
)
def test_the_sample_texts_pass_with_their_closing_lines(place: str, body: str, closing: str, channel: Channel) -> None:
    assert broken(place, body, closing, channel=channel) == []


@pytest.mark.parametrize(
    ("place", "body", "found"),
    [
        ("mx", CORDIAL_MX, ["missing_stop_channel"]),
        (
            "mx",
            ATTENTIVE_MX,
            [
                "missing_required_content:agency",
                "missing_required_content:collector",
                "missing_required_content:creditor",
                "missing_required_content:objection",
                "missing_stop_channel",
            ],
        ),
        ("co", CORDIAL_CO, ["missing_required_content:objection", "missing_stop_channel"]),
        ("es", CORDIAL_ES, ["missing_required_content:calculated_on", "missing_stop_channel"]),
    ],
)
def test_without_its_closing_lines_a_sample_text_is_told_what_it_lacks(place: str, body: str, found: list[str]) -> None:
    assert broken(place, body) == found


@pytest.mark.parametrize("body", [FIRM_CO, LEGAL_MX, LEGAL_CO, LEGAL_ES])
@pytest.mark.parametrize("place", PLACES)
def test_true_and_possible_consequences_are_no_threat(place: str, body: str) -> None:
    found = broken(place, body, channel=Channel.LETTER)

    assert not {"threat", "court_look_alike", "asks_reason_for_default"} & set(found)


@pytest.mark.parametrize(
    "body",
    [
        "Si no paga irá a la cárcel.",
        "Mañana le embargamos la casa.",
        "Procederemos al embargo inmediato de sus bienes.",
        "Vamos a avisar a sus vecinos.",
        "Le llamaremos a su trabajo.",
        "Enviaremos a la POLICÍA.",
        "Presentaremos una denuncia penal.",
    ],
)
@pytest.mark.parametrize("place", PLACES)
def test_threats_are_found(place: str, body: str) -> None:
    assert "threat" in broken(place, body)


def test_a_threat_breaks_the_law_in_mexico_and_the_law_comes_first() -> None:
    found = check_notice(NoticeText("Irá a la cárcel."), MEXICAN, pack=pack_named("mx"))

    threats = [outcome for outcome in found if outcome.code == "threat"]
    assert [outcome.rule.basis for outcome in threats] == [Basis.LAW, Basis.POLICY]
    assert threats[0].rule.citation.startswith("Código Penal Federal")


@pytest.mark.parametrize(
    "body",
    [
        "Expediente judicial 123/2026",
        "ÚLTIMA NOTIFICACIÓN JUDICIAL",
        "Juzgado Segundo de lo Civil",
        "Cédula de notificación",
    ],
)
def test_what_looks_like_a_court_paper_is_found(body: str) -> None:
    assert "court_look_alike" in broken("mx", body)


@pytest.mark.parametrize(
    "body",
    [
        "¿Por qué no ha pagado la factura?",
        "¿Por qué motivo usted no pagó?",
        "Cuéntenos los motivos de la mora.",
        "Indique la razón del incumplimiento.",
        "¿Qué le impidió pagar a tiempo?",
    ],
)
def test_colombia_never_asks_why_it_was_not_paid(body: str) -> None:
    assert "asks_reason_for_default" in broken("co", body)
    assert "asks_reason_for_default" not in broken("mx", body)


@pytest.mark.parametrize("subject", ["Tu deuda con Aceros Ficticios", "Adeudo pendiente", "Factura vencida A-2231"])
def test_a_subject_line_never_speaks_of_the_debt(subject: str) -> None:
    assert "debt_in_preview" in broken("mx", CORDIAL_MX, STOP, channel=Channel.EMAIL, subject=subject)
    assert broken("mx", CORDIAL_MX, STOP, channel=Channel.EMAIL, subject="Un mensaje de Despacho Ejemplo") == []


def test_mx_g9_a_first_notice_for_a_bank_lacks_calculation_date_or_complaint_unit() -> None:
    bank: dict[str, Any] = {
        "channel": Channel.EMAIL,
        "creditor_type": CreditorType.FINANCIAL,
        "stated": {
            **MEXICAN.stated,
            "agency_address": ("Av. Ficticia 100",),
            "agency_phone": ("442 555 0100",),
            "responsible": ("Rita Demo",),
            "complaints_unit": ("quejas@aceros.example",),
        },
    }
    whole = (
        "Responsable: Rita Demo. Opciones: pago total o convenio. Los pagos solo se hacen a la institución acreedora."
    )

    assert broken("mx", FIRM_MX, whole, STOP, **bank) == []
    undated = FIRM_MX.replace("20 de noviembre de 2026", "hoy")
    assert broken("mx", undated, whole, STOP, **bank) == ["missing_required_content:calculated_on"]
    no_unit = FIRM_MX.replace("quejas@aceros.example", "…")
    assert broken("mx", no_unit, whole, STOP, **bank) == ["missing_required_content:complaints_unit"]
    assert broken("mx", FIRM_MX, whole.split("Los pagos")[0], STOP, **bank) == [
        "missing_required_content:pay_only_to_creditor"
    ]


def test_es_g5_a_letter_without_the_creditors_name_is_refused_by_law() -> None:
    nameless = FIRM_ES.replace("Aceros Ficticios, S.L.", "nuestro cliente")

    found = check_notice(NoticeText(nameless), replace(SPANISH, channel=Channel.LETTER), pack=pack_named("es"))

    assert found[0].code == "creditor_not_identified"
    assert found[0].rule.basis is Basis.LAW


@pytest.mark.parametrize("spelt", ["$61,440.18", "61.440,18", "61 440,18", "61440.18", "MXN 61,440.18"])
def test_an_amount_counts_however_it_is_written(spelt: str) -> None:
    assert broken("mx", CORDIAL_MX.replace("$61,440.18", spelt), STOP) == []


@pytest.mark.parametrize("spelt", ["$61,440.00", "$6,144.18", "$61,440", "$161,440.18"])
def test_another_amount_does_not_count(spelt: str) -> None:
    assert broken("mx", CORDIAL_MX.replace("$61,440.18", spelt), STOP) == ["missing_required_content:amount"]


@pytest.mark.parametrize("spelt", ["20 de noviembre", "20 nov 2026", "20/11/2026", "2026-11-20", "November 20"])
def test_the_calculation_day_counts_however_it_is_written(spelt: str) -> None:
    assert broken("mx", CORDIAL_MX.replace("20 de noviembre", spelt), STOP) == []


@pytest.mark.parametrize("spelt", ["21 de noviembre", "120 de noviembre", "2 de noviembre"])
def test_another_day_does_not_count(spelt: str) -> None:
    assert broken("mx", CORDIAL_MX.replace("20 de noviembre", spelt), STOP) == [
        "missing_required_content:calculated_on"
    ]


def test_a_receipt_needs_no_closing_lines() -> None:
    receipt = "Recibimos tu pago de $46,080.14. Gracias, Luis."

    assert broken("mx", receipt, purpose=Purpose.RECEIPT, channel=Channel.EMAIL) == []


def test_english_texts_are_read_too() -> None:
    assert broken("mx", CORDIAL_EN, "Reply STOP to stop receiving messages.") == []


@pytest.mark.parametrize(
    ("body", "element"),
    [
        ("Le habla el actuario del juzgado.", "false_identity"),
        ("Llamo de parte de la fiscalía.", "false_identity"),
        ("Somos la Procuraduría de Cobro.", "false_identity"),
        ("Anexamos la orden judicial de embargo.", "false_document"),
        ("Con sello oficial.", "false_document"),
        ("Su nombre irá a una lista negra.", "public_shaming"),
        ("Vamos a publicar su foto.", "public_shaming"),
        ("Pondremos una lona en su domicilio.", "public_shaming"),
        ("Es usted un ratero.", "insult"),
        ("Tiene un paquete pendiente de entrega, llámenos.", "misleading_reason"),
        ("You have won a prize.", "misleading_reason"),
    ],
)
@pytest.mark.parametrize("place", PLACES)
def test_what_offends_exposes_or_deceives_is_found(place: str, body: str, element: str) -> None:
    facts = replace(PLACES[place], channel=Channel.LETTER)

    found = check_notice(NoticeText(body), facts, pack=pack_named(place))

    assert element in {outcome.inputs["element"] for outcome in found if "said" in outcome.inputs}


@pytest.mark.parametrize(
    "body",
    [
        "Esta carta no es un documento judicial ni proviene de una autoridad.",
        "La fiscalización de su pago sigue su curso.",
        "Puede hablar con un abogado.",
        "Con el pago de hoy su factura queda saldada.",
    ],
)
def test_plain_words_deceive_nobody(body: str) -> None:
    found = check_notice(NoticeText(body), replace(MEXICAN, channel=Channel.LETTER), pack=pack_named("mx"))

    assert [outcome.inputs for outcome in found if "said" in outcome.inputs] == []


def test_in_mexico_a_false_document_and_a_usurped_office_break_the_law() -> None:
    found = check_notice(NoticeText("Soy actuario. Anexamos la orden judicial."), MEXICAN, pack=pack_named("mx"))

    law = {outcome.rule.id for outcome in found if outcome.rule.basis is Basis.LAW}
    assert law >= {"mx.words.false_document", "mx.words.usurpation"}


@pytest.mark.parametrize(
    ("introduced", "missing"),
    [
        (None, {"mx.fin.words.first_contact"}),
        (False, {"mx.fin.words.first_contact"}),
        (True, set()),
    ],
)
def test_the_eight_items_are_said_until_the_first_contact_was_made(introduced: bool | None, missing: set[str]) -> None:
    stated = {**MEXICAN.stated, "creditor": CREDITOR}
    facts = replace(
        MEXICAN, creditor_type=CreditorType.FINANCIAL, channel=Channel.EMAIL, introduced=introduced, stated=stated
    )

    found = check_notice(NoticeText(f"{CORDIAL_MX} {STOP}"), facts, pack=pack_named("mx"))

    assert {outcome.rule.id for outcome in found} == missing


def test_only_the_creditor_may_be_paid_where_a_bank_lent() -> None:
    facts = replace(MEXICAN, creditor_type=CreditorType.FINANCIAL, introduced=True, pay_to=Receiver.AGENCY)
    text = NoticeText(f"{CORDIAL_MX} {STOP}")

    [refused] = check_notice(text, facts, pack=pack_named("mx"))

    assert (refused.code, refused.rule.id) == ("payment_receiver", "mx.fin.payment_receiver")
    assert sentence(refused) == "Pide pagar a quien no puede recibirlo (la agencia); aquí solo: el acreedor."
    assert check_notice(text, replace(facts, pay_to=Receiver.CREDITOR), pack=pack_named("mx")) == []
    assert check_notice(text, replace(MEXICAN, pay_to=Receiver.AGENCY), pack=pack_named("mx")) == []


def test_who_speaks_is_told_what_is_never_said() -> None:
    call = replace(COLOMBIAN, channel=Channel.PHONE)

    assert never_said(pack_named("co"), call)[0] == "asks_reason"
    assert "asks_reason" not in never_said(pack_named("mx"), replace(MEXICAN, channel=Channel.PHONE))
    assert {"threat", "court_look_alike", "false_identity"} <= set(never_said(pack_named("es"), call))
    assert "debt_word" not in never_said(pack_named("co"), call)


@pytest.mark.parametrize("name", [name for name, pack in all_packs().items() if pack.head.country])
def test_every_word_that_a_pack_names_has_a_label_and_what_it_bans_has_phrases(name: str) -> None:
    pack = pack_named(name)
    for rule in pack.rules:
        elements = (*rule.parameters.get("elements", ()),) if rule.kind == "required_words" else ()
        phrases = (*rule.parameters.get("phrases", ()),) if rule.kind == "banned_words" else ()
        assert all(element in ELEMENTS for element in (*elements, *phrases)), rule.id
        assert all(phrase in pack.phrases or pack.head.region for phrase in phrases), rule.id


def test_a_refused_notice_says_in_words_what_it_lacks_and_what_it_says() -> None:
    both = check_notice(NoticeText("Pague o irá a la cárcel."), MEXICAN, pack=pack_named("mx"))
    says = [outcome for outcome in both if "said" in outcome.inputs]
    lacks = [outcome for outcome in both if outcome.inputs["element"] in ("creditor", "amount")]

    assert str(WordsRefused(says)) == "El texto no puede salir. No puede llevar: amenazas («carcel»)."
    assert str(WordsRefused(lacks)) == "El texto no puede salir. Falta decir: acreedor, importe."
    assert str(WordsRefused([*lacks, *says])) == (
        "El texto no puede salir. Falta decir: acreedor, importe. No puede llevar: amenazas («carcel»)."
    )
    assert sentence(says[0]) == "No puede decir «carcel»: amenazas."
