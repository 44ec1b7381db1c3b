"""The pages about an agency's people, its settings and its audit, and those of the platform's operator."""

from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from kernel.ids import new_id
from legal.rules.facts import Registration
from recobro.notices.facts import contact_facts
from recobro.notices.gathering import gather_one
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.reversing import reverse_payment
from recobro.payments.service import record_payment
from recobro.people import invitations, trail
from tenants.audit import AuditRow
from tenants.context import job_principal
from tenants.outbox import outbox_row
from tenants.roles import Role
from tenants.service import set_clock
from tenants.tables import AccessToken, Agency, Client, Membership
from tenants.work import system_work, tenant_work
from tests.support.accounts import Account, Visitor, account
from tests.support.pages import Pages
from tests.support.world import World, mxn


@pytest.fixture
def boss(app: Flask, world: World) -> Pages:
    """An administrator at the pages."""
    return Pages(app, world.principal(Role.ADMIN, name="Berta Jefa"))


def member_of(world: World, name: str) -> UUID:
    """A person's membership."""
    with world.work() as work:
        return work.session.scalars(select(Membership.id).where(Membership.name == name)).one()


def test_an_administrator_invites_changes_and_keeps_out(boss: Pages, world: World) -> None:
    world.principal(Role.COLLECTOR, name="Gestora Uno")
    page = boss.get("/people")
    assert "Gestora Uno" in page.get_text()

    page = boss.post("/people/invite", {"name": "Luis Demo", "email": "luis@p.example", "role": "lawyer"})
    assert "La invitación va en camino" in page.get_text()
    assert "luis@p.example" in page.get_text()
    page = boss.post("/people/invite", {"name": "Luis", "email": "no es un correo", "role": "lawyer"}, status=422)
    assert "nombre@empresa.com" in page.get_text()
    page = boss.post("/people/invite", {"name": "Luis", "email": "l@p.example", "role": "client_viewer"}, status=422)
    assert "Elige el cliente" in page.get_text()

    one = member_of(world, "Gestora Uno")
    assert "Supervisión" in boss.post(f"/people/{one}/role", {"role": "supervisor"}).get_text()
    assert "Sin acceso" in boss.post(f"/people/{one}/disable").get_text()
    assert "puede entrar otra vez" in boss.post(f"/people/{one}/enable").get_text()
    boss.post(f"/people/{one}/role", {"role": "operator"}, status=403)
    boss.post(f"/people/{member_of(world, 'Berta Jefa')}/disable", status=403)
    boss.post(f"/people/{new_id()}/disable", status=404)


def test_an_invitation_is_sent_again_or_taken_back(boss: Pages, world: World) -> None:
    boss.post("/people/invite", {"name": "Luis Demo", "email": "luis@p.example", "role": "lawyer"})
    with world.work() as work:
        (row,) = invitations.pending(work)

    boss.post(f"/people/invitations/{row.id}/send")
    page = boss.post(f"/people/invitations/{row.id}/cancel")

    assert "luis@p.example" not in page.get_text()
    boss.post(f"/people/invitations/{row.id}/cancel", status=404)


def test_an_invitation_from_a_clients_page_is_for_its_administration(boss: Pages, world: World) -> None:
    client_id = world.client()
    page = boss.get(f"/people/invite?client={client_id}")
    assert page.select_one("#role option[selected]")["value"] == "client_admin"  # type: ignore[index]
    assert page.select_one("#client_id option[selected]")["value"] == str(client_id)  # type: ignore[index]
    boss.get("/people/invite?client=nobody")

    asked = {"name": "Clara Demo", "email": "clara@p.example", "client_id": str(client_id)}
    boss.post("/people/invite", {**asked, "role": "client_admin"})
    again = boss.post("/people/invite", {**asked, "role": "client_viewer"}).get_text()

    assert "ya no sirve" in again
    with world.work() as work:
        assert [row.role for row in invitations.pending(work)] == ["client_viewer"]


def test_an_administrator_invites_an_auditor(boss: Pages, world: World) -> None:
    boss.post("/people/invite", {"name": "Aída Demo", "email": "aida@externa.example", "role": "auditor"})

    with world.work() as work:
        assert [row.role for row in invitations.pending(work)] == ["auditor"]


def test_the_matrix_is_a_page(boss: Pages) -> None:
    page = boss.get("/settings/roles")
    assert "Cerrar remesas" in page.get_text()
    assert len(page.select("tbody th[scope=row]")) > 40


def test_every_act_on_an_agencys_chain_is_dated_by_the_agencys_own_clock(app: Flask, world: World) -> None:
    somebody = account(world, Role.COLLECTOR)
    with system_work(reason="test") as work:
        set_clock(work, agency_id=world.agency_id, offset=timedelta(days=-400))
    Visitor(app).sign_in(somebody)
    with system_work(reason="test") as work:
        work.audit(world.agency_id, "jobs.retried", job_id=new_id())

    with tenant_work(job_principal(world.agency_id)) as work:
        then = work.now()
        rows = work.session.execute(
            select(AuditRow.action, AuditRow.at).where(
                AuditRow.action.in_(("agency.clock_moved", "people.session_started", "jobs.retried"))
            )
        ).all()
    assert len(rows) == 3
    assert [(action, at) for action, at in rows if abs(then - at) > timedelta(minutes=5)] == []


def test_the_audit_says_what_was_done_in_sentences_with_names_and_money(app: Flask, boss: Pages, world: World) -> None:
    case_id = world.case(world.client(), debts=[("A-1", mxn("25000.00"), world.clock.now().date())])
    with world.work() as work:
        payment_id = record_payment(
            work, case_id=case_id, amount=mxn("24135.05"), direction=Direction.TO_AGENCY, method=Method.TRANSFER,
            received_on=work.now().date(), key="k",
        )  # fmt: skip
        reverse_payment(work, payment_id, reason="Era de otro", on=work.now().date())
    Visitor(app).sign_in(account(world, Role.COLLECTOR))

    rows = [" ".join(row.get_text(" ").split()) for row in boss.get("/audit").select("tbody tr")]
    [reversed_row] = [row for row in rows if "payment.reversed" in row]
    assert "Pago revertido" in reversed_row
    assert "Importe $24,135.05" in reversed_row
    assert "Destino A la agencia" in reversed_row
    assert "Caso C-" in reversed_row
    assert str(payment_id) not in reversed_row
    [entered] = [row for row in rows if "people.session_started" in row]
    assert "Sesión iniciada" in entered
    assert "Con segundo paso No" in entered
    assert "false" not in entered


def test_the_agency_is_described_and_a_sandbox_says_its_time(boss: Pages, world: World) -> None:
    page = boss.get("/settings/agency")
    assert "Su reloj marca" in page.get_text()

    told = {"name": "Despacho Nuevo", "legal_name": "Despacho Nuevo SC", "phone": "+52 55 5555 0101"}
    page = boss.post("/settings/agency", {**told, "second_factor_optional": "y"})

    assert page.select("[name=name]")[0]["value"] == "Despacho Nuevo"
    with world.work() as work:
        agency = work.session.get_one(Agency, world.agency_id)
        assert (agency.phone, agency.settings) == ("+52 55 5555 0101", {"second_factor": "optional"})
    boss.post("/settings/agency", {**told, "name": ""}, status=422)


def test_a_bank_that_did_not_enter_the_agency_into_redeco_closes_its_own_debtors_only(
    boss: Pages, world: World
) -> None:
    entered, other = world.client(), world.client("banco", name="Banco Ficticio")
    mine, theirs = world.case(entered), world.case(other, name="Llantas Modelo")
    with world.work() as work:
        for client in work.session.scalars(select(Client).where(Client.agency_id == world.agency_id)):
            client.creditor_type = "financial"
    page = boss.get("/settings/agency/registers")
    assert "Registro REDECO de la CONDUSEF, México · Banco Ficticio" in page.get_text()

    boss.post("/settings/agency/registers", {"held-redeco": "yes", f"held-redeco.{other}": "no"})
    boss.post("/settings/agency/registers", {f"held-redeco.{other}": "no", "held-redeco": "yes", "held-sat": "yes"})

    with world.work() as work:
        told = [contact_facts(gather_one(work, one)).registrations for one in (mine, theirs)]
    assert told == [(Registration("redeco"),), ()]
    shown = boss.get("/settings/agency/registers").select_one(f"[name='held-redeco.{other}'] option[selected]")
    assert shown is not None
    assert shown["value"] == "no"


def test_the_agency_says_where_it_is_registered_and_the_gate_is_told(boss: Pages, world: World) -> None:
    case_id = world.case(world.client())
    with world.work() as work:
        assert contact_facts(gather_one(work, case_id)).registrations is None
    assert "REDECO" in boss.get("/settings/agency/registers").get_text()

    wrong = boss.post("/settings/agency/registers", {"held-redeco": "yes", "until-redeco": "mañana"}, status=422)
    assert "Escribe un día" in wrong.get_text()
    boss.post("/settings/agency/registers", {"held-redeco": "yes", "until-redeco": "2027-01-31"})

    with world.work() as work:
        told = contact_facts(gather_one(work, case_id)).registrations
    assert told == (Registration("redeco", until=date(2027, 1, 31)),)
    assert boss.get("/settings/agency/registers").select("[name=until-redeco]")[0]["value"] == "2027-01-31"
    assert "Registros y licencias" in boss.get("/audit?action=agency.registered").get_text()

    boss.post("/settings/agency/registers", {"held-redeco": "no"})
    with world.work() as work:
        assert contact_facts(gather_one(work, case_id)).registrations == ()
    boss.post("/settings/agency/registers", {})
    with world.work() as work:
        assert contact_facts(gather_one(work, case_id)).registrations is None


def test_the_audit_is_filtered_downloaded_and_examined(
    boss: Pages, world: World, database_urls: tuple[str, str]
) -> None:
    boss.post("/people/invite", {"name": "=HYPERLINK(1)", "email": "luis@p.example", "role": "lawyer"})
    boss.post("/settings/agency", {"name": "Otro", "legal_name": "Otro SC"})

    page = boss.get("/audit?action=agency.described")
    assert "agency.described" in page.get_text()
    assert "people.invited" not in page.select("tbody")[0].get_text()
    assert "Ningún acto cumple" in boss.get("/audit?to=2020-01-01").get_text()
    boss.get("/audit?from=ayer", status=422)
    assert "La cadena está completa" in boss.post("/audit/verify").get_text()
    text = boss.raw("GET", "/audit.csv").get_data(as_text=True)
    assert "people.invited" in text
    assert "\n=" not in text

    with psycopg.connect(database_urls[1]) as admin:
        admin.execute("SET LOCAL session_replication_role = replica")
        admin.execute("UPDATE audit SET payload = '{}' WHERE agency_id = %s AND seq = 2", [world.agency_id])
    assert "Acto 2: fue alterado" in boss.post("/audit/verify").get_text()


@pytest.mark.parametrize("role", [Role.COLLECTOR, Role.SUPERVISOR, Role.ACCOUNTANT, Role.LAWYER])
def test_only_an_administrator_opens_these_pages(app: Flask, world: World, role: Role) -> None:
    pages = Pages(app, world.principal(role))
    for path in (
        "/people",
        "/people/invite",
        "/settings/agency",
        "/audit",
        "/audit.csv",
        "/operator",
        "/operator/jobs",
    ):
        pages.get(path, status=403)


def operator(app: Flask) -> tuple[Visitor, Account]:
    """An operator of the platform, both factors given."""
    somebody = account(None, enrolled=True)
    visitor = Visitor(app)
    visitor.sign_in(somebody)
    visitor.send("/sign-in/second-factor", {"code": somebody.code()})
    return visitor, somebody


def test_an_operator_makes_suspends_and_opens_an_agency(app: Flask) -> None:
    visitor, _ = operator(app)
    slug = f"nueva-{new_id().hex[-8:]}"
    wanted = {
        "slug": slug,
        "name": "Agencia Nueva",
        "country": "CO",
        "admin_name": "Eva",
        "admin_email": f"{slug}@p.example",
    }

    visitor.post("/operator/agencies/new", {**wanted, "slug": "No Sirve"}, status=422)
    page = visitor.post("/operator/agencies/new", wanted)
    assert "La agencia está lista" in page.get_text()
    assert slug in page.get_text()
    visitor.post("/operator/agencies/new", wanted, status=409)
    with system_work(reason="test") as work:
        made = work.session.scalars(select(Agency).where(Agency.slug == slug)).one()
        assert (made.currency, made.time_zone) == ("COP", "America/Bogota")
        invited = work.session.scalars(select(AccessToken).where(AccessToken.agency_id == made.agency_id)).one()
        assert invited.role == Role.ADMIN.value

    visitor.post(f"/operator/agencies/{made.agency_id}/suspend")
    with system_work(reason="test") as work:
        assert work.session.get_one(Agency, made.agency_id).status == "suspended"
    visitor.post(f"/operator/agencies/{made.agency_id}/resume")
    visitor.post(f"/operator/agencies/{new_id()}/suspend", status=404)


def test_an_operator_runs_a_dead_job_again_and_reads_no_debtors_data(app: Flask, world: World) -> None:
    visitor, somebody = operator(app)
    with world.work() as work:
        row = outbox_row(world.agency_id, "notices.send", {"notice_id": new_id()}, now=work.now(), at=None)
        row.state, row.last_error, row.attempts = "dead", "TimeoutError: pagos@tornillo.example no contesta", 10
        work.add(row)
        job_id = row.id

    page = visitor.get("/operator/jobs")
    assert "TimeoutError" in page.get_text()
    assert "tornillo" not in page.get_text()

    visitor.post(f"/operator/jobs/{world.agency_id}/{job_id}/retry")
    visitor.post(f"/operator/jobs/{world.agency_id}/{job_id}/retry", status=404)
    with world.work() as work:
        (line,) = trail.trail_page(work, trail.Wanted(action="jobs.retried")).lines
    assert line.kind == "system"
    assert "operator: /operator/jobs" in line.payload
    assert str(somebody.person_id) in line.actor or line.actor == ""


def test_an_operator_needs_both_factors_and_sees_no_agencys_pages(app: Flask) -> None:
    somebody = account(None, enrolled=True)
    visitor = Visitor(app)
    visitor.sign_in(somebody)
    assert visitor.raw("GET", "/operator").status_code == 302
    visitor.send("/sign-in/second-factor", {"code": somebody.code()})
    assert visitor.raw("GET", "/operator").status_code == 200
    for path in ("/cases", "/people", "/audit", "/payments", "/portal", "/settings/agency"):
        assert visitor.raw("GET", path).status_code == 403
