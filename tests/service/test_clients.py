"""Clients, their contracts by day, and the brand that must be readable."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from kernel.problems import Invalid, NotFound
from recobro.clients import queries, service
from recobro.clients.service import Identity, Place, Terms
from recobro.commissions.rules import RulesRefused
from tenants.roles import Role
from tenants.service import client_by_id
from tests.support.world import World, make_world

MEXICO = Place("MX", "America/Mexico_City", "es_MX", "MXN")
TERMS = Terms(commission_rules=[{"id": "general", "label": "General", "rate_bp": 2500}], tax_bp=1600)
MAY = date(2026, 5, 1)


def test_short_names_are_made_from_the_name_and_never_twice(app: Flask, world: World) -> None:
    with world.work() as work:
        for _ in range(2):
            service.add_client(
                work, identity=Identity("Lácteos Ñandú, S.A.", ""), place=MEXICO, terms=TERMS, valid_from=MAY
            )
        slugs = [row.client.slug for row in queries.list_clients(work)]

    assert sorted(slugs) == ["lacteos-nandu-s", "lacteos-nandu-s-2"]


def test_the_contract_of_a_day_is_the_newest_in_force_by_then(app: Flask, world: World) -> None:
    with world.work() as work:
        client_id = service.add_client(
            work, identity=Identity("Lácteos", "Lácteos"), place=MEXICO, terms=TERMS, valid_from=MAY
        )
        service.set_terms(work, client_id=client_id, valid_from=date(2026, 7, 1), terms=replace(TERMS, tax_bp=800))

        assert queries.contract_in_force(work, client_id, date(2026, 6, 30)).tax_bp == 1600
        assert queries.contract_in_force(work, client_id, date(2026, 7, 1)).tax_bp == 800
        with pytest.raises(queries.NoContract):
            queries.contract_in_force(work, client_id, date(2026, 4, 30))


def test_terms_that_cannot_be_right_are_refused(app: Flask, world: World) -> None:
    client_id = world.client()
    with world.work() as work:
        with pytest.raises(RulesRefused):
            service.set_terms(work, client_id=client_id, valid_from=MAY, terms=replace(TERMS, commission_rules=[]))
        with pytest.raises(Invalid):
            service.set_terms(work, client_id=client_id, valid_from=MAY, terms=replace(TERMS, max_instalments=3))


@pytest.mark.parametrize("color", ["#ffffff", "#33aaff", "#ffd000", "#0b7285"])
def test_white_text_reads_on_every_brand_colour(color: str) -> None:
    assert service.readable_brand(service.readable_brand(color)) == service.readable_brand(color)


@pytest.mark.parametrize("color", ["red", "#fff", "#gggggg", "url(#a)"])
def test_what_is_no_colour_is_refused(color: str) -> None:
    with pytest.raises(Invalid):
        service.readable_brand(color)


def test_a_client_sees_its_own_contract_and_no_others(app: Flask, world: World) -> None:
    mine, other = world.client(), world.client("lacteos", name="Lácteos")
    foreign = make_world("ES").client()
    with world.work(world.principal(Role.CLIENT_VIEWER, client_id=mine)) as work:
        assert queries.contract_in_force(work, mine, MAY).version == 1
        for hidden in (other, foreign):
            with pytest.raises(queries.NoContract):
                queries.contract_in_force(work, hidden, MAY)
            with pytest.raises(NotFound):
                client_by_id(work, hidden)
