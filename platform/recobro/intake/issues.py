"""What may be wrong with a row: the sentences, how to mend it, and one finding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.text import msg

UNPAID = msg("Si no se han pagado, marca «Estas facturas están sin pagar».")
# code -> (reason, how to mend it). `{value}` and other fields are filled where it is shown.
REJECTIONS: Mapping[str, tuple[str, str]] = {
    "too_many_cells": (
        msg("La fila tiene {count} celdas y el encabezado {width}."),
        msg("Quizá un texto lleva el separador sin comillas. Bájala con las filas con error: lo que sobra va aparte.")),
    "subtotal": (
        msg("Parece una fila de título o de totales, no un adeudo."), msg("No hace falta nada: se omite.")),
    "credit_row": (
        msg("«{value}» es una nota de crédito, no un adeudo."),
        msg("Cárgala en un archivo de pagos y cargos, o corrige su tipo si es una factura.")),
    "payment_row": (
        msg("«{value}» es un pago o un anticipo, no un adeudo."),
        msg("Cárgalo en un archivo de pagos y cargos, o corrige su tipo si es una factura.")),
    "draft_row": (
        msg("«{value}»: todavía no se ha emitido."), msg("Quita la fila, o corrige el estado si ya se emitió.")),
    "closed_owed": (
        msg("Dice que está cerrada («{value}») y también que debe."),
        msg("Si se debe, vacía esta celda o corrige el estado; si no, pon el saldo en cero o quita la fila.")),
    "no_reference": (msg("Falta el número de factura."), msg("Escribe el número o quita la fila.")),
    "long_reference": (
        msg("El número de factura es demasiado largo."), msg("Revisa que la columna elegida sea la del número.")),
    "rounded": (
        msg("«{value}» no es el número completo: Excel lo recortó al guardarlo y otros quedan igual."),
        msg("Da formato de texto a la columna en tu hoja y expórtala de nuevo, o escribe el número.")),
    "no_debtor": (
        msg("No dice quién debe: faltan número de cliente, nombre e identificación fiscal."),
        msg("Completa al menos uno de los tres.")),
    "no_due": (msg("Falta la fecha de vencimiento."), msg("Escribe la fecha o quita la fila.")),
    "bad_day": (
        msg("Esperábamos una fecha ({order}), encontramos «{value}»."), msg("Corrige la celda u omite la fila.")),
    "no_amount": (msg("Falta el importe."), msg("Escribe el importe o quita la fila.")),
    "bad_amount": (
        msg("Esperábamos un importe con decimales tras «{mark}», encontramos «{value}»."),
        msg("Corrige la celda u omite la fila.")),
    "decimals": (
        msg("El importe tiene más decimales de los que admite {currency}."), msg("Redondea el importe en el archivo.")),
    "zero": (msg("El saldo es cero: no hay nada que cobrar."), msg("Quita la fila.")),
    "negative": (
        msg("El saldo es negativo: es un saldo a favor o una nota de crédito, no un adeudo."),
        msg("Réstalo de su factura y quita la fila.")),
    "huge": (msg("El importe es demasiado grande para ser cierto."), msg("Revisa la celda.")),
    "parts": (
        msg("Capital, intereses, gastos y comisiones suman más que el saldo."),
        msg("Revisa los importes de la fila.")),
    "parts_beside": (
        msg("El saldo es «{value}» y con intereses, gastos y comisiones da «{whole}», el total: ¿cuál se debe?"),
        msg("Si se debe el total, di que esa columna es el saldo y esta el capital; si no, no importes el total.")),
    "bad_currency": (
        msg("«{value}» no es una moneda que conozcamos."), msg("Usa el código de tres letras: MXN, USD, EUR, COP…")),
    "no_name": (
        msg("No dice de quién es: faltan número de cliente, factura e identificación fiscal."),
        msg("Completa al menos uno de los tres.")),
    "nobody": (
        msg("Aquí no hay ningún deudor tuyo «{value}»."), msg("Revisa el número, o cárgalo primero con sus adeudos.")),
    "nobody_zeros": (
        msg("Aquí no hay ningún deudor tuyo «{value}»; está «{probable}», que solo difiere en ceros a la izquierda."),
        msg("Si es ese, corrige el número.")),
    "told_unusable": (
        msg("Lo que dice la fila no se puede usar: «{value}» no es un dato válido."),
        msg("Corrige la celda u omite la fila.")),
    "several_debtors": (
        msg("«{value}» es de varios deudores: no sabemos de cuál."), msg("Agrega el número de cliente o de factura.")),
    "no_name_or_value": (
        msg("No dice de quién es ni de qué teléfono o correo."), msg("Completa uno de los dos.")),
    "no_channel": (msg("No dice el canal ni el teléfono o correo."), msg("Escribe el canal: teléfono, SMS, correo…")),
    "bad_channel": (
        msg("«{value}» no es un canal que conozcamos."),
        msg("Usa teléfono, SMS, WhatsApp, correo, postal o todos.")),
    "no_consent": (msg("Falta decir si hay consentimiento."), msg("Escribe sí o no.")),
    "bad_consent": (
        msg("No sabemos si «{value}» es un sí o un no."), msg("Usa sí, no, otorgado, rechazado o revocado.")),
    "future_day": (msg("El día {value} no ha llegado."), msg("Revisa la fecha.")),
    "document_missing": (
        msg("El índice nombra «{value}», y el ZIP no lo trae."), msg("Agrégalo al ZIP o quítalo del índice.")),
    "document_empty": (msg("El archivo está vacío."), msg("Vuelve a crearlo.")),
    "document_big": (msg("El archivo pesa más de {limit} MB."), msg("Redúcelo o divídelo.")),
    "document_program": (
        msg("Es un programa, una página web o lleva macros: no se guarda."), msg("Guárdalo como PDF.")),
    "document_office": (msg("Es un archivo de oficina o un comprimido: no se guarda."), msg("Guárdalo como PDF.")),
    "document_unknown": (
        msg("No es PDF, PNG, JPEG, XML, EML ni TXT, diga lo que diga su nombre."), msg("Guárdalo como PDF.")),
    "no_debt_named": (
        msg("El nombre de «{file_name}» no trae el número de ninguna factura tuya."),
        msg("Escribe el número de la factura.")),
    "no_such_debt": (
        msg("«{file_name}» es de la factura «{reference}», que aún no está."),
        msg("Corrige el número o cárgala primero.")),
    "several_debts": (
        msg("«{file_name}» puede ser de varias facturas: {reference}."), msg("Escribe el número de la que es.")),
    "bad_sign": (
        msg("«{value}» lleva el signo $, y la moneda es {currency}."),
        msg("Agrega una columna que diga la moneda, o quita el signo.")),
    "two_currencies": (
        msg("El importe dice {one} y la columna de moneda {other}."), msg("Deja una sola moneda en la fila.")),
    # Why these are not owed is said by the reader of the invoice.
    "pue": ("", UNPAID), "no_method": ("", UNPAID), "cash": ("", UNPAID),
    "fin_no_day": (msg("Falta el día del movimiento."), msg("Escribe la fecha o quita la fila.")),
    "fin_movement": (
        msg("«{value}» no es un tipo de movimiento que conozcamos."),
        msg("Usa pago, reverso, cargo o nota de crédito.")),
    "fin_two_sides": (msg("La fila tiene cargo y abono a la vez."), msg("Deja uno de los dos.")),
    "fin_unknown": (msg("Aún no está la factura «{value}»."), msg("Cárgala primero, o revisa el número.")),
    "fin_unknown_zeros": (
        msg("Aún no está la factura «{value}»; está la «{probable}», que solo difiere en ceros a la izquierda."),
        msg("Si es esa, corrige el número. Si no, carga primero la que falta.")),
    "fin_several": (
        msg("Hay más de una factura con el número «{value}»."), msg("Agrega el folio fiscal (UUID) de la que es.")),
    "fin_other_debtor": (msg("Esa factura es de otro deudor: {name}."), msg("Revisa el número de factura.")),
    "fin_currency": (
        msg("La factura {reference} es en {there} y la fila dice {here}."),
        msg("Escribe el importe en la moneda de la factura.")),
    "fin_over": (
        msg("Son {amount} y de la factura {reference} solo se deben {owed}: no se aplica."),
        msg("Corrige el importe, u omite la fila, o di que se tome solo lo que se debe.")),
    "fin_early": (msg("El {day} no ha llegado."), msg("Revisa la fecha.")),
    "fin_recalled": (msg("La factura {reference} se retiró: ya no se cobra aquí."), msg("Quita la fila.")),
    "fin_closed": (
        msg("La factura {reference} ya no debe nada."), msg("Si falta algo, cárgalo como un adeudo nuevo.")),
    "fin_no_contract": (msg("El {day} no había contrato con el cliente."), msg("Revisa la fecha.")),
    "fin_no_payment": (
        msg("No hay un pago así que cancelar."), msg("Revisa su identificador, o el importe y la factura.")),
    "fin_several_payments": (
        msg("Hay {count} pagos iguales: no sabemos cuál cancelar."), msg("Agrega el identificador del pago.")),
    "fin_not_direct": (
        msg("El pago {number} lo recibió la agencia: no se cancela por archivo."), msg("Pídelo a la agencia.")),
    "fin_part": (
        msg("Cancela {here} y el pago fue de {there}: un pago se cancela entero."),
        msg("Corrige el importe. Si solo se devolvió una parte, cancela el pago y carga lo que quedó pagado.")),
    "recall_unknown": (msg("No está aquí: «{value}»."), msg("Revisa el número o quita la fila.")),
    "recall_unknown_zeros": (
        msg("No está aquí «{value}»; está «{probable}», que solo difiere en ceros a la izquierda."),
        msg("Si es esa, corrige el número; si no, quita la fila.")),
    "recall_several": (
        msg("Hay más de una factura con el número «{value}»."), msg("Agrega el folio fiscal (UUID) de la que es.")),
    "recall_no_name": (
        msg("No dice qué se retira."), msg("Escribe el número de factura, de caso o de cliente, o el RFC.")),
    "recall_other_debtor": (msg("Esa factura es de otro deudor: {name}."), msg("Revisa el número de factura.")),
    "recall_nothing_owed": (msg("El caso {case} ya no debe nada."), msg("Quita la fila.")),
    **{f"recall_{cause}": ("", "") for cause in ("paid", "agreement", "in_transit", "disputed", "legal")},
}  # fmt: skip
WARNINGS: Mapping[str, str] = {
    "tax_id_digit": msg("La identificación fiscal no pasa la comprobación de forma o dígito: se guarda como está."),
    "tax_id_generic": msg("Es una identificación genérica: no identifica al deudor."),
    "tax_id_form": msg("No tiene la forma de una identificación fiscal: se guarda, y no identifica al deudor."),
    "two_names": msg("«{value}» tiene el mismo número o la misma identificación que «{other}»: es un solo deudor."),
    "two_tax_ids": msg("El mismo número de cliente también trae la identificación «{other}»: es un solo deudor."),
    "same_tax_id": msg(
        "Tiene la misma identificación que «{other}» y otro nombre: son dos deudores, quizá duplicados. Revísalos."
    ),
    "bad_uuid": msg("No es un folio fiscal (UUID): no se guarda."),
    "bad_phone": msg("No es un teléfono que se pueda marcar: no se guarda."),
    "contact_left": msg("Trae más de lo que se puede guardar de «{value}»: una extensión, o datos de más."),
    "bad_email": msg("No es una dirección de correo: no se guarda."),
    "name_garbled": msg(
        "El nombre «{value}» trae letras rotas por otra codificación, y así saldría en las cartas. Corrígelo en el "
        "archivo, o expórtalo otra vez en UTF-8."
    ),
    "name_odd": msg("«{value}» no parece un nombre: así saldría en las cartas. Corrígelo si no lo es."),
    "bad_postal": msg("No tiene la forma de un código postal de su país: se guarda como está."),
    "bad_account": msg("No pasa la comprobación de un IBAN o una CLABE: se guarda como está."),
    "country_doubt": msg(
        "«{value}» tiene la forma de una identificación de otro país y la fila no dice cuál: se toma el del cliente, "
        "con su ley. Si no es ese, agrega una columna de país."
    ),
    "bad_country": msg("No conocemos ese país: se usa el del cliente."),
    "bad_birth": msg("No es un nacimiento posible: no se guarda."),
    "older_consent": msg("Sabemos algo más nuevo, o más estricto del mismo día: «{value}» no cambia."),
    "number_not_alone": msg(
        "«{value}» queda anotado como autorizado para {channel}, y el canal no se abre: el deudor tiene otros "
        "teléfonos que el archivo no autoriza."
    ),
    "undated_consent": msg("Sin fecha: se toma la del archivo."),
    "reference_unknown": msg("La factura «{value}» no está aquí: solo se usa lo que es del deudor."),
    "bad_language": msg("No conocemos ese idioma: se deja el que tiene."),
    "bad_movement": msg("No sabemos si es alta o baja: se toma como alta."),
    "balance_ignored": msg("Los importes no cambian con este archivo: súbelos como pagos y cargos."),
    "bad_yes_no": msg("No sabemos si es sí o no: se toma como no."),
    "currency_assumed": msg("Sin moneda: se usa la del cliente."),
    "balance_differs": msg("El saldo no es el importe original menos lo abonado: cuenta el saldo."),
    "paid_negative": msg("Lo pagado viene con signo menos: se resta como lo demás que se pagó."),
    "due_before_issue": msg("Vence antes de emitirse: se guarda como está."),
    "due_far": msg("Vence antes de 1990 o en más de diez años: revisa el año. Se guarda como está."),
    "by_name": msg("Sin número de cliente ni identificación fiscal: el deudor se reconoce solo por su nombre exacto."),
    "sheet_unread": msg(
        "La hoja «{value}» no se lee: sus encabezados son otros ({lines} filas). Si trae adeudos, cárgala aparte."
    ),
    "sheet_hidden": msg(
        "La hoja «{value}» está oculta y no se lee ({lines} filas). Si trae adeudos, muéstrala y sube el archivo de "
        "nuevo."
    ),
    "rows_hidden": msg(
        "El libro tiene {count} filas ocultas, por un filtro o a mano: en las hojas que se leen cuentan como las demás."
    ),
    "zero_format": msg(
        "La hoja muestra ceros a la izquierda por formato ({zeros}) y «{value}» se guardó como número, sin ellos. Si "
        "son parte del número, da formato de texto a la columna y exporta de nuevo."
    ),
    "currency_format": msg(
        "La hoja muestra {codes} por formato y «{value}» se guardó como número: sus importes se toman en {currency}. "
        "Si son de otra moneda, agrega una columna que la diga."
    ),
    "spelt_taken": msg("Alguien decidió que es otra que la {other}, aunque el número solo se escribe de otro modo."),
    "zeros_apart": msg(
        "Su número es el de la factura {other} salvo los ceros, con otro importe y otro día: entra como otra. Revisa "
        "que no sea la misma."
    ),
    "other_seller": msg("La emite otro: {seller}. Su número no se confunde con los del cliente."),
    "settlement_balance": msg(
        "El complemento dice que después de {amount} quedan {declared} de la factura {reference}; aquí quedan {ours}."
    ),
    "settlement_excess": msg(
        "El pago de la factura {reference} es de {amount} y solo se debían {owed}: se aplica lo que se debía."
    ),
    "credit_excess": msg(
        "La nota de crédito es de {amount} y de {reference} solo se debían {owed}: se descuenta lo que se debía."
    ),
    "replaces_here": msg("Sustituye a la factura {reference}, de {there}: esa se retira al entrar esta."),
    "replaces": msg("Sustituye a {replaced}: si llega después, no cuenta."),
    "claim_unmet": msg(
        "El pago o crédito «{value}» esperaba a esta factura y no se aplicó al llegar: la cuarentena dice por qué."
    ),
    "settlement_taken": msg(
        "Alguien decidió que el pago de {amount} de {reference}, del {day}, no venía descontado: se descuenta."
    ),
    "fin_component": msg("No dice a qué parte del adeudo va: se suma a las comisiones."),
    "fin_before_taken": msg("Alguien decidió que el pago del {day} no venía descontado: se descuenta, sin honorarios."),
    "fin_excess": msg("El pago de {reference} es de {amount} y solo se debían {owed}: se toma lo que se debía."),
    "fin_contrary": msg("Lleva signo menos y otros de su tipo no: se toma como lo contrario."),
    "fin_minus_taken": msg("Alguien decidió que el signo menos no cambia lo que es."),
    "fin_taken": msg("Alguien decidió que es otro, aunque ya hay uno igual de {amount} ese día."),
    "recall_reason": msg("No conocemos el motivo «{value}»: queda como otro motivo, con tus palabras."),
    "twin": msg("El número de cliente solo difiere de «{other}» en ceros a la izquierda: quizá es el mismo deudor."),
    "twin_tax_id": msg(
        "El cliente «{other}», que ya está, tiene la misma identificación fiscal: quizá es el mismo deudor."
    ),
}
# What makes no debt: why a payment or a credit note is not applied to one either.
NO_DEBTS: Mapping[str, str] = {
    "only_payments": msg("No es un complemento de pago ni una nota de crédito: súbela como cartera nueva."),
    "settlement_unknown": msg(
        "Paga {amount} de la factura {invoice}: aún no está la factura. La espera, y se aplica cuando llegue."
    ),
    "settlement_currency": msg("Paga en {paid} la factura {reference}, que es en {currency}: no se aplica."),
    "settlement_closed": msg("Paga {amount} de la factura {reference}, que ya no debe nada: no se aplica."),
    "settlement_here": msg(
        "Paga {amount} de la factura {reference} el {day}: ya está aquí, es el pago {number}. No se aplica otra vez."
    ),
    "credit_here": msg(
        "Descuenta {amount} de la factura {reference}, como la nota que sustituye, que ya se descontó: no se aplica "
        "otra vez."
    ),
    "settlement_early": msg("Paga {amount} de la factura {reference} el {day}, que no ha llegado: no se aplica."),
    "settlement_no_contract": msg(
        "Paga {amount} de la factura {reference} el {day}, antes de que hubiera contrato con el cliente: no se aplica."
    ),
    "settlement_over": msg(
        "Paga {amount} de la factura {reference} y solo se deben {owed}: no se aplica, salvo que digas que se tome eso."
    ),
    "credit_over": msg(
        "Descuenta {amount} de la factura {reference} y solo se deben {owed}: no se aplica, salvo que digas que se "
        "descuente eso."
    ),
    "replaced": msg("La sustituye «{reference}», que lo dice ella misma: solo cuenta esa."),
    "replaced_unread": msg("La sustituye otra factura de este archivo, la de la fila {by}: solo cuenta esa."),
    "settlement_off": msg(
        "Paga {amount} de {reference} el {day}: la factura llegó con ese pago ya descontado. No se descuenta otra vez."
    ),
    "credit_unnamed": msg("Descuenta {amount} y no dice de qué factura: no se aplica."),
    "credit_several": msg(
        "Descuenta {amount} de varias facturas ({invoices}) y no dice cuánto de cada una: no se aplica. Cárgalo como "
        "notas de crédito en un archivo de pagos y cargos, una fila por factura."
    ),
    "credit_unknown": msg(
        "Descuenta {amount} de la factura {invoice}: aún no está la factura. La espera, y se aplica cuando llegue."
    ),
    "credit_currency": msg("Descuenta en {paid} de la factura {reference}, que es en {currency}: no se aplica."),
    "credit_closed": msg("Descuenta {amount} de la factura {reference}, que ya no debe nada: no se aplica."),
}

_OURS = msg("Aquí dice «{ours}», corregido después del último dato del cliente; el archivo dice «{theirs}».")
_WORKS = msg("«{ours}» se da de baja en el archivo, y aquí contestó: se queda.")
# What is not changed, for somebody or something says otherwise.
CONFLICTS: Mapping[str, str] = {
    **{f"ours_{name}": _OURS for name in ("name", "tax_id", "country", "region", "city", "locale", "birth_year",
                                          "time_zone")},
    **{f"ours_{name}": _WORKS for name in ("phone", "email", "postal")},
    "debtor_refused": msg("El deudor mismo lo cerró aquí («{value}»): la palabra del cliente no lo abre."),
    "all_refused": msg("El cliente cerró antes todos los canales: abrir solo «{value}» no basta. No se cambia."),
    "number_taken": msg(
        "«{value}» es un teléfono de otro deudor, {name}, y no del que dice la fila: no se autoriza. Revisa de quién "
        "es."
    ),
    "shared_value": msg(
        "«{value}» es de varios deudores ({names}) y la fila no dice quién lo autorizó: no se autoriza para ninguno. "
        "Agrega su número de cliente."
    ),
    "same_document": msg("Es el mismo documento de la misma factura ({reference}): se guarda una vez."),
    "told_twice": msg("Otra fila dice otra cosa del mismo dato; cuenta la primera."),
    "told_taken": msg("Otro deudor ya tiene «{theirs}»: quizá son el mismo. No se cambia."),
    "settlement_before": msg(
        "Paga {amount} de {reference} el {day}, antes de la entrega, y dice que quedaban {declared}; aquí se deben "
        "{ours}. Quizá ya venía descontado. Si no, tómalo."
    ),
    "settlement_alike": msg(
        "Ya hay un pago de {amount} de {reference} ese día, el {number}. Si este es otro, tómalo también."
    ),
    "settlement_left": msg(
        "Paga {amount} de {reference} el {day} y dice que quedaban {declared}; aquí se deben {ours}. Quizá ya está "
        "aplicado. Si no, tómalo."
    ),
    "settlement_replaces": msg(
        "Sustituye al complemento del pago {number}, de {there} a {of}; este dice {amount} a {reference}. No se "
        "cambia: cancela ese pago y vuelve a leer el archivo."
    ),
    "credit_replaces": msg(
        "Sustituye a una nota que ya descontó {there} de {of}; esta dice {amount} de {reference}. No se cambia: carga "
        "la diferencia en un archivo de pagos y cargos."
    ),
    "settlement_silent": msg(
        "Paga {amount} de {reference} el {day}, antes de la entrega, y no dice cuánto quedaba. Quizá ya venía "
        "descontado. Si no, tómalo."
    ),
    "substitutes": msg(
        "Sustituye a la factura {reference}, que ya está: se cobraría dos veces. Retira esa, y al volver a leer el "
        "archivo entra esta."
    ),
    "two_debtors": msg(
        "«{value}»: la fila nombra a dos deudores; su número de cliente, su factura o caso y su identificación fiscal "
        "no son de uno solo. No se aplica."
    ),
}  # fmt: skip
# What goes in, and rests.
HELD: Mapping[str, str] = {
    "barred": msg("Venció el {told}: puede haber prescrito. Entra en pausa, para que la vea un abogado."),
    "minor": msg("El deudor nació en {told}: es menor de edad, o puede serlo. Entra en pausa."),
    "no_contact": msg("Su deudor no trae teléfono, correo ni domicilio: el caso espera a tener un dato de contacto."),
}


@dataclass(frozen=True)
class Issue:
    """Something about a row. `kind`: rejected, no_debt, warned, duplicate, conflict,
    decided (a conflict of which a person said what holds); `code` groups by remedy."""

    kind: str
    code: str
    line: int
    column: str
    value: str
    details: Mapping[str, Any] = field(default_factory=dict)
