"""Which debtors some words mean."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, false, intersect, select, union

from recobro.debtors import words
from recobro.debtors.tables import SearchWord
from tenants.work import Work

# Above every character: what begins with a word stands between it and the word with this behind.
_END = "\U0010ffff"
_NAMES = ("name", "contact")


def meant(work: Work, text: str) -> list[Select[tuple[UUID, UUID]]]:
    """One question for each way in which debtors may be meant (client and debtor): by words that begin the words of
    their name or of a person to talk to, by a phone's beginning or end, by an email address's beginning."""
    found: list[Any] = []
    telling = words.telling(text)
    if telling:
        found.append(_all_of([_beginning(work, word, _NAMES) for word in telling]))
    digits = words.phone(text)
    if digits:
        found.append(_beginning(work, digits, ("phone",)))
        found.append(_beginning(work, digits[::-1], ("phone_end",)))
    if "@" in text:
        found.append(_beginning(work, text.strip().lower()[:80], ("email",)))
    return found


def debtors_meant(work: Work, text: str) -> Any:
    """The debtors that some words mean, for `Debtor.id.in_(...)`; a text without a word means none."""
    found = [question.subquery() for question in meant(work, text)]
    if not found:
        return select(SearchWord.debtor_id).where(false())
    return union(*[select(one.c.debtor_id) for one in found])


def _all_of(questions: Sequence[Any]) -> Any:
    return questions[0] if len(questions) == 1 else select(intersect(*questions).subquery())


def _beginning(work: Work, word: str, kinds: Sequence[str]) -> Any:
    return select(SearchWord.client_id, SearchWord.debtor_id).where(
        and_(
            SearchWord.agency_id == work.agency_id,
            SearchWord.word >= word,
            SearchWord.word < word + _END,
            SearchWord.kind.in_(kinds),
        )
    )
