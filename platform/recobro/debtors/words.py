"""What people type into a search, cut as the kept words are: without accents, phones as digits, amounts as cents."""

import re
import unicodedata
from functools import lru_cache

_LEFT_OUT = re.compile("[\u0300-\u036f.'’]")
_WORDS = re.compile(r"[^\W_]+")
_PHONE = re.compile(r"\+?[\d\s().-]+")
_AMOUNT = re.compile(r"\d+|\d{1,3}(?:[.,\s]\d{3})+|(?:\d+|\d{1,3}(?:[.,\s]\d{3})+)[.,]\d{2}")
_LAST_DIGITS = 10
_SHORTEST_PHONE = 4
_LONGEST_AMOUNT = 15
# Words that say what form a firm has, not which one it is; and the small words between names.
FORMS = frozenset({
    "SA", "SAS", "SL", "SLU", "SLL", "SAU", "SC", "SCP", "SRL", "SAPI", "SOFOM", "ENR", "CV", "RL", "AC", "AR", "IAP",
    "LTDA", "LTD", "CIA", "INC", "LLC", "CORP", "CO", "DE", "DEL", "LA", "LAS", "LOS", "EL", "Y", "E", "AND", "THE",
    "SOCIEDAD", "ANONIMA", "LIMITADA", "CAPITAL", "VARIABLE", "RESPONSABILIDAD",
})  # fmt: skip


def words(text: str) -> list[str]:
    """The words of a text in upper case and without accents, points left out: `S.A.` is one word."""
    plain = _LEFT_OUT.sub("", unicodedata.normalize("NFKD", text).upper())
    return list(dict.fromkeys(word[:40] for word in _WORDS.findall(plain)))


def name_words(name: str) -> list[str]:
    """The words of a name that tell whose it is, sorted: without legal forms, unless there is nothing else."""
    return list(_name_words(name))


@lru_cache(maxsize=20_000)
def _name_words(name: str) -> tuple[str, ...]:
    every = words(name)
    telling = [word for word in every if word not in FORMS and (len(word) > 1 or word.isdigit())]
    return tuple(sorted(telling or every))


def telling(text: str) -> list[str]:
    """The words worth looking for: those of one letter only when there are no others."""
    found = words(text)
    return [word for word in found if len(word) > 1] or found


def phone(text: str) -> str:
    """The digits of a phone or a part of one, at most the last ten: what stands before is dialled differently by
    everybody (044, +52 1). Empty when the text is none."""
    digits = re.sub(r"\D", "", text)
    return digits[-_LAST_DIGITS:] if len(digits) >= _SHORTEST_PHONE and _PHONE.fullmatch(text.strip()) else ""


def amount(text: str) -> int | None:
    """The hundredths that `184320.55`, `184,320.55`, `$184.320,55` or `184320` say; None when they are no amount."""
    bare = re.sub(r"^[A-Z]{3}\s*|\s*[A-Z]{3}$|[$€£]", "", text.strip().upper()).strip()
    if not _AMOUNT.fullmatch(bare):
        return None
    digits = re.sub(r"\D", "", bare)
    if len(digits) > _LONGEST_AMOUNT:
        return None
    return int(digits) if re.search(r"[.,]\d{2}$", bare) else int(digits) * 100
