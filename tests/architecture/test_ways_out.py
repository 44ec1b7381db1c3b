"""No way out without the gate: what could reach a debtor leaves with a Clearance, which the gate alone makes."""

import ast
import copy
import dataclasses
import inspect
import pickle
import smtplib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints
from uuid import uuid4

import pytest

from legal import gate
from legal.gate import Clearance
from legal.rules.facts import Channel
from recobro.adapters.email_smtp import OutgoingEmail, SmtpMail
from tests.support.sources import ROOT, modules, nodes
from tests.support.ways_out import functions, means_of, mentions, takes_clearance, uncleared, users

NOON = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)

# The adapters that carry something to a debtor, and the library each does it with: every public function of theirs that
# reaches the library takes a Clearance first.
TO_DEBTORS = {"recobro.adapters.email_smtp": "smtplib"}
# Public functions of those adapters that take none, and the only modules that may use them: mails to those who sign in
# and to clients who sent a file.
TO_OTHERS = {"send_account_mail": {"recobro.people.mails", "recobro.intake.doors.mails"}}
# What else reaches other machines, and why no debtor is reached by it.
ELSEWHERE = {
    "recobro.adapters.mail_receiver": "takes mail in",
    "recobro.adapters.smtp_thread": "takes mail in",
    "recobro.adapters.stripe_checkout": "charges a card of a debtor on the page; Stripe is asked to write nothing",
    "recobro.cli.doctor": "looks at our own engines",
    "recobro.cli.running": "asks our own server whether it answers",
    "recobro.engines.process": "looks for a free port of this machine",
    "recobro.engines.valkey": "our own engine",
    "recobro.local.mail.smtp": "the local mail catcher takes mail in",
    "recobro.local.stripe.account": "the local stand-in for Stripe",
    "recobro.local.stripe.api": "the local stand-in for Stripe",
    "recobro.local.stripe.calls": "the local stand-in for Stripe",
    "recobro.local.stripe.courier": "the local stand-in for Stripe calls our own webhook",
    "recobro.local.stripe.parameters": "the local stand-in for Stripe",
    "worker.main": "our own queue",
    "worker.relay": "our own queue",
}
# What leaves by a person's or another system's hand: the act by which it is let go.
HANDED_OVER = {
    "an email is intended": "Move.INTEND",
    "a letter goes into a batch": "Move.PRINT",
    "a call begins": "Call(",
    "another system gets a contact": "ContactToken(",
}
# Links by which a browser would write or dial by itself.
BY_BROWSER = ("mailto:", "tel:", "sms:", "wa.me", "whatsapp:")


def clearance(channel: Channel = Channel.EMAIL, address: str = "luis@demo.example") -> Clearance:
    return Clearance(uuid4(), uuid4(), uuid4(), channel, address, NOON, NOON, lambda: NOON, gate._GATE)


def email(to: str = "luis@demo.example") -> OutgoingEmail:
    return OutgoingEmail("<a@b.example>", "Despacho", to, "Asunto", "Texto")


def test_every_module_that_reaches_other_machines_is_known() -> None:
    reaching = {name for name, every in nodes().items() if means_of(every)}

    assert reaching == TO_DEBTORS.keys() | ELSEWHERE.keys()


def test_every_adapter_is_known_to_reach_a_debtor_or_nobody() -> None:
    adapters = {name: tree for name, tree in modules().items() if name.startswith("recobro.adapters.")}
    # These make and keep documents on this machine.
    at_home = {"drop_folder", "files_local", "liquid_text", "pdf", "pdf_child", "signed_json", "signed_pdf", "signing"}

    assert adapters.keys() == {
        *TO_DEBTORS, *(name for name in ELSEWHERE if name.startswith("recobro.adapters.")),
        *(f"recobro.adapters.{name}" for name in at_home),
    }  # fmt: skip


@pytest.mark.parametrize("module", TO_DEBTORS)
def test_no_public_function_of_an_adapter_reaches_a_debtor_without_a_clearance(module: str) -> None:
    tree = modules()[module]

    assert uncleared(tree, TO_DEBTORS[module]) == TO_OTHERS.keys()


@pytest.mark.parametrize(
    "hole",
    [
        "def send_now(self, email):\n        return self._send(email.to, b'')",
        "def send_now(self, clearance: Clearance | None, email):\n        return self._send(email.to, b'')",
        "def send_now(self, clearance: Clearance = None):\n        return self._send('', b'')",
        "def sender_of(self):\n        return self._send",
        "def server(self):\n        return smtplib.SMTP(self.host)",
    ],
)
def test_a_new_hole_in_an_adapter_is_found(hole: str) -> None:
    tree = copy.deepcopy(modules()["recobro.adapters.email_smtp"])
    mail = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "SmtpMail")
    mail.body.extend(ast.parse(f"class _:\n    {hole}").body[0].body)  # type: ignore[attr-defined]

    assert uncleared(tree, "smtplib") != TO_OTHERS.keys()


@pytest.mark.parametrize("function", TO_OTHERS)
def test_mails_without_a_clearance_go_to_accounts_alone(function: str) -> None:
    found = {name for name, every in nodes().items() if any(mentions(node, function) for node in every)}

    assert found == TO_OTHERS[function]
    for name, tree in modules().items():
        if name in found:
            imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
            assert not {other for other in imported if other.startswith(("recobro.debtors", "recobro.notices"))}


@pytest.mark.parametrize("act", HANDED_OVER)
def test_what_is_handed_over_is_let_go_only_by_who_holds_a_clearance(act: str) -> None:
    found = users(HANDED_OVER[act])
    known = modules()

    assert found, "the act has another name now"
    for module, names in found.items():
        every = functions(known[module])
        assert [f"{module}.{name}" for name in names if not (_holds(every[name]) or _needs_none(every[name]))] == []


def _needs_none(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether every call it notes came in, or is over as it is noted: nobody dials for it."""
    made = [one for one in ast.walk(node) if isinstance(one, ast.Call) and ast.unparse(one.func) == "Call"]
    needless = {"incoming=True", "ended_at=work.now()"}
    return bool(made) and all(needless & {ast.unparse(word) for word in one.keywords} for one in made)


@pytest.mark.parametrize(
    ("word", "needless"),
    [("incoming=True", True), ("ended_at=work.now()", True), ("incoming=told", False), ("by=''", False)],
)
def test_only_a_call_that_came_in_or_is_over_needs_no_clearance(word: str, needless: bool) -> None:
    function = ast.parse(f"def note(work):\n    work.add(Call({word}))").body[0]
    assert isinstance(function, ast.FunctionDef)

    assert _needs_none(function) is needless


def _holds(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = [*node.args.posonlyargs, *node.args.args]
    return takes_clearance(node) or any(
        one.annotation is not None and ast.unparse(one.annotation) == "Clearance" for one in given
    )


def test_no_page_writes_or_dials_by_itself() -> None:
    # The agency's own number, for the debtor to call.
    allowed = {"platform/recobro/debtor_pages/views.py", "platform/recobro/web/kit_samples.py"}
    # An address in a file of a client is read without it.
    allowed |= {"platform/recobro/intake/columns/normalise.py"}
    found = set()
    for folder in ("templates", "platform", "legal", "worker"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".html", ".py", ".liquid", ".js", ".txt") and "vendor" not in path.parts:
                text = path.read_text(encoding="utf-8", errors="replace")
                if any(f'"{link}' in text or f"'{link}" in text for link in BY_BROWSER):
                    found.add(str(path.relative_to(ROOT)))

    assert found - allowed == set()


def test_only_the_gate_makes_a_clearance() -> None:
    makers = {name for name, every in nodes().items() if any(mentions(node, "Clearance(") for node in every)}
    knowing = {name for name, every in nodes().items() if any(mentions(node, "_GATE") for node in every)}

    assert makers == knowing == {"legal.gate"}
    assert set(users("Clearance(")["legal.gate"]) == {"permission_to_contact"}


def test_a_clearance_is_neither_forged_nor_changed_nor_copied() -> None:
    given = clearance()

    with pytest.raises(TypeError):
        Clearance(uuid4(), uuid4(), uuid4(), Channel.EMAIL, "luis@demo.example", NOON, NOON, lambda: NOON, object())
    with pytest.raises(TypeError):
        type("Forged", (Clearance,), {"__post_init__": lambda *_: None})
    with pytest.raises(ValueError, match="InitVar"):
        dataclasses.replace(given, address="otro@demo.example")  # type: ignore[call-arg]
    with pytest.raises(dataclasses.FrozenInstanceError):
        given.address = "otro@demo.example"  # type: ignore[misc]
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            copied(given)


def test_an_email_leaves_only_with_the_clearance_for_it_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[object] = []
    monkeypatch.setattr(SmtpMail, "_send", lambda *given: reached.append(given))
    mail = SmtpMail("127.0.0.1", 1, "", "")
    wrongs: list[Any] = [None, object(), clearance(address="otro@demo.example"), clearance(Channel.SMS)]
    for wrong in wrongs:
        with pytest.raises(TypeError):
            mail.send(wrong, email())
    assert reached == []

    given = clearance()
    mail.send(given, email())
    with pytest.raises(TypeError, match="used already"):
        mail.send(given, email())
    assert len(reached) == 1


def test_the_types_ask_for_a_clearance() -> None:
    for module in TO_DEBTORS:
        found = __import__(module, fromlist=["_"])
        senders = [value.send for value in vars(found).values() if inspect.isclass(value) and hasattr(value, "send")]
        assert [get_type_hints(one)["clearance"] for one in senders if one.__module__ == module] == [Clearance]


def test_the_mail_library_is_the_standard_one() -> None:
    assert Path(smtplib.__file__).parent == Path(ast.__file__).parent
