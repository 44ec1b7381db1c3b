"""Six months of two agencies, day by day: what clients send, collectors say, debtors do and accountants close.

Everything goes through the product's own services with the clock moved; no row is written behind their back. The same
seed gives the same story. When it is over, each agency's clock stands at its last morning and runs on from there.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from zoneinfo import ZoneInfo

import click
import structlog
from babel.dates import format_date
from sqlalchemy import select

from kernel.clock import ManualClock, SystemClock, instant_of
from legal.policies.service import set_policies
from legal.rules.facts import Channel
from legal.rules.policies import own_rules
from recobro.cases.tables import Case
from recobro.cli.words import language
from recobro.config import Settings
from recobro.debtors.tables import Debtor as DebtorRow
from recobro.demo import calls, lawsuits, payers
from recobro.demo.acts import ACTS, close_month, pay_over, place, post_letters, print_letters, share_out
from recobro.demo.cast import Debtor, Manner, debtors, invoices
from recobro.demo.files import DELIVERIES, Delivery, as_csv
from recobro.demo.stars import STARS, Scene, Star, cast_of, invoices_of
from recobro.demo.telling import FIRST, LAST, LAST_HOUR, LAST_MINUTE, Life, Telling
from recobro.demo.world import HOUSES, Stage, find_stages, login_lines, set_up
from recobro.people.agency import GRACE_HOURS, set_grace
from recobro.strategies.ladder import DEFAULT_NAME, Ladder, Step, StepKind
from recobro.strategies.service import keep_version
from tenants.roles import Role
from tenants.service import set_clock
from tenants.work import Work, standing_clock, system_work, tenant_work

LEFT_OPEN = "aceros"


def build(settings: Settings) -> None:
    """Tell the whole story, each agency in a process of its own, and leave their clocks at its end."""
    clock = ManualClock(instant_of(FIRST, ZoneInfo("America/Mexico_City"), 8))
    with standing_clock(clock):
        set_up()
    tellers = [
        subprocess.Popen([sys.executable, "-m", "recobro.demo.story", house.slug], env=_environment(settings))
        for house in HOUSES
    ]
    if sum(teller.wait() != 0 for teller in tellers):
        raise SystemExit("The demo's story could not be told; the reason is above.")
    for stage in find_stages():
        last = instant_of(LAST, ZoneInfo(stage.house.zone), LAST_HOUR, LAST_MINUTE)
        with system_work(reason="demo") as system:
            set_clock(system, agency_id=stage.agency_id, offset=last - SystemClock().now())


def _environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": settings.database_url or "", "RECOBRO_SECRET": settings.signing_secret()}


def logins(_settings: Settings) -> list[str]:
    """The lines that `recobro demo` prints."""
    return login_lines()


def tell(stage: Stage) -> None:
    """One agency's months, each announced by a line."""
    telling = Telling(stage)
    scenes = _Scenes(telling)
    _choose_ladder(telling)
    day, month = FIRST, 0
    while day <= LAST:
        if day.month != month:
            month = day.month
            click.echo(f"{stage.house.name}: {format_date(day, 'LLLL y', locale=language())} …")
        if day.weekday() < 5:
            _day(telling, scenes, day)
        day += timedelta(days=1)
    with standing_clock(telling.clock), tenant_work(telling.stage.who(Role.SUPERVISOR)) as work:
        set_grace(work, GRACE_HOURS)
        if stage.house.slug == "demo":
            _close_days(work)


def _close_days(work: Work) -> None:
    """The agency's own policy: nobody is contacted on the eves of Christmas and of the new year."""
    rule: dict[str, object] = {
        "id": "agency.days_eves", "kind": "closed_days", "title": "Nochebuena y fin de año", "from": LAST.isoformat(),
        "basis": "policy", "confidence": "policy", "citation": "Política de Despacho Ejemplo",
        "checked_on": LAST.isoformat(), "parameters": {"days": ["2026-12-24", "2026-12-31"]},
        "applies_to": {"channels": ["phone", "email", "sms", "whatsapp", "visit"],
                       "purposes": ["collect", "locate", "ask_consent"]},
    }  # fmt: skip
    why = "Esos días la oficina no contesta: nadie podría atender a quien responda."
    set_policies(work, own_rules([rule]), why=why, change="Añade «Nochebuena y fin de año»", based_on=0)


def _choose_ladder(telling: Telling) -> None:
    """The agency writes emails; letters go to those who have none."""
    steps = (
        Step(kind=StepKind.NOTICE, after_days=0, template="cordial-1", fallback=Channel.LETTER),
        Step(kind=StepKind.NOTICE, after_days=6, template="second-2", fallback=Channel.LETTER),
        Step(kind=StepKind.NOTICE, after_days=6, template="firm-3", fallback=Channel.LETTER),
        Step(kind=StepKind.QUEUE, after_days=3),
    )
    telling.at(FIRST, 8, 30)
    with standing_clock(telling.clock), tenant_work(telling.stage.who(Role.SUPERVISOR)) as work:
        keep_version(work, key="default", name=DEFAULT_NAME, ladder=Ladder(steps=steps))
        # The months are told by days: each first notice goes out on the day on which its file came.
        set_grace(work, 0)


class _Scenes:
    """The written steps of the stars, by day."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._lives: dict[str, Life] = {}
        self._waiting = sorted(
            ((scene, star.name) for star in STARS[telling.stage.house.slug] for scene in star.scenes),
            key=lambda pair: (pair[0].on, pair[0].at),
        )

    def meet(self, star: Star, life: Life) -> None:
        """From now on the star has a case."""
        self._lives[star.name] = life

    def play(self, day: date, until: tuple[int, int]) -> None:
        """What is written for that day before an hour."""
        while self._waiting and (self._waiting[0][0].on, self._waiting[0][0].at) < (day, until):
            scene, name = self._waiting.pop(0)
            self._play(scene, self._lives[name])

    def _play(self, scene: Scene, life: Life) -> None:
        self._telling.at(scene.on, *scene.at)
        ACTS[scene.act](self._telling, life, **scene.what)
        if scene.act == "pay":
            self._telling.finish()


def _day(telling: Telling, scenes: _Scenes, day: date) -> None:
    """A working day: files come, the machine runs, debtors and collectors act, the month is closed."""
    with standing_clock(telling.clock):
        if day == LAST:
            _last_day(telling, scenes, day)
            return
        telling.at(day, 9, 5)
        for delivery in DELIVERIES[telling.stage.house.slug]:
            if delivery.on == day:
                _deliver(telling, scenes, delivery)
        telling.at(day, 9, 20)
        telling.tick(day)
        scenes.play(day, (14, 0))
        telling.at(day, 14, 5)
        calls.collect(telling, day)
        telling.at(day, 16, 5)
        payers.act(telling, day)
        payers.sign(telling)
        for life in telling.open_lives():
            if life.manner is Manner.COURT:
                lawsuits.follow(telling, life, day)
        calls.answer_disputes(telling, telling.open_lives(), day)
        telling.documents.wait()  # what was printed the day before is ready for the post
        post_letters(telling.stage)
        if day.weekday() in (1, 4):
            print_letters(telling.stage)
        _close_months(telling, day)
        telling.finish()
        scenes.play(day, (24, 0))
        telling.documents.ask(telling.clock.now())


def _last_day(telling: Telling, scenes: _Scenes, day: date) -> None:
    """Its first minutes break what was not kept; the morning goes on until the clock is let go."""
    telling.at(day, 0, 10)
    telling.tick(day)
    telling.at(day, 8, 45)
    telling.tick(day)
    calls.last_morning(telling, day)
    calls.plan_in_vain(telling.stage.collectors()[0])
    scenes.play(day, (10, 20))
    telling.at(day, 10, 21)
    payers.act(telling, day)
    telling.finish()
    telling.documents.ask(telling.clock.now())
    telling.documents.wait()


def _deliver(telling: Telling, scenes: _Scenes, delivery: Delivery) -> None:
    stage = telling.stage
    firm = next(firm for firm in stage.house.firms if firm.slug == delivery.client)
    cast = debtors(
        firm.country, firm.slug[:3].upper(), delivery.count, delivery.seed, start=delivery.start,
        turned=firm.slug == "lacteos",
    )  # fmt: skip
    stars = {
        cast_of(star, firm.country, place).number: (star, cast_of(star, firm.country, place))
        for place, star in enumerate(STARS[stage.house.slug], start=1)
        if (star.client, star.placed_on) == (delivery.client, delivery.on)
    }
    lines = [line for star, debtor in stars.values() for line in invoices_of(star, debtor)]
    lines += invoices(
        cast,
        placed_on=delivery.on,
        smallest=delivery.smallest,
        largest=delivery.largest,
        prefix=firm.slug[0].upper(),
        seed=delivery.seed,
        first=delivery.start * 4 + 1,
    )
    name = f"{firm.slug}_{delivery.on:%Y_%m}.csv"
    place(stage, firm.slug, name, as_csv(lines, firm.currency), run=telling.finish)
    lives = _meet(telling, delivery, [*(debtor for _, debtor in stars.values()), *cast])
    for index, life in enumerate(lives):
        star = stars.get(life.debtor.number, (None, None))[0]
        if star is not None:
            life.collector = star.collector
            scenes.meet(star, life)
        else:
            life.collector = _collector(telling, index)
    share_out(telling, lives)


def _collector(telling: Telling, index: int) -> str:
    """Three of five cases are the first collector's; one in nine is everybody's."""
    logins = [login for login, _, role, _ in telling.stage.house.people if role is Role.COLLECTOR]
    return "" if index % 9 == 8 else logins[0] if index % 5 in (0, 2, 3) else logins[-1]


def _meet(telling: Telling, delivery: Delivery, cast: Sequence[Debtor]) -> list[Life]:
    by_number = {debtor.number: debtor for debtor in cast}
    stage = telling.stage
    with tenant_work(stage.job) as work:
        rows = work.session.execute(
            select(Case.id, DebtorRow.customer_ref)
            .join(DebtorRow, (DebtorRow.agency_id == Case.agency_id) & (DebtorRow.id == Case.debtor_id))
            .where(
                Case.agency_id == stage.agency_id,
                Case.client_id == stage.clients[delivery.client],
                DebtorRow.customer_ref.in_(list(by_number)),
            )
            .order_by(DebtorRow.customer_ref)
        ).all()
    lives = []
    for case_id, number in rows:
        debtor = by_number[number]
        random = Random(f"{number}/{delivery.seed}")  # noqa: S311 - a story, not a secret
        lives.append(Life(case_id, delivery.client, debtor, debtor.manner, delivery.on, random))
    telling.lives.update({life.case_id: life for life in lives})
    return lives


def _close_months(telling: Telling, day: date) -> None:
    """From the fifth each client's month is closed; from the tenth it is paid over. Of the last, one is left to close
    and two to pay, so that both can be done by hand."""
    if day.month == FIRST.month:
        return
    last_month = day.replace(day=1) - timedelta(days=1)
    for slug in telling.stage.clients:
        if not any(life.client == slug and life.placed_on <= last_month for life in telling.lives.values()):
            continue
        if day.month == LAST.month and slug == LEFT_OPEN:
            continue
        if day.day in (5, 6, 7) and (day.day == 5 or day.weekday() == 0):
            close_month(telling.stage, slug, last_month, run=telling.finish)
        if day.day in (10, 11, 12) and (day.day == 10 or day.weekday() == 0):
            if day.month == LAST.month and slug in ("lacteos", "muebles"):
                continue
            pay_over(telling.stage, slug)


def main() -> None:
    """Tell one agency's story in this process: `python -m recobro.demo.story SLUG`."""
    from recobro.cli.ready import connected

    with connected():
        # What goes well is not worth a line each; one a month is.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        stages = {stage.house.slug: stage for stage in find_stages()}
        tell(stages[sys.argv[1]])


if __name__ == "__main__":
    main()
