"""How many contacts the law is asked about in a second, and how long a portfolio's due steps take to look at.

    python -m tests.benchmarks.gate --rows 100000

First the pure decision on one core, every rule listed, for cases with a year of history (two contacts a week), and with
twice and four times as much; at one instant, as a run plans, and at instants all over a week, in processor time only.
Then the whole look at so many due steps of a portfolio in PostgreSQL, as the production role: facts read in sets,
planner, gate; by one process, and by one for each core, each with its share. It uses the PostgreSQL that
RECOBRO_TEST_ADMIN_URL names, or starts the embedded one.
"""

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import psycopg

from kernel.clock import ManualClock
from kernel.garbage import settle
from legal.rules.contact.deciding import decide
from legal.rules.decision import Verdict
from legal.rules.facts import (
    Agreed,
    Channel,
    Claim,
    Contact,
    ContactFacts,
    ContactPoint,
    CreditorType,
    DebtorKind,
    GivenConsent,
    PastContact,
    Quality,
    Source,
)
from recobro.config import Settings
from recobro.strategies import previewing
from recobro.wiring import wire
from tenants import database
from tests.benchmarks.intake import a_server
from tests.support.database import SECRET, test_database
from tests.support.due_steps import plant
from tests.support.world import World, make_world

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
YEAR = 104
PLACES = {
    "MX": (("America/Mexico_City",), None, None),
    "CO": (("America/Bogota",), None, None),
    "ES": (("Europe/Madrid",), "MD", None),
    "US": (("America/New_York",), "NY", "nyc"),
}
DECISIONS, ROUNDS = 2_000, 5
_AGREED = NOW - timedelta(days=30)
_POINT = ContactPoint(Source.CREDITOR, Quality.VERIFIED, consented_at=_AGREED)
# Without it a person in New York is never written to by email.
_CONSENTS = (GivenConsent(Agreed.CHANNEL, _AGREED, channel=Channel.EMAIL, written=True),)


def main() -> None:
    """Measure both and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000, help="how many due steps")
    rows = parser.parse_args().rows
    for place in PLACES:
        _measure_decisions(place)
    folder = Path(tempfile.mkdtemp(prefix="recobro-benchmark-"))
    folder.chmod(0o711)
    try:
        with a_server(folder) as admin_url, test_database(admin_url) as (app_url, admin_own):
            database.connect(app_url, SECRET)
            wire(Settings(data=folder, secret=SECRET, files=folder), app_url)
            _measure_due(rows, app_url, admin_own)
            database.current().engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def a_case(place: str, contacts: int, number: int) -> ContactFacts:
    """A person with so many contacts in the year before, the last one today or up to eight days ago."""
    zones, region, locality = PLACES[place]
    last, gap = NOW - timedelta(days=number % 9, minutes=1 + number), timedelta(days=357) / max(contacts, 1)
    channels = (Channel.EMAIL, Channel.PHONE, Channel.EMAIL, Channel.LETTER)
    past = (
        PastContact(last - gap * n, channels[n % 4], n % 7 == 0, debts=(f"case-{number}",), address=f"p-{number}")
        for n in reversed(range(contacts))
    )
    return ContactFacts(
        place, zones, region, (), CreditorType.COMMERCIAL, DebtorKind.PERSON, Claim.CONSUMER, debt_proof=True,
        authorised_channels=(Channel.EMAIL, Channel.PHONE), previous=tuple(past), locality=locality,
        debts=(f"case-{number}",), consents=_CONSENTS,
    )  # fmt: skip


def _measure_decisions(place: str) -> None:
    action = Contact(Channel.EMAIL, contact_point=_POINT, caller_id_withheld=False, caller_number="+525550000000")
    year = [a_case(place, YEAR, number) for number in range(200)]
    all_week = [NOW + timedelta(minutes=37 * n) for n in range(272)]
    rules = decide(year[0], action, NOW)
    at_once = _rate(place, YEAR, action, [NOW])
    spread = _rate(place, YEAR, action, all_week)
    waiting = sum(decide(year[0], action, at).verdict is Verdict.WAIT for at in all_week) / len(all_week)
    said = Counter(decide(facts, action, NOW).verdict.value for facts in year)
    mix = ", ".join(f"{verdict} {said[verdict] / len(year):.0%}" for verdict in sorted(said))
    asked = sum(outcome.result != "not_applicable" for outcome in rules.outcomes)
    _say(f"{place}: {len(rules.outcomes)} rules listed, {asked} that speak of the case; a year of history"
         f" ({YEAR} contacts): {at_once:,.0f} decisions/s at one instant ({mix}),"
         f" {spread:,.0f}/s all over a week"
         f" ({waiting:.0%} of them look for the next opening)")  # fmt: skip
    ones = [1 / _rate(place, YEAR * times, action, [NOW]) for times in (1, 2, 4)]
    _say("    a decision with 1x, 2x, 4x the history: "
         + ", ".join(f"{one * 1e6:.0f} us ({one / ones[0]:.2f}x)" for one in ones))  # fmt: skip


def _rate(place: str, contacts: int, action: Contact, instants: list[datetime]) -> float:
    """Decisions in a second of this processor: the best of some rounds, each over cases of their own."""
    cases = [a_case(place, contacts, number) for number in range(200)]
    asked = list(islice(zip(cycle(cases), cycle(instants), strict=False), DECISIONS))
    actions = [replace(action, contact_point=replace(_POINT, address=f"p-{n}")) for n in range(200)]

    def decide_all() -> None:
        for (facts, at), one in zip(asked, cycle(actions), strict=False):
            decide(facts, one, at)

    return DECISIONS / min(_timed(decide_all, time.process_time) for _ in range(ROUNDS))


def _timed(act: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    began = clock()
    act()
    return clock() - began


def _measure_due(rows: int, app_url: str, admin_own: str) -> None:
    world = make_world("MX", clock=ManualClock(NOW))
    with psycopg.connect(admin_own, autocommit=True) as admin:
        planting = _timed(lambda: plant(world, admin, rows))
    _say(f"{rows + 1:,} due steps planted in {planting:.0f} s")
    for processes in sorted({1, os.cpu_count() or 1}):
        context = multiprocessing.get_context("spawn")
        ready, looks = context.Barrier(processes + 1), context.Queue()
        asked = [
            context.Process(target=_look, args=(app_url, world, previewing.Share(n, processes), ready, looks))
            for n in range(processes)
        ]
        for one in asked:
            one.start()
        ready.wait()
        began = time.perf_counter()
        found = [looks.get() for _ in asked]
        took = time.perf_counter() - began
        for one in asked:
            one.join()
        due, own = sum(due for due, _, _ in found), ", ".join(f"{own:.1f}" for _, _, own in found)
        verdicts = sorted({verdict for _, told, _ in found for verdict in told})
        told = ", ".join(f"{verdict} {sum(told.get(verdict, 0) for _, told, _ in found):,}" for verdict in verdicts)
        _say(f"{due:,} due steps looked at by {processes} in {took:.1f} s ({due / took:,.0f}/s; {own} s of its own):"
             f" {told}")  # fmt: skip


def _look(app_url: str, world: World, share: previewing.Share, ready: Any, looks: Any) -> None:
    """One process's share of the due steps, looked at as a worker does that has run for a while."""
    database.connect(app_url, SECRET)
    wire(Settings(secret=SECRET), app_url)
    with world.work() as work:
        previewing.outlook(work, most=1)
    settle()
    ready.wait()
    began = time.process_time()
    with world.work() as work:
        found = previewing.outlook(work, share=share)
    looks.put((found.due, dict(found.verdicts), time.process_time() - began))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
