"""Every kind of rule that packs may use is said in words."""

import pytest
from flask import Flask

from legal.rules.packs.kinds import KINDS, parameters_of
from legal.rules.packs.loading import all_packs, choices_of
from legal.rules.packs.schema import Basis, Confidence
from recobro.law_pages import words
from recobro.law_pages.claim_sentences import OF_CLAIMS
from recobro.law_pages.contact_sentences import OF_CONTACT
from recobro.law_pages.sentences import applies, asks
from recobro.notices.words import CONFIDENCE
from recobro.web import translations


def test_every_kind_of_rule_has_a_name_and_a_matter() -> None:
    assert KINDS.keys() - words.KINDS.keys() == set()
    assert [kind for kind in KINDS if words.matter_of(kind) == "other"] == []


def test_every_sentence_is_of_a_kind_that_there_is() -> None:
    assert OF_CONTACT.keys() | OF_CLAIMS.keys() <= KINDS.keys()
    assert OF_CONTACT.keys() & OF_CLAIMS.keys() == set()


def test_every_basis_and_every_mark_of_confidence_has_words() -> None:
    assert {basis.value for basis in Basis} == words.BASES.keys()
    assert {mark.value for mark in Confidence} == CONFIDENCE.keys()


def test_a_rule_seen_in_a_quotation_does_not_say_it_was_read_in_the_law_itself() -> None:
    assert "texto oficial" in CONFIDENCE["V1"][0]
    assert "oficial" not in CONFIDENCE["V"][0]
    assert "cita" in CONFIDENCE["V"][0]
    assert len({CONFIDENCE[mark][0] for mark in ("V1", "V", "V2", "P")}) == 4


def test_every_rule_of_every_pack_is_said_in_words_without_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    unsaid: set[str] = set()

    def note(text: str) -> str:
        unsaid.add(text)
        return text

    monkeypatch.setattr(words, "plain", note)
    app = Flask(__name__)
    translations.install(app)

    with app.test_request_context():
        for pack in all_packs().values():
            choices = dict(choices_of(pack, {}))
            for rule in pack.rules:
                assert asks(parameters_of(rule.kind, rule.parameters, choices)), rule.id
                applies(rule)

    assert {text for text in unsaid if not text.isdigit()} == set()
