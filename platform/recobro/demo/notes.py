"""What collectors write after a call, in the words of each country. Demo content: it is never translated."""

from collections.abc import Mapping, Sequence
from random import Random

from recobro.desk.outcomes import Outcome

_ALL = ("MX", "CO", "ES")

_WORDS: Mapping[str, Sequence[tuple[str, Sequence[str]]]] = {
    "promise": (
        ("Habló la encargada de pagos: reconoce las facturas y da fecha de transferencia.", _ALL),
        ("Dice que su cliente le paga esta semana y en cuanto entre el dinero transfiere.", _ALL),
        ("Muy amable. Confirma el saldo y pide que le mandemos otra vez los datos de pago.", _ALL),
        ("El dueño está de viaje; su contadora autoriza el pago y da fecha.", ("MX", "CO")),
        ("Pide hasta la quincena. Queda de mandar el comprobante por correo.", ("MX",)),
        ("Reconoce la deuda. Cierra nómina el viernes y paga después.", ("MX",)),
        ("Confirma el saldo y queda de consignar; pide los datos de la cuenta.", ("CO",)),
        ("Dice que pasa el pago con la programación de la próxima semana.", ("CO",)),
        ("Confirma las facturas. Pagará con la remesa del día acordado.", ("ES",)),
        ("Lo pasa a administración y da fecha de transferencia. Trato cordial.", ("ES",)),
    ),
    "again": (
        ("Vuelve a llamar: se disculpa, no le salió el pago y da otra fecha.", _ALL),
        ("Explica que su cliente le devolvió el cheque. Ofrece una parte ahora y fecha para el resto.", ("MX", "CO")),
        ("Reconoce que no cumplió. Dice que esta vez ya tiene autorizado el pago.", _ALL),
        ("Se le pasó con las vacaciones del personal. Da nueva fecha.", ("ES",)),
    ),
    "plan": (
        ("No puede liquidar de una vez. Le acomodan pagos mensuales; revisa la propuesta con su socio.", ("MX", "CO")),
        ("Pide pagar en partes porque tiene poco movimiento este trimestre.", _ALL),
        ("Acepta la deuda y pregunta cuántos pagos se le permiten. Se le envía la propuesta.", _ALL),
        ("Propone varios plazos; se le explica que firma desde su página.", _ALL),
        ("Quiere ponerse al corriente poco a poco. Muy dispuesta.", ("MX", "CO")),
        ("Quiere fraccionar. Se le explica el calendario y queda en firmarlo.", ("ES",)),
    ),
    "settle": (
        ("Ofrece pagar de una vez si le hacen un descuento mayor al permitido. Se consulta.", _ALL),
        ("Tiene el dinero de la venta de una camioneta; liquida hoy con quita.", ("MX",)),
        ("Propone un pago único con rebaja; hay que pedir autorización.", ("CO", "ES")),
    ),
    Outcome.CALL_BACK: (
        ("Está en junta; pide que le marquen por la tarde.", ("MX",)),
        ("Va manejando, que le llamen más tarde.", ("MX", "CO")),
        ("Quiere revisar sus papeles antes de hablar de fechas.", _ALL),
        ("Contesta la titular, pero los pagos los ve su hermano. Que llamemos cuando él esté.", _ALL),
        ("Pide otra llamada después del corte de caja.", ("MX", "CO")),
        ("Está reunido; que le llamen a primera hora.", ("ES",)),
        ("Le queda poca batería, pide que le llamemos mañana.", _ALL),
        ("Pregunta por los datos de pago, los apunta y pide unos días para responder.", _ALL),
        ("Acaba de cambiar de contadora; pide una semana para ponerla al tanto.", ("MX", "CO")),
        ("Está de inventario, que le llamemos la próxima semana.", _ALL),
    ),
    Outcome.REFUSES: (
        ("Dice que no va a pagar hasta hablar con su vendedor. Se le explica la situación con calma.", _ALL),
        ("Asegura que el precio no fue el pactado. No da fecha.", _ALL),
        ("Cuelga después de escuchar el saldo. No hubo discusión.", _ALL),
    ),
    Outcome.DISPUTES: (
        ("No reconoce una de las facturas: dice que la mercancía llegó incompleta.", _ALL),
        ("Dice que devolvió dos bultos y falta la nota de crédito.", ("MX", "CO")),
        ("No reconoce el último albarán: afirma que nadie lo firmó.", ("ES",)),
    ),
    Outcome.THIRD_PARTY: (
        ("Contesta recepción; no se da ningún dato. La titular vuelve después de comer.", _ALL),
        ("Contesta un empleado, dice que el dueño llega por la tarde. No se comenta el asunto.", _ALL),
    ),
    Outcome.SAYS_PAID: (
        ("Dice que transfirió el lunes. Queda de mandar el comprobante.", _ALL),
        ("Asegura que pagó en la sucursal del cliente; se pide confirmar.", _ALL),
    ),
    Outcome.VOICEMAIL: (("", _ALL), ("Buzón: solo se deja nombre y teléfono.", _ALL)),
    Outcome.NO_ANSWER: (("", _ALL), ("", _ALL), ("Suena y se corta.", _ALL)),
}


def said(what: str, country: str, random: Random, used: set[str]) -> str:
    """A note on such a call, in the country's words; not one that the case has already while there is another."""
    fitting = [note for note, countries in _WORDS.get(what, ()) if country in countries]
    fresh = [note for note in fitting if note not in used] or fitting
    if not fresh:
        return ""
    note = random.choice(fresh)
    if note:
        used.add(note)
    return note
