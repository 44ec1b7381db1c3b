"""The agency's clients through their pages."""

import io

from flask import Flask
from sqlalchemy import select

from recobro.clients.tables import Contract
from tenants.roles import Role
from tenants.tables import Client, File
from tests.support.pages import Pages
from tests.support.world import World, make_world

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
NEW = {
    "name": "Lácteos Demo",
    "legal_name": "Lácteos Demo, S.A. de C.V.",
    "tax_id": "lde010101aa1",
    "country": "MX",
    "time_zone": "America/Mexico_City",
    "locale": "es_MX",
    "currency": "MXN",
    "creditor_type": "commercial",
    "bank_account": "032 180 0001 1835 9719",
    "brand_color": "#33aaff",
    "rule_1_label": "Reciente",
    "rule_1_to": "90",
    "rule_1_rate": "15",
    "rule_2_label": "En tribunales",
    "rule_2_stage": "legal",
    "rule_2_rate": "35",
    "rest_rate": "25",
    "tax_name": "IVA",
    "tax": "16",
    "remittance_day": "5",
    "pay_to": "client",
    "max_discount": "12.5",
    "max_instalments": "6",
    "min_instalment": "500",
    "valid_from": "2026-01-01",
}


def test_an_admin_adds_a_client_with_its_contract_in_one_form(app: Flask, world: World) -> None:
    pages = Pages(app, world.principal(Role.ADMIN))
    pages.get("/clients/new")

    shown = pages.post(
        "/clients/new", {**NEW, "logo": (io.BytesIO(PNG), "logo.png")}, content_type="multipart/form-data"
    ).get_text(" ")

    assert "Lácteos Demo" in shown
    assert "hasta 90 días de vencido" in shown
    assert "en etapa Jurídico" in shown
    assert "Hasta 6 pagos de $500.00 o más." in shown
    assert "Los deudores pagan a la cuenta del cliente." in shown
    with world.work() as work:
        client = work.session.scalars(select(Client).where(Client.agency_id == world.agency_id)).one()
        contract = work.session.scalars(select(Contract).where(Contract.agency_id == world.agency_id)).one()
        logo = work.session.scalars(select(File).where(File.id == client.logo_file_id)).one()
        assert (client.slug, client.tax_id, client.bank_account) == (
            "lacteos-demo",
            "LDE010101AA1",
            "032180000118359719",
        )
        assert client.brand_color != "#33aaff", "white text must be readable on the brand's colour"
        assert (contract.max_discount_bp, contract.min_instalment, contract.tax_bp) == (1250, 500_00, 1600)
        assert contract.pay_to == "client"
        assert [rule["rate_bp"] for rule in contract.commission_rules] == [1500, 3500, 2500]
        assert (logo.visibility, logo.client_id, logo.media_type) == ("debtor", client.id, "image/png")
    client_id = client.id
    assert pages.raw("GET", f"/clients/{client_id}/logo").data == PNG
    assert "Lácteos Demo" in pages.get("/clients").get_text()


def test_a_refused_form_keeps_what_was_written_and_names_each_fault(app: Flask, world: World) -> None:
    pages = Pages(app, world.principal(Role.ADMIN))

    page = pages.post(
        "/clients/new",
        {**NEW, "name": "", "rest_rate": "mucho", "max_instalments": "500", "min_instalment": "x", "pay_to": "nadie"},
        status=422,
    )

    text = page.get_text(" ")
    assert "Escribe el nombre comercial." in text
    assert "Escribe un porcentaje de 0 a 100" in text
    assert "Escribe un número de 1 a 120." in text
    assert "Elige una de las opciones." in text
    assert page.find(id="legal_name")["value"] == "Lácteos Demo, S.A. de C.V."  # type: ignore[index]
    with world.work() as work:
        assert work.session.scalars(select(Client).where(Client.agency_id == world.agency_id)).all() == []


def test_each_odd_value_of_a_client_is_refused_at_its_field(app: Flask, world: World) -> None:
    pages = Pages(app, world.principal(Role.ADMIN))
    odd = {"name": "L" * 121, "tax_id": "123", "email": "correo", "phone": "llámame", "brand_color": "azul",
           "valid_from": "1990-01-01"}  # fmt: skip

    page = pages.post("/clients/new", {**NEW, **odd}, status=422)
    assert {a["href"] for a in page.select("#errors a")} >= {f"#{name}" for name in odd if name != "valid_from"}
    page = pages.post("/clients/new", {**NEW, "valid_from": "1990-01-01"}, status=422)
    assert [a["href"] for a in page.select("#errors a")] == ["#valid_from"]
    with world.work() as work:
        assert work.session.scalars(select(Client).where(Client.agency_id == world.agency_id)).all() == []

    fine = {"tax_id": "LDE 010101 AA1", "email": "pagos@lacteos.example", "phone": "+52 (55) 1234-5678 ext. 12"}
    pages.post("/clients/new", {**NEW, **fine})


def test_a_version_of_the_contract_does_not_begin_before_the_one_in_force(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.ADMIN))
    terms = {"rest_rate": "30", "tax": "16", "max_instalments": "2", "min_instalment": "100"}

    page = pages.post(f"/clients/{client_id}/contract", {**terms, "valid_from": "2019-01-01"}, status=422)

    assert [a["href"] for a in page.select("#errors a")] == ["#valid_from"]
    assert "1 ene 2020" in page.get_text().replace("\u00a0", " ")


def test_a_picture_that_is_none_is_refused_and_nothing_is_kept(app: Flask, world: World) -> None:
    pages = Pages(app, world.principal(Role.ADMIN))

    page = pages.post(
        "/clients/new",
        {**NEW, "logo": (io.BytesIO(b"<svg onload='x'/>"), "logo.png")},
        status=422,
        content_type="multipart/form-data",
    )

    assert "PNG o JPEG" in page.get_text()
    with world.work() as work:
        assert work.session.scalars(select(Client).where(Client.agency_id == world.agency_id)).all() == []


def test_a_new_version_of_the_contract_holds_from_its_day(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.ADMIN))
    form = pages.get(f"/clients/{client_id}/contract")
    assert form.find(id="rest_rate")["value"] == "25"  # type: ignore[index]

    pages.post(
        f"/clients/{client_id}/contract",
        {"rest_rate": "30", "tax": "16", "max_instalments": "2", "min_instalment": "100", "valid_from": "2099-01-01"},
    )

    shown = pages.get(f"/clients/{client_id}").get_text(" ")
    assert "versión 1" in shown
    assert "Versiones del contrato" in shown
    with world.work() as work:
        versions = work.session.scalars(select(Contract.version).where(Contract.client_id == client_id)).all()
        assert sorted(versions) == [1, 2]


def test_who_manages_no_clients_sees_them_and_changes_nothing(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    assert "Nuevo cliente" not in pages.get("/clients").get_text()
    pages.get(f"/clients/{client_id}")
    pages.get("/clients/new", status=403)
    pages.get(f"/clients/{client_id}/contract", status=403)
    pages.get(f"/clients/{client_id}/edit", status=403)


def test_another_agencys_client_is_as_missing_as_one_that_never_was(app: Flask, world: World) -> None:
    other = make_world("ES")
    foreign = other.client()
    pages = Pages(app, world.principal(Role.ADMIN))

    for path in ("", "/edit", "/contract", "/logo"):
        pages.get(f"/clients/{foreign}{path}", status=404)
