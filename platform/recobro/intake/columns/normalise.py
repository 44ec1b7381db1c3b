"""One written form for each thing, for search, sort and matching: names, references, tax ids, phones, places."""

import re
import unicodedata
from functools import cache, lru_cache

import phonenumbers
from babel import Locale
from stdnum import get_cc_module
from stdnum.co import nit
from stdnum.mx import curp, rfc

from recobro.debtors.rules import GENERIC_TAX_IDS
from recobro.intake.columns.standing import who_owes

_ODD = re.compile(r"[^0-9A-ZÑ&]+")
# UTF-8 read as Windows-1252 ("Ã©"), what stands for a letter that was lost ("\ufffd"), or a question mark amid letters.
_GARBLED = re.compile("[ÃÂ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œŸ]|\ufffd|[^\\W\\d_]\\?[^\\W\\d_]")
_NO_NAME = re.compile(r"=|#[A-ZÁÉÍÓÚ/¡0]+[!?]?$")
_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
# The form that the law of a place gives a firm, at the end of its name. A trade (Ferretería, Transportes) is no form: a
# person may have one.
_LEGAL_FORMS = re.compile(
    r"[\s,.](?:S\.?\s?A\.?(?:\s?S\.?|\s?B\.?|\s?P\.?\s?I\.?)?|S\.?\s?DE\s?R\.?\s?L\.?|S\.?\s?R\.?\s?L\.?"
    r"|S\.?\s?L\.?(?:\s?U\.?)?|S\.?\s?COOP\.?|[SA]\.\s?C\.|[SA]C|(?:DE\s)?C\.?\s?V\.?|E\.?\s?N\.?\s?R\.?|LTDA\.?|LTD\.?"
    r"|LIMITED|LLC|L\.L\.C\.?|INC\.?|INCORPORATED|CORP(?:ORATION)?\.?|GMBH|LLP|PLC)(?:\s+EN LIQUIDACI[OÓ]N)?\s*$"
)
# Five digits or more, and few letters: what no word says.
_MAY_BE_ID = re.compile(r"(?=(?:[^0-9]*[0-9]){5})(?=(?:[0-9]*[^0-9]){0,12}[0-9]*$).{6,20}")
# An RFC of one letter said over and over, on the first day of a century: what is typed to get past a field.
_FILLED_IN = re.compile(r"([A-ZÑ&])\1{2,3}(?:000101|010101|000000|111111|999999)|X[AE]XX010101")
# Digits counted up or down are nobody's either.
_COUNTED = frozenset(
    {*("0123456789"[:n] for n in range(6, 11)), *("1234567890"[:n] for n in range(6, 11)), "987654321", "9876543210"}
)
_DAY_OF_RFC = "[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
# Mexico: RFC of firms and people (of these also without the three last signs), CURP. Colombia: NIT and the ids of
# people, with their kind in front or not (CC, CE). Spain: NIF, NIE, CIF.
_ID_FORMS = {
    "MX": re.compile(
        f"[A-ZÑ&]{{3,4}}{_DAY_OF_RFC}[0-9A-Z]{{2}}[0-9A]|[A-ZÑ&]{{4}}{_DAY_OF_RFC}"
        f"|[A-Z]{{4}}{_DAY_OF_RFC}[HMX][A-Z]{{5}}[0-9A-Z][0-9]"
    ),
    "CO": re.compile("[A-Z]{0,3}[0-9]{6,11}"),
    "ES": re.compile("(?:ES)?(?:[0-9]{8}[A-Z]|[XYZKLM][0-9]{7}[A-Z]|[A-HJNP-SUVW][0-9]{7}[0-9A-J])"),
    "US": re.compile("[0-9]{9}"),
}
_NIF_ABROAD = re.compile("ES(?:[0-9]{8}[A-Z]|[XYZKLM][0-9]{7}[A-Z]|[A-HJNP-SUVW][0-9]{7}[0-9A-J])")
_FIRMS, _SHORTEST_CEDULA = "89", 6
# Where ids have letters, so that one of another country is not taken for theirs.
_LETTERED = ("MX", "ES")
_CURP = 18
_LONGEST_SERIES = 10
_PLACES = {
    "MX": ("America/Mexico_City", "es_MX"),
    "CO": ("America/Bogota", "es_CO"),
    "ES": ("Europe/Madrid", "es_ES"),
    "US": ("America/New_York", "en"),
    "AR": ("America/Argentina/Buenos_Aires", "es_MX"),
    "CL": ("America/Santiago", "es_MX"),
    "PE": ("America/Lima", "es_MX"),
}
# Parts of a country whose clock is not the capital's (IANA tz database).
_REGION_ZONES = {
    ("MX", "BAJA CALIFORNIA"): "America/Tijuana",
    ("MX", "BAJA CALIFORNIA SUR"): "America/Mazatlan",
    ("MX", "SONORA"): "America/Hermosillo",
    ("MX", "SINALOA"): "America/Mazatlan",
    ("MX", "NAYARIT"): "America/Mazatlan",
    ("MX", "QUINTANA ROO"): "America/Cancun",
    ("ES", "LAS PALMAS"): "Atlantic/Canary",
    ("ES", "SANTA CRUZ DE TENERIFE"): "Atlantic/Canary",
    ("ES", "CANARIAS"): "Atlantic/Canary",
}
# What people write besides a country's name.
_COUNTRIES = {
    "MEX": "MX", "COL": "CO", "ESP": "ES", "USA": "US", "EUA": "US", "EEUU": "US", "EE UU": "US",
    "UNITED STATES OF AMERICA": "US", "ESTADOS UNIDOS DE AMERICA": "US", "UK": "GB", "GREAT BRITAIN": "GB",
    "ENGLAND": "GB", "INGLATERRA": "GB",
    "ESTADOS UNIDOS MEXICANOS": "MX", "REPUBLICA MEXICANA": "MX",
}  # fmt: skip


def one_line(text: str) -> str:
    """Text on one line, without control characters, spaces single."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def name_norm(name: str) -> str:
    """A name as search and exact matching see it: compatible characters (NFKC), upper case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).upper().split())


def name_doubt(name: str) -> str:
    """What makes a name one that should stand in no letter: `name_garbled`, letters broken by another encoding;
    `name_odd`, a formula, a spreadsheet's error or no letter at all. Empty for all others."""
    if _GARBLED.search(name):
        return "name_garbled"
    return "name_odd" if _NO_NAME.match(name) or not any(map(str.isalpha, name)) else ""


def reference_norm(reference: str) -> str:
    """An invoice or account number for matching: upper case without spaces; zeros and signs stay."""
    if reference.isascii():
        return "".join(reference.upper().split())
    return "".join(unicodedata.normalize("NFKC", reference).upper().split())


def without_zeros(number: str) -> str:
    """A number in `reference_norm`'s form without the zeros in front of its figures: `0042`, `24/00201` and `A-007` are
    `42`, `24/201` and `A-7`. Two that are one but for this are probably one."""
    return re.sub(r"(^|[^0-9])0+(?=[1-9])", r"\1", number)


# The number of an instalment, alone or of how many.
INSTALMENT = re.compile(r"0*([1-9][0-9]?)(?:\.0)?(?:\s*(?:/|de|of)\s*[0-9]{1,2})?")


def numbered(series: str, number: str, instalment: str) -> str:
    """A document's whole number, as electronic invoices say it: its series, number and instalment. A number that
    already begins with its series has it once; what is longer than a series is none (a vehicle's, a device's); the
    first of three instalments is `1`, `01` or `1/3`. Nothing without a number."""
    if not number:
        return ""
    if series and len(series) <= _LONGEST_SERIES and not _begins(number.upper(), series.upper()):
        number = f"{series}-{number}"
    if counted := INSTALMENT.fullmatch(instalment.lower()):
        instalment = counted.group(1)
    return f"{number}/{instalment}" if instalment else number


def _begins(number: str, series: str) -> bool:
    # 12 may be the twelfth of series 1; A12 and 1-2 say theirs.
    rest = number[len(series) :]
    return number.startswith(series) and (not series.isdecimal() or (rest != "" and not rest[0].isdecimal()))


customer_ref_norm = reference_norm


def tax_id_norm(tax_id: str) -> str:
    """A tax id without spaces, dots and dashes, and in one of the ways in which it is written: without the letters of
    Spain before a NIF, without the right check digit of a Colombian NIT. `&` and `Ñ` are letters of an RFC.

    A NIT's digit is taken for one where a dash is before it, or the number begins as those of firms do: a cédula has
    ten figures too.
    """
    norm = _ODD.sub("", unicodedata.normalize("NFC", tax_id).upper())
    if _NIF_ABROAD.fullmatch(norm):
        return norm[2:]
    if len(norm) in (10, 11) and norm.isascii() and norm.isdecimal():
        apart = not tax_id.rstrip()[-2:-1].isalnum()
        if (apart or (len(norm) == 10 and norm[0] in _FIRMS)) and nit.calc_check_digit(norm[:-1]) == norm[-1]:
            return norm[:-1]
    return norm


def country_of_id(tax_id: str, besides: str) -> str:
    """The other country whose form a written tax id has, digit and all, where it has not that of `besides`; empty where
    none tells. A NIT tells by the digit after its dash, for many ids are ten figures."""
    norm = tax_id_norm(tax_id)
    form = _ID_FORMS.get(besides)
    if not norm or form is None or form.fullmatch(norm):
        return ""
    if besides != "CO" and norm.isdecimal() and len(norm) < len(_ODD.sub("", tax_id)):
        return "CO"
    return next((other for other in _LETTERED if other != besides and tax_id_holds(norm, other)), "")


def identifies(tax_id: str, country: str = "") -> bool:
    """Whether a normalised tax id can be somebody's: it has the form of its country, or is whole, digit and all, in
    another that we know. Generic ones, stumps and what people type where they know none are nobody's.

    A wrong check digit is no matter. Without a country it is enough that it may be one.
    """
    if tax_id in GENERIC_TAX_IDS or not _MAY_BE_ID.fullmatch(tax_id) or _FILLED_IN.match(tax_id):
        return False
    if len(set(tax_id)) <= 2 or tax_id in _COUNTED:
        return False
    form = _ID_FORMS.get(country)
    if form is None or form.fullmatch(tax_id):
        return True
    return any(tax_id_holds(tax_id, other) for other in _LETTERED if other != country)


@lru_cache(maxsize=65_536)
def tax_id_holds(tax_id: str, country: str) -> bool:
    """Whether a normalised tax id has the form and check digit of its country (python-stdnum); unknown countries pass.

    About one RFC in seventy in real use has a wrong digit: say so, never refuse.
    """
    module = get_cc_module(country.lower(), {"MX": "rfc", "CO": "nit", "ES": "nif"}.get(country, "vat"))
    if module is None:
        return True
    if country == "MX" and len(tax_id) == _CURP:
        return bool(curp.is_valid(tax_id))
    if country == "CO" and tax_id.isdecimal() and (len(tax_id) <= 9 or (len(tax_id) == 10 and tax_id[0] == "1")):
        # A NIT without its digit, or a cédula: nothing to check.
        return len(tax_id) >= _SHORTEST_CEDULA
    if country == "MX":
        return bool(rfc.is_valid(tax_id, validate_check_digits=True))
    return bool(module.is_valid(tax_id))


# Where two or three digits of it say the region; of other countries any will do.
_POSTAL = {
    "MX": re.compile("[0-9]{5}"),
    "ES": re.compile("(?:0[1-9]|[1-4][0-9]|5[0-2])[0-9]{3}"),
    "CO": re.compile("[0-9]{6}"),
    "US": re.compile("[0-9]{5}(?:-?[0-9]{4})?"),
    "AR": re.compile("[A-Z]?[0-9]{4}(?:[A-Z]{3})?"),
    "CL": re.compile("[0-9]{3}-?[0-9]{4}"),
    "PE": re.compile("[0-9]{5}"),
}
_ANY_POSTAL = re.compile("(?=.*[0-9])[0-9A-Z -]{3,10}")


def postal_code_holds(code: str, country: str) -> bool:
    """Whether a postal code has the form of its country."""
    return bool(_POSTAL.get(country, _ANY_POSTAL).fullmatch(code.strip().upper()))


@lru_cache(maxsize=65_536)
def account_holds(account: str) -> bool:
    """Whether a bank account is an IBAN or a CLABE with right check digits."""
    # Few files have accounts, and its libraries take long to load.
    from legal.rules.ids import IdKind, Verdict, check_id

    plain = re.sub(r"[\s.-]+", "", account).upper()
    return check_id(IdKind.CLABE if plain.isdigit() else IdKind.IBAN, plain).verdict is Verdict.VALID


@cache
def _plain_numbers(country: str) -> tuple[str, re.Pattern[str]] | None:
    """A country's calling code and the form of its own numbers, from the library's metadata: most cells are one, and
    need none of its parsing."""
    known = phonenumbers.PhoneMetadata.metadata_for_region(country)
    if known is None or known.leading_zero_possible or known.national_prefix_for_parsing == "1":
        return None
    forms = [one.national_number_pattern for one in (known.fixed_line, known.mobile) if one is not None]
    forms = [form for form in forms if form]
    return f"+{known.country_code}", re.compile("|".join(f"(?:{form})" for form in forms))


@lru_cache(maxsize=65_536)
def phone_e164(phone: str, country: str) -> str:
    """A phone in E.164, or empty when it cannot be one; Mexico's retired prefixes (01, 044, 045, +521) are left off."""
    digits = re.sub(r"[^0-9+]", "", phone.split("/")[0].split(";")[0].lower().split("ext")[0])
    if country == "MX" or digits.startswith("+52"):
        digits = re.sub(
            r"^(?:\+?52)?(?:1(?=[0-9]{10}$)|044(?=[0-9]{10}$)|045(?=[0-9]{10}$)|01(?=[0-9]{10}$))", "", digits
        )
        digits = re.sub(r"^52(?=[0-9]{10}$)", "+52", digits)
    plain = _plain_numbers(country)
    if plain and plain[1].fullmatch(digits):
        return plain[0] + digits
    try:
        number = phonenumbers.parse(digits, country if len(country) == 2 else None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_APART = (re.compile("[/;]"), re.compile(r"[/;,|]|\s(?:y|o|e|and|or)\s"))
_SEVERAL = re.compile(r"[/;,|]|\s(?:y|o|e|and|or)\s|ext", re.IGNORECASE)


def phones_of(text: str, country: str) -> tuple[list[str], bool]:
    """The phones that one cell holds in E.164, and whether it says more than them: an extension, what is none."""
    if not _SEVERAL.search(text):
        one = phone_e164(text, country)
        return ([one] if one else []), False
    for apart in _APART:
        parts = [part for part in apart.split(text.lower()) if any(sign.isdigit() for sign in part)]
        found = [phone_e164(part, country) for part in parts]
        if found and found[0]:
            more = not all(found) or any("ext" in part for part in parts)
            return list(dict.fromkeys(phone for phone in found if phone)), more
    return [], False


def emails_of(text: str) -> tuple[list[str], bool]:
    """The email addresses that one cell holds, and whether something in it only looks like one."""
    if one := email_norm(text):
        return [one], False
    found = [email_norm(part) for part in re.split(r"[\s;,/|]+", text) if "@" in part]
    return list(dict.fromkeys(email for email in found if email)), any(found) and not all(found)


def email_norm(email: str) -> str:
    """An email address in lower case, or empty when it is none."""
    address = email.strip().removeprefix("mailto:").strip("<>").lower()
    return address if len(address) <= 254 and _EMAIL.fullmatch(address) else ""


def country_code(text: str) -> str:
    """The ISO 3166 code of a country written as code or name, or empty."""
    word = _plain_name(text).replace(".", "")
    if word in _COUNTRIES:
        return _COUNTRIES[word]
    return word if len(word) == 2 and word.isalpha() and word.isascii() else _names_of_countries().get(word, "")


def _plain_name(text: str) -> str:
    plain = unicodedata.normalize("NFD", name_norm(text))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


@cache
def _names_of_countries() -> dict[str, str]:
    """The countries by their names in Spanish and English (CLDR)."""
    names = ((code, name) for language in ("es", "en") for code, name in Locale(language).territories.items())
    return {_plain_name(name): code for code, name in names if len(code) == 2 and code.isalpha() and code != "ZZ"}


def place(country: str, region: str, home: tuple[str, str, str]) -> tuple[str, str]:
    """The time zone and locale of a debtor: by region, else by country, else the client's (country, zone, locale)."""
    zone, locale = _PLACES.get(country, home[1:]) if country != home[0] else home[1:]
    return _REGION_ZONES.get((country, _plain_name(region)), zone), locale


def debtor_kind(name: str, tax_id: str, country: str, told: str = "") -> str:
    """`firm` or `person`: as the file says, else by the form of the tax id where firms and people have different ones,
    else by the legal form in the name. Where nothing says it, `person`: the law protects people more than firms."""
    if said := who_owes(told):
        return said
    if country == "MX" and len(tax_id) in (12, 13) and identifies(tax_id, country):
        return "firm" if len(tax_id) == 12 else "person"
    plain = tax_id.removeprefix("ES") if country == "ES" else ""
    if len(plain) == 9:
        return "firm" if plain[0] in "ABCDEFGHJNPQRSUVW" else "person"
    return "firm" if _LEGAL_FORMS.search(name.upper()) else "person"
