"""Every kind of rule that packs may use is said in words."""

from legal.rules.packs.kinds import KINDS
from legal.rules.packs.schema import Basis, Confidence
from recobro.law_pages import words
from recobro.law_pages.claim_sentences import OF_CLAIMS
from recobro.law_pages.contact_sentences import OF_CONTACT


def test_every_kind_of_rule_has_a_name_and_a_matter() -> None:
    assert KINDS.keys() - words.KINDS.keys() == set()
    assert [kind for kind in KINDS if words.matter_of(kind) == "other"] == []


def test_every_sentence_is_of_a_kind_that_there_is() -> None:
    assert OF_CONTACT.keys() | OF_CLAIMS.keys() <= KINDS.keys()
    assert OF_CONTACT.keys() & OF_CLAIMS.keys() == set()


def test_every_basis_and_every_mark_of_confidence_has_words() -> None:
    assert {basis.value for basis in Basis} == words.BASES.keys()
    assert {mark.value for mark in Confidence} == words.CONFIDENCE.keys()
