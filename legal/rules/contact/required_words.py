"""Does a notice say what it must, and nothing it must not? Reads the text as it will arrive, closing lines included."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from kernel.money import Money, exponent
from kernel.text import msg
from legal.rules.decision import Outcome, Result
from legal.rules.facts import Channel, Claim, Collector, CreditorType, DebtorKind, Purpose, Receiver
from legal.rules.packs.kinds import BannedWords, Moment, PaymentReceiver, Reached, RequiredWords
from legal.rules.packs.loading import Pack, choices_of, epoch, rules_in_force
from legal.rules.packs.schema import Rule

PREVIEW_LENGTH = 60
"""How much of a text message is seen without opening it."""


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A notice as it will be read: plain text, and the subject of an email."""

    body: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What the notice is about, to tell whether the text says so.

    `stated` gives, for each element, the spellings any of which counts ("creditor": the full name, the short one; also
    agency, collector, agency_address, agency_phone, responsible, debt_ref, payment_way, complaints_unit).
    `verified`: the debtor or the creditor gave the contact point as the debtor's own, and nothing speaks against it.
    `introduced`: the person has had the first contact with all that it must say; None is taken as not yet. `pay_to`:
    whom it asks the debtor to pay; None: nobody. `barred`: the claim may no longer be brought to court, or nobody read
    in the law that it may.
    """

    channel: Channel
    on: date
    purpose: Purpose = Purpose.COLLECT
    creditor_type: CreditorType | None = None
    debtor: DebtorKind | None = None
    claim: Claim | None = None
    verified: bool = True
    introduced: bool | None = None
    pay_to: Receiver | None = None
    amount: Money | None = None
    calculated_on: date | None = None
    stated: Mapping[str, Sequence[str]] = field(default_factory=dict)
    barred: bool = False
    collector: Collector | None = Collector.AGENCY


def check_notice(text: NoticeText, facts: NoticeFacts, *, pack: Pack) -> list[Outcome]:
    """The rules the notice breaks, law first; an empty list when it may go out.

    An unknown creditor, debtor or claim is asked of every rule that depends on it.
    """
    found: list[Outcome] = []
    for bound in rules_in_force(pack, epoch(pack, facts.on), choices_of(pack, {})):
        rule, parameters = bound.rule, bound.parameters
        if not _speaks_of(rule, facts):
            continue
        if isinstance(parameters, PaymentReceiver):
            found += _wrong_receiver(rule, parameters, facts)
        elif (
            isinstance(parameters, RequiredWords) and _reaches(parameters, facts) and _is_the_moment(parameters, facts)
        ):
            found += _missing(rule, parameters, text, facts, pack)
        elif isinstance(parameters, BannedWords) and _reaches(parameters, facts):
            found += _banned(rule, parameters, text, facts, pack)
    return sorted(found, key=lambda outcome: outcome.rule.overridable)


def never_said(pack: Pack, facts: NoticeFacts) -> tuple[str, ...]:
    """What a contact of this kind must not say, by element, law first and each once: for whoever speaks, not writes."""
    bound = [
        one
        for one in rules_in_force(pack, epoch(pack, facts.on), choices_of(pack, {}))
        if isinstance(one.parameters, BannedWords) and _speaks_of(one.rule, facts) and _reaches(one.parameters, facts)
    ]
    bound.sort(key=lambda one: one.rule.overridable)
    phrases = (one.parameters.phrases for one in bound if isinstance(one.parameters, BannedWords))
    return tuple(dict.fromkeys(phrase for several in phrases for phrase in several))


def plain_words(text: str) -> str:
    """Lower case, without accents, single spaces: how phrases are compared."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"\s+", " ", "".join(letter for letter in bare if not unicodedata.combining(letter))).strip()


def _speaks_of(rule: Rule, facts: NoticeFacts) -> bool:
    scope = rule.applies_to
    return (
        (not scope.channels or facts.channel in scope.channels)
        and (not scope.purposes or facts.purpose in scope.purposes)
        and (not scope.creditor_type or facts.creditor_type in (None, *scope.creditor_type))
        and (not scope.debtor or facts.debtor in (None, *scope.debtor))
        and (not scope.claim or facts.claim in (None, *scope.claim))
        and (not scope.collector or facts.collector in (None, *scope.collector))
    )


def _reaches(wanted: RequiredWords | BannedWords, facts: NoticeFacts) -> bool:
    if isinstance(wanted, BannedWords) and wanted.barred and not facts.barred:
        return False
    return wanted.contact is Reached.ANY or (wanted.contact is Reached.VERIFIED) is facts.verified


def _is_the_moment(wanted: RequiredWords, facts: NoticeFacts) -> bool:
    return wanted.moment is Moment.ANY or (wanted.moment is Moment.LATER) is bool(facts.introduced)


def _wrong_receiver(rule: Rule, wanted: PaymentReceiver, facts: NoticeFacts) -> Iterable[Outcome]:
    if facts.pay_to is not None and facts.pay_to not in wanted.allow:
        sentence = msg("Pide pagar a quien no puede recibirlo ({receiver}); aquí solo: {allowed}.")
        inputs = {"element": "pay_to_agency", "receiver": facts.pay_to, "allowed": wanted.allow}
        yield Outcome(rule, Result.FAILED, "payment_receiver", sentence, inputs)


def _missing(rule: Rule, wanted: RequiredWords, text: NoticeText, facts: NoticeFacts, pack: Pack) -> Iterable[Outcome]:
    words = plain_words(f"{text.subject}\n{text.body}")
    for element in wanted.elements:
        if not _says(element, words, facts, pack):
            sentence = msg("Falta decir: {element}.")
            yield Outcome(rule, Result.FAILED, wanted.code, sentence, {"element": element})


def _says(element: str, words: str, facts: NoticeFacts, pack: Pack) -> bool:
    if element == "amount":
        return facts.amount is not None and facts.amount.minor in _amounts(words, facts.amount.currency)
    if element == "calculated_on":
        return facts.calculated_on is not None and any(
            _names(spelt, words) for spelt in _spellings(facts.calculated_on)
        )
    if any(_names(spelt, words) for spelt in facts.stated.get(element, ())):
        return True
    return _found(element, words, pack) is not None


def _names(spelt: str, words: str) -> bool:
    """Whether the text holds that name, number or day as whole words."""
    wanted = re.escape(plain_words(spelt))
    return bool(wanted) and re.search(rf"(?<!\w){wanted}(?!\w)", words) is not None


def _banned(rule: Rule, ban: BannedWords, text: NoticeText, facts: NoticeFacts, pack: Pack) -> Iterable[Outcome]:
    seen = f"{text.subject}\n{text.body}"
    if ban.where == "preview":
        seen = text.subject if facts.channel == Channel.EMAIL else text.body[:PREVIEW_LENGTH]
    words = plain_words(seen)
    for name in sorted(facts.stated.get("agency", ()), key=len, reverse=True):
        words = words.replace(plain_words(name), "")  # "Cobranzas Ejemplo" is a name, not a disclosure
    for element in ban.phrases:
        if said := _found(element, words, pack):
            sentence = msg("No puede decir «{said}»: {element}.")
            yield Outcome(rule, Result.FAILED, ban.code, sentence, {"element": element, "said": said})


def _found(element: str, words: str, pack: Pack) -> str | None:
    phrase = pack.phrases.get(element)
    if phrase is None:
        return None
    match = _compiled(phrase.patterns).search(words)
    return match.group() if match else None


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_NUMBER = re.compile(r"\d+(?:[.,'’]\d+)*")


def _amounts(words: str, currency: str) -> set[int]:
    """Every number in the text as minor units, however its thousands and decimals are written."""
    digits, found = exponent(currency), set()
    for match in _NUMBER.finditer(re.sub(r"(?<=\d)[\u00a0\u202f ](?=\d{3}\b)", "", words)):
        parts = re.split(r"[.,'’]", match.group())
        if len(parts) > 1 and len(parts[-1]) == digits:
            found.add(int("".join(parts)))
        if len(parts) == 1 or all(len(part) == 3 for part in parts[1:]):
            found.add(int("".join(parts)) * 10**digits)
    return found


_MONTHS = (
    ("enero", "january"),
    ("febrero", "february"),
    ("marzo", "march"),
    ("abril", "april"),
    ("mayo", "may"),
    ("junio", "june"),
    ("julio", "july"),
    ("agosto", "august"),
    ("septiembre", "september"),
    ("octubre", "october"),
    ("noviembre", "november"),
    ("diciembre", "december"),
)


def _spellings(day: date) -> tuple[str, ...]:
    spanish, english = _MONTHS[day.month - 1]
    return (
        f"{day.day} de {spanish}",
        f"{day.day} {spanish[:3]}",
        f"{english} {day.day}",
        f"{day.day} {english}",
        f"{day:%d/%m/%Y}",
        f"{day:%d-%m-%Y}",
        f"{day:%d.%m.%Y}",
        f"{day:%Y-%m-%d}",
    )
