"""The answer to a client's mail with files: what became of each, with counts and sums, and what to do; and the signed
acknowledgement of what was placed. They go to people who sign in, never to a debtor, and need no clearance."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

from sqlalchemy import select

from kernel.money import Money
from kernel.problems import Kind, Problem
from kernel.text import msg
from recobro.adapters.email_smtp import Attachment, OutgoingEmail, Refused, Sent, TryLater
from recobro.files import read_file
from recobro.intake.doors import arrivals
from recobro.intake.doors.mailbox import open_mail
from recobro.intake.kinds.kind import said_of
from recobro.intake.kinds.registry import KINDS
from recobro.intake.lifecycle import State
from recobro.intake.receipts import acknowledging
from recobro.intake.service import open_placement
from recobro.intake.tables import IntakeArrival, IntakeMail, Placement
from recobro.intake.words import sentence
from recobro.web import formats
from recobro.wiring import outside
from tenants.service import agency_of, client_by_id
from tenants.tables import Membership
from tenants.work import Work

OpenWork = Callable[[], AbstractContextManager[Work]]


class AnswerNotSent(Problem):
    """The mail server did not take it now; later it may."""

    kind = Kind.UNAVAILABLE
    code = "intake.answer_not_sent"


def answer(open_work: OpenWork, mail_id: UUID) -> None:
    """Answer a message, once: what is not known to be sent is never sent again in silence."""
    with open_work() as work:
        mail = open_mail(work, mail_id)
        if mail.answer != "waiting":
            return
        outgoing = compose(work, mail)
    result = outside().mail.send_account_mail(outgoing)
    if isinstance(result, TryLater):
        raise AnswerNotSent(msg("El servidor de correo no respondió."))
    with open_work() as work:
        state = "sent" if isinstance(result, Sent) else "refused" if isinstance(result, Refused) else "unknown"
        open_mail(work, mail_id).answer = state


def compose(work: Work, mail: IntakeMail) -> OutgoingEmail:
    """The answer to a message, in the client's language."""
    agency, locale = agency_of(work), client_by_id(work, mail.client_id).locale
    found = work.session.execute(
        select(IntakeArrival, Placement)
        .outerjoin(
            Placement,
            (Placement.agency_id == IntakeArrival.agency_id) & (Placement.id == IntakeArrival.placement_id),
        )
        .where(IntakeArrival.agency_id == work.agency_id, IntakeArrival.mail_id == mail.id)
        .order_by(IntakeArrival.id)
    ).all()
    lines = [sentence(msg("Hola:"), {}, locale), ""]
    if found:
        lines += [sentence(msg("Recibimos tu correo. Esto pasó con cada archivo:"), {}, locale), ""]
        for arrival, placement in found:
            lines += [*_told(arrival, placement, locale), ""]
    else:
        lines += [sentence(_NO_FILE, {}, locale), ""]
    if mail.skipped:
        lines += [sentence(msg("No se leyó: {names}."), {"names": ", ".join(mail.skipped)}, locale), ""]
    lines.append(agency.name)
    domain = outside().settings.smtp_from.partition("@")[2]
    return OutgoingEmail(
        message_id=f"<{mail.id}.answer@{domain}>", sender_name=agency.name, to=mail.sender,
        subject=f"Re: {mail.subject}"[:200] if mail.subject else sentence(msg("Tu archivo"), {}, locale),
        text="\n".join(lines) + "\n", headers={"Auto-Submitted": "auto-replied", **_thread(mail.message_id)},
        at=work.now(),
    )  # fmt: skip


def send_acknowledgement(open_work: OpenWork, placement_id: UUID, member_id: UUID, version: int) -> None:
    """Send a placement's acknowledgement to one person: what is not known to be sent is not sent again in silence. A
    version that another has followed, and a person who left, get none."""
    with open_work() as work:
        outgoing = compose_acknowledgement(work, placement_id, member_id, version)
    if outgoing is None:
        return
    result = outside().mail.send_account_mail(outgoing)
    if isinstance(result, TryLater):
        raise AnswerNotSent(msg("El servidor de correo no respondió."))
    with open_work() as work:
        state = "sent" if isinstance(result, Sent) else "refused" if isinstance(result, Refused) else "unknown"
        work.audit(
            "placement.acknowledgement_mailed", placement_id=placement_id, membership_id=member_id, version=version,
            state=state,
        )  # fmt: skip


def compose_acknowledgement(work: Work, placement_id: UUID, member_id: UUID, version: int) -> OutgoingEmail | None:
    """The mail with the signed PDF, in the client's language, with both sums and a link to the page."""
    placement = open_placement(work, placement_id)
    member = work.session.scalar(
        select(Membership).where(Membership.agency_id == work.agency_id, Membership.id == member_id)
    )
    if member is None or member.status != "active" or acknowledging.version_of(placement) != version:
        return None
    if placement.acknowledgement_file_id is None or placement.state != State.COMMITTED:
        return None
    agency, client = agency_of(work), client_by_id(work, placement.client_id)
    row, data = read_file(work, placement.acknowledgement_file_id)
    where = "portal/placements" if member.kind == "client" else "placements"
    said = {"file": placement.file_name, "number": placement.number, "client": client.name}
    debts = placement.kind == "placement"
    figures = _figures(placement, client.locale) if debts else [_made(placement, client.locale)]
    lines = [
        sentence(msg("Hola, {name}:"), {"name": member.name}, client.locale), "",
        sentence(msg("«{file}» de {client} quedó cargado: carga {number}."), said, client.locale),
        *figures, "",
        sentence(msg("El acuse firmado va adjunto. También está, con sus datos en JSON, en:"), {}, client.locale),
        f"{outside().settings.address}/{where}/{placement.id}", "", agency.name,
    ]  # fmt: skip
    domain = outside().settings.smtp_from.partition("@")[2]
    return OutgoingEmail(
        message_id=f"<{placement.id}.{version}.{member.id}@{domain}>", sender_name=agency.name, to=member.email,
        subject=sentence(msg("Acuse de la carga {number}"), said, client.locale), text="\n".join(lines) + "\n",
        headers={"Auto-Submitted": "auto-generated"}, at=work.now(),
        attachments=[Attachment(row.name, row.media_type, data)],
    )  # fmt: skip


_NO_FILE = msg(
    "Recibimos tu correo, pero no traía ningún archivo que sepamos leer. Adjunta la cartera como XLSX, XLS, ODS, CSV, "
    "ZIP o factura electrónica y mándalo de nuevo."
)


def _thread(message_id: str) -> dict[str, str]:
    """The headers that hang the answer below its question, where that has a name of its own."""
    whole = message_id.startswith("<") and message_id.endswith(">") and message_id.isascii() and " " not in message_id
    return {"In-Reply-To": message_id, "References": message_id} if whole else {}


def _told(arrival: IntakeArrival, placement: Placement | None, locale: str) -> list[str]:
    told = arrival.told
    why = sentence(told["template"], told["details"], locale) if told else ""
    if placement is None:
        return [sentence(msg("- {file}: no se pudo leer."), {"file": arrival.file_name}, locale), f"  {why}"]
    head = {"file": arrival.file_name, "number": placement.number}
    lines = [sentence(msg("- {file}: carga {number}."), head, locale)]
    if arrival.outcome == arrivals.EARLIER:
        return [*lines, f"  {why}"]
    lines += _figures(placement, locale)
    if arrival.outcome == arrivals.CONFIRMED:
        lines.append("  " + sentence(msg("Está confirmada y se está cargando."), {}, locale))
    elif arrival.outcome == arrivals.NOTHING:
        lines.append(f"  {why}")
    else:
        lines.append("  " + sentence(msg("Falta confirmarla. {why}"), {"why": why}, locale))
    return [*lines, f"  {outside().settings.address}/portal/placements/{placement.id}"]


def _made(placement: Placement, locale: str) -> str:
    (one, many), _, count = said_of(KINDS[placement.kind], placement.counts)
    return "  " + sentence(one if count == 1 else many, {"count": count}, locale) + "."


def _figures(placement: Placement, locale: str) -> list[str]:
    counts = placement.counts
    if not counts:
        return []
    lines = [
        "  " + sentence(msg("{currency}: {count} adeudos nuevos por {amount}."),
                        {"currency": currency, "count": one["count"],
                         "amount": formats.money(Money(one["sum"], currency), locale)}, locale)
        for currency, one in sorted(placement.totals.items())
    ]  # fmt: skip
    rows = {name: counts[name] for name in ("rows", "rejected", "conflicts", "unchanged")}
    said = msg("Filas {rows}: no entran {rejected}, en conflicto {conflicts}, ya estaban {unchanged}.")
    return [*lines, "  " + sentence(said, rows, locale)]
