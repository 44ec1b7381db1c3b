"""What ledgers call their movements, in Spanish and English of the trade: whole phrases, never a first word."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from recobro.intake.columns.mapping import plain_heading


class Movement(StrEnum):
    """What a movement does to a debt."""

    PAYMENT = "payment"
    REVERSAL = "reversal"
    CHARGE = "charge"
    CREDIT = "credit"


# Words that change nothing of what a phrase means.
_SMALL_WORDS = "a,al,con,de,del,el,en,la,las,los,lo,mediante,per,por,su,via,the,by,of,to,for,through"
_SMALL = frozenset(_SMALL_WORDS.split(","))
_MONEY_IN = (
    "pago,abono,cobro,deposito,transferencia,ingreso,recibo,payment,receipt,deposit,transfer,wire,collection,"
    "cobranza,recaudo,recaudacion,consignacion"
)
_WAYS = (
    "spei,efectivo,cheque,tarjeta,tarjeta credito,tarjeta debito,transferencia,transferencia bancaria,"
    "transferencia electronica,deposito,deposito bancario,ventanilla,oxxo,codi,pse,nequi,daviplata,bizum,sepa,"
    "domiciliacion,domiciliado,recibo domiciliado,banco,bancario,cliente,deudor,cuenta,factura,saldo,capital,"
    "parcial,total,anticipado,recibido,recibida,aplicado,aplicada,directo,electronico,linea,mostrador,contado,"
    "cash,check,cheque received,card,credit card,debit card,bank transfer,wire,ach,received,applied,partial,full,"
    "customer,client,account,invoice,bank,online,direct debit"
)
_PAYMENTS = (
    "p,a,spei,efectivo,cash,cheque,check,oxxo,codi,pse,bizum,ach,wire transfer,bank transfer,traspaso,"
    "traspaso recibido,anticipo,anticipo cliente,liquidacion,finiquito,complemento pago,recibo caja,recibo pago,"
    "ingreso caja,cuota pagada,pago cuota,pago factura,cobro factura,pagos,abonos,cobros,depositos,"
    "transferencias,payments,receipts,spei recibido,cheque recibido,cheque cobrado,cheque depositado,"
    "check received,wire received,payment received,pmt,pymt,direct debit,domiciliacion cobrada,recibo cobrado"
)
_TAKEN_BACK = (
    "r,reverso,reversa,reversion,retroceso,extorno,contracargo,reversal,reversed,chargeback,bounced,nsf,reversos,"
    "reversals,rebote,impagado,recibo impagado,efecto impagado,cheque sin fondos,cheque rebotado,bounced check,"
    "returned check,returned payment,payment returned,payment reversal,reversed payment,payment reversed,"
    "payment refund,refund payment,void payment,payment void,voided payment,payment voided,payment cancelled,"
    "payment canceled,cancelled payment,canceled payment,payment cancellation,returned direct debit,nsf check,"
    "dishonoured cheque,dishonored check,anulacion pago,domiciliacion devuelta,recibo devuelto,giro devuelto,"
    "remesa devuelta,adeudo devuelto,devolucion recibo,devolucion domiciliacion,reintegro,reintegro pago,"
    "cancelacion recibo,anulacion recibo"
)
_BACK = "cancelacion,anulacion,reverso,reversa,reversion,retroceso,extorno,devolucion,reembolso,contracargo"
_GONE = "cancelado,cancelada,anulado,anulada,devuelto,devuelta,reversado,reversada,revertido,revertida,reembolsado"
_GIVEN = "pago,abono,cobro,deposito,transferencia,cheque,spei,consignacion,ingreso"
_ADDED = (
    "cargo,interes,intereses,moratorios,interes moratorio,intereses moratorios,interes mora,intereses mora,"
    "interes ordinario,interes corriente,intereses corrientes,intereses ordinarios,mora,gasto,gastos,"
    "gastos cobranza,gasto cobranza,gastos devolucion,comision devolucion,comision cheque devuelto,comision,"
    "comisiones,recargo,recargos,penalizacion,penalidad,multa,debito,nota debito,nota cargo,notas cargo,"
    "notas debito,cargo adicional,cargos,cargo interes,cargo intereses,cargo moratorios,cargo comision,"
    "cargo gastos,otros cargos,honorarios,costas,iva,impuesto,charge,charges,debit,debit note,debit memo,fee,"
    "fees,late fee,late charge,interest,interest charge,default interest,cargo interes moratorio,"
    "cargo intereses moratorios,cargo gastos cobranza,cargo mora,cargo recargos,late interest,finance charge,"
    "penalty,service charge,nd,dm"
)
_TAKEN_OFF = (
    "nota credito,notas credito,nota abono,notas abono,bonificacion,bonificaciones,descuento,descuentos,"
    "descuento pronto pago,bonificacion intereses,credito,creditos,ajuste favor,ajuste credito,rebaja,"
    "quita,condonacion,condonacion intereses,condonacion moratorios,factura rectificativa,rectificativa,"
    "abono rectificativo,devolucion mercancia,devolucion venta,devolucion producto,credit,credits,credit note,"
    "credit memo,discount,early payment discount,write off,writeoff,credit adjustment,waiver,"
    "fee waiver,rebate,allowance,nc,cm"
)
_CHARGED = (
    "cargo,cargos,interes,intereses,moratorios,interes moratorio,intereses moratorios,gasto,gastos,comision,"
    "comisiones,recargo,recargos,debito,nota debito,nota cargo,penalizacion"
)
_CHARGES_BACK = (
    "charge reversal,reversed charge,charge reversed,reversal charge,cancelled charge,canceled charge,"
    "void charge,voided charge,charge cancelled,charge canceled,fee reversal,interest reversal,charge refund,"
    "fee refund"
)


def _each(words: str) -> Iterator[str]:
    return (word.strip() for word in words.split(","))


def _pairs(first: str, second: str, *, both_ways: bool = False) -> Iterator[str]:
    for one in _each(first):
        for other in _each(second):
            yield f"{one} {other}"
            if both_ways:
                yield f"{other} {one}"


def _phrases() -> Iterator[tuple[str, Movement]]:
    yield from ((phrase, Movement.PAYMENT) for phrase in _each(f"{_MONEY_IN},{_PAYMENTS}"))
    yield from ((phrase, Movement.PAYMENT) for phrase in _pairs(_MONEY_IN, _WAYS))
    yield from ((phrase, Movement.CHARGE) for phrase in _each(_ADDED))
    yield from ((phrase, Movement.REVERSAL) for phrase in _each(_TAKEN_BACK))
    # What takes money back, and what of it is named as gone.
    yield from ((phrase, Movement.REVERSAL) for phrase in _pairs(_BACK, _GIVEN))
    yield from ((phrase, Movement.REVERSAL) for phrase in _pairs(_GIVEN, _GONE))
    yield from ((phrase, Movement.CREDIT) for phrase in _each(f"{_TAKEN_OFF},{_CHARGES_BACK}"))
    yield from ((phrase, Movement.CREDIT) for phrase in _pairs(_BACK, _CHARGED))
    yield from ((phrase, Movement.CREDIT) for phrase in _pairs(_CHARGED, _GONE))


def plain(told: str) -> str:
    """A phrase without accents, signs, capitals and small words: `Pago con tarjeta` as `pago tarjeta`."""
    words = plain_heading(told.casefold()).split(" ")
    return " ".join(word for word in words if word not in _SMALL or len(words) == 1)


PHRASES: Mapping[str, Movement] = {plain(phrase): movement for phrase, movement in _phrases()}


def movement_of(told: str) -> Movement | None:
    """What a movement of this name does; None for a name nobody here knows: a payment that failed is none,
    and the first word of a phrase says nothing."""
    return PHRASES.get(plain(told))
