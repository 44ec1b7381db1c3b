"""What a ledger calls a movement says what it does, as a whole phrase."""

import pytest

from recobro.intake.kinds.phrases import Movement, movement_of


@pytest.mark.parametrize(
    "told",
    ["Pago rechazado", "Pago fallido", "Pago pendiente", "Pago no aplicado", "Transferencia rechazada", "Rechazo",
     "Declined payment", "Payment failed", "Cancelación", "Devolución", "Trueque", "Pago duplicado", "Interés ganado",
     "Ajuste", "Adjustment"],
)  # fmt: skip
def test_a_payment_that_failed_and_what_may_be_two_things_is_no_movement_we_know(told: str) -> None:
    assert movement_of(told) is None


@pytest.mark.parametrize(
    ("told", "movement"),
    [
        ("Pago", "payment"), ("PAGO CON TARJETA DE CRÉDITO", "payment"), ("Transferencia SPEI", "payment"),
        ("Abono a cuenta", "payment"), ("A", "payment"), ("Consignación en efectivo", "payment"),
        ("Payment by check", "payment"), ("Transferencia devuelta", "reversal"), ("Pago cancelado", "reversal"),
        ("Cancelación de pago", "reversal"), ("Recibo devuelto", "reversal"), ("Returned check", "reversal"),
        ("Cancelación de cargo", "credit"), ("Reversión de intereses", "credit"), ("Cargo anulado", "credit"),
        ("Nota de crédito", "credit"), ("Factura rectificativa", "credit"), ("Charge reversal", "credit"),
        ("Intereses de mora", "charge"), ("Cargo por intereses moratorios", "charge"), ("Nota de débito", "charge"),
        ("Gastos de cobranza", "charge"), ("Late fee", "charge"),
    ],
)  # fmt: skip
def test_a_phrase_of_the_trade_is_the_movement_it_names(told: str, movement: str) -> None:
    assert movement_of(told) is Movement(movement)
