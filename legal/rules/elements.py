"""What a contact says or does not say, by name, in words that people read."""

from collections.abc import Mapping

from kernel.text import msg

ELEMENTS: Mapping[str, str] = {
    "agency": msg("quién escribe"),
    "collector": msg("quién gestiona"),
    "agency_address": msg("domicilio del despacho"),
    "agency_phone": msg("teléfono del despacho"),
    "responsible": msg("responsable del despacho"),
    "creditor": msg("acreedor"),
    "debt_ref": msg("documento"),
    "amount": msg("importe"),
    "calculated_on": msg("fecha de cálculo"),
    "settle_conditions": msg("condiciones para liquidar"),
    "complaints_unit": msg("unidad de quejas"),
    "pay_only_to_creditor": msg("pagos solo al acreedor"),
    "payment_way": msg("cómo pagar"),
    "objection": msg("cómo inconformarse"),
    "stop_channel": msg("cómo dejar de recibir mensajes"),
    "threat": msg("amenazas"),
    "court_look_alike": msg("apariencia de escrito judicial"),
    "suit_threat": msg("demandas por lo que ya prescribió"),
    "overshadowing": msg("prisas que tapan el derecho a objetar"),
    "debt_word": msg("palabras de deuda"),
    "claim_word": msg("palabras de cuenta o factura"),
    "money": msg("importes"),
    "asks_reason": msg("preguntar por qué no pagó"),
    "false_identity": msg("hacerse pasar por una autoridad"),
    "false_document": msg("documento o sello de autoridad que no lo es"),
    "public_shaming": msg("exhibir a quien debe"),
    "insult": msg("insultos"),
    "misleading_reason": msg("un motivo falso para que responda"),
    "pay_to_agency": msg("pedir el pago para la agencia"),
    "collection_purpose": msg("que se intenta cobrar un adeudo y que lo que se diga servirá para eso"),
    "debt_collector": msg("que escribe un cobrador"),
    "business_name": msg("nombre del negocio, sin decir que cobra"),
    "asks_reply": msg("que devuelva la llamada"),
    "contact_name": msg("nombre de una persona"),
    "reply_number": msg("número al que llamar"),
    "salutation": msg("saludo"),
    "sent_at": msg("día y hora"),
    "reply_times": msg("horas para llamar"),
    "any_representative": msg("que atiende cualquiera del equipo"),
    "state_disclosure": msg("un aviso que pide un estado"),
}
"""Every element and phrase that the packs name; a test holds that none is missing."""
