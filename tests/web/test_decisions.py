"""Decisions as supervision and auditors read them: found, explained, made again, taken away as files."""

import csv
import hashlib
import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from kernel.clock import ManualClock
from kernel.ids import new_id
from legal import gate
from legal.gate import Denied, Held
from legal.records.tables import DecisionRecord
from legal.rules.decision import canonical
from legal.rules.facts import Channel, Override
from recobro.cases.flags import open_flag
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.statements import statements
from tests.support.world import World

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


@dataclass
class Three:
    """One decision of each verdict, and one that a supervisor let pass."""

    world: World
    aceros: UUID = field(default_factory=new_id)
    telas: UUID = field(default_factory=new_id)
    cases: dict[str, UUID] = field(default_factory=dict)
    decisions: dict[str, UUID] = field(default_factory=dict)


def ask(world: World, case_id: UUID, channel: Channel = Channel.EMAIL, **more: object) -> UUID:
    """Ask to send now; the id of the decision, whatever it is."""
    with world.work() as work:
        try:
            request = request_for(gather_one(work, case_id), channel, **more)  # type: ignore[arg-type]
            return gate.permission_to_contact(work, request).decision_id
        except (Held, Denied) as refused:
            return refused.decision_id


@pytest.fixture
def three(world: World) -> Three:
    clock = world.clock
    assert isinstance(clock, ManualClock)
    clock.move_to(FRIDAY)
    made = Three(world, world.client(), world.client("telas", name="Telas Ficticias"))
    made.cases["allow"] = world.case(made.aceros, name="=Ferretería, Demo")
    made.cases["deny"] = world.case(made.telas, name="Mercería Demo")
    with world.work() as work:
        open_flag(work, case_id=made.cases["deny"], kind="dispute", reason="No reconoce la factura")
    made.decisions["allow"] = ask(world, made.cases["allow"])
    made.decisions["deny"] = ask(world, made.cases["deny"])
    clock.move_to(NIGHT)
    made.decisions["wait"] = ask(world, made.cases["allow"])
    with world.work() as work:
        rules = tuple(work.session.get_one(DecisionRecord, (world.agency_id, made.decisions["wait"])).failed)
    override = Override("Sara Supervisora", "Lo pidió el deudor", rules)
    made.decisions["override"] = ask(world, made.cases["allow"], override=override)
    return made


def words(page: object) -> str:
    return " ".join(page.get_text(" ").replace("\xa0", " ").split())  # type: ignore[attr-defined]


def shown(pages: Pages, query: str = "") -> set[str]:
    """The decisions that a list shows."""
    page = pages.get(f"/decisions{query}")
    return {str(link["href"]).rsplit("/", 1)[1] for link in page.select("tbody .row-link")}


def test_decisions_are_found_by_answer_rule_channel_client_case_person_and_day(app: Flask, three: Three) -> None:
    pages = Pages(app, three.world.principal(Role.SUPERVISOR))
    ids = {name: str(one) for name, one in three.decisions.items()}

    assert shown(pages) == set(ids.values())
    assert shown(pages, "?verdict=deny") == {ids["deny"]}
    assert shown(pages, "?verdict=allow") == {ids["allow"], ids["override"]}
    assert shown(pages, "?rule=house.dispute") == {ids["deny"]}
    assert shown(pages, "?rule=house.dispute&channel=email&moment=sending&asked=Recobro") == {ids["deny"]}
    assert shown(pages, "?rule=house.dispute&channel=phone") == set()
    assert shown(pages, f"?client={three.telas}") == {ids["deny"]}
    assert shown(pages, f"?case={three.cases['allow']}") == {ids["allow"], ids["wait"], ids["override"]}
    assert shown(pages, "?q=mercería") == {ids["deny"]}
    assert shown(pages, "?asked=Nadie") == set()
    assert shown(pages, "?channel=phone") == set()
    assert shown(pages, "?moment=planned") == set()
    assert shown(pages, "?from=2026-11-20&to=2026-11-20") == set(ids.values()), "23:00 in Mexico is still Friday"
    assert shown(pages, "?from=2026-11-21") == set()
    pages.get("/decisions?verdict=perhaps", status=422)
    pages.get("/decisions?case=1", status=422)
    pages.get("/decisions?after=nowhere", status=422)
    pages.get("/decisions?from=2026-11-25&to=2026-11-20", status=422)
    pages.get("/decisions?to=9999-12-31", status=422)


def test_a_rule_is_found_when_it_was_set_aside_too(app: Flask, three: Three) -> None:
    with three.world.work() as work:
        kept = work.session.get_one(DecisionRecord, (three.world.agency_id, three.decisions["override"]))
    pages = Pages(app, three.world.principal(Role.LAWYER))

    assert shown(pages, f"?rule={kept.overridden[0]}") == {
        str(three.decisions["wait"]), str(three.decisions["override"]),
    }  # fmt: skip


def test_only_who_may_see_all_decisions_sees_the_list(app: Flask, three: Three) -> None:
    collector = Pages(app, three.world.principal(Role.COLLECTOR))

    for path in ("/decisions", "/decisions.csv", "/decisions.jsonl", "/decisions/report", "/decisions/report.pdf"):
        collector.get(path, status=403)
    collector.post(f"/decisions/{three.decisions['deny']}/replay", status=403)
    page = collector.get(f"/decisions/{three.decisions['deny']}")
    assert page.find("button", string=lambda s: bool(s) and "Repetir" in str(s)) is None
    Pages(app, three.world.principal(Role.LAWYER)).get("/decisions.csv", status=403)
    assert "/decisions?case" not in str(collector.get(f"/cases/{three.cases['deny']}"))


def test_an_auditor_reads_and_takes_copies_and_finds_nothing_to_press(app: Flask, three: Three) -> None:
    auditor, case_id = Pages(app, three.world.principal(Role.AUDITOR)), three.cases["deny"]

    assert shown(auditor) == {str(one) for one in three.decisions.values()}
    for path in ("/decisions.csv", "/decisions.jsonl", "/decisions/report", "/decisions/report.csv", "/rules/mx",
                 "/rules/own", "/audit", "/complaints", "/cases", "/cases.csv", "/notices", "/payments",
                 "/agreements", f"/cases/{case_id}/consents", f"/cases/{case_id}/why"):  # fmt: skip
        auditor.get(path)
    page = auditor.post(f"/decisions/{three.decisions['deny']}/replay")
    assert "La misma respuesta" in words(page)
    case = auditor.get(f"/cases/{case_id}").select_one("main")
    assert case is not None
    assert [form.get("action") for form in case.select("form[method=post]")] == []
    for path, sent in ((f"/cases/{case_id}/notes", {"text": "x"}), (f"/cases/{case_id}/flags", {"kind": "hold"}),
                       ("/rules/own/new", {}), (f"/cases/{case_id}/consents", {"act": "stop"})):  # fmt: skip
        auditor.post(path, sent, status=403)
    for path in ("/desk", "/settings/agency", "/placements"):
        auditor.get(path, status=403)


def test_the_case_leads_to_its_decisions(app: Flask, three: Three) -> None:
    pages = Pages(app, three.world.principal(Role.SUPERVISOR))

    page = pages.get(f"/cases/{three.cases['deny']}")

    assert page.find("a", href=f"/decisions?case={three.cases['deny']}")


def test_a_long_list_goes_by_pages_in_a_known_number_of_statements(app: Flask, three: Three) -> None:
    pages = Pages(app, three.world.principal(Role.SUPERVISOR))
    with three.world.work() as work:
        kept = work.session.get_one(DecisionRecord, (three.world.agency_id, three.decisions["deny"]))
        columns = {c.name: getattr(kept, c.name) for c in DecisionRecord.__table__.columns}
    pages.get("/decisions")
    with statements() as few:
        pages.get("/decisions")
    with three.world.work() as work:
        work.add(*[DecisionRecord(**{**columns, "id": new_id()}) for _ in range(60)])
    for query in ("", "rule=house.dispute&client=" + str(three.telas)):
        seen, url, sizes = set[str](), f"/decisions?{query}", []
        while url:
            with statements() as many:
                page = pages.get(url)
            found = {str(link["href"]) for link in page.select("tbody .row-link")}
            sizes.append(len(found))
            seen |= found
            following = page.select_one(".pager a[data-key=']']")
            url = str(following["href"]) if following else ""
        assert len(seen) == sum(sizes) == (61 if query else 64)
    assert len(many) <= len(few)


def test_one_decision_tells_rules_facts_texts_and_proof(app: Flask, three: Three) -> None:
    pages = Pages(app, three.world.principal(Role.SUPERVISOR))

    page = pages.get(f"/decisions/{three.decisions['deny']}")

    text = words(page)
    assert "No se permite" in text
    assert "El deudor abrió una aclaración; hasta resolverla no se cobra." in text
    assert "Marcas del caso" in text
    assert "clase: aclaración" in text
    assert "El contenido coincide con su huella" in text
    assert page.find("a", href="/rules/mx")
    assert page.select("details summary")
    assert json.loads(page.select_one("pre").get_text())["facts"]["country"] == "MX"  # type: ignore[union-attr]


def test_made_again_it_says_the_same_and_a_forgery_differs(
    app: Flask, three: Three, database_urls: tuple[str, str]
) -> None:
    pages = Pages(app, three.world.principal(Role.SUPERVISOR))
    for name in ("allow", "wait", "deny", "override"):
        assert "La misma respuesta" in words(pages.post(f"/decisions/{three.decisions[name]}/replay"))

    with psycopg.connect(database_urls[1]) as admin:
        admin.execute("SET LOCAL session_replication_role = replica")
        admin.execute(
            "UPDATE decisions SET record = jsonb_set(record, '{verdict}', '\"allow\"') WHERE id = %s",
            [three.decisions["deny"]],
        )
    text = words(pages.post(f"/decisions/{three.decisions['deny']}/replay"))

    assert "No da lo mismo que quedó guardado" in text
    assert "alguien lo cambió" in text


def test_one_decision_leaves_as_json_and_its_hash_can_be_checked(app: Flask, three: Three) -> None:
    pages = Pages(app, three.world.principal(Role.COLLECTOR))

    told = json.loads(pages.raw("GET", f"/decisions/{three.decisions['wait']}.json").data)

    content = {name: value for name, value in told["record"].items() if name != "hash"}
    assert hashlib.sha256(canonical(content)).hexdigest() == told["record"]["hash"]
    assert (told["id"], told["record"]["verdict"]) == (str(three.decisions["wait"]), "wait")


def test_the_filtered_list_leaves_as_csv_and_as_json_lines(app: Flask, three: Three) -> None:
    pages = Pages(app, three.world.principal(Role.SUPERVISOR))

    table = list(csv.reader(io.StringIO(pages.raw("GET", "/decisions.csv").data.decode("utf-8-sig"))))
    lines = pages.raw("GET", "/decisions.jsonl?verdict=deny").data.decode().splitlines()

    assert table[0][:3] == ["Decisión", "Cuándo", "Respuesta"]
    assert [row[0] for row in table[1:]] == [
        str(three.decisions[name]) for name in ("override", "wait", "deny", "allow")
    ]
    assert {row[9] for row in table[1:]} == {"'=Ferretería, Demo", "Mercería Demo"}
    [only] = [json.loads(line) for line in lines]
    assert (only["id"], only["record"]["hash"]) == (str(three.decisions["deny"]), table[3][15])
    with three.world.work() as work:
        from tenants.audit import AuditRow

        acts = work.session.scalars(
            select(AuditRow.payload)
            .where(AuditRow.agency_id == three.world.agency_id, AuditRow.action == "decisions.exported")
            .order_by(AuditRow.seq)
        ).all()
    assert [json.loads(act)["wanted"] for act in acts] == ["", "verdict=deny"]


def test_a_file_that_is_cut_off_says_so(app: Flask, three: Three, monkeypatch: pytest.MonkeyPatch) -> None:
    from recobro.decisions import export

    pages = Pages(app, three.world.principal(Role.SUPERVISOR))
    monkeypatch.setattr(export, "CSV_LIMIT", 3)
    monkeypatch.setattr(export, "JSONL_LIMIT", 4)

    table = pages.raw("GET", "/decisions.csv").data.decode("utf-8-sig").splitlines()
    lines = pages.raw("GET", "/decisions.jsonl").data.decode().splitlines()

    assert len(table) == 5
    assert table[4].startswith("Hasta aquí: son las 3 más recientes")
    assert len(lines) == 4, "four of four are all of them"
