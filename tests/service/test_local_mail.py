"""The local mail catcher: real SMTP in, a page and JSON out, mails in files; and as unkind as it is told to be."""

import os
import signal
import smtplib
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup

from recobro.adapters.email_smtp import Attachment, OutgoingEmail, Refused, Sent, SmtpMail, TryLater, Unknown
from recobro.engines.process import free_port
from recobro.local.mail.server import MailServer
from tests.support.processes import started

LINK = "https://pagos.despacho.example/d/abc"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path / "mail") as running:
        yield running


def email(to: str = "luis.demo@example.com", subject: str = "Tu factura A-2231") -> OutgoingEmail:
    return OutgoingEmail(
        message_id="<notice-1@despacho.example>", sender_name="Despacho Ejemplo", to=to, subject=subject,
        text=f"Hola, Luis.\n\nPuedes verla en {LINK}.\n<script>alert(1)</script>",
        html=f"<html><head><style>p {{ color: #0b7285 }}</style></head><body><p>Hola, Luis.</p>"
             f'<a href="{LINK}">Ver</a><script>alert(1)</script></body></html>',
        reply_to="ana@despacho.example", unsubscribe_url=f"{LINK}/baja",
        attachments=(Attachment("aviso.pdf", "application/pdf", b"%PDF-1.7 x"),),
    )  # fmt: skip


def mail(server: MailServer) -> SmtpMail:
    return SmtpMail("127.0.0.1", server.port, "", "", sender="cobranza@despacho.example")


def page(url: str) -> BeautifulSoup:
    answer = requests.get(url, timeout=30)
    assert answer.status_code == 200
    assert "<script" not in answer.text
    return BeautifulSoup(answer.text, "html.parser")


def test_a_mail_is_taken_whole_and_its_answer_names_it(server: MailServer) -> None:
    result = mail(server).send_account_mail(email())

    (taken,) = server.box.mails()
    assert result == Sent(f"2.0.0 Queued as {taken.id}")
    assert (taken.subject, taken.sender) == ("Tu factura A-2231", "Despacho Ejemplo")
    assert (taken.envelope_from, taken.envelope_to) == ("cobranza@despacho.example", ("luis.demo@example.com",))
    assert taken.message["Message-ID"] == "<notice-1@despacho.example>"
    assert taken.message["List-Unsubscribe"] == f"<{LINK}/baja>"
    assert taken.links == [LINK]
    assert [(one.name, one.data) for one in taken.files] == [("aviso.pdf", b"%PDF-1.7 x")]
    assert "color: #0b7285" in taken.html
    assert abs((taken.received_at - datetime.now(UTC)).total_seconds()) < 60


def test_a_text_cannot_bring_in_a_file_or_a_page_of_elsewhere(server: MailServer, tmp_path: Path) -> None:
    (tmp_path / "secret.css").write_text("p { content: 'nobody may read this' }")
    hostile = (
        f'<link rel="stylesheet" href="{tmp_path}/secret.css"><link rel="stylesheet" href="{server.url}/x.css"><p>x'
    )

    mail(server).send_account_mail(replace(email(), html=hostile))

    assert "nobody may read this" not in server.box.mails()[0].html


def test_the_page_lists_mails_newest_first_and_finds_them(server: MailServer) -> None:
    for number in range(3):
        mail(server).send_account_mail(email(f"deudor{number}@example.com", f"Aviso {number}"))

    shown = [one.text for one in page(server.url).select(".mails .subject")]
    found = page(f"{server.url}/?q=deudor1")

    assert shown == ["Aviso 2", "Aviso 1", "Aviso 0"]
    assert [one.text for one in found.select(".mails .subject")] == ["Aviso 1"]
    assert "Sin resultados" in page(f"{server.url}/?q=nadie").text


def test_a_mail_is_read_as_text_and_in_a_closed_frame_with_its_files(server: MailServer) -> None:
    mail(server).send_account_mail(email())
    href = page(server.url).select_one(".mails a")["href"]  # type: ignore[index]

    shown = page(f"{server.url}{href}")
    frame = shown.select_one("iframe")
    assert frame is not None
    inner = requests.get(f"{server.url}{frame['src']}", timeout=30)
    file = requests.get(f"{server.url}{shown.select_one('.files a')['href']}", timeout=30)  # type: ignore[index]

    assert [link["href"] for link in shown.select(".text a")] == [LINK]
    assert frame["sandbox"] == ["allow-popups", "allow-popups-to-escape-sandbox"]
    assert "sandbox allow-popups" in inner.headers["Content-Security-Policy"]
    assert "script-src" not in inner.headers["Content-Security-Policy"]
    assert "default-src 'none'" in inner.headers["Content-Security-Policy"]
    assert (file.content, file.headers["Content-Disposition"]) == (b"%PDF-1.7 x", "attachment; filename=aviso.pdf")
    assert requests.get(f"{server.url}{href}.eml", timeout=30).content.startswith(b"Return-Path: <cobranza@")


def test_mails_are_told_as_json_by_recipient(server: MailServer) -> None:
    mail(server).send_account_mail(email("a@example.com"))
    mail(server).send_account_mail(email("b@example.com"))

    (told,) = requests.get(f"{server.url}/mails.json?to=b@example.com", timeout=30).json()

    assert (told["to"], told["links"], told["files"][0]["size"]) == (["b@example.com"], [LINK], 10)


def test_a_mail_without_text_or_subject_is_shown_all_the_same(server: MailServer) -> None:
    message = EmailMessage()
    message.set_content("<p>Solo <b>esto</b></p>", subtype="html")
    with smtplib.SMTP("127.0.0.1", server.port) as client:
        client.send_message(message, "a@example.com", ["b@example.com"])

    assert "Sin asunto" in page(server.url).text
    assert "Solo esto" in page(server.url).text


def test_it_refuses_delays_and_cuts_the_line_as_told(server: MailServer) -> None:
    server.conduct.refuse = ["*@nowhere.example"]
    server.conduct.later = ["busy@*"]
    smtp = mail(server)

    assert smtp.send_account_mail(email("a@nowhere.example")) == Refused(550, "5.1.1 No such mailbox here")
    assert isinstance(smtp.send_account_mail(email("busy@example.com")), TryLater)
    server.conduct.reject = 1
    assert smtp.send_account_mail(email()) == Refused(554, "5.7.1 Message refused")
    assert server.box.mails() == []
    requests.post(f"{server.url}/_local/conduct", json={"cut": 1}, timeout=30)
    assert isinstance(smtp.send_account_mail(email()), Unknown)
    # It was taken all the same: that is what "unknown" means.
    assert len(server.box.mails()) == 1
    assert isinstance(smtp.send_account_mail(email()), Sent)


def test_nobody_there_is_try_later() -> None:
    assert isinstance(SmtpMail("127.0.0.1", free_port(), "", "").send_account_mail(email()), TryLater)


def test_a_name_and_a_password_are_sent_when_there_are_some(server: MailServer) -> None:
    with_login = SmtpMail("127.0.0.1", server.port, "ana", "secreto", sender="cobranza@despacho.example")
    assert isinstance(with_login.send_account_mail(email()), Sent)


def test_mails_outlive_kill_9(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    port, page_port = free_port(), free_port()
    command = [sys.executable, "-m", "recobro.local.mail", "--port", str(port), "--page-port", str(page_port)]
    environment = {**os.environ, "RECOBRO_DATA": str(tmp_path)}
    url = f"http://127.0.0.1:{page_port}/mails.json"

    first = started(command, environment, request)
    until_it_answers(url)
    assert isinstance(SmtpMail("127.0.0.1", port, "", "").send_account_mail(email()), Sent)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = started(command, environment, request)
    until_it_answers(url)

    assert [one["subject"] for one in requests.get(url, timeout=30).json()] == ["Tu factura A-2231"]
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == 0


def until_it_answers(url: str) -> None:
    limit = time.monotonic() + 60
    while True:
        try:
            requests.get(url, timeout=5)
        except requests.RequestException:
            assert time.monotonic() < limit
            time.sleep(0.05)
        else:
            return
