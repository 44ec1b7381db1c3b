"""A payment that is here by another door, or that another complement told, is not taken a second time."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.money import Money
from recobro.cases.tables import Debt
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.service import record_payment
from recobro.payments.tables import Payment
from tests.service.test_invoice_placements import (  # noqa: F401 - a fixture
    Door,
    codes,
    credit_note,
    paid,
    wired,
)
from tests.support import invoice_samples as samples
from tests.support.world import World

FIRST, SECOND, THIRD = (f"{samples.UUID[:-1]}{end}" for end in "654")
STAMP = '<t:TimbreFiscalDigital xmlns:t="http://www.sat.gob.mx/TimbreFiscalDigital" UUID="{}"/></c:Complemento>'


def complement(uuid: str, amount: str, *, replaces: str = "", after: str = "", day: str = "2026-01-05") -> str:
    """A payment complement with a stamp; `replaces` is the UUID of the one it stands for."""
    found = paid(samples.UUID, amount, after=after, day=day).replace("</c:Complemento>", STAMP.format(uuid))
    return found.replace(" <c:Emisor", f"{replacing(replaces)} <c:Emisor") if replaces else found


def replacing(uuid: str) -> str:
    return f'<c:CfdiRelacionados TipoRelacion="04"><c:CfdiRelacionado UUID="{uuid}"/></c:CfdiRelacionados>'


@pytest.fixture
def door(world: World, tmp_path: Path) -> Door:
    """A Mexican client."""
    return Door(world, tmp_path)


def payments(door: Door) -> list[tuple[str, int]]:
    with door.world.work() as work:
        found = work.session.execute(select(Payment.direction, Payment.amount).order_by(Payment.number))
        return [(row.direction, row.amount) for row in found]


def at_the_agency(door: Door, amount: int, day: date = date(2026, 1, 5), key: str = "bank:1") -> None:
    """The agency itself received it."""
    with door.world.work() as work:
        case_id: UUID = work.session.scalars(select(Debt.case_id)).one()
        record_payment(
            work, case_id=case_id, amount=Money(amount, "MXN"), direction=Direction.TO_AGENCY, method=Method.TRANSFER,
            received_on=day, key=key,
        )  # fmt: skip


def balance(door: Door) -> int:
    return door.debts()[0][2]


def test_a_complement_of_what_the_agency_received_is_told_and_not_taken(door: Door) -> None:
    door.bring(samples.cfdi())
    at_the_agency(door, 400_00)

    found = door.bring({"a.xml": complement(FIRST, "400.00", after="760.00")})

    assert (found["settlements"], balance(door), payments(door)) == (0, 760_00, [("to_agency", 400_00)])
    assert any("ya está aquí, es el pago" in reason for reason in codes(found, "no_debts"))
    # The next one leaves what its own amount leaves: another payment, however alike.
    door.bring({"b.xml": complement(SECOND, "400.00", after="360.00")}, "b.zip")
    assert balance(door) == 360_00


def test_the_complements_of_two_payments_are_told_each_by_its_own_though_later_ones_are_here(door: Door) -> None:
    door.bring(samples.cfdi())
    at_the_agency(door, 400_00)
    at_the_agency(door, 300_00, key="bank:2")

    found = door.bring(
        {"a.xml": complement(FIRST, "400.00", after="760.00"), "b.xml": complement(SECOND, "300.00", after="460.00")}
    )

    assert (found["settlements"], found["conflicts"], balance(door)) == (0, [], 460_00)


def test_a_complement_of_what_a_file_told_is_not_taken_again(door: Door) -> None:
    door.bring(samples.cfdi())
    sheet = "Factura,Fecha pago,Importe,Id pago\nA-0042,2026-01-05,400.00,T-77\n"
    door.bring(sheet, "pagos.csv", kind="financial")

    door.bring({"a.xml": complement(FIRST, "400.00", after="760.00")})

    assert (balance(door), payments(door)) == (760_00, [("to_client", 400_00)])


def test_a_complement_that_may_be_here_already_waits_for_a_person(door: Door) -> None:
    door.bring(samples.cfdi())
    at_the_agency(door, 400_00)

    silent = door.bring({"a.xml": complement(FIRST, "400.00")}, "silencio.zip")
    assert ["Ya hay un pago de $400.00" in reason for reason in codes(silent, "conflicts")] == [True]
    other = door.bring({"b.xml": complement(SECOND, "200.00", after="760.00")}, "otro.zip")
    assert ["quedaban $760.00" in reason for reason in codes(other, "conflicts")] == [True]

    assert balance(door) == 760_00


def test_a_complement_that_replaces_one_of_an_earlier_file_pays_no_second_time(door: Door) -> None:
    door.bring(samples.cfdi())
    door.bring({"a.xml": complement(FIRST, "400.00", after="760.00")}, "uno.zip")

    same = door.bring({"b.xml": complement(SECOND, "400.00", after="760.00", replaces=FIRST)}, "dos.zip")
    more = door.bring({"c.xml": complement(THIRD, "500.00", after="660.00", replaces=FIRST)}, "tres.zip")

    assert (same["settlements"], more["settlements"], balance(door)) == (0, 0, 760_00)
    assert ["cancela ese pago" in reason for reason in codes(more, "conflicts")] == [True]


def test_a_complement_that_was_replaced_before_it_came_pays_nothing(door: Door) -> None:
    door.bring(samples.cfdi())
    door.bring({"b.xml": complement(SECOND, "500.00", after="660.00", replaces=FIRST)}, "dos.zip")

    late = door.bring({"a.xml": complement(FIRST, "400.00", after="760.00")}, "uno.zip")

    assert (late["settlements"], balance(door)) == (0, 660_00)
    assert any("La sustituye" in reason for reason in codes(late, "no_debts"))


def test_a_replaced_complement_that_waits_for_its_invoice_waits_no_more(door: Door) -> None:
    door.bring({"a.xml": complement(FIRST, "400.00")}, "uno.zip")

    door.bring({"b.xml": complement(SECOND, "300.00", replaces=FIRST), "i.xml": samples.cfdi()}, "dos.zip")

    assert (balance(door), payments(door)) == (860_00, [("to_client", 300_00)])


def test_a_credit_note_that_replaces_one_of_an_earlier_file_is_not_taken_off_twice(door: Door) -> None:
    door.bring(samples.cfdi())
    first = credit_note(total="200.00", own="C", stamp=True).replace(samples.UUID.lower(), FIRST.lower())
    second = credit_note(total="200.00", own="D", stamp=True).replace(samples.UUID.lower(), SECOND.lower())
    door.bring({"c.xml": first}, "c.zip")

    found = door.bring({"d.xml": second.replace("\n <c:Emisor", f"{replacing(FIRST)}\n <c:Emisor")}, "d.zip")

    assert (found["credits"], balance(door)) == (0, 960_00)
    assert any("ya se descontó" in reason for reason in codes(found, "no_debts"))


def test_a_corrected_ubl_invoice_stands_for_the_one_it_names(door: Door) -> None:
    billing = (
        "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F-100</cbc:ID></cac:InvoiceDocumentReference>"
        "</cac:BillingReference>"
    )
    code = "<cbc:InvoiceTypeCode>384</cbc:InvoiceTypeCode>"
    corrected = samples.ubl(number="<cbc:ID>F-101</cbc:ID>", extra=billing, code=code)

    found = door.bring({"a.xml": samples.ubl(), "b.xml": corrected})

    assert (found["created"], [one[0] for one in door.debts()]) == (1, ["F-101"])
