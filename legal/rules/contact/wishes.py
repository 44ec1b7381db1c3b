"""What the person asked for or went through: inconvenient times and places, work, a lawyer, a stop, a dispute."""

from datetime import datetime, timedelta

from kernel.text import msg
from legal.rules.calendar import is_open, next_opening
from legal.rules.contact.asked import Asked, beside, failed, passed, warned
from legal.rules.decision import Outcome
from legal.rules.facts import WEEKDAYS, Agreed, Channel, Inconvenient, PastContact, Purpose, Said
from legal.rules.packs.contact_kinds import (
    AtWork,
    ContestedDebt,
    InconvenientTimes,
    LocateOnce,
    ThroughLawyer,
    WrittenStop,
)
from legal.rules.packs.kinds import Windows
from legal.rules.packs.schema import Rule

_DAY = 24 * 60


def inconvenient(rule: Rule, wanted: InconvenientTimes, asked: Asked) -> Outcome:
    """Nothing when, where or by what the person called it inconvenient; a passing "I am busy" designates nothing."""
    named = [one for one in asked.facts.inconvenient if _meant(one, asked)]
    if not named:
        return passed(rule, msg("La persona no llamó inconveniente este momento, lugar ni canal."))
    if wanted.answers_exempt and asked.answers(wanted.answer_hours):
        return passed(rule, msg("Responde una vez, por el mismo canal, a lo que la persona acaba de pedir."))
    since = max(one.since for one in named)
    agreed = asked.consent(Agreed.HOURS)
    if agreed is not None and agreed.at >= since:
        return passed(rule, msg("La persona consintió después este contacto ({since})."), since=agreed.at)
    windows = _left_open(named)
    until: datetime | None = None
    for clock in asked.clocks:
        opening = next_opening(windows, clock)
        if opening is None:
            return _never(rule, named, since)
        if not is_open(windows, clock):
            until = opening if until is None else max(until, opening)
    if until is None:
        return passed(rule, msg("Fuera de lo que la persona llamó inconveniente ({since})."), since=since)
    sentence = msg("La persona llamó inconveniente este momento ({since}).")
    return failed(rule, "inconvenient_time", sentence, until, since=since)


def _meant(one: Inconvenient, asked: Asked) -> bool:
    return (
        one.general
        and one.since <= asked.at
        and one.channel in (None, asked.action.channel)
        and one.workplace in (None, asked.action.workplace)
    )


def _never(rule: Rule, named: list[Inconvenient], since: datetime) -> Outcome:
    if any(one.channel for one in named):
        return failed(
            rule, "inconvenient_medium", msg("La persona llamó inconveniente este canal ({since})."), since=since
        )
    return failed(rule, "inconvenient_place", msg("La persona llamó inconveniente este lugar ({since})."), since=since)


def _left_open(named: list[Inconvenient]) -> Windows:
    """The week without what was named; spans are minutes, the end of a span is open again."""
    week = []
    for day in WEEKDAYS:
        closed = sorted(
            (_minute(one.begins.hour, one.begins.minute) if one.begins else 0, _end(one))
            for one in named
            if not one.days or day in one.days
        )
        spans, start = [], 0
        for begins, ends in closed:
            if begins > start:
                spans.append((start, begins))
            start = max(start, ends)
        if start < _DAY:
            spans.append((start, _DAY))
        week.append(tuple(spans))
    return tuple(week)


def _minute(hour: int, minute: int) -> int:
    return hour * 60 + minute


def _end(one: Inconvenient) -> int:
    if one.ends is None:
        return _DAY
    return _minute(one.ends.hour, one.ends.minute) + bool(one.ends.second)


def workplace(rule: Rule, _: AtWork, asked: Asked) -> Outcome:
    """Not at work where the employer is known to prohibit it."""
    if not asked.action.workplace:
        return beside(rule)
    if asked.consent(Agreed.WORKPLACE):
        return passed(rule, msg("La persona consintió que se le contacte en el trabajo."))
    if asked.facts.employer_prohibits:
        return failed(rule, "workplace_prohibited", msg("El empleador prohíbe que se le contacte en el trabajo."))
    if asked.facts.employer_prohibits is None:
        return warned(rule, "employer_unknown", msg("No se sabe si el empleador permite contactos en el trabajo."))
    return passed(rule, msg("No consta que el empleador prohíba contactos en el trabajo."))


def through_lawyer(rule: Rule, law: ThroughLawyer, asked: Asked) -> Outcome:
    """With the lawyer, once one is known for the debt and can be reached."""
    lawyer = asked.facts.lawyer
    if lawyer is None or lawyer.since > asked.at or not asked.about(lawyer.debts):
        return passed(rule, msg("No consta que un abogado represente a la persona por este adeudo."))
    if not lawyer.reachable:
        return warned(rule, "lawyer_not_found", msg("Tiene abogado, pero no se sabe quién es ni cómo encontrarlo."))
    if lawyer.consents or asked.consent(Agreed.REPRESENTED):
        return warned(rule, "lawyer_agreed", msg("Tiene abogado; se consintió el contacto directo."))
    until = lawyer.asked_at + timedelta(days=law.answer_days) if lawyer.asked_at else None
    inputs: dict[str, object] = {"since": lawyer.since, "days": law.answer_days}
    if until is not None and until <= asked.at:
        return warned(rule, "lawyer_silent", msg("Su abogado no respondió en {days} días."), **inputs)
    sentence = msg("Lo representa un abogado desde {since}: se trata con su abogado.")
    return failed(rule, "attorney_represented", sentence, until, **inputs)


def written_stop(rule: Rule, stop: WrittenStop, asked: Asked) -> Outcome:
    """After a written stop or refusal to pay, only what the law still lets say."""
    found = [
        (wish.at, "ceased_in_writing", msg("Pidió por escrito que no se le contacte más ({since})."))
        for wish in asked.facts.opt_outs
        if wish.written and wish.channel is None and wish.at <= asked.at and asked.about(wish.debts)
    ]
    found += [
        (said.at, "refused_to_pay_in_writing", msg("Dijo por escrito que no pagará ({since})."))
        for said in asked.facts.statements
        if said.written and said.said == Said.REFUSES_TO_PAY and said.at <= asked.at and asked.about(said.debts)
    ]
    if not found:
        return passed(rule, msg("No pidió por escrito el cese ni se negó por escrito a pagar."))
    since, code, sentence = found[0]
    if asked.action.purpose in stop.allow_purposes:
        return warned(rule, "after_written_stop", sentence, since=since)
    return failed(rule, code, sentence, since=since)


def contested_debt(rule: Rule, stop: ContestedDebt, asked: Asked) -> Outcome:
    """A written dispute in the period stops all until its answer is sent; a spoken or late one is only minded."""
    minded: str | None = None
    for one in asked.facts.contested:
        if one.at > asked.at or not asked.about(one.debts) or (one.answered_at and one.answered_at <= asked.at):
            continue
        ends = asked.facts.validation_ends
        in_time = ends is None or any(one.at.astimezone(clock.tzinfo).date() <= ends for clock in asked.clocks)
        if one.repeated:
            minded = "duplicative_dispute"
        elif not one.written or not in_time:
            minded = "disputed"
        elif asked.action.purpose in stop.allow_purposes:
            minded = "answers_dispute"
        else:
            return _stopped(rule, one.origin, one.at)
    if minded is None:
        return passed(rule, msg("No hay disputa escrita sin responder."))
    return warned(rule, minded, msg("La persona disputa el adeudo; no obliga a detenerse, sí a tenerlo en cuenta."))


def _stopped(rule: Rule, origin: bool, since: datetime) -> Outcome:
    if origin:
        sentence = msg("Preguntó por escrito quién era el primer acreedor ({since}); se responde antes de seguir.")
        return failed(rule, "cease_until_creditor_named", sentence, since=since)
    sentence = msg("Disputó el adeudo por escrito ({since}); se envía la prueba antes de seguir.")
    return failed(rule, "cease_until_verification", sentence, since=since)


def _was_told(past: PastContact) -> bool:
    """Whether a contact conveyed something: what is written does when it is sent, a call or a visit when somebody
    answers (12 CFR 1006.2(d))."""
    return past.conversation or (past.connected and past.channel not in (Channel.PHONE, Channel.VISIT))


def locate_once(rule: Rule, _: LocateOnce, asked: Asked) -> Outcome:
    """A third person is not asked twice, but on their own request or when the first answer is believed wrong."""
    if asked.action.purpose != Purpose.LOCATE:
        return beside(rule)
    lawyer = asked.facts.lawyer
    if lawyer is not None and lawyer.reachable and lawyer.since <= asked.at:
        return failed(rule, "lawyer_known", msg("Se conoce al abogado de la persona: ya no se pregunta a otros."))
    asked_before = [
        past.at
        for past in asked.facts.previous
        if past.purpose == Purpose.LOCATE and _was_told(past) and not past.incoming and past.at <= asked.at
    ]
    if not asked_before or asked.action.earlier_answer_wrong:
        return passed(rule, msg("A esta persona no se le ha preguntado antes, o respondió algo que se cree erróneo."))
    last = max(asked_before)
    if any(last < request.at <= asked.at for request in asked.facts.requests):
        return passed(rule, msg("Esta persona pidió que se le volviera a contactar."))
    return failed(rule, "already_asked", msg("A esta persona ya se le preguntó el {last}."), last=last)
