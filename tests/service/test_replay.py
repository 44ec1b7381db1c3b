"""A decision is made again with the law of its day, whatever the program ships since, and tampering shows."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.types.json import Jsonb
from sqlalchemy import select

from kernel.clock import ManualClock
from kernel.problems import NotFound
from legal import gate
from legal.evidence.replay import Standing, replay
from legal.evidence.tables import DecisionRule
from legal.gate import Denied, Held
from legal.policies.service import set_policies
from legal.records.tables import DecisionRecord
from legal.rules.decision import Verdict
from legal.rules.facts import Channel, Override
from legal.rules.packs import loading
from legal.rules.policies import own_rules
from recobro.cases.flags import open_flag
from recobro.migrations.laws import keep_laws
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from tests.support.world import World, make_world

# A Friday at ten in Mexico City, not a holiday.
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
LATE = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


@pytest.fixture
def mexico(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


def ask(world: World, case_id: UUID, channel: Channel = Channel.EMAIL, **more: object) -> UUID:
    """Ask to send now; the id of the decision, whatever it is."""
    with world.work() as work:
        try:
            request = request_for(gather_one(work, case_id), channel, **more)  # type: ignore[arg-type]
            return gate.permission_to_contact(work, request).decision_id
        except (Held, Denied) as refused:
            return refused.decision_id


def found(world: World, decision_id: UUID) -> DecisionRecord:
    with world.work() as work:
        return work.session.scalars(
            select(DecisionRecord).where(DecisionRecord.agency_id == world.agency_id, DecisionRecord.id == decision_id)
        ).one()


class Shipping:
    """The program with other texts of the law than those it has today."""

    def __init__(self, folder: Path, admin_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.admin_url, self.monkeypatch = folder, admin_url, monkeypatch
        shutil.copytree(loading.PACKS, folder)

    def change(self, name: str, old: str, new: str) -> None:
        """Another version of one file ships, and the schema was brought up to date with it."""
        path = self.folder / f"{name}.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        self.monkeypatch.setattr(loading, "PACKS", self.folder)
        forget()

    def keep(self) -> None:
        engine = sa.create_engine(
            "postgresql+psycopg://", creator=lambda: psycopg.connect(self.admin_url), poolclass=sa.NullPool
        )
        with engine.begin() as connection:
            connection.execute(sa.text("SET LOCAL ROLE recobro_owner"))
            keep_laws(connection, self.folder.glob("*.toml"))
        engine.dispose()


@contextmanager
def tampering(admin_url: str) -> Iterator[psycopg.Connection]:
    """The server's superuser, past every policy and trigger."""
    with psycopg.connect(admin_url) as admin:
        admin.execute("SET LOCAL session_replication_role = replica")
        yield admin


def forget() -> None:
    """What was read of the packs is read anew."""
    for known in vars(loading).values():
        if hasattr(known, "cache_clear"):
            known.cache_clear()


@pytest.fixture
def ship(tmp_path: Path, database_urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shipping]:
    shipping = Shipping(tmp_path / "packs", database_urls[1], monkeypatch)
    yield shipping
    monkeypatch.undo()
    forget()


def test_a_decision_made_again_gives_the_same_answer_rule_by_rule(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    allowed = ask(mexico, case_id)
    assert isinstance(mexico.clock, ManualClock)
    mexico.clock.move_to(LATE)
    held = ask(mexico, case_id)

    with mexico.work() as work:
        answers = [replay(work, allowed), replay(work, held)]

    assert [(one.standing, one.whole, one.verdict) for one in answers] == [
        (Standing.SAME, True, "allow"),
        (Standing.SAME, True, "wait"),
    ]
    assert answers[1].until == "2026-11-23T13:00:00Z"
    assert answers[0].rules == len(found(mexico, allowed).record["rules"]) > 10


def test_a_decision_of_an_old_law_keeps_its_answer_when_the_law_has_changed(mexico: World, ship: Shipping) -> None:
    case_id = mexico.case(mexico.client())
    assert isinstance(mexico.clock, ManualClock)
    mexico.clock.move_to(LATE)
    ship.change("mx", 'mon = "07:00-', 'mon = "09:00-')
    ship.keep()
    then = ask(mexico, case_id)
    before = found(mexico, then)
    assert before.until == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

    ship.monkeypatch.undo()
    forget()
    today = found(mexico, ask(mexico, case_id))
    with mexico.work() as work:
        again = replay(work, then)

    assert today.until == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    assert today.record["pack"]["parts"] != before.record["pack"]["parts"]
    assert (again.standing, again.until) == (Standing.SAME, "2026-11-23T15:00:00Z")


def test_a_text_that_was_not_kept_is_named(mexico: World, ship: Shipping) -> None:
    ship.change("mx", 'mon = "07:00-', 'mon = "08:00-')
    decision_id = ask(mexico, mexico.case(mexico.client()))

    with mexico.work() as work:
        again = replay(work, decision_id)

    assert (again.standing, again.missing, again.whole) == (Standing.MISSING, ("mx",), True)


def test_a_decision_that_names_no_texts_is_not_made_again_with_others(
    mexico: World, database_urls: tuple[str, str]
) -> None:
    decision_id = ask(mexico, mexico.case(mexico.client()))
    with tampering(database_urls[1]) as admin:
        admin.execute("UPDATE decisions SET record = record #- '{pack,parts}' WHERE id = %s", [decision_id])

    with mexico.work() as work:
        again = replay(work, decision_id)

    assert (again.standing, again.missing, again.whole) == (Standing.MISSING, ("mx",), False)


def test_where_no_law_was_loaded_the_answer_is_again_no(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        request = request_for(gather_one(work, case_id), Channel.EMAIL)
        elsewhere = replace(request, facts=replace(request.facts, country="XX", zones=(), region=None))
        with pytest.raises(Denied) as denied:
            gate.permission_to_contact(work, elsewhere)

    with mexico.work() as work:
        again = replay(work, denied.value.decision_id)

    assert found(mexico, denied.value.decision_id).pack_id == "none"
    assert (again.standing, again.verdict, again.rules) == (Standing.SAME, "deny", 1)


def test_facts_that_this_program_does_not_know_are_not_passed_over(
    mexico: World, database_urls: tuple[str, str]
) -> None:
    decision_id = ask(mexico, mexico.case(mexico.client()))
    with tampering(database_urls[1]) as admin:
        admin.execute(
            "UPDATE decisions SET record = jsonb_set(record, '{facts,moon}', '\"full\"') WHERE id = %s", [decision_id]
        )

    with mexico.work() as work:
        assert replay(work, decision_id).standing is Standing.UNREADABLE


def test_an_agencys_own_policies_are_those_of_that_day(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    closed = {
        "id": "agency.no_email", "kind": "closed", "title": "Nada por correo", "from": "2020-01-01",
        "basis": "policy", "confidence": "policy", "citation": "Política de la agencia", "checked_on": "2026-01-01",
        "applies_to": {"channels": ["email"]},
    }  # fmt: skip
    with mexico.work() as work:
        set_policies(work, own_rules([closed]), why="Prueba", change="Nada por correo", based_on=0)
    then = ask(mexico, case_id)
    with mexico.work() as work:
        set_policies(work, (), why="Prueba", change="Otra vez", based_on=1)
    now = ask(mexico, case_id)

    with mexico.work() as work:
        again = replay(work, then)

    assert found(mexico, then).failed == ["agency.no_email"]
    assert found(mexico, now).verdict == "allow"
    assert (again.standing, again.verdict) == (Standing.SAME, Verdict.DENY)


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ("record = jsonb_set(record, '{facts,flags}', '[]')", "the facts"),
        ("record = jsonb_set(record, '{verdict}', '\"allow\"'), verdict = 'allow'", "the answer"),
        ("verdict = 'allow'", "a column beside the record"),
        ("hash = repeat('0', 64)", "the hash"),
        ("at = at - interval '1 hour'", "the instant"),
        ("failed = ARRAY['mx.other']", "the rules in the way"),
    ],
)
def test_whoever_changes_a_kept_decision_in_the_database_is_found_out(
    mexico: World, database_urls: tuple[str, str], changed: str, column: str
) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No reconoce la factura")
    decision_id = ask(mexico, case_id)
    with mexico.work() as work:
        assert replay(work, decision_id).whole

    with tampering(database_urls[1]) as admin:
        admin.execute(f"UPDATE decisions SET {changed} WHERE id = %s".encode(), [decision_id])
    with mexico.work() as work:
        assert not replay(work, decision_id).whole, column


def test_a_forged_record_with_a_fresh_hash_does_not_give_its_own_answer(
    mexico: World, database_urls: tuple[str, str]
) -> None:
    import hashlib

    from legal.rules.decision import canonical

    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No reconoce la factura")
    decision_id = ask(mexico, case_id)
    content = {**found(mexico, decision_id).record, "verdict": "allow"}
    del content["hash"]
    fresh = hashlib.sha256(canonical(content)).hexdigest()

    with tampering(database_urls[1]) as admin:
        admin.execute(
            "UPDATE decisions SET verdict = 'allow', record = %s, hash = %s WHERE id = %s",
            [Jsonb({**content, "hash": fresh}), fresh, decision_id],
        )
    with mexico.work() as work:
        again = replay(work, decision_id)

    assert again.standing is Standing.DIFFERS
    assert [(one.rule, one.then, one.now) for one in again.differences] == [("", "allow", "deny")]


def test_the_rules_in_the_way_and_those_set_aside_are_kept_beside_the_decision(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    assert isinstance(mexico.clock, ManualClock)
    mexico.clock.move_to(LATE)
    held = ask(mexico, case_id)
    policies = tuple(found(mexico, held).failed)
    passed = ask(mexico, case_id, override=Override("Sara Supervisora", "Lo pidió el deudor", policies))

    with mexico.work() as work:
        rows = work.session.execute(
            select(DecisionRule.decision_id, DecisionRule.rule, DecisionRule.result, DecisionRule.verdict).where(
                DecisionRule.agency_id == mexico.agency_id
            )
        ).all()

    assert policies
    assert {tuple(row) for row in rows} == {
        *((held, rule, "failed", "wait") for rule in policies),
        *((passed, rule, "overridden", "allow") for rule in policies),
    }


def test_another_agencys_decision_is_not_there(mexico: World) -> None:
    decision_id = ask(mexico, mexico.case(mexico.client()))
    other = make_world("MX", clock=ManualClock(FRIDAY))

    with other.work() as work, pytest.raises(NotFound):
        replay(work, decision_id)


def test_a_kept_text_of_the_law_is_never_written_over_and_is_what_its_digest_says(
    database_urls: tuple[str, str],
) -> None:
    with psycopg.connect(database_urls[1]) as admin:
        kept = admin.execute("SELECT sha256, name, content FROM law_texts WHERE name = 'mx'").fetchall()
        assert (loading.PACKS / "mx.toml").read_text(encoding="utf-8") in {content for _, _, content in kept}
        with pytest.raises(psycopg.errors.CheckViolation):
            admin.execute("UPDATE law_texts SET content = content || ' ' WHERE sha256 = %s", [kept[0][0]])
