"""People: who may invite whom, what ends a session, links, passwords, codes, and the commands about them."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from kernel.clock import SystemClock
from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotAllowed, NotFound
from recobro.cli.clock import read_span
from recobro.cli.main import main
from recobro.people import agency as agencies
from recobro.people import codes, invitations, links, mails, members, passwords, resets, rules, sessions, trail
from recobro.people.links import DeadLink, Purpose
from recobro.people.places import Browser
from recobro.people.queries import people_page, roles_page
from recobro.people.service import WrongCredentials, authenticate
from recobro.people.words import PERMISSIONS
from tenants.outbox import OutboxRow
from tenants.roles import GRANTS, SECOND_FACTOR_REQUIRED, Permission, Role
from tenants.tables import AccessToken, Agency, Membership, SignInSession
from tenants.work import door_work, system_work
from tests.support.accounts import PASSWORD, account
from tests.support.database import SECRET
from tests.support.world import World

# Links are made under the installation's secret, which the app's wiring knows.
pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OPERATOR, Role.DEBTOR)])
def test_only_administrators_invite_and_only_into_their_own_house(world: World, role: Role) -> None:
    client = world.client()
    inviter = world.principal(role, client_id=client if role.value.startswith("client_") else None)
    for wanted in Role:
        may = wanted in rules.invitable(role)
        with world.work(inviter) as work:
            if may:
                scope = client if wanted.value.startswith("client_") else None
                invitations.invite(work, email=f"{new_id().hex}@p.example", name="X", role=wanted, client_id=scope)
            else:
                with pytest.raises((NotAllowed, Invalid)):
                    invitations.invite(work, email="x@p.example", name="X", role=wanted)
    assert bool(rules.invitable(role)) == (role in (Role.ADMIN, Role.CLIENT_ADMIN))


def test_a_clients_administration_invites_into_its_own_client_whatever_the_form_says(world: World) -> None:
    own, other = world.client("uno"), world.client("dos")
    boss = world.principal(Role.CLIENT_ADMIN, client_id=own)

    with world.work(boss) as work:
        invitation = invitations.invite(
            work, email="eva@p.example", name="Eva", role=Role.CLIENT_VIEWER, client_id=other
        )

    with world.work() as work:
        row = work.session.scalars(select(AccessToken).where(AccessToken.id == invitation)).one()
        assert row.client_id == own


def test_a_second_invitation_takes_the_place_of_the_first(world: World) -> None:
    boss = world.principal(Role.ADMIN)
    with world.work(boss) as work:
        first = invitations.invite(work, email="Eva@P.example ", name="Eva", role=Role.COLLECTOR)
        second = invitations.invite(work, email="eva@p.example", name="Eva", role=Role.COLLECTOR)
    with world.work(boss) as work:
        assert [row.id for row in invitations.pending(work)] == [second]
        with pytest.raises(NotFound):
            invitations.cancel(work, first)
        invitations.cancel(work, second)
    with door_work() as door, pytest.raises(DeadLink):
        invitations.open_invitation(door, invitations.invitation_token(second))


def test_an_invitation_is_mailed_with_a_link_that_the_database_does_not_hold(
    world: World, database_urls: tuple[str, str]
) -> None:
    with world.work(world.principal(Role.ADMIN, name="Berta Jefa")) as work:
        invitation = invitations.invite(work, email="luis@p.example", name="Luis Demo", role=Role.COLLECTOR)
    with world.work() as work:
        found = mails.invitation_mail(work, invitation)
        assert found
        address, mail = found
        rows = work.session.scalars(select(OutboxRow).where(OutboxRow.name == "people.send_invitation")).all()
    token = invitations.invitation_token(invitation)

    assert address == "luis@p.example"
    assert mail.subject == "Tu invitación a Despacho Ejemplo"
    assert "Berta Jefa te invita a Despacho Ejemplo" in mail.text
    assert mail.text.count(f"/invitation/{token}") == 1
    assert [row.payload for row in rows] == [{"invitation_id": str(invitation)}]
    with psycopg.connect(database_urls[1]) as admin:
        kept = admin.execute("SELECT t::text FROM access_tokens t WHERE id = %s", [invitation]).fetchone()
    assert kept
    assert token.split(".")[1] not in kept[0]


def test_a_mail_is_not_written_for_an_invitation_that_was_taken_back(world: World) -> None:
    with world.work(world.principal(Role.ADMIN)) as work:
        invitation = invitations.invite(work, email="luis@p.example", name="Luis", role=Role.COLLECTOR)
        invitations.cancel(work, invitation)
    with world.work() as work:
        assert mails.invitation_mail(work, invitation) is None


def test_two_who_use_one_link_at_once_do_not_both_come_in(world: World) -> None:
    with world.work(world.principal(Role.ADMIN)) as work:
        invitation = invitations.invite(work, email=f"{world.slug}@p.example", name="Luis", role=Role.COLLECTOR)
    token = invitations.invitation_token(invitation)

    def come(_: int) -> str:
        try:
            return invitations.accept(
                token, name="Luis", password="una frase de quince", browser=Browser(ip="10.9.9.9")
            )
        except (DeadLink, Conflict):
            return ""

    with ThreadPoolExecutor(4) as pool:
        entered = [cookie for cookie in pool.map(come, range(4)) if cookie]

    assert len(entered) == 1


def test_a_link_is_for_one_purpose_and_one_row() -> None:
    row = new_id()
    token = links.token_of(SECRET, Purpose.RESET, row)

    assert links.row_of(SECRET, Purpose.RESET, token) == row
    for purpose, written, secret in (
        (Purpose.INVITATION, token, SECRET),
        (Purpose.RESET, token, "another secret that is long enough to be one"),
        (Purpose.RESET, token.replace(row.hex, new_id().hex), SECRET),
        (Purpose.RESET, "", SECRET),
        (Purpose.RESET, ".", SECRET),
    ):
        with pytest.raises(DeadLink):
            links.row_of(secret, purpose, written)


def test_old_links_are_dead(world: World) -> None:
    ana = account(world)
    with door_work() as door:
        reset = resets.make_reset(door, ana.email)
        door.get_one(AccessToken, reset).expires_at = SystemClock().now() - timedelta(seconds=1)
    with door_work() as door, pytest.raises(DeadLink):
        resets.open_reset(door, resets.reset_token(reset))


def test_a_role_changes_for_the_next_click_and_ends_the_session(world: World) -> None:
    ana = account(world)
    boss = world.principal(Role.ADMIN)
    with door_work() as door:
        token = sessions.start(
            door, person_id=ana.person_id, agency_id=world.agency_id, membership_id=ana.membership_id,
            second_factor=False,
        )  # fmt: skip
    assert sessions.load(token)
    assert ana.membership_id
    with world.work(boss) as work:
        members.change_role(work, ana.membership_id, Role.SUPERVISOR)

    assert sessions.load(token) is None
    with door_work() as door:
        revoked = door.scalars(select(SignInSession.revoked_at).where(SignInSession.person_id == ana.person_id)).all()
    assert all(revoked)


def test_nobody_changes_their_own_access_or_leaves_an_agency_without_administration(world: World) -> None:
    boss = world.principal(Role.ADMIN)
    second = world.principal(Role.ADMIN)
    with world.work() as work:
        ids = {row.person_id: row.id for row in work.session.scalars(select(Membership))}
    assert boss.person_id
    assert second.person_id
    with world.work(boss) as work:
        with pytest.raises(NotAllowed):
            members.disable(work, ids[boss.person_id])
        members.disable(work, ids[second.person_id])
    with world.work() as work, pytest.raises(members.LastAdmin):
        members.change_role(work, ids[boss.person_id], Role.COLLECTOR)


def test_a_client_manages_its_own_people_and_meets_no_others(world: World) -> None:
    own, other = world.client("uno"), world.client("dos")
    boss = world.principal(Role.CLIENT_ADMIN, client_id=own, name="Jefa")
    viewer = world.principal(Role.CLIENT_VIEWER, client_id=own, name="Vista")
    world.principal(Role.CLIENT_VIEWER, client_id=other, name="Ajena")
    staff = world.principal(Role.COLLECTOR, name="Gestora")
    with world.work() as work:
        ids = {row.person_id: row.id for row in work.session.scalars(select(Membership))}
    assert viewer.person_id
    assert staff.person_id
    with world.work(boss) as work:
        page = people_page(work)
        assert {row.name for row in page.members} == {"Jefa", "Vista"}
        members.change_role(work, ids[viewer.person_id], Role.CLIENT_APPROVER)
        with pytest.raises(NotFound):
            members.disable(work, ids[staff.person_id])
        with pytest.raises((NotAllowed, Conflict)):
            members.change_role(work, ids[viewer.person_id], Role.ADMIN)


@pytest.mark.parametrize(
    ("password", "second_factor", "fine"),
    [
        ("once letras", True, False),
        ("doce letras!", True, True),
        ("doce letras!", False, False),
        ("quince letras !", False, True),
        ("aaaaaaaaaaaaaaaaaa", False, False),
        ("passwordpassword", False, False),
        ("x" * 2 + "ñ" * 600, False, False),
        ("una frase cualquiera", False, True),
        ("ana.prueba@personas.example", False, False),
    ],
)
def test_a_new_password_is_long_and_not_known(password: str, second_factor: bool, fine: bool) -> None:
    def check() -> None:
        passwords.check_new(password, second_factor=second_factor, email="ana.prueba@personas.example")

    if fine:
        check()
    else:
        with pytest.raises(passwords.WeakPassword):
            check()


def test_a_password_is_hashed_as_owasp_says_and_matched_in_any_normal_form() -> None:
    kept = passwords.hashed("contraseña con eñe")

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(kept, "contrasen\u0303a con en\u0303e")
    assert not passwords.matches(kept, "contrasena con ene")
    assert not passwords.matches("", "contraseña con eñe")
    assert not passwords.matches(kept, "x" * 2000)
    assert not passwords.outdated(kept)


def test_a_code_counts_only_forward() -> None:
    secret = codes.new_secret()
    now = SystemClock().now()
    counter = int(now.timestamp()) // 30
    code = codes.code_at(secret, now)

    assert codes.matching_counter(secret, code, at=now, after=0) == counter
    assert codes.matching_counter(secret, code, at=now, after=counter) is None
    assert codes.matching_counter(secret, f" {code[:3]} {code[3:]}", at=now, after=counter - 1) == counter
    assert codes.matching_counter(secret, code, at=now + timedelta(seconds=90), after=0) is None
    for wrong in ("", "12345", "abcdef", "１２３４５６", "0" * 7):
        assert codes.matching_counter(secret, wrong, at=now, after=0) is None


def test_recovery_codes_are_many_and_forgiving_to_type() -> None:
    shown = codes.new_recovery_codes()

    assert len(set(shown)) == 10
    assert all(re.fullmatch(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", code) for code in shown)
    assert codes.recovery_digest(shown[0]) == codes.recovery_digest(f" {shown[0].upper().replace('-', ' ')} ")


def test_the_second_factor_is_asked_of_those_who_move_money_or_open_doors() -> None:
    for role in Role:
        assert rules.second_factor_needed(role, sandbox=False, settings={"second_factor": "optional"}) == (
            role in SECOND_FACTOR_REQUIRED
        )
        assert rules.second_factor_needed(role, sandbox=True, settings={}) == (role in SECOND_FACTOR_REQUIRED)
        assert not rules.second_factor_needed(role, sandbox=True, settings={"second_factor": "optional"})


def test_a_real_agency_cannot_do_without_the_second_factor(world: World) -> None:
    with system_work(reason="test") as work:
        agency = work.session.get_one(Agency, world.agency_id)
        agency.sandbox = False
    with world.work(world.principal(Role.ADMIN)) as work, pytest.raises(Conflict):
        agencies.make_second_factor_optional(work, optional=True)


def test_an_agency_cannot_make_itself_a_sandbox_or_move_its_clock(world: World) -> None:
    boss = world.principal(Role.ADMIN)
    for change in ("sandbox = NOT sandbox", "clock_offset_s = 9", "status = 'suspended'", "slug = 'otro'"):
        with pytest.raises(ProgrammingError, match="only the platform"), world.work(boss) as work:
            work.session.execute(text(f"UPDATE agencies SET {change}"))


def test_the_matrix_shows_every_permission_and_role_once_in_words(world: World) -> None:
    shown = [permission for rows in PERMISSIONS.values() for permission, _ in rows]

    assert sorted(shown) == sorted(Permission)
    with world.work() as work:
        page = roles_page(work)
    assert len(page.roles) == len(Role)
    assert sum(sum(cells) for _, rows in page.areas for _, cells in rows) == sum(len(GRANTS[role]) for role in Role)


def test_the_matrix_says_where_a_sandbox_leaves_the_second_factor_optional(world: World) -> None:
    def asked() -> dict[Role, str]:
        with world.work(boss) as work:
            return dict(zip(Role, roles_page(work).second_factor, strict=True))

    boss = world.principal(Role.ADMIN)
    with world.work(boss) as work:
        agencies.make_second_factor_optional(work, optional=False)
    strict = asked()
    with world.work(boss) as work:
        agencies.make_second_factor_optional(work, optional=True)
    loose = asked()

    assert (strict[Role.ADMIN], strict[Role.ACCOUNTANT], strict[Role.COLLECTOR]) == ("yes", "yes", "no")
    assert (loose[Role.ADMIN], loose[Role.ACCOUNTANT], loose[Role.COLLECTOR]) == ("optional", "optional", "no")
    assert strict[Role.OPERATOR] == loose[Role.OPERATOR] == "yes"


def test_a_change_of_the_agencys_account_is_kept_with_what_stood_before(world: World) -> None:
    boss = world.principal(Role.ADMIN, name="Berta Jefa")
    with world.work(boss) as work:
        agencies.describe(work, bank_account="012180001234567899", name="Despacho Nuevo")
    with world.work(boss) as work:
        page = trail.trail_page(work, trail.Wanted(action="agency.described", person_id=boss.person_id))

    (line,) = page.lines
    assert line.actor == "Berta Jefa"
    assert json.loads(line.payload) == {
        "bank_account": ["", "012180001234567899"], "name": ["Despacho Ejemplo", "Despacho Nuevo"],
    }  # fmt: skip


Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, database_urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on this process's database."""
    settings = app.config["SETTINGS"]
    told = {
        "DATABASE_URL": database_urls[0], "REDIS_URL": "redis://127.0.0.1:1/0", "RECOBRO_SECRET": SECRET,
        "RECOBRO_DATA": str(settings.data), "LANG": "es_MX.UTF-8",
    }  # fmt: skip
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    return run


def test_an_agency_its_client_and_its_people_are_made_from_the_command_line(run: Run) -> None:
    slug = f"cli-{new_id().hex[-8:]}"

    made = run("agency", "create", slug, "--country", "ES", "--sandbox", "--json")
    assert made.exit_code == 0, made.output
    again = run("agency", "create", slug)
    assert again.exit_code == 1
    assert "Ya hay una agencia con el nombre corto" in again.output
    client = run("client", "create", "aceros", "--agency", slug, "--commission", "22.5", "--json")
    assert client.exit_code == 0, client.output
    invited = run("user", "invite", f"jefa@{slug}.example", "--agency", slug, "--role", "admin", "--json")
    assert invited.exit_code == 0, invited.output
    viewer = run(
        "user",
        "invite",
        f"v@{slug}.example",
        "--agency",
        slug,
        "--client",
        "aceros",
        "--role",
        "client_viewer",
        "--json",
    )
    assert viewer.exit_code == 0, viewer.output

    token = json.loads(invited.output)["link"].rpartition("/")[2]
    with door_work() as door:
        found = invitations.open_invitation(door, token)
    assert (found.role, found.agency_id) == (Role.ADMIN, UUID(json.loads(made.output)["id"]))
    assert run("user", "invite", "x@y.example", "--role", "admin").exit_code == 1
    assert run("user", "invite", "x@y.example", "--role", "admin", "--agency", "nadie").exit_code == 1


def test_an_operator_comes_in_by_the_command_line_alone(run: Run) -> None:
    email = f"{new_id().hex}@plataforma.example"
    link = json.loads(run("user", "invite", email, "--role", "operator", "--json").output)["link"]
    with door_work() as door:
        found = invitations.open_invitation(door, link.rpartition("/")[2])

    assert (found.role, found.agency_id, found.second_factor) == (Role.OPERATOR, None, True)


def test_a_forgotten_password_is_helped_from_the_command_line(run: Run, world: World) -> None:
    ana = account(world)
    link = json.loads(run("user", "reset", ana.email, "--json").output)["link"]

    resets.reset(link.rpartition("/")[2], password="otra frase de quince")

    assert authenticate(ana.email, "otra frase de quince", ip="10.8.8.8") == ana.person_id
    with pytest.raises(WrongCredentials):
        authenticate(ana.email, PASSWORD, ip="10.8.8.8")
    assert run("user", "reset", "nadie@p.example").exit_code == 1


def test_a_sandboxs_clock_is_moved_and_no_other(run: Run, world: World) -> None:
    moved = run("clock", "advance", "1d12h", "--agency", world.slug, "--json")
    assert moved.exit_code == 0, moved.output
    with system_work(reason="test") as work:
        agency = work.session.get_one(Agency, world.agency_id)
        assert agency.clock_offset_s == 36 * 3600
        agency.sandbox = False

    refused = run("clock", "advance", "1d", "--agency", world.slug)

    assert refused.exit_code == 1
    assert "Solo el reloj de una agencia de pruebas puede moverse" in refused.output


@pytest.mark.parametrize(("span", "hours"), [("3d", 72), ("12h", 12), ("2w", 336), ("1d12h", 36), ("90m", 1.5)])
def test_a_span_is_read(span: str, hours: float) -> None:
    assert read_span(span) == timedelta(hours=hours)


@pytest.mark.parametrize("span", ["", "3", "d", "-3d", "3 d", "3d!", "1.5d"])
def test_what_is_no_span_is_refused(span: str) -> None:
    with pytest.raises(Invalid):
        read_span(span)
