"""Electronic invoices in the wizard: what was seen, no columns to choose, and what only a person can say of them."""

import io
import zipfile
from io import BytesIO

from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from recobro.intake import committing
from recobro.intake.tables import Placement
from tenants.roles import Role
from tests.support import invoice_samples as samples
from tests.support.pages import Pages
from tests.support.world import World


def give(pages: Pages, files: dict[str, str], start: str = "/placements", **more: str) -> BeautifulSoup:
    """Upload a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return pages.post(f"{start}/new", {"file": (BytesIO(out.getvalue()), "octubre.zip"), **more})


def only(world: World) -> Placement:
    with world.work() as work:
        return work.session.scalars(select(Placement)).one()


CASH = samples.cfdi(method=' MetodoPago="PUE"')


def test_a_zip_of_invoices_goes_to_its_review_and_says_what_it_holds(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    page = give(
        pages,
        {"a.xml": samples.cfdi(), "b.xml": samples.complement(), "c.xml": "<nada/>"},
        client=str(client_id),
    )

    text = page.get_text(" ", strip=True)
    assert "octubre.zip · 1 factura CFDI 4.0, 1 complemento de pago, 1 que no es factura" in text
    assert "Columnas" not in [step.get_text(strip=True) for step in page.select(".steps li")]
    assert page.select_one("select[name^=field-]") is None
    assert "No son adeudos" in text
    assert "b.xml" in text
    assert "Es un complemento de pago: liquida facturas, no crea un adeudo." in text
    assert "Fila 3, «c.xml»: «c.xml» es un XML de tipo «nada»" in text
    assert "Estas facturas están sin pagar" not in text

    pages.post(f"/placements/{only(world).id}/confirm")
    committing.commit(world.work, only(world).id)
    result = pages.get(f"/placements/{only(world).id}").get_text(" ", strip=True)
    assert "$1,160.00" in result


def test_somebody_says_that_invoices_are_unpaid_and_they_become_debts(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))

    review = give(pages, {"a.xml": CASH}, "/portal/placements", client=str(client_id)).get_text(" ", strip=True)
    assert "PUE: dice que se pagó de una vez." in review
    path = f"/portal/placements/{only(world).id}"
    box = pages.get(path).select_one("input[name=unpaid]")
    assert box is not None
    assert not box.has_attr("checked")

    changed = pages.post(f"{path}/unpaid", {"unpaid": "y"})
    assert changed.select_one("input[name=unpaid][checked]")
    assert only(world).counts["created"] == 1
    assert only(world).options == {"unpaid": True}

    pages.post(f"{path}/unpaid", {})
    assert (only(world).counts["created"], only(world).options) == (0, {})


def test_somebody_says_of_one_invoice_alone_that_it_is_unpaid(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    other = CASH.replace(samples.UUID.lower(), samples.UUID.lower()[:-1] + "0").replace('Folio="0042"', 'Folio="0043"')
    give(pages, {"a.xml": CASH, "b.xml": other}, client=str(client_id))
    path = f"/placements/{only(world).id}"

    assert [box["value"] for box in pages.get(path).select("input[name=line]")] == ["1", "2"]
    changed = pages.post(f"{path}/unpaid", {"line": "2"})

    assert (only(world).counts["created"], only(world).counts["rejected"]) == (1, 1)
    assert [box["value"] for box in changed.select("input[name=line][checked]")] == ["2"]


def test_the_issues_of_invoices_name_their_files_in_the_download(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, {"mayo/a.xml": CASH}, client=str(client_id))

    rows = pages.raw("GET", f"/placements/{only(world).id}/issues.csv").get_data(as_text=True)

    assert "mayo/a.xml" in rows


def test_a_zip_that_mixes_invoices_and_sheets_is_refused_by_name(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    sent = {"csrf_token": pages.csrf(), "client": str(client_id)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.xml", CASH)
        archive.writestr("cartera.csv", "a,b\n1,2\n")

    answer = pages.raw("POST", "/placements/new", data={**sent, "file": (BytesIO(out.getvalue()), "x.zip")})

    assert answer.status_code == 422
    said = answer.get_data(as_text=True)
    assert "hojas de datos (1: «cartera.csv»)" in said
    assert "un ZIP solo con las facturas" in said
