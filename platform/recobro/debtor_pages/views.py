"""The debtor's pages: neutral until the person is known, then balance, options, plan, signature, payment, ways out.

Everything is a server form; nothing needs a script.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kernel.money import Money
from kernel.problems import Conflict, Problem
from kernel.text import msg
from legal.records.consents import Said, holding
from legal.records.ledger import Standing, living, standing
from legal.records.service import stop_channel
from legal.records.tables import ContactAttempt
from legal.rules.facts import Channel
from recobro.agreements import service as agreements
from recobro.agreements.render import conditions
from recobro.agreements.schedule import Plan, PlanRefused
from recobro.cases import flags
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.cases.tables import CaseEvent
from recobro.consents import service
from recobro.consents.service import LawyerCard
from recobro.debtor_pages import queries, sessions
from recobro.debtor_pages.identity import TRIES
from recobro.files import read_file
from recobro.payments import checkouts
from recobro.web import events, formats
from recobro.web.jinja import locale, moment, money
from recobro.web.pages import render
from recobro.web.readings import read_day, read_money
from recobro.web.requests import LOADERS
from recobro.web.security import allow_form_target, csrf, needs, public
from recobro.web.translations import speak, spell, spell_problem
from recobro.wiring import outside
from tenants.context import Principal, job_principal
from tenants.roles import Permission
from tenants.work import tenant_work

bp = Blueprint("debtor_pages", __name__)
_SHORTEST_NAME = 5
COOKIE = "recobro_visit"

WAYS: Mapping[str, tuple[str, str, str]] = {
    "promise": ("calendar", msg("Ya sé qué día puedo pagar"), "debtor_pages.promise"),
    "paid": ("receipt", msg("Ya pagué"), "debtor_pages.already_paid"),
    "dispute": ("hand-stop", msg("No reconozco este saldo"), "debtor_pages.dispute"),
    "hardship": ("heart", msg("No puedo pagar ahora"), "debtor_pages.hardship"),
    "talk": ("message-circle", msg("Hablar con una persona"), "debtor_pages.talk"),
}


def _cookie_name() -> str:
    return f"__Host-{COOKIE}" if current_app.config["SESSION_COOKIE_SECURE"] else COOKIE


def _load() -> Principal | None:
    token = request.cookies.get(_cookie_name(), "")
    visit = sessions.load(token) if token else None
    if visit is None:
        return None
    g.visit = visit
    g.locale = request.cookies.get("locale") or visit.locale
    g.zone = visit.zone
    return visit.principal


LOADERS["/debtor"] = _load


def _face() -> queries.Face:
    """The case's public face, to be said in its debtor's words: a firm is never addressed as tú."""
    face = queries.face(g.work, g.principal.case_id)
    speak(request.cookies.get("locale") or face.debtor.locale, usted=face.debtor.kind == "firm")
    return face


@bp.before_request
def _only_documents_remain() -> ResponseReturnValue | None:
    """Of a case that was paid a debtor still sees and takes the documents, and does nothing any more."""
    view = current_app.view_functions.get(request.endpoint or "")
    if g.get("visit") is None or getattr(view, "needs", None) is not Permission.ACT_AS_DEBTOR:
        return None
    if sessions.paid_off(cases.open_case(g.work, g.principal.case_id)):
        return redirect(url_for("debtor_pages.home"), 303)
    return None


@dataclass(frozen=True)
class Banner:
    """What stands on top of every debtor page: the creditor, the agency, where help is."""

    name: str
    by: str
    logo_url: str
    help: tuple[str, str] | None


def _help(phone: str) -> tuple[str, str] | None:
    """Whom to call: the sentence and its link; None when the agency gave no number."""
    return (spell(msg("¿Dudas? Llama al {phone}"), phone=formats.phone(phone)), f"tel:{phone}") if phone else None


def _banner(face: queries.Face) -> Banner:
    logo = url_for("debtor_pages.logo") if face.client.logo_file_id else ""
    return Banner(face.client.name, face.agency.name, logo, _help(face.agency.phone))


def _page(template: str, face: queries.Face, status: int = 200, **more: Any) -> ResponseReturnValue:
    g.home_currency = face.client.currency
    ways = [(icon, spell(label), url_for(endpoint)) for icon, label, endpoint in WAYS.values()]
    return render(
        f"pages/debtor/{template}.html", face, face=_banner(face), ways=ways, shown=_shown(face),
        cards=_takes_cards(face), status=status, **more,
    )  # fmt: skip


def _shown(face: queries.Face) -> dict[str, Any]:
    """Amounts and rows of the page as text, in the reader's locale."""

    def amount(minor: int) -> str:
        return money(Money(minor, face.balance.currency))

    due = msg("venció el {day}")
    shown: dict[str, Any] = {
        "debts": [
            (debt.reference, money(debt.balance), spell(due, day=events.readable(debt.due_on.isoformat())))
            for debt in face.debts
        ],
        "parts": [(events.readable(part.due_on.isoformat()), amount(part.amount), "") for part in face.parts],
    }
    if face.agreement is not None:
        shown["total"] = amount(face.agreement.total)
        shown["discount"] = amount(face.agreement.discount)
        shown["agreed_balance"] = amount(face.agreement.balance)
    if face.parts:
        shown["first"] = amount(face.parts[0].amount)
    if face.next_part is not None:
        shown["next"] = amount(face.next_part.amount - face.next_part.paid)
    return shown


def _takes_cards(face: queries.Face) -> bool:
    """Whether this installation can charge a card, and the agency may take the payment; if not, no page offers to."""
    return bool(outside().settings.stripe_secret_key) and checkouts.agency_may_receive(g.work, case_id=face.case.id)


def _closed(sentence: str, status: int = 200) -> ResponseReturnValue:
    banner = Banner("Recobro", "", "", None)
    return render("pages/debtor/closed.html", None, face=banner, sentence=spell(sentence), status=status)


@bp.get("/debtor/closed")
@public
def closed() -> ResponseReturnValue:
    """The safe end: an old link, a finished visit."""
    return _closed(
        msg("Tu visita terminó. Abre otra vez el enlace que recibiste, o pide uno nuevo a quien te escribió.")
    )


@bp.route("/d/<token>", methods=["GET", "POST"])
@public
def arrive(token: str) -> ResponseReturnValue:
    """The neutral door: who writes and for whom; nothing of a debt. GET changes nothing; the right fact opens it."""
    door = sessions.find_door(token)
    if door is None:
        return _closed(msg("Este enlace venció o ya no sirve. Pide uno nuevo a quien te escribió."), 404)
    speak(request.cookies.get("locale") or door.locale, usted=door.usted)
    wrong = False
    if request.method == "POST" and door.question is not None:
        cookie = sessions.answer(door, request.form.get("answer", ""))
        if cookie is not None:
            response = current_app.make_response(redirect(url_for("debtor_pages.home"), 303))
            response.set_cookie(
                _cookie_name(), cookie, max_age=sessions.MINUTES * 60, httponly=True, samesite="Lax", path="/",
                secure=current_app.config["SESSION_COOKIE_SECURE"],
            )  # fmt: skip
            _note_visit(door, msg("Abrió su página"))
            return response
        wrong = True
        door = sessions.find_door(token)
        if door is None:
            return _closed(msg("Hubo demasiados intentos y el enlace se cerró. Te daremos otro si nos llamas."), 429)
    return render(
        "pages/debtor/arrive.html",
        door,
        face=Banner(door.client, door.agency, "", _help(door.agency_phone)),
        token=token,
        wrong=wrong,
        left=TRIES - door.tries,
        label=spell(door.question.label, client=door.client) if door.question else "",
        hint=spell(door.question.hint) if door.question else "",
        status=422 if wrong else 200,
    )


def _note_visit(door: sessions.Door, title: str) -> None:
    with tenant_work(job_principal(door.agency_id)) as work:
        case = cases.open_case(work, door.case_id)
        cases.note_event(work, case, kind="visit", title=title, tone="info", visibility="client")
        agreements.offer_seen(work, case.id)


@bp.post("/d/<token>/not-me")
@public
def not_me(token: str) -> ResponseReturnValue:
    """«No soy esa persona»: this address is never used again for the case, and the link ends at once."""
    door = sessions.find_door(token)
    if door is not None:
        sessions.end_link(door)
        with tenant_work(job_principal(door.agency_id)) as work:
            work.outbox.add("cases.wrong_person", case_id=door.case_id, contact_point_id=door.contact_point_id)
    return _closed(msg("Gracias por avisar. No volveremos a escribir aquí por este asunto."))


@bp.route("/stop/<token>", methods=["GET", "POST"])
@public
@csrf.exempt  # type: ignore[untyped-decorator]
def stop(token: str) -> ResponseReturnValue:
    """No more messages by this channel: one click for a person (POST), one click for a mail program (RFC 8058)."""
    door = sessions.find_door(token)
    if door is None:
        return _closed(msg("Este enlace venció o ya no sirve."), 404)
    speak(request.cookies.get("locale") or door.locale, usted=door.usted)
    if request.method == "GET":
        face = Banner(door.client, door.agency, "", None)
        return render("pages/debtor/stop.html", door, face=face, token=token)
    with tenant_work(job_principal(door.agency_id)) as work:
        case = cases.open_case(work, door.case_id)
        stop_channel(
            work, client_id=case.client_id, case_id=case.id, debtor_id=case.debtor_id,
            channel=Channel(door.channel or "email"), how="link",
        )  # fmt: skip
        cases.note_event(work, case, kind="flag", title=msg("Pidió no recibir mensajes por este medio"), tone="warn",
                         visibility="debtor")  # fmt: skip
    return _closed(msg("Listo. No te escribiremos más por este medio."))


@bp.get("/debtor/logo")
@needs(Permission.SEE_DEBTOR_PAGE)
def logo() -> ResponseReturnValue:
    """The creditor's logo."""
    face = _face()
    if face.client.logo_file_id is None:
        return Response(status=404)
    row, data = read_file(g.work, face.client.logo_file_id)
    return Response(data, mimetype=row.media_type)


@bp.get("/debtor")
@needs(Permission.SEE_DEBTOR_PAGE)
def home() -> ResponseReturnValue:
    """Balance and options, the offer on the table, or the plan that runs."""
    face = _face()
    return _page("home", face, plans=_plans(face), error="")


def _plans(face: queries.Face) -> list[Plan]:
    """The plans the client allows without asking anybody: two payments to the most, first one today."""
    if face.balance.minor <= 0:
        return []
    limits, _, _ = agreements.limits_of(g.work, face.case)
    found = []
    for count in range(2, limits.max_instalments + 1):
        try:
            proposal = agreements.simulate(face.case, count=count, first_on=face.today)
        except PlanRefused:
            break
        if min(part.amount.minor for part in proposal.parts) < limits.min_instalment:
            break
        found.append(proposal)
    return found


@bp.post("/debtor/choose")
@needs(Permission.ACT_AS_DEBTOR)
def choose() -> ResponseReturnValue:
    """Go on by the way that was chosen."""
    way = request.form.get("way", "")
    if way in ("all", "other", "next") and not _takes_cards(_face()):
        way = ""
    targets = {"all": "debtor_pages.pay", "plan": "debtor_pages.plan", "other": "debtor_pages.other_amount",
               "next": "debtor_pages.pay", "offer": "debtor_pages.review"}  # fmt: skip
    if way not in targets:
        face = _face()
        return _page("home", face, 422, plans=_plans(face), error=spell(msg("Elige una opción para continuar.")))
    where = url_for(targets[way], what="next") if way == "next" else url_for(targets[way])
    return redirect(where, 303)


@bp.route("/debtor/plan", methods=["GET", "POST"])
@needs(Permission.ACT_AS_DEBTOR)
def plan() -> ResponseReturnValue:
    """Choose how many payments; the plan is put on the table and reviewed on the next page."""
    face = _face()
    plans = _plans(face)
    if request.method == "POST":
        chosen = request.form.get("count", "")
        if chosen in {str(len(p.parts)) for p in plans}:
            agreements.offer(g.work, case_id=face.case.id, count=int(chosen), first_on=face.today)
            return redirect(url_for("debtor_pages.review"), 303)
        return _page("plan", face, 422, plans=plans, error=spell(msg("Elige en cuántos pagos.")))
    return _page("plan", face, plans=plans, error="")


def _conditions(face: queries.Face) -> list[str]:
    """The conditions of the plan on the table, the same as its document's, in the reader's language."""
    assert face.agreement is not None
    g.home_currency = face.client.currency
    return [spell(one.sentence, **one.fields) for one in conditions(face.agreement, face.agency.name)]


def _terms_text(face: queries.Face) -> str:
    """The text a debtor accepts, as it is hashed: terms, dates and amounts in their own language."""
    assert face.agreement is not None
    lines = [face.agreement.number, face.client.legal_name, face.debtor.name]
    lines += [f"{part.position} {part.due_on.isoformat()} {part.amount}" for part in face.parts]
    lines += _conditions(face)
    lines.append(spell(msg("Acepto el convenio de pago y sus condiciones.")))
    return "\n".join(lines)


@bp.route("/debtor/agreement", methods=["GET", "POST"])
@needs(Permission.ACT_AS_DEBTOR)
def review() -> ResponseReturnValue:
    """Review the plan on the table and sign it."""
    face = _face()
    if face.agreement is None or face.agreement.state != "offered":
        return redirect(url_for("debtor_pages.home"), 303)
    if request.method == "POST":
        if request.form.get("decline"):
            agreements.decline(g.work, face.agreement.id)
            return redirect(url_for("debtor_pages.home"), 303)
        signatory = " ".join(request.form.get("signatory", "").split())[:120]
        errors = _unsigned(face, signatory)
        if errors:
            return _page("review", face, 422, errors=errors, signatory=signatory, conditions=_conditions(face))
        text = _terms_text(face)
        agreements.accept(
            g.work,
            face.agreement.id,
            evidence={
                "name": face.debtor.name,
                "signatory": signatory,
                "fact": g.visit.fact,
                "link_id": str(g.visit.link_id),
                "ip": request.remote_addr or "",
                "user_agent": (request.user_agent.string or "")[:200],
                "text": text,
                "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
                "locale": locale(),
            },
        )
        return redirect(url_for("debtor_pages.signed"), 303)
    return _page("review", face, errors={}, signatory="", conditions=_conditions(face))


def _unsigned(face: queries.Face, signatory: str) -> dict[str, str]:
    """What is missing for a signature, by field: a firm signs by somebody with a name and a position."""
    errors = {}
    if face.debtor.kind == "firm" and len(signatory) < _SHORTEST_NAME:
        errors["signatory"] = spell(msg("Escribe el nombre y el cargo de quien firma por la empresa."))
    if not request.form.get("agree"):
        errors["agree"] = spell(msg("Marca la casilla para aceptar el convenio."))
    return errors


@bp.get("/debtor/signed")
@needs(Permission.SEE_DEBTOR_PAGE)
def signed() -> ResponseReturnValue:
    """The plan is signed: the next payment and its day."""
    face = _face()
    if face.agreement is None or face.agreement.state not in ("accepted", "active"):
        return redirect(url_for("debtor_pages.home"), 303)
    return _page("signed", face)


@bp.route("/debtor/other", methods=["GET", "POST"])
@needs(Permission.ACT_AS_DEBTOR)
def other_amount() -> ResponseReturnValue:
    """Pay what one can today."""
    face = _face()
    if not _takes_cards(face):
        return redirect(url_for("debtor_pages.home"), 303)
    error, value = "", request.form.get("amount", "")
    if request.method == "POST":
        try:
            amount = read_money(value, face.balance.currency, locale())
            _check_amount(amount, face)
            return redirect(url_for("debtor_pages.pay", amount=amount.minor), 303)
        except Problem as problem:
            error = spell_problem(problem)
    return _page("other", face, 422 if error else 200, error=error, value=value)


def _check_amount(amount: Money, face: queries.Face) -> None:
    if not 0 < amount.minor <= face.to_pay.minor:
        raise Conflict(
            msg("Escribe un importe mayor que cero y no mayor que tu saldo, {balance}."), balance=face.to_pay
        )


def _amount_to_pay(face: queries.Face) -> Money:
    asked = request.values.get("amount", "")
    if asked.isdecimal():
        amount = Money(int(asked), face.balance.currency)
        _check_amount(amount, face)
        return amount
    if request.values.get("what") == "next" and face.runs and face.next_part is not None:
        return Money(face.next_part.amount - face.next_part.paid, face.balance.currency)
    return face.to_pay


@bp.route("/debtor/pay", methods=["GET", "POST"])
@needs(Permission.ACT_AS_DEBTOR)
def pay() -> ResponseReturnValue:
    """What will be paid and to whom, before the card page. POST goes to Stripe Checkout.

    In three steps, so that a crash charges nobody twice: the intention is committed, the session is made with the
    intention's id as idempotency key, and its address is noted.
    """
    face = _face()
    if face.to_pay.minor <= 0 or not _takes_cards(face):
        return redirect(url_for("debtor_pages.home"), 303)
    amount = _amount_to_pay(face)
    allow_form_target(outside().settings.checkout_origin)
    if request.method == "POST":
        with tenant_work(g.principal) as first:
            checkout_id = checkouts.intend_checkout(first, case_id=face.case.id, amount=amount)
        address = checkouts.open_checkout(
            g.work,
            checkout_id,
            success_url=url_for("debtor_pages.outcome", checkout_id=checkout_id, _external=True),
            cancel_url=url_for("debtor_pages.pay", amount=amount.minor, _external=True),
            locale=locale(),
        )
        return redirect(address, 303)
    return _page("pay", face, amount=amount)


@bp.get("/debtor/outcome/<uuid:checkout_id>")
@needs(Permission.SEE_DEBTOR_PAGE)
def outcome(checkout_id: UUID) -> ResponseReturnValue:
    """Success, still pending, or failed: said as it is."""
    face = _face()
    checkout = checkouts.checkout_of(g.work, checkout_id)
    return _page("outcome", face, state=checkout.state, amount=Money(checkout.amount, checkout.currency))


def _say(face: queries.Face, what: str, text: str) -> None:
    g.work.outbox.add("cases.debtor_said", case_id=face.case.id, what=what, text=text[:2000])


def _thanks(face: queries.Face, sentence: str, **fields: object) -> ResponseReturnValue:
    return _page("thanks", face, sentence=spell(sentence, **fields))


@bp.route("/debtor/promise", methods=["GET", "POST"])
@needs(Permission.ACT_AS_DEBTOR)
def promise() -> ResponseReturnValue:
    """A day and an amount; calls stop until then."""
    face = _face()
    errors: dict[str, str] = {}
    values = {"amount": f"{face.balance.amount}", "day": (face.today + timedelta(days=7)).isoformat(), **request.form}
    if request.method == "POST":
        amount, day = face.balance, face.today
        try:
            amount = read_money(values["amount"], face.balance.currency, locale())
            _check_amount(amount, face)
        except Problem as problem:
            errors["amount"] = spell_problem(problem)
        try:
            day = read_day(values["day"], face.today, locale())
            _check_day(day, face.today)
        except Problem as problem:
            errors["day"] = spell_problem(problem)
        if not errors:
            agreements.make_promise(g.work, case_id=face.case.id, amount=amount, due_on=day)
            return _thanks(
                face,
                msg("Anotamos tu promesa: {amount} el {day}. Hasta ese día no te llamaremos por este asunto."),
                amount=money(amount),
                day=events.readable(day.isoformat()),
            )
    return _page("promise", face, 422 if errors else 200, errors=errors, values=values)


def _check_day(day: date, today: date) -> None:
    if not today <= day <= today + timedelta(days=60):
        raise Conflict(msg("Elige un día de hoy a dentro de 60 días."))


def _tell(template: str, what: str, flag: str, thanks: str) -> ResponseReturnValue:
    face = _face()
    text = request.form.get("text", "").strip()
    if request.method == "POST":
        if not text:
            return _page(template, face, 422, error=spell(msg("Cuéntanos en una o dos frases.")))
        if flag:
            flags.open_flag(g.work, case_id=face.case.id, kind=flag, reason=text[:2000])
        else:
            _say(face, what, text)
        return _thanks(face, thanks)
    return _page(template, face, error="")


@bp.route("/debtor/already-paid", methods=["GET", "POST"])
@needs(Permission.ACT_AS_DEBTOR)
def already_paid() -> ResponseReturnValue:
    """«Ya pagué»: how and when; a person checks it."""
    return _tell("already_paid", "paid", "", msg("Gracias. Lo revisamos con la acreedora y te avisamos."))


@bp.route("/debtor/dispute", methods=["GET", "POST"])
@needs(Permission.ACT_AS_DEBTOR)
def dispute() -> ResponseReturnValue:
    """«No reconozco este saldo»: work stops until it is answered."""
    return _tell(
        "dispute", "", "dispute", msg("Recibimos tu aclaración. Mientras se revisa no te cobraremos este asunto.")
    )


@bp.route("/debtor/hardship", methods=["GET", "POST"])
@needs(Permission.ACT_AS_DEBTOR)
def hardship() -> ResponseReturnValue:
    """«No puedo pagar ahora»: a person looks for a way."""
    return _tell("hardship", "", "hardship", msg("Gracias por decirlo. Una persona buscará contigo una salida."))


@bp.route("/debtor/talk", methods=["GET", "POST"])
@needs(Permission.ACT_AS_DEBTOR)
def talk() -> ResponseReturnValue:
    """Ask for a call."""
    return _tell("talk", "talk", "", msg("Te llamaremos en el horario que indicaste, si la ley lo permite."))


# When it may not suit: the first and the last hour.
_TIMES: Mapping[str, tuple[str, time | None, time | None]] = {
    "": (msg("No, cualquiera"), None, None),
    "morning": (msg("Por la mañana, antes de las 12"), None, time(12)),
    "afternoon": (msg("Por la tarde, de 12 a 18"), time(12), time(18)),
    "evening": (msg("Por la noche, después de las 18"), time(18), None),
}
_ACCEPTS: Mapping[Channel, str] = {
    Channel.PHONE: msg("Llamadas"),
    Channel.SMS: msg("Mensajes SMS"),
    Channel.WHATSAPP: msg("WhatsApp"),
    Channel.EMAIL: msg("Correo"),
    Channel.LETTER: msg("Cartas"),
    Channel.VISIT: msg("Visitas"),
}


@bp.route("/debtor/contact", methods=["GET", "POST"])
@needs(Permission.ACT_AS_DEBTOR)
def contact() -> ResponseReturnValue:
    """«Cómo contactarte»: channels, a time that does not suit, the workplace, a lawyer; it all goes to the ledger."""
    face = _face()
    said = standing(holding(service.lines_of(g.work, face.case.id), face.today), face.zone)
    closed = {channel for channel in _ACCEPTS if _is_closed(said, channel)}
    if request.method == "POST":
        try:
            _keep_wishes(face.case.id, said, closed)
        except Problem as problem:
            g.work.session.expire_all()
            return _contact_page(face, said, closed, spell_problem(problem), 422)
        return _thanks(face, msg("Guardado. Vale desde ahora."))
    return _contact_page(face, said, closed)


def _contact_page(
    face: queries.Face, said: Standing, closed: set[Channel], error: str = "", status: int = 200
) -> ResponseReturnValue:
    lines = [line for line in living(service.lines_of(g.work, face.case.id)) if line.kind == "lawyer"]
    return _page(
        "contact", face, status, error=error,
        channels=[(channel.value, spell(label), channel not in closed) for channel, label in _ACCEPTS.items()],
        times=[(name, spell(label)) for name, (label, _, _) in _TIMES.items()],
        at_work=any(one.workplace for one in said.inconvenient),
        lawyer=lines[-1].details.get("name", "") if lines else "",
        values={"times": "", "lawyer": "", "lawyer_contact": "", **request.form},
    )  # fmt: skip


def _is_closed(said: Standing, channel: Channel) -> bool:
    return any(one.channel in (None, channel) for one in said.opt_outs)


def _keep_wishes(case_id: UUID, said: Standing, closed: set[Channel]) -> None:
    """Only what changed is written; who closes every channel asks to be left alone."""
    how = Said("page")
    wanted = {channel for channel in _ACCEPTS if request.form.get(channel.value)}
    if not wanted and closed != set(_ACCEPTS):
        service.note_withdrawal(g.work, case_id, how)
    elif wanted:
        if any(one.channel is None for one in said.opt_outs):
            service.note_open_again(g.work, case_id, how, channel=None)
            closed = set()
        for channel in _ACCEPTS:
            if channel in wanted and channel in closed:
                service.note_consent(g.work, case_id, how, channel=channel)
            elif channel not in wanted and channel not in closed:
                service.note_withdrawal(g.work, case_id, how, channel=channel)
    _, begins, ends = _TIMES.get(request.form.get("times", ""), _TIMES[""])
    if begins or ends:
        service.note_inconvenient(g.work, case_id, how, begins=begins, ends=ends)
    if request.form.get("workplace") and not any(one.workplace for one in said.inconvenient):
        service.note_inconvenient(g.work, case_id, how, workplace=True)
    if request.form.get("lawyer", "").strip():
        card = LawyerCard(request.form["lawyer"][:200], address=request.form.get("lawyer_contact", "")[:300])
        service.note_lawyer(g.work, case_id, how, card=card)


# How the agency reached for them, by channel.
_CONTACTS = {
    Channel.EMAIL: msg("Te escribimos por correo"),
    Channel.SMS: msg("Te enviamos un mensaje (SMS)"),
    Channel.WHATSAPP: msg("Te enviamos un mensaje (WhatsApp)"),
    Channel.PHONE: msg("Te llamamos"),
    Channel.LETTER: msg("Te enviamos una carta"),
    Channel.CERTIFIED_LETTER: msg("Te enviamos una carta certificada"),
    Channel.VISIT: msg("Te visitamos"),
}


@bp.get("/debtor/history")
@needs(Permission.SEE_DEBTOR_PAGE)
def history() -> ResponseReturnValue:
    """Who contacted them and when, what happened, and the documents."""
    face = _face()
    seen = [(event.at, _line(event)) for event in case_queries.history(g.work, face.case.id)]
    seen += [(one.at, _contact(one, face.agency.name)) for one in queries.contacts(g.work, face.case.id)]
    lines = [line for _, line in sorted(seen, key=lambda pair: pair[0], reverse=True)]
    return _page("history", face, lines=lines, files=_files(face.case.id))


def _line(event: CaseEvent) -> tuple[str, str, str]:
    line = events.line(event, staff=False, unnamed=True)
    return line["title"], "", " · ".join(filter(None, (line["meta"], line["body"])))


def _contact(one: ContactAttempt, agency: str) -> tuple[str, str, str]:
    return spell(_CONTACTS[Channel(one.channel)]), "", f"{moment(one.at)} · {agency}"


def _files(case_id: UUID) -> list[tuple[str, str, str]]:
    gone = queries.taken_back(g.work, case_id)
    return [
        (
            "file-text",
            spell(msg("{name} (pago revertido)"), name=row.name) if row.id in gone else row.name,
            url_for("debtor_pages.download", file_id=row.id),
        )
        for row in queries.documents(g.work, case_id)
    ]


@bp.get("/debtor/files/<uuid:file_id>")
@needs(Permission.SEE_DEBTOR_PAGE)
def download(file_id: UUID) -> ResponseReturnValue:
    """One of the case's public documents."""
    row, data = read_file(g.work, file_id)
    return Response(
        data, mimetype=row.media_type, headers={"Content-Disposition": f'attachment; filename="{row.name}"'}
    )


@bp.post("/debtor/leave")
@needs(Permission.SEE_DEBTOR_PAGE)
def leave() -> ResponseReturnValue:
    """End the visit."""
    sessions.end(g.visit.key, g.principal.agency_id)
    response = current_app.make_response(redirect(url_for("debtor_pages.closed"), 303))
    response.delete_cookie(_cookie_name(), path="/")
    return response
