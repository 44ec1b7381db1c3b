"""What debtors of the story do by themselves: they look at their page, pay, sign, keep their word or do not."""

from datetime import date, timedelta

from sqlalchemy import select

from recobro.agreements import service as agreements
from recobro.agreements.tables import Agreement
from recobro.demo import acts
from recobro.demo.cast import Manner
from recobro.demo.telling import LAST, Life, Telling
from tenants.roles import Role
from tenants.work import tenant_work


def act(telling: Telling, day: date) -> None:
    """A day's payments and visits."""
    for life in telling.open_lives():
        _pays(telling, life, day)
        if life.plan_state == "active":
            _pay_part(telling, life, day)


def _pays(telling: Telling, life: Life, day: date) -> None:
    manner, age, extra = life.manner, (day - life.placed_on).days, life.extra
    if manner is Manner.PAYS_AFTER_NOTICE:
        first = extra.setdefault("pays", life.random.randrange(5, 30))
        # One in three pays in two goes.
        halves = extra.setdefault("halves", life.random.random() < 0.33)
        if halves and age >= first and not extra.get("began"):
            extra["began"] = True
            acts.visit(telling, life)
            acts.pay(telling, life, percent=55)
        elif age >= first + (19 if halves else 0):
            _whole(telling, life)
    elif manner is Manner.PAYS_CLIENT:
        if age >= extra.setdefault("pays", life.random.randrange(10, 40)):
            _whole(telling, life, direct=True)
    elif manner is Manner.SILENT:
        # A third of the silent pay in the end.
        late = extra.setdefault("late", life.random.choice((55, 80, 999, 999, 999)))
        if age >= late:
            _whole(telling, life)
    elif life.promised and day >= life.promised:
        _promised(telling, life)


def _whole(telling: Telling, life: Life, *, direct: bool = False) -> None:
    acts.pay(telling, life, direct=direct)
    life.done = True


def _promised(telling: Telling, life: Life) -> None:
    if life.manner is not Manner.BREAKS_PROMISE:
        _whole(telling, life)
    elif life.promises == 2:
        # The second time a part of it comes.
        acts.pay(telling, life, percent=35)
    life.promised = None


def _pay_part(telling: Telling, life: Life, day: date) -> None:
    parts: list[tuple[date, int]] = life.extra["parts"]
    if life.manner is Manner.BREAKS_PLAN and life.parts_paid >= 2:
        return
    if parts and parts[0][0] <= day:
        _, amount = parts.pop(0)
        life.parts_paid += 1
        if not acts.pay(telling, life, amount=amount) or not parts:
            life.done = True


def sign(telling: Telling) -> None:
    """Clients approve, debtors sign what is on their page."""
    waiting = {life.plan: life for life in telling.open_lives() if life.plan is not None}
    if not waiting:
        return
    with tenant_work(telling.stage.job) as work:
        found = [
            (waiting[row.id], row.state, row.created_at)
            for row in work.session.scalars(
                select(Agreement)
                .where(Agreement.agency_id == telling.stage.agency_id, Agreement.id.in_(list(waiting)))
                .order_by(Agreement.number)
            )
        ]
    now = telling.clock.now()
    for life, state, created_at in found:
        if state == "awaiting_approval" and now - created_at > timedelta(days=1):
            _approve(telling, life)
        elif state == "offered" and now - created_at > timedelta(hours=20):
            acts.visit(telling, life)
            acts.sign(telling, life)
            _know_parts(telling, life)
        elif state not in ("offered", "awaiting_approval", "accepted", "active"):
            life.plan, life.plan_state = None, state


def _know_parts(telling: Telling, life: Life) -> None:
    assert life.plan is not None
    with tenant_work(telling.stage.job) as work:
        parts = agreements.instalments_of(work, life.plan)
        life.extra["parts"] = [(part.due_on, part.amount) for part in parts]
    life.plan_state = "active"


def _approve(telling: Telling, life: Life) -> None:
    # Near the end they are left for the client to answer.
    if (LAST - telling.clock.now().date()).days < 6:
        return
    clients = [
        login
        for login, _, role, of in telling.stage.house.people
        if of == life.client and role in (Role.CLIENT_APPROVER, Role.CLIENT_ADMIN)
    ]
    assert life.plan is not None
    with tenant_work(telling.stage.people[clients[-1]]) as work:
        agreements.approve(work, life.plan)
