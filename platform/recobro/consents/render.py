"""Lines of the ledger, and what holds now, in the reader's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for

from kernel.text import msg
from legal.records.consents import ENDABLE
from legal.records.ledger import WRITTEN, Standing, closing, living
from legal.records.tables import ConsentEvent
from legal.rules.facts import Agreed
from recobro.consents.words import ANY_CHANNEL, CHANNELS, DAYS, HOWS, ICONS, SCOPES, TITLES
from recobro.debtors.tables import ContactPoint
from recobro.web import formats
from recobro.web.jinja import locale, moment
from recobro.web.translations import spell


@dataclass(frozen=True)
class Line:
    """One line of the ledger as the page shows it; `state` with its tone says whether it still holds."""

    id: UUID
    icon: str
    title: str
    point: str
    how: str
    at: str
    noted: str
    until: str
    words: str
    recording: str
    file_url: str
    state: str
    tone: str
    endable: bool


def channel_word(channel: str) -> str:
    """A channel's name; empty is any."""
    return spell(CHANNELS[channel]) if channel else spell(ANY_CHANNEL)


def lines(rows: Sequence[ConsentEvent], points: Mapping[UUID, ContactPoint], today: Any) -> list[Line]:
    """The whole ledger, newest first."""
    by_id = {row.id: row for row in rows}
    alive = living(rows)
    closed = {row.id for row in closing(alive)}
    holding = {row.id for row in alive if row.kind != "stop" or row.id in closed}
    return [_line(row, by_id, holding, points, today) for row in reversed(rows)]


def _line(
    row: ConsentEvent, by_id: Mapping[UUID, ConsentEvent], holding: set[UUID], points: Mapping[UUID, ContactPoint],
    today: Any,
) -> Line:  # fmt: skip
    over = row.until is not None and row.until < today
    point = points.get(row.contact_point_id) if row.contact_point_id else None
    state, tone = "", ""
    if row.kind in ENDABLE or (row.kind == "stop" and point is None):
        alive = row.id in holding and not over
        state, tone = (spell(msg("Vigente")), "ok") if alive else (spell(msg("Ya no vale")), "")
    return Line(
        id=row.id,
        icon=ICONS[row.kind],
        title=title(row, by_id),
        point=formats.phone(point.value) if point and point.channel == "phone" else point.value if point else "",
        how=" · ".join(filter(None, (spell(HOWS.get(row.how, row.how)), row.person))),
        at=moment(row.at),
        noted=spell(msg("anotó {who}"), who=row.by),
        until=formats.day(row.until, locale()) if row.until else "",
        words=row.words,
        recording=row.recording,
        file_url=url_for("consents.download", case_id=row.case_id, file_id=row.evidence_file_id)
        if row.evidence_file_id
        else "",
        state=state,
        tone=tone,
        endable=row.kind in ENDABLE and row.id in holding,
    )


def title(row: ConsentEvent, by_id: Mapping[UUID, ConsentEvent]) -> str:
    """What a line says, in a sentence."""
    if row.kind == "ended":
        ended = by_id.get(row.ends_id) if row.ends_id else None
        return spell(TITLES["ended"], what=title(ended, by_id) if ended else "—")
    if row.kind == "stop" and not row.channel:
        return spell(TITLES["cease" if row.how in WRITTEN else "stop_all"])
    if row.kind == "resume" and not row.channel:
        return spell(TITLES["resume_all"])
    return spell(
        TITLES[row.kind],
        channel=channel_word(row.channel),
        scope=spell(SCOPES[row.scope or Agreed.CHANNEL.value]),
        name=row.details.get("name", ""),
        what=unsuitable(row.details, row.channel),
    )


def unsuitable(details: Mapping[str, Any], channel: str) -> str:
    """What does not suit: days, hours, the workplace, a channel."""
    begins, ends = details.get("begins"), details.get("ends")
    found = [", ".join(spell(DAYS[day]) for day in details.get("days", ()) if day in DAYS)]
    if begins and ends:
        found.append(spell(msg("de {begins} a {ends}"), begins=begins, ends=ends))
    elif begins:
        found.append(spell(msg("desde las {begins}"), begins=begins))
    elif ends:
        found.append(spell(msg("antes de las {ends}"), ends=ends))
    found.append(spell(msg("en su trabajo")) if details.get("workplace") else "")
    found.append(channel_word(channel) if channel else "")
    return ", ".join(filter(None, found))


def summary(standing: Standing, lawyer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What holds now as pairs: a word and what stands under it. Nothing said, nothing shown."""
    found = []
    if standing.opt_outs:
        closed = [channel_word(one.channel.value if one.channel else "") for one in standing.opt_outs]
        found.append((spell(msg("No contactar por")), ", ".join(closed)))
    if standing.allowed:
        names = [spell(label) for name, label in CHANNELS.items() if name in standing.allowed]
        found.append((spell(msg("Autorizó")), ", ".join(names)))
    more = [
        spell(SCOPES[one.what.value])
        for one in standing.consents
        if one.what is not Agreed.CHANNEL and one.withdrawn_at is None
    ]
    if more:
        found.append((spell(msg("Además consiente")), ", ".join(dict.fromkeys(more))))
    if standing.inconvenient:
        said = [
            unsuitable(
                {
                    "days": one.days,
                    "begins": f"{one.begins:%H:%M}" if one.begins else None,
                    "ends": f"{one.ends:%H:%M}" if one.ends else None,
                    "workplace": one.workplace,
                },
                one.channel.value if one.channel else "",
            )
            for one in standing.inconvenient
        ]
        found.append((spell(msg("No le conviene")), "; ".join(said)))
    if standing.lawyer is not None:
        reach = [lawyer.get(name, "") for name in ("name", "firm", "phone", "email", "address")]
        found.append((spell(msg("Abogado")), " · ".join(filter(None, reach))))
    if standing.employer_prohibits:
        found.append((spell(msg("Empleador")), spell(msg("prohíbe las llamadas al trabajo"))))
    return found
