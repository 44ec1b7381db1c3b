"""What people type into a search, cut as the kept words are: without accents, phones as digits, amounts as cents."""

import re
import unicodedata

_LEFT_OUT = re.compile("[\u0300-\u036f.'’]")
_WORDS = re.compile(r"[^\W_]+")
_PHONE = re.compile(r"\+?[\d\s().-]+")
_AMOUNT = re.compile(r"\d+|\d{1,3}(?:[.,\s]\d{3})+|(?:\d+|\d{1,3}(?:[.,\s]\d{3})+)[.,]\d{2}")
_LAST_DIGITS = 10
_SHORTEST_PHONE = 4
_LONGEST_AMOUNT = 15


def words(text: str) -> list[str]:
    """The words of a text in upper case and without accents, points left out: `S.A.` is one word."""
    plain = _LEFT_OUT.sub("", unicodedata.normalize("NFKD", text).upper())
    return list(dict.fromkeys(word[:40] for word in _WORDS.findall(plain)))


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
