"""The compliance report adds up to the decision: a set made by hand, counted on paper."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from kernel.clock import ManualClock
from kernel.ids import new_id
from kernel.problems import Invalid
from legal.records.tables import ContactAttempt, DecisionRecord
from recobro.cases.tables import Case
from recobro.complaints.tables import Complaint
from recobro.decisions.figures import Period, Report, RuleTally, Tally, report
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World

MEXICO = ZoneInfo("America/Mexico_City")
HOURS, BAD = "mx.prof.hours", "house.dispute"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Line:
    """One decision of the set. `wait` in hours."""

    day: str
    client: str
    channel: str
    moment: str
    verdict: str
    wait: int = 0
    failed: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()


# October 2026: the weeks of Monday 28 September, 5, 12, 19 and 26 October.
SET = (
    Line("2026-09-30 23:59", "aceros", "email", "sending", "deny", 0, (BAD,)),  # the day before
    Line("2026-10-01 00:00", "aceros", "email", "planned", "allow"),
    Line("2026-10-01 10:00", "aceros", "email", "sending", "allow"),
    Line("2026-10-04 23:30", "aceros", "phone", "sending", "wait", 8, (HOURS,)),
    Line("2026-10-05 10:00", "aceros", "phone", "sending", "allow", 0, (), (HOURS,)),
    Line("2026-10-14 10:00", "telas", "email", "planned", "deny", 0, (BAD, HOURS)),
    Line("2026-10-15 22:00", "telas", "phone", "sending", "wait", 9, (HOURS,)),
    Line("2026-10-15 23:00", "telas", "phone", "planned", "wait", 80, (HOURS,)),
    Line("2026-10-31 23:59", "telas", "letter", "sending", "allow"),
    Line("2026-11-01 00:00", "telas", "letter", "sending", "allow"),  # the day after
)


@dataclass
class Made:
    """The agency with the set, and its clients by name."""

    world: World
    clients: dict[str, UUID]


@pytest.fixture
def made(world: World) -> Made:
    assert isinstance(world.clock, ManualClock)
    world.clock.move_to(datetime(2026, 11, 3, 18, 0, tzinfo=UTC))
    clients = {"aceros": world.client(), "telas": world.client("telas", name="=Telas Ficticias")}
    cases = {name: world.case(client) for name, client in clients.items()}
    with world.work() as work:
        for line in SET:
            case = work.session.get_one(Case, (world.agency_id, cases[line.client]))
            work.add(decision := _decision(line, case))
            work.flush()
            if (line.moment, line.verdict) == ("sending", "allow"):
                work.add(_attempt(decision, voided=line.channel == "letter"))
        work.add(_attempt(decision, asked=False, at=_at("2026-10-20 12:00"), conversation=True))
        for number, (on, due) in enumerate((("2026-10-02", "2026-10-20"), ("2026-10-30", "2026-11-20")), 1):
            work.add(_complaint(number, decision, date.fromisoformat(on), date.fromisoformat(due)))
    return Made(world, clients)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MEXICO)


def _decision(line: Line, case: Case) -> DecisionRecord:
    override = {"by": "Sara Supervisora", "reason": "Lo pidió", "rules": list(line.overridden)}
    record = {"action": {"override": override if line.overridden else None}}
    at = _at(line.day)
    return DecisionRecord(
        agency_id=case.agency_id, client_id=case.client_id, id=new_id(), case_id=case.id, debtor_id=case.debtor_id,
        moment=line.moment, channel=line.channel, purpose="collect", at=at, verdict=line.verdict,
        until=at + line.wait * HOUR if line.wait else None, failed=list(line.failed),
        overridden=list(line.overridden), pack_id="mx", pack_version="2026.11", pack_digest="", hash="",
        record=record, asked_by="Recobro",
    )  # fmt: skip


def _attempt(
    decision: DecisionRecord, *, voided: bool = False, asked: bool = True, at: datetime | None = None,
    conversation: bool = False,
) -> ContactAttempt:  # fmt: skip
    return ContactAttempt(
        agency_id=decision.agency_id, client_id=decision.client_id, id=new_id(), case_id=decision.case_id,
        debtor_id=decision.debtor_id, decision_id=decision.id if asked else None, person_key="x",
        channel=decision.channel, purpose="collect", at=at or decision.at, conversation=conversation,
        voided_at=decision.at if voided else None,
    )  # fmt: skip


def _complaint(number: int, decision: DecisionRecord, on: date, due: date) -> Complaint:
    return Complaint(
        agency_id=decision.agency_id, client_id=decision.client_id, id=new_id(), number=f"Q-{number}",
        case_id=decision.case_id, debtor_id=decision.debtor_id, regulator="condusef", received_on=on, topics=[],
        words="Me llaman de noche", due_on=due, recorded_at=decision.at, recorded_by="Sara Supervisora",
    )  # fmt: skip


OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


def test_every_figure_is_right_to_the_decision(made: Made) -> None:
    with made.world.work() as work:
        found = report(work, OCTOBER)

    assert found.total == Tally(8, 4, 3, 1, 97 * HOUR, 80 * HOUR)
    assert found.total.average == 97 * HOUR / 3
    assert found.moments == {
        "planned": Tally(3, 1, 1, 1, 80 * HOUR, 80 * HOUR),
        "sending": Tally(5, 3, 2, 0, 17 * HOUR, 9 * HOUR),
    }
    assert found.channels == {
        "phone": Tally(4, 1, 3, 0, 97 * HOUR, 80 * HOUR),
        "email": Tally(3, 2, 0, 1),
        "letter": Tally(1, 1, 0, 0),
    }
    assert found.clients == {
        made.clients["aceros"]: Tally(4, 3, 1, 0, 8 * HOUR, 8 * HOUR),
        made.clients["telas"]: Tally(4, 1, 2, 1, 89 * HOUR, 80 * HOUR),
    }
    assert {monday.isoformat()[5:]: tally.asked for monday, tally in found.weeks.items()} == {
        "09-28": 3, "10-05": 1, "10-12": 3, "10-19": 0, "10-26": 1,
    }  # fmt: skip
    assert found.rules == [RuleTally(HOURS, 3, 1, 1), RuleTally(BAD, 0, 1, 0)]
    assert [(one.by, one.reason, list(one.rules), one.channel) for one in found.overridings] == [
        ("Sara Supervisora", "Lo pidió", [HOURS], "phone")
    ]
    assert found.overridden == 1
    assert [
        (a.channel, a.permitted, a.counted, a.voided, a.missing, a.unasked, a.conversations) for a in found.attempts
    ] == [("email", 1, 1, 0, 0, 0, 0), ("letter", 1, 0, 1, 0, 1, 1), ("phone", 1, 1, 0, 0, 0, 0)]
    assert (found.complaints.opened, found.complaints.still_open, found.complaints.overdue) == (2, 2, 1)


@pytest.mark.parametrize("part", ["moments", "channels", "clients", "weeks"])
def test_every_part_adds_up_to_the_whole(made: Made, part: str) -> None:
    with made.world.work() as work:
        found = report(work, OCTOBER)

    tallies = getattr(found, part).values()

    for name in ("asked", "allowed", "delayed", "denied"):
        assert sum(getattr(tally, name) for tally in tallies) == getattr(found.total, name)
    assert sum((tally.waited for tally in tallies), timedelta()) == found.total.waited
    assert max(tally.longest for tally in tallies) == found.total.longest


def test_one_clients_report_holds_its_decisions_alone(made: Made) -> None:
    with made.world.work() as work:
        found = report(work, Period(OCTOBER.first, OCTOBER.last, made.clients["telas"]))

    assert found.total == Tally(4, 1, 2, 1, 89 * HOUR, 80 * HOUR)
    assert [*found.clients] == [made.clients["telas"]]
    assert found.rules == [RuleTally(HOURS, 2, 1, 0), RuleTally(BAD, 0, 1, 0)]
    assert (found.overridden, found.overridings) == (0, [])
    assert [(a.channel, a.permitted) for a in found.attempts] == [("letter", 1)]


def test_a_period_without_decisions_is_all_nothing(made: Made) -> None:
    with made.world.work() as work:
        found = report(work, Period(date(2025, 1, 1), date(2025, 1, 31)))

    assert found.total == Tally()
    assert len(found.weeks) == 5
    assert (found.rules, found.attempts, found.complaints.opened) == ([], [], 0)


def test_a_period_is_a_year_at_most_and_ends_after_it_begins() -> None:
    Period(date(2026, 1, 1), date(2027, 1, 1))
    with pytest.raises(Invalid, match="un año"):
        Period(date(2026, 1, 1), date(2027, 1, 2))
    with pytest.raises(Invalid, match="antes de empezar"):
        Period(date(2026, 1, 2), date(2026, 1, 1))


QUERY = "?from=2026-10-01&to=2026-10-31"


def words(page: object) -> str:
    return " ".join(page.get_text(" ").replace("\xa0", " ").split())  # type: ignore[attr-defined]


def test_the_page_opens_every_sum_into_its_decisions(app: Flask, made: Made) -> None:
    pages = Pages(app, made.world.principal(Role.SUPERVISOR))

    page = pages.get(f"/decisions/report{QUERY}")

    assert "1 d 8 h" in words(page)
    figures = [link for link in page.select(".tile-value a, td.num a") if "/decisions?" in str(link["href"])]
    assert len(figures) > 25
    for link in figures:
        rows = pages.get(str(link["href"])).select("tbody tr")
        assert len(rows) == int(link.get_text()), link["href"]


def test_the_figures_leave_as_csv_and_as_workbook(app: Flask, made: Made) -> None:
    pages = Pages(app, made.world.principal(Role.SUPERVISOR))

    text = pages.raw("GET", f"/decisions/report.csv{QUERY}").data.decode("utf-8-sig")
    book = CalamineWorkbook.from_filelike(io.BytesIO(pages.raw("GET", f"/decisions/report.xlsx{QUERY}").data))

    rows = list(csv.reader(io.StringIO(text)))
    assert ["Total", "8", "4", "3", "1", "1940", "4800"] in rows
    assert ["Llamada", "4", "1", "3", "0", "1940", "4800"] in rows
    assert "'=Telas Ficticias" in {row[0] for row in rows if row}
    assert book.sheet_names[:3] == ["Por semana", "Por momento", "Por canal"]
    clients = book.get_sheet_by_name("Por cliente").to_python()
    assert ["=Telas Ficticias", 4, 1, 2, 1] in [row[:5] for row in clients]
    assert book.get_sheet_by_name("Por regla").to_python()[1][1:] == [HOURS, 3, 1, 1]


def test_the_report_leaves_as_a_document(app: Flask, made: Made) -> None:
    import pikepdf

    pages = Pages(app, made.world.principal(Role.SUPERVISOR))

    answer = pages.raw("GET", f"/decisions/report.pdf{QUERY}&client={made.clients['aceros']}")

    assert answer.headers["Content-Disposition"].endswith('"cumplimiento-2026-10-01-2026-10-31.pdf"')
    with pikepdf.open(io.BytesIO(answer.data)) as document:
        assert len(document.pages) >= 1
        assert str(document.docinfo["/Title"]) == "Informe de cumplimiento"


def test_a_broken_period_is_refused(app: Flask, made: Made) -> None:
    pages = Pages(app, made.world.principal(Role.SUPERVISOR))

    for query in ("?from=ayer", "?from=2026-10-01&to=2026-09-01", "?from=2020-01-01&to=2026-01-01", "?client=1"):
        pages.get(f"/decisions/report{query}", status=422)


def test_a_week_begins_within_its_period_and_a_cut_off_one_without_decisions_is_left_out() -> None:
    november = Period(date(2026, 11, 1), date(2026, 11, 20))
    busy, idle = Tally(asked=3), Tally()
    monday = date(2026, 10, 26)
    blank: dict[str, object] = {
        "total": idle, "moments": {}, "channels": {}, "clients": {}, "rules": [], "overridings": [],
        "overridden": 0, "attempts": [],
    }  # fmt: skip

    cut = Report(november, weeks={monday: idle, date(2026, 11, 2): busy}, **blank)  # type: ignore[arg-type]
    asked = Report(november, weeks={monday: busy, date(2026, 11, 2): idle}, **blank)  # type: ignore[arg-type]

    assert [begins.isoformat() for begins, _ in cut.shown_weeks] == ["2026-11-02"]
    assert [begins.isoformat() for begins, _ in asked.shown_weeks] == ["2026-11-01", "2026-11-02"]
