"""When: contact hours and holidays on every wall clock the debtor may have."""

from datetime import UTC, datetime

from kernel.text import msg
from legal.rules.calendar import Holiday, holiday_on, is_open, next_day, next_opening, regions_on_holiday
from legal.rules.contact.asked import Asked, failed, passed, warned
from legal.rules.decision import Outcome
from legal.rules.facts import WEEKDAYS, Agreed
from legal.rules.packs.kinds import ContactHours, Effect, Holidays, Windows, windows_of
from legal.rules.packs.schema import Rule


def contact_hours(rule: Rule, hours: ContactHours, asked: Asked) -> Outcome:
    """Open only inside the window of the weekday on all clocks, or inside hours the debtor asked for or agreed to."""
    if hours.answers_exempt and asked.answers(hours.answer_hours):
        return passed(rule, msg("Responde una vez, por el mismo canal, a lo que la persona acaba de pedir."))
    if hours.consent and (given := asked.consent(Agreed.HOURS)):
        return passed(rule, msg("La persona consintió contactos a otras horas ({since})."), since=given.at)
    agreed = _agreed(asked) if hours.agreed_hours else None
    until: datetime | None = None
    closed: datetime | None = None
    for clock in asked.clocks:
        if is_open(hours.windows, clock) or (agreed and is_open(agreed, clock)):
            continue
        openings = [next_opening(windows, clock) for windows in (hours.windows, agreed) if windows]
        soonest = min((opening for opening in openings if opening), default=None)
        if soonest is None:
            return failed(rule, "never_open", msg("El paquete no deja ninguna hora de contacto."))
        if until is None or soonest > until:
            until, closed = soonest, clock
    clock = closed or asked.clocks[0]
    inputs: dict[str, object] = {
        "day": WEEKDAYS[clock.weekday()],
        "time": f"{clock:%H:%M}",
        "zone": str(clock.tzinfo),
        "window": _shown(hours.windows, clock),
    }
    if until is None:
        return passed(rule, msg("Son las {time} del {day} en {zone}, dentro del horario ({window})."), **inputs)
    code, sentence = _closed(hours, clock)
    inputs["opens"] = _opens(until, clock)
    if hours.effect is Effect.WARN:
        return warned(rule, hours.code or code, sentence, **inputs)
    return failed(rule, hours.code or code, sentence, until, **inputs)


def _closed(hours: ContactHours, clock: datetime) -> tuple[str, str]:
    if hours.windows[clock.weekday()]:
        return "outside_hours", msg("Son las {time} del {day} en {zone}; se puede de {window}. Abre {opens}.")
    code = "sunday" if clock.weekday() == 6 else "not_weekday"
    return code, msg("En {zone} es {day}, día en que no se contacta. Abre {opens}.")


def holidays(rule: Rule, closed: Holidays, asked: Asked) -> Outcome:
    """Closed on a holiday of the country, the region or the town, on any of the clocks."""
    calendar, facts = asked.pack.calendar, asked.facts
    until: datetime | None = None
    inputs: dict[str, object] = {}
    for clock in asked.clocks:
        day = clock.date()
        holiday = holiday_on(calendar, day, facts.region, facts.locality) if calendar else None
        if holiday is None and day in facts.local_holidays:
            holiday = Holiday(day, msg("festivo local"), msg("Dato registrado por la agencia"), "")
        if holiday is None:
            continue
        opens = next_day(clock)
        if until is None or opens > until:
            until = opens
            inputs = {"date": day, "holiday": holiday.name, "source": holiday.citation}
            inputs |= {"zone": str(clock.tzinfo), "region": facts.region}
    if until is not None:
        sentence = msg("El {date} es festivo en {zone}: {holiday} ({source}).")
        if closed.effect is Effect.WARN:
            return warned(rule, closed.code, sentence, **inputs)
        return failed(rule, closed.code, sentence, until, **inputs)
    return _no_holiday(rule, asked)


def _no_holiday(rule: Rule, asked: Asked) -> Outcome:
    day = asked.clocks[0].date()
    if asked.pack.calendar and asked.facts.region is None:
        regions = regions_on_holiday(asked.pack.calendar, day)
        if regions:
            sentence = msg("El {date} es festivo en {regions} y no sabemos en qué región vive el deudor.")
            return warned(rule, "region_unknown", sentence, date=day, regions=regions)
    return passed(rule, msg("El {date} no es festivo donde vive el deudor."), date=day, region=asked.facts.region)


def _agreed(asked: Asked) -> Windows | None:
    """The hours the debtor asked for outside the contract, as weekly windows."""
    spans: dict[str, str | list[str]] = {}
    for agreed in asked.facts.agreed_hours:
        if agreed.separate_instrument:
            for day in agreed.days:
                list_of = spans.setdefault(day, [])
                assert isinstance(list_of, list)
                list_of.append(f"{agreed.opens:%H:%M}-{agreed.closes:%H:%M}")
    return windows_of(spans) if spans else None


def _shown(windows: Windows, clock: datetime) -> str:
    spans = windows[clock.weekday()]
    return ", ".join(f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}" for start, end in spans)


def _opens(until: datetime, clock: datetime) -> datetime:
    return until.astimezone(clock.tzinfo or UTC)
