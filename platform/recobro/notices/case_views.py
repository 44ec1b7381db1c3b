"""Writing to the debtor of a case by hand: the text, the address and the gate's answer are seen before it is sent."""

from dataclasses import dataclass
from uuid import UUID

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import Invalid, Problem
from kernel.text import msg
from legal import gate
from legal.rules.decision import Decision
from legal.rules.facts import Channel
from recobro.agreements import service as agreements
from recobro.agreements.lifecycle import AgreementState
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.notices import drafts, service
from recobro.notices.blueprint import bp
from recobro.notices.facts import CaseFacts, best_point, points_for
from recobro.notices.forms import WriteForm
from recobro.notices.gathering import gather_one
from recobro.notices.lifecycle import State
from recobro.notices.overriding import liftable
from recobro.notices.render import Words, WordsRefused
from recobro.notices.templates import TEMPLATES
from recobro.notices.words import VERDICTS, RuleLine, rule_lines
from recobro.web.pages import flash, go_to, render
from recobro.web.security import needs
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role, allows

_BY_HAND = ("note", "cordial-1", "second-2", "firm-3")
_SIGNED = (AgreementState.ACCEPTED, AgreementState.ACTIVE)


@dataclass(frozen=True)
class WritePage:
    """A message being written: to whom, what it will say, and what the gate says of it.

    `channel` is email or letter, `address` empty when the debtor has none for it, `agreement` the number of a signed
    one, `back` desk or empty (the case).
    """

    form: WriteForm
    head: case_queries.CaseHead
    channel: str
    preview: str
    subject: str
    address: str
    verdict: str
    word: str
    lines: list[RuleLine]
    liftable: list[tuple[str, str]]
    errors: list[str]
    agreement: str
    no_email: bool
    back: str


@dataclass(frozen=True)
class _Thought:
    """A message only thought of, or why it cannot be written."""

    wanted: drafts.Draft | None = None
    words: Words | None = None
    decision: Decision | None = None
    refused: str = ""


@bp.get("/cases/<uuid:case_id>/write")
@needs(Permission.RECORD_CALLS)
def write(case_id: UUID) -> ResponseReturnValue:
    """A page to write to a debtor once; it shows what the text says and whether the rules let it go."""
    return _write_page(case_id, WriteForm(request.args), [])


@bp.post("/cases/<uuid:case_id>/write")
@needs(Permission.RECORD_CALLS)
def send(case_id: UUID) -> ResponseReturnValue:
    """Queue the message: an email can be taken back for a few seconds, a letter until it is posted."""
    form = WriteForm()
    if not form.validate():
        return _write_page(case_id, form, [error for errors in form.errors.values() for error in errors])
    channel = _channel(gather_one(g.work, case_id))
    key = form.key.data or "note"
    if key not in _texts(channel, _signed_agreement(case_id)):
        return _write_page(case_id, form, [spell(msg("Ese texto no cabe en este caso: elige otro."))])
    try:
        notice = service.send_one(
            g.work, case_id=case_id, key=key, channel=channel, contact_point_id=_point(form),
            title=(form.title.data or "").strip(), message=(form.message.data or "").strip(),
            override_reason=form.override_reason.data or "", override_rules=form.override_rule.data or [],
        )  # fmt: skip
    except (gate.Denied, drafts.NoContactPoint, drafts.NothingOwed, WordsRefused, Invalid) as problem:
        return _write_page(case_id, form, [spell_problem(problem)])
    assert notice is not None
    back = _back()
    undo = url_for("notices.cancel", notice_id=notice.id, back=back or None)
    if notice.state == State.HELD.value:
        flash(msg("Se enviará cuando lo permita la regla de contacto."), "info")
    elif channel is Channel.LETTER:
        flash(msg("Carta lista para la próxima impresión."), undo_url=undo)
    else:
        flash(msg("Mensaje en camino."), undo_url=undo)
    return go_to("desk.work_case" if back else "cases.show_case", case_id=case_id)


def _point(form: WriteForm) -> UUID | None:
    return UUID(form.point.data) if form.point.data else None


def _back() -> str:
    return "desk" if request.values.get("back") == "desk" else ""


def _signed_agreement(case_id: UUID) -> str:
    """The number of the agreement that the debtor signed and that runs; empty when none does."""
    found = agreements.live_agreement(g.work, case_id)
    return found.number if found and AgreementState(found.state) in _SIGNED else ""


def _channel(facts: CaseFacts) -> Channel:
    """A letter when it is asked for, or when the debtor has no email that works but an address."""
    asked = request.values.get("channel") == "letter" or best_point(facts, Channel.EMAIL) is None
    return Channel.LETTER if asked and best_point(facts, Channel.LETTER) else Channel.EMAIL


def _texts(channel: Channel, agreement: str) -> list[str]:
    """What may be written by hand: whoever keeps a signed agreement gets no collection text, only somebody's own."""
    mine = ("note",) if agreement else _BY_HAND
    return [key for key in mine if channel in TEMPLATES[key].channels]


def _write_page(case_id: UUID, form: WriteForm, errors: list[str]) -> ResponseReturnValue:
    facts = gather_one(g.work, case_id)
    channel = _channel(facts)
    agreement = _signed_agreement(case_id)
    texts = _texts(channel, agreement)
    usable = points_for(facts, channel)
    form.key.choices = [(key, spell(TEMPLATES[key].name)) for key in texts]
    form.point.choices = [(str(point.id), point.value) for point in usable]
    if form.key.data not in texts:
        form.key.data = texts[0] if texts else ""
    thought = _think(case_id, form, channel) if usable and texts else _Thought()
    decision = thought.decision
    verdict = decision.verdict.value if decision else ""
    may = allows(Role(g.principal.role), Permission.OVERRIDE_POLICY)
    return render(
        "pages/notices/write.html",
        WritePage(
            form=form,
            head=case_queries.head(g.work, cases.open_case(g.work, case_id)),
            channel=channel.value,
            preview=thought.words.text if thought.words else "",
            subject=thought.words.subject if thought.words else "",
            address=thought.wanted.point.value if thought.wanted else "",
            verdict=verdict,
            word=spell(VERDICTS[verdict]) if verdict else "",
            lines=_standing(decision) if decision else [],
            liftable=[(rule.id, spell(rule.title)) for rule in liftable(decision)] if decision and may else [],
            errors=errors or ([thought.refused] if thought.refused else []),
            agreement=agreement,
            no_email=best_point(facts, Channel.EMAIL) is None,
            back=_back(),
        ),
        block="composer",
        status=422 if errors and request.method == "POST" else 200,
    )


def _think(case_id: UUID, form: WriteForm, channel: Channel) -> _Thought:
    """The message as it would be, and what the gate would say of it."""
    wanted, decision = None, None
    own = spell(msg("(aquí va tu mensaje)")) if form.key.data == "note" else ""
    try:
        wanted = drafts.draft_one(
            g.work, case_id=case_id, key=form.key.data, channel=channel, contact_point_id=_point(form),
            title=form.title.data or "", message=form.message.data or own,
        )  # fmt: skip
        form.point.data = str(wanted.point.id)
        decision = gate.preview(g.work, drafts.request_for_draft(wanted))
        return _Thought(wanted, drafts.words_of(g.work, wanted), decision)
    except Problem as problem:
        return _Thought(wanted, None, decision, spell_problem(problem))


def _standing(decision: Decision) -> list[RuleLine]:
    """What stands in the way, or asks for care."""
    return [line for line in rule_lines(decision.record()) if line.tone in ("neg", "warn")]
