"""Files by email: who may write, what is kept before 250 is said, what becomes of the attachments, what is answered."""

import smtplib
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from uuid import UUID

import pytest
from sqlalchemy import select

from recobro.adapters import mail_receiver
from recobro.adapters.mail_receiver import MailReceiver
from recobro.config import Settings, Tls
from recobro.intake.doors import mailbox, sources
from recobro.intake.tables import IntakeArrival, IntakeMail, IntakeSource, Placement
from recobro.local.mail.server import MailServer
from recobro.wiring import wire
from tests.support.database import SECRET
from tests.support.world import World
from worker.run_now import run_pending

HEAD = "RFC,Razón social,Folio,F. Vencimiento,Saldo\n"
FIRST = HEAD + 'FTF190312AB4,Ferretería El Tornillo Feliz,A-2231,27/09/2025,"61,440.18"\n'
WRITER = "cuentas@aceros.example"


@pytest.fixture(scope="module")
def answers(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    """The agency's own mail server, which takes our answers; this process is wired to it."""
    data = tmp_path_factory.mktemp("data")
    with MailServer(data / "mail") as server:
        settings = Settings(
            data=data, secret=SECRET, smtp_host="127.0.0.1", smtp_port=server.port, smtp_tls=Tls.NONE,
            smtp_from="cobranza@despacho.example", mailbox_domain="carga.despacho.example",
        )  # fmt: skip
        wire(settings, database_urls[0])
        yield server


@pytest.fixture(scope="module")
def receiver(answers: MailServer) -> Iterator[MailReceiver]:
    """The door under test, as `recobro mailbox` opens it."""
    with MailReceiver(mailbox.may_write, mailbox.take) as door:
        yield door


def address(world: World, *, senders: tuple[str, ...] = (WRITER,), alone: bool = False) -> tuple[UUID, str]:
    client_id = world.client()
    with world.work() as work:
        source_id = sources.add_email(
            work, client_id=client_id, name="Correo de cartera", senders=senders, auto_confirm=alone
        )
        return source_id, sources.address_of(sources.open_source(work, source_id))


def letter(
    to: str, *files: tuple[str, str], sender: str = WRITER, message_id: str = "<1@aceros.example>"
) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Cuentas <{sender}>", to, "Cartera de noviembre"
    message["Message-ID"] = message_id
    message.set_content("Buenos días, adjunto la cartera.\n-- \nCuentas por cobrar")
    for name, text in files:
        message.add_attachment(text.encode(), maintype="application", subtype="octet-stream", filename=name)
    return message


def send(receiver: MailReceiver, message: EmailMessage, to: str, sender: str = WRITER) -> tuple[int, str]:
    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=20) as line:
        line.ehlo("correo.aceros.example")
        line.mail(sender)
        code, said = line.rcpt(to)
        if code == 250:
            code, said = line.data(message.as_bytes(policy=policy.SMTP))
        return code, said.decode()


def rows(world: World, table: type) -> list:  # type: ignore[type-arg]
    with world.work() as work:
        return list(work.session.scalars(select(table).where(table.agency_id == world.agency_id)))  # type: ignore[attr-defined]


def test_attachments_become_placements_and_the_sender_is_told_what_became_of_each(
    world: World, receiver: MailReceiver, answers: MailServer
) -> None:
    _, to = address(world)
    message = letter(to, ("cartera.csv", FIRST), ("rota.csv", "a\0b"), ("firma.png", "x"), ("smime.p7s", "x"))

    assert send(receiver, message, to) == (250, "2.0.0 OK")
    [mail] = rows(world, IntakeMail)
    assert mail.state == "waiting"
    run_pending(world.agency_id)

    [placement] = rows(world, Placement)
    assert (placement.source, placement.state, placement.file_name) == ("email", "previewed", "cartera.csv")
    assert sorted(one.outcome for one in rows(world, IntakeArrival)) == ["refused", "waiting"]
    [mail] = rows(world, IntakeMail)
    assert (mail.state, mail.answer, mail.skipped) == ("read", "sent", ["firma.png"])
    text = told(answers, WRITER)
    for words in (placement.number, "$61,440.18", "Falta confirmarla", "rota.csv: no se pudo leer", "bytes nulos",
                  "No se leyó: firma.png", f"/portal/placements/{placement.id}"):  # fmt: skip
        assert words in text
    assert "Auto-Submitted: auto-replied" in text
    assert "In-Reply-To: <1@aceros.example>" in text


def told(answers: MailServer, to: str) -> str:
    """The newest mail to an address, its headers and its text."""
    mail = answers.box.mails(to=to)[0]
    heads = "\n".join(f"{name}: {value}" for name, value in mail.message.items())
    return f"{heads}\n\n{mail.text}"


def test_the_same_message_twice_is_taken_once(world: World, receiver: MailReceiver) -> None:
    _, to = address(world)
    message = letter(to, ("cartera.csv", FIRST), message_id="<2@aceros.example>")
    assert [send(receiver, message, to)[0] for _ in range(2)] == [250, 250]
    run_pending(world.agency_id)
    assert len(rows(world, IntakeMail)) == len(rows(world, Placement)) == len(rows(world, IntakeArrival)) == 1

    # The same file in another message is the first one's.
    assert send(receiver, letter(to, ("otra.csv", FIRST), message_id="<3@aceros.example>"), to)[0] == 250
    run_pending(world.agency_id)
    assert [one.outcome for one in rows(world, IntakeArrival)] == ["waiting", "earlier"]
    assert len(rows(world, Placement)) == 1


def test_only_its_senders_write_to_an_address_and_both_names_must_be_theirs(
    world: World, receiver: MailReceiver
) -> None:
    source_id, to = address(world, senders=(WRITER, "@filial.example"))
    good = letter(to, ("cartera.csv", FIRST))
    assert send(receiver, good, to, sender="otro@aceros.example")[0] == 550
    assert send(receiver, good, to, sender="")[0] == 550
    assert send(receiver, letter(to, ("a.csv", FIRST), sender="otro@mala.example"), to)[0] == 550
    assert send(receiver, good, "carga+aaaaaaaaaaaaaaaaaaaa@carga.despacho.example")[0] == 550
    assert send(receiver, good, to.replace("carga.despacho", "otro.despacho"))[0] == 550
    assert send(receiver, good, "cobranza@despacho.example")[0] == 550
    assert rows(world, IntakeMail) == []
    branch = letter(to, ("cartera.csv", FIRST), sender="Ana@filial.example")
    assert send(receiver, branch, to.upper(), sender="bot@filial.example")[0] == 250
    with world.work() as work:
        sources.set_active(work, source_id, active=False)
    assert send(receiver, good, to)[0] == 550


def test_a_message_without_a_file_is_told_so_and_a_machines_is_not_answered(
    world: World, receiver: MailReceiver, answers: MailServer
) -> None:
    _, to = address(world, senders=("sola@aceros.example", WRITER))
    assert send(receiver, letter(to, sender="sola@aceros.example"), to)[0] == 250
    machine = letter(to, ("cartera.csv", FIRST), message_id="<4@aceros.example>")
    machine["Auto-Submitted"] = "auto-generated"
    assert send(receiver, machine, to)[0] == 250
    run_pending(world.agency_id)
    assert "no traía ningún archivo" in told(answers, "sola@aceros.example")
    assert sorted(one.answer for one in rows(world, IntakeMail)) == ["none", "sent"]
    assert len(rows(world, Placement)) == 1


def test_what_is_too_much_or_no_message_is_refused(
    world: World, receiver: MailReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, to = address(world)
    many = letter(to, *((f"{n}.csv", FIRST) for n in range(mailbox.MOST_ATTACHMENTS + 1)))
    assert send(receiver, many, to)[0] == 552
    two = letter(to, ("a.csv", FIRST))
    two.replace_header("From", f"{WRITER}, otra@aceros.example")
    assert send(receiver, two, to)[0] == 550
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3_000))
    assert mailbox.take(WRITER, [to], b"From: cuentas@aceros.example\r\n" + deep)[:3] in ("250", "550")
    for broken in (b"", b"\xff\xfe", b"From: @@\r\n\r\n", b"From: =?utf-8?q?=ff?= <>\r\n\r\n", b"Subject: x\r\n\r\n"):
        assert mailbox.take(WRITER, [to], broken).startswith("550")
    monkeypatch.setattr(mail_receiver, "MOST_BYTES", 1000)
    with MailReceiver(mailbox.may_write, mailbox.take) as narrow:
        assert send(narrow, letter(to, ("a.csv", FIRST * 50)), to)[0] == 552


def test_nothing_is_answered_250_that_is_not_kept(
    world: World, receiver: MailReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, to = address(world)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(mailbox, "keep_file", full)
        assert send(receiver, letter(to, ("cartera.csv", FIRST)), to)[0] == 451
    assert rows(world, IntakeMail) == []
    assert send(receiver, letter(to, ("cartera.csv", FIRST)), to)[0] == 250


def test_a_job_that_starts_over_meets_its_own_work(world: World, receiver: MailReceiver) -> None:
    _, to = address(world)
    assert send(receiver, letter(to, ("a.csv", FIRST), ("b.csv", FIRST.replace("A-2231", "A-1"))), to)[0] == 250
    [mail] = rows(world, IntakeMail)
    mailbox.read(world.work, mail.id)
    with world.work() as work:
        mailbox.open_mail(work, mail.id).state = "waiting"
    mailbox.read(world.work, mail.id)
    assert [one.outcome for one in rows(world, IntakeArrival)] == ["waiting", "waiting"]
    [source] = rows(world, IntakeSource)
    assert source.last_result["outcome"] == "waiting"
