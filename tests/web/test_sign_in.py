"""Signing in as people do it: by pages."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select, update

from kernel.clock import SystemClock
from kernel.ids import new_id
from recobro.people import invitations, members, resets
from recobro.people.agency import make_second_factor_optional
from recobro.people.attempts import _subject
from recobro.web.requests import cookie_name
from tenants import service as tenants
from tenants.outbox import OutboxRow
from tenants.roles import Role
from tenants.tables import Agency, Person, SignInAttempt, SignInSession
from tenants.work import door_work, system_work
from tests.support.accounts import PASSWORD, Account, Visitor, account
from tests.support.world import World, make_world


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody at the door."""
    return Visitor(app)


def cookie(visitor: Visitor) -> str:
    """The session's cookie."""
    found = visitor.client.get_cookie(cookie_name(visitor.client.application))
    return found.value if found else ""


def steal(app: Flask, value: str) -> Visitor:
    """Another browser with a copied cookie."""
    thief = Visitor(app)
    thief.client.set_cookie(cookie_name(app), value)
    return thief


def go(visitor: Visitor, path: str = "/account") -> int:
    """The status of one's own account's page: 200 who is in, 302 who is not."""
    return visitor.raw("GET", path).status_code


def test_the_right_password_leads_in_and_out(visitor: Visitor, world: World, app: Flask) -> None:
    ana = account(world)

    visitor.send("/sign-in", {"email": f"  {ana.email.upper()} ", "password": ana.password})
    token = cookie(visitor)
    assert go(visitor) == 200

    visitor.send("/sign-out")

    assert go(visitor) == 302
    assert go(steal(app, token)) == 302


def test_a_copied_cookie_dies_with_its_session(visitor: Visitor, world: World, app: Flask) -> None:
    ana = account(world)
    visitor.sign_in(ana)
    thief = steal(app, cookie(visitor))
    assert go(thief) == 200

    visitor.send("/account/security/password", {"old": ana.password, "new": "otra frase bien larga"})

    assert go(visitor) == 200
    other = Visitor(app)
    other.sign_in(Account(ana.person_id, ana.email, password="otra frase bien larga"))
    assert go(other) == 200
    visitor.send("/account/security/sessions")
    assert (go(visitor), go(other)) == (200, 302)


def test_a_cookie_from_before_signing_in_is_worth_nothing_after(visitor: Visitor, world: World, app: Flask) -> None:
    ana = account(world, enrolled=True)
    visitor.sign_in(ana)
    half = cookie(visitor)

    visitor.send("/sign-in/second-factor", {"code": ana.code()})

    assert cookie(visitor) != half
    assert go(visitor) == 200
    assert go(steal(app, half)) == 302


def test_unknown_and_wrong_are_answered_alike(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = account(world)
    verified: list[str] = []
    real = PasswordHasher.verify

    def counting(self: PasswordHasher, stored: str, given: str) -> bool:
        verified.append(stored)
        return real(self, stored, given)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    answers = []
    for email in (ana.email, "nadie@personas.example"):
        visitor = Visitor(app)
        data = {"csrf_token": visitor.csrf(), "email": email, "password": "no es esta"}
        response = visitor.raw("POST", "/sign-in", data=data)
        text = response.get_data(as_text=True).replace(email, "…")
        answers.append((response.status_code, re.sub(r'"[\w.-]{60,}"', "", text), {*response.headers.keys()}))

    assert answers[0] == answers[1]
    assert answers[0][0] == 422
    assert len(verified) == 2


def test_five_wrong_guesses_close_an_account_even_for_the_right_password(app: Flask, world: World) -> None:
    ana = account(world)
    statuses = []
    for _ in range(6):
        statuses.append(Visitor(app).raw_sign_in(ana.email, "no es esta"))

    assert statuses == [422] * 5 + [429]
    assert Visitor(app).raw_sign_in(ana.email, PASSWORD) == 429
    assert Visitor(app).raw_sign_in("nadie-nunca@personas.example", PASSWORD) == 422


def test_a_lock_opens_after_a_quarter_of_an_hour(app: Flask, world: World, database_urls: tuple[str, str]) -> None:
    ana = account(world)
    for _ in range(6):
        Visitor(app).raw_sign_in(ana.email, "no es esta")
    assert Visitor(app).raw_sign_in(ana.email, PASSWORD) == 429

    with psycopg.connect(database_urls[1]) as admin:
        admin.execute("UPDATE sign_in_attempts SET at = at - interval '15 minutes'")

    assert Visitor(app).raw_sign_in(ana.email, PASSWORD) == 303


def test_guesses_are_counted_before_they_are_judged(app: Flask, world: World) -> None:
    ana = account(world)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: Visitor(app).raw_sign_in(ana.email, "no es esta"), range(16)))

    assert statuses.count(422) <= 5
    assert set(statuses) == {422, 429}


def test_an_address_that_guesses_at_many_accounts_is_stopped(app: Flask, world: World) -> None:
    ana = account(world)
    visitor = Visitor(app)
    with door_work() as door:
        door.add_all(
            SignInAttempt(id=new_id(), subject=_subject("address", visitor.ip), at=SystemClock().now())
            for _ in range(50)
        )

    assert visitor.raw_sign_in(ana.email, PASSWORD) == 429
    assert Visitor(app).raw_sign_in(ana.email, PASSWORD) == 303


def test_a_code_works_once(visitor: Visitor, world: World, app: Flask) -> None:
    ana = account(world, enrolled=True)
    visitor.sign_in(ana)
    code = ana.code()
    visitor.send("/sign-in/second-factor", {"code": code})
    assert go(visitor) == 200

    again = Visitor(app)
    again.sign_in(ana)
    again.send("/sign-in/second-factor", {"code": code}, status=422)
    assert go(again) == 302

    again.send("/sign-in/second-factor", {"code": ana.code(steps=1)})
    assert go(again) == 200


def test_no_page_opens_before_the_second_factor(visitor: Visitor, world: World) -> None:
    ana = account(world, enrolled=True)
    visitor.sign_in(ana)

    for path in ("/account", "/account/security", "/people", "/settings/roles", "/audit"):
        assert visitor.raw("GET", path).status_code == 302
    assert visitor.raw("GET", "/account/second-factor").headers["Location"].endswith("/sign-in/second-factor")
    entered = visitor.raw("POST", f"/sign-in/choose/{ana.membership_id}", data={"csrf_token": visitor.csrf()})
    assert entered.headers["Location"].endswith("/sign-in/second-factor")
    assert go(visitor) == 302


def test_guessing_codes_is_stopped(visitor: Visitor, world: World) -> None:
    ana = account(world, enrolled=True)
    visitor.sign_in(ana)
    statuses = [
        visitor.raw("POST", "/sign-in/second-factor", data={"csrf_token": visitor.csrf(), "code": "000000"}).status_code
        for _ in range(6)
    ]

    assert statuses == [422] * 5 + [429]
    visitor.send("/sign-in/second-factor", {"code": ana.code()}, status=429)


def test_an_administrator_of_a_real_agency_turns_the_second_factor_on_at_the_door(visitor: Visitor) -> None:
    world = make_world("MX")
    with system_work(reason="test") as work:
        work.session.execute(update(Agency).where(Agency.agency_id == world.agency_id).values(sandbox=False))
    ana = account(world, Role.ADMIN)

    visitor.sign_in(ana)
    page = visitor.get("/account/second-factor")
    assert "Activa el segundo paso" in page.get_text()
    assert go(visitor) == 302
    enrolled = Account(ana.person_id, ana.email, secret=str(page.select("[data-copy]")[0]["data-copy"]))

    page = visitor.send("/account/second-factor", {"code": enrolled.code()}, status=200)

    codes = [item.get_text() for item in page.find_all("code")]
    assert len(codes) == 10
    assert go(visitor) == 200

    again = Visitor(visitor.client.application)
    again.sign_in(ana)
    again.send("/sign-in/second-factor", {"code": codes[3].upper().replace("-", " ")})
    assert go(again) == 200
    third = Visitor(visitor.client.application)
    third.sign_in(ana)
    third.send("/sign-in/second-factor", {"code": codes[3]}, status=422)


def test_a_sandbox_may_let_its_administrators_in_without_a_second_factor(visitor: Visitor, world: World) -> None:
    ana = account(world, Role.ADMIN)
    visitor.sign_in(ana)
    assert go(visitor) == 302
    boss = world.principal(Role.ADMIN)
    with world.work(boss) as work:
        make_second_factor_optional(work, optional=True)

    assert go(visitor) == 200
    assert "Agencia de pruebas" in visitor.get("/settings/agency").get_text()


def test_a_person_of_two_agencies_chooses_and_gets_a_new_session(visitor: Visitor, world: World, app: Flask) -> None:
    other = make_world("ES")
    ana = account(world)
    with other.work() as work:
        second = tenants.add_member(
            work, agency_id=other.agency_id, person_id=ana.person_id, role=Role.LAWYER, name="Ana", email=ana.email
        )
    visitor.sign_in(ana)
    page = visitor.get("/sign-in/choose")
    assert "Elige dónde entrar" in page.get_text()
    assert go(visitor) == 302

    visitor.send(f"/sign-in/choose/{second}")
    first = cookie(visitor)
    assert go(visitor) == 200
    assert visitor.raw("GET", "/sign-in/choose").status_code == 200

    visitor.send(f"/sign-in/choose/{ana.membership_id}")
    assert cookie(visitor) != first
    assert (go(visitor), go(steal(app, first))) == (200, 302)
    stranger = account(other)
    visitor.send(f"/sign-in/choose/{stranger.membership_id}", status=404)


def test_a_disabled_person_and_a_suspended_agency_are_out_at_the_next_click(
    visitor: Visitor, world: World, app: Flask
) -> None:
    ana, eva = account(world), account(world)
    visitor.sign_in(ana)
    other = Visitor(app)
    other.sign_in(eva)
    boss = world.principal(Role.ADMIN)
    with world.work(boss) as work:
        assert ana.membership_id
        members.disable(work, ana.membership_id)
    assert (go(visitor), go(other)) == (302, 200)

    with system_work(reason="test") as work:
        work.session.execute(update(Agency).where(Agency.agency_id == world.agency_id).values(status="suspended"))
    assert go(other) == 302


def test_a_session_ends_by_age_and_by_rest(visitor: Visitor, world: World) -> None:
    ana = account(world)
    for column, past in (("last_seen_at", timedelta(minutes=46)), ("expires_at", timedelta(hours=12))):
        visitor.sign_in(ana)
        assert go(visitor) == 200
        with door_work() as door:
            for row in door.scalars(select(SignInSession).where(SignInSession.person_id == ana.person_id)):
                setattr(row, column, getattr(row, column) - past)
        assert go(visitor) == 302


def test_a_forgotten_password_is_replaced_by_a_link_and_nobody_learns_who_has_an_account(
    visitor: Visitor, world: World, app: Flask
) -> None:
    ana = account(world)
    visitor.sign_in(ana)
    asked = Visitor(app)
    known = asked.send("/forgot", {"email": ana.email}, status=200).get_text().replace(ana.email, "…")
    unknown = (
        asked.send("/forgot", {"email": "nadie@personas.example"}, status=200)
        .get_text()
        .replace("nadie@personas.example", "…")
    )
    assert known == unknown
    with world.work() as work:
        (row,) = work.session.scalars(select(OutboxRow).where(OutboxRow.name == "people.send_reset")).all()
    assert set(row.payload) == {"reset_id"}
    link = f"/reset/{resets.reset_token(UUID(row.payload['reset_id']))}"

    assert asked.get(link).select("[name=email]")[0]["value"] == ana.email
    short = asked.send(link, {"password": "corta"}, status=422)
    assert "15" in short.select("#password-error")[0].get_text()
    asked.send(link, {"password": "una frase nueva y larga"})

    assert go(visitor) == 302
    asked.get(link, status=404)
    assert asked.raw_sign_in(ana.email, ana.password) == 422
    assert asked.raw_sign_in(ana.email, "una frase nueva y larga") == 303


def test_links_cannot_be_guessed_or_used_for_something_else(visitor: Visitor, world: World) -> None:
    boss = world.principal(Role.ADMIN)
    with world.work(boss) as work:
        invitation = invitations.invite(work, email="luis@personas.example", name="Luis Demo", role=Role.COLLECTOR)
    good = invitations.invitation_token(invitation)

    for path in (
        f"/reset/{good}", f"/reset/{resets.reset_token(invitation)}", f"/invitation/{resets.reset_token(invitation)}",
        f"/invitation/{good[:-1]}", f"/invitation/{good}x", "/invitation/x", f"/invitation/{invitation.hex}.",
        "/reset/ñ.ñ",
    ):  # fmt: skip
        visitor.get(path, status=404)
    visitor.get(f"/invitation/{good}")


def test_an_invited_person_comes_in_once(visitor: Visitor, world: World, app: Flask) -> None:
    boss = world.principal(Role.ADMIN)
    email = f"luis-{world.slug}@personas.example"
    with world.work(boss) as work:
        invitation = invitations.invite(work, email=email, name="Luis Demo", role=Role.COLLECTOR)
    link = f"/invitation/{invitations.invitation_token(invitation)}"

    assert "Te invitan a Despacho Ejemplo" in visitor.get(link).get_text()
    visitor.send(link, {"name": "Luis Demo", "password": "demasiado"}, status=422)
    visitor.send(link, {"name": "Luis Demo", "password": "una frase de quince"})

    assert go(visitor) == 200
    Visitor(app).get(link, status=404)
    assert Visitor(app).raw_sign_in(email, "una frase de quince") == 303


def test_an_invited_person_with_an_account_gives_its_password(visitor: Visitor, world: World, app: Flask) -> None:
    ana = account(make_world("ES"))
    with world.work(world.principal(Role.ADMIN)) as work:
        invitation = invitations.invite(work, email=ana.email, name="Otra", role=Role.SUPERVISOR)
    link = f"/invitation/{invitations.invitation_token(invitation)}"

    visitor.send(link, {"name": "Ladrón", "password": "una frase distinta y larga"}, status=422)
    visitor.send(link, {"name": "Ladrón", "password": ana.password})

    with door_work() as door:
        assert door.get_one(Person, ana.person_id).name == "Ana Prueba"
    assert "Elige dónde entrar" in visitor.get("/sign-in/choose").get_text()


def test_one_goes_on_to_the_page_one_wanted_but_never_to_another_site(app: Flask, world: World) -> None:
    ana = account(world)
    for wanted, reached in (
        ("/account/security", "/account/security"),
        ("//evil.example/x", "/"),
        ("https://evil.example", "/"),
    ):
        visitor = Visitor(app)
        data = {"csrf_token": visitor.csrf(), "email": ana.email, "password": ana.password}
        response = visitor.raw("POST", f"/sign-in?next={wanted}", data=data)
        assert response.headers["Location"] == reached


def test_a_form_without_its_token_or_from_another_site_changes_nothing(app: Flask, world: World) -> None:
    ana = account(world)
    visitor = Visitor(app)
    data = {"email": ana.email, "password": ana.password}
    assert visitor.raw("POST", "/sign-in", data=data).status_code == 400
    data["csrf_token"] = visitor.csrf()
    assert visitor.raw("POST", "/sign-in", data=data, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert visitor.raw("POST", "/sign-in", data=data, headers={"Origin": "https://evil.example"}).status_code == 403


def test_the_cookie_is_for_this_site_alone(app: Flask, world: World) -> None:
    ana = account(world)
    visitor = Visitor(app)
    data = {"csrf_token": visitor.csrf(), "email": ana.email, "password": ana.password}
    response = visitor.raw("POST", "/sign-in", data=data)
    (given,) = [value for value in response.headers.getlist("Set-Cookie") if value.startswith("recobro=")]
    assert "HttpOnly" in given
    assert "SameSite=Lax" in given
    assert response.headers["Cache-Control"] == "no-store"
    with door_work() as door:
        kept = door.scalars(select(SignInSession.id_sha256).where(SignInSession.person_id == ana.person_id)).all()
    assert all(cookie(visitor) != key for key in kept)


def test_people_see_their_sessions_and_close_them(visitor: Visitor, world: World, app: Flask) -> None:
    ana, eva = account(world), account(world)
    visitor.sign_in(ana)
    phone = Visitor(app)
    phone.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Version/17.0 Safari/604.1"
    phone.sign_in(ana)
    stranger = Visitor(app)
    stranger.sign_in(eva)

    page = visitor.get("/account/security")
    assert "Safari · iPhone" in page.get_text()
    keys = [str(tag["value"]) for tag in page.select("[name=key]")]
    assert len(keys) == 1
    stranger.send("/account/security/sessions", {"key": keys[0]}, status=404)
    assert go(phone) == 200

    visitor.send("/account/security/sessions", {"key": keys[0]})
    assert (go(visitor), go(phone)) == (200, 302)


def test_the_second_factor_is_turned_off_with_both_factors_and_a_long_password(visitor: Visitor, world: World) -> None:
    ana = account(world, enrolled=True)
    visitor.sign_in(ana)
    visitor.send("/sign-in/second-factor", {"code": ana.code()})

    visitor.send(
        "/account/security/second-factor/off", {"password": "no es esta", "code": ana.code(steps=1)}, status=422
    )
    visitor.send("/account/security/second-factor/off", {"password": ana.password, "code": "000000"}, status=422)
    visitor.send("/account/security/second-factor/off", {"password": ana.password, "code": ana.code(steps=1)})

    assert "Desactivado" in visitor.get("/account/security").get_text()


def test_an_administrator_cannot_turn_it_off(visitor: Visitor) -> None:
    world = make_world("MX")
    with system_work(reason="test") as work:
        work.session.execute(update(Agency).where(Agency.agency_id == world.agency_id).values(sandbox=False))
    ana = account(world, Role.ADMIN, enrolled=True)
    visitor.sign_in(ana)
    visitor.send("/sign-in/second-factor", {"code": ana.code()})

    visitor.send(
        "/account/security/second-factor/off", {"password": ana.password, "code": ana.code(steps=1)}, status=409
    )


def test_a_profile_is_ones_own_in_every_agency(visitor: Visitor, world: World) -> None:
    ana = account(world)
    visitor.sign_in(ana)

    visitor.send("/account", {"name": "Ana María Prueba", "locale": "en"})

    page = visitor.get("/account")
    assert page.html
    assert page.html["lang"] == "en"
    assert "Ana María Prueba" in page.get_text()
