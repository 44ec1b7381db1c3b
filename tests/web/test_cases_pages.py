"""The pages of cases."""

from bs4 import BeautifulSoup
from flask import Flask

from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World, mxn


def test_the_list_of_cases_filters_by_view_and_words(app: Flask, world: World) -> None:
    client_id = world.client()
    world.case(
        client_id, name="Ferretería El Tornillo Feliz", debts=[("A-2231", mxn("500.00"), world.clock.now().date())]
    )
    world.case(client_id, name="Abarrotes La Prueba")
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    everything = pages.get("/cases").get_text()
    by_name = pages.get("/cases?q=tornillo").get_text()
    by_invoice = pages.get("/cases?q=A-2231").get_text()
    late = pages.get("/cases?view=late90").get_text()

    assert "Tornillo" in everything
    assert "Abarrotes" in everything
    assert "Abarrotes" not in by_name
    assert "Tornillo" in by_invoice
    assert "Sin resultados" in late


def test_every_part_of_a_case_opens(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    for part in ("activity", "debts", "contacts", "payments", "agreements", "documents"):
        assert "Tornillo" in pages.get(f"/cases/{case_id}?part={part}").get_text()


def test_a_foreign_case_is_as_missing_as_one_that_never_was(app: Flask, world: World) -> None:
    from tests.support.world import make_world

    other = make_world("ES")
    foreign = other.case(other.client())
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    pages.get(f"/cases/{foreign}", status=404)
    pages.get("/cases/01890000-0000-7000-8000-000000000000", status=404)


def test_chosen_cases_are_given_to_a_collector_once_their_effect_was_seen(app: Flask, world: World) -> None:
    client_id = world.client()
    first, second = world.case(client_id), world.case(client_id, name="Abarrotes La Prueba")
    ana = world.principal(Role.COLLECTOR, name="Ana Prueba")
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    asked = {"pick": [str(first), str(second)], "person": str(ana.person_id)}

    shown = pages.post("/cases/selected/assign", asked)
    before = pages.get("/cases?view=unassigned").get_text()
    done = pages.post("/cases/selected/assign", sent_again(shown))
    again = pages.post("/cases/selected/assign", asked).get_text(" ", strip=True)

    assert "2 casos" in shown.get_text()
    assert "Abarrotes" in before
    assert "Asignado a Ana Prueba: 2 casos." in done.get_text()
    assert done.get_text().count("Ana Prueba") >= 3
    assert "Ya son de esa persona" in again
    assert "Confirmar" not in again


def test_all_that_a_filter_finds_can_be_chosen_without_a_tick_for_each(app: Flask, world: World) -> None:
    client_id = world.client()
    for name in ("Tornillo Uno", "Tornillo Dos", "Abarrotes La Prueba"):
        world.case(client_id, name=name)
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    asked = {"all": "1", "filter": "q=tornillo", "reason": "El cliente concilia", "until": "+7"}
    shown = pages.post("/cases/selected/hold", asked)
    done = pages.post("/cases/selected/hold", {**sent_again(shown), "reason": "El cliente concilia", "until": "+7"})

    assert "2 casos" in shown.get_text()
    assert "2 casos" in done.get_text()
    assert pages.get("/cases").get_text().count("Pausa") == pages.get("/cases?q=tornillo").get_text().count("Pausa")


def test_what_changed_since_it_was_shown_is_shown_again(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    shown = pages.post("/cases/selected/assign", {"pick": str(case_id), "person": "none", "sure": "y", "seen": "1"})

    assert "Los casos cambiaron" in shown.get_text()


def test_a_pause_of_many_needs_a_day_to_come_and_a_reason(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    asked = {"pick": str(case_id), "sure": "y", "seen": "1", "reason": "", "until": "hoy"}

    refused = pages.post("/cases/selected/hold", asked).get_text()

    assert "Escribe el motivo." in refused
    assert "posterior a hoy" in refused


def test_the_chosen_cases_and_no_others_are_exported(app: Flask, world: World) -> None:
    client_id = world.client()
    chosen = world.case(client_id, name="=Tornillo()")
    world.case(client_id, name="Abarrotes La Prueba")
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    data = {"csrf_token": pages.csrf(), "pick": str(chosen)}
    file = pages.raw("POST", "/cases/selected/export", data=data).get_data(as_text=True)

    assert "'=Tornillo()" in file
    assert "Abarrotes" not in file


def test_who_may_not_assign_pause_or_export_is_not_offered_it_and_is_refused(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    pages = Pages(app, world.principal(Role.COLLECTOR))

    page = pages.get("/cases")

    assert not page.select("[name=pick]")
    assert "CSV" not in page.get_text()
    for act in ("assign", "hold", "export"):
        pages.post(f"/cases/selected/{act}", {"pick": str(case_id)}, status=403)


def test_a_person_keeps_a_view_under_a_name_and_nobody_else_sees_or_removes_it(app: Flask, world: World) -> None:
    client_id = world.client()
    world.case(client_id)
    world.case(client_id, name="Abarrotes La Prueba")
    mine, others = (Pages(app, world.principal(Role.COLLECTOR)) for _ in range(2))

    kept = mine.post("/cases/views", {"filter": "q=tornillo&sort=debtor&after=x", "name": " Mi  tornillería "})
    tab = next(link for link in kept.select(".view-tab") if "Mi tornillería" in link.get_text())
    shown = mine.get(str(tab["href"])).get_text()
    remove = kept.select_one('form[action$="/delete"]')
    assert remove is not None

    assert tab.get("aria-current")
    assert tab.get_text(" ", strip=True) == "Mi tornillería 1"
    assert "Abarrotes" not in shown
    assert "Mi tornillería" not in others.get("/cases").get_text()
    others.post(str(remove["action"]), status=404)
    assert "Mi tornillería" not in mine.post(str(remove["action"])).select("nav ul")[-1].get_text()


def test_the_columns_a_person_chose_stay_chosen(app: Flask, world: World) -> None:
    world.case(world.client())
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    chosen = pages.post("/cases/columns", {"column": ["balance", "collector"], "filter": "view=late90"})
    heads = [head.get_text(strip=True) for head in pages.get("/cases").select("thead th")]

    assert "late90" in str(chosen)
    assert heads == ["Deudor", "Saldo", "Gestor"]


def sent_again(page: BeautifulSoup) -> dict[str, object]:
    """What the form of a page that shows an effect sends when it is confirmed."""
    form = page.select_one('main form[action*="/selected/"]')
    assert form is not None
    found: dict[str, list[str]] = {}
    for field in form.select("input[type=hidden]"):
        if field["name"] != "csrf_token":
            found.setdefault(str(field["name"]), []).append(str(field["value"]))
    return dict(found)
