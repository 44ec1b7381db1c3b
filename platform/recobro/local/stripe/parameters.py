"""Parameters: from form fields to nested values, checked against the official client's own types."""

import sys
import types
import typing
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal, Union

from stripe import RequestOptions
from typing_extensions import is_typeddict

from recobro.local.stripe.refusals import Refusal, invalid

# docs.stripe.com/api/metadata
_METADATA_KEYS, _METADATA_KEY, _METADATA_VALUE = 50, 40, 500


def decode(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=x` fields as nested mappings of strings; `a[]=x` counts up."""
    result: dict[str, Any] = {}
    for name, value in fields:
        first, *rest = name.replace("]", "").split("[")
        place, key = result, first
        for part in rest:
            inner = place.setdefault(key, {})
            if not isinstance(inner, dict):
                raise invalid(f"Invalid parameter: {name}", param=name)
            place, key = inner, part or str(len(inner))
        place[key] = value
    return result


def check(given: Mapping[str, Any], spec: type) -> dict[str, Any]:
    """The parameters with numbers and booleans read, or the refusal Stripe would give."""
    return _mapping(given, spec, "")


def _mapping(given: Mapping[str, Any], spec: type, path: str) -> dict[str, Any]:
    hints = _hints(spec)
    for name in given:
        if name not in hints:
            raise invalid(f"Received unknown parameter: {_at(path, name)}", param=_at(path, name),
                          code="parameter_unknown")  # fmt: skip
    for name in sorted(getattr(spec, "__required_keys__", ())):
        if name in hints and name not in given:
            raise invalid(f"Missing required param: {_at(path, name)}.", param=_at(path, name),
                          code="parameter_missing")  # fmt: skip
    return {name: _value(value, hints[name], _at(path, name)) for name, value in given.items()}


def _value(given: Any, hint: Any, path: str) -> Any:
    choices = _choices(hint)
    if isinstance(given, dict):
        return _nested(given, choices, path)
    words = [word for choice in choices if typing.get_origin(choice) is Literal for word in typing.get_args(choice)]
    if given == "" and not words:
        return given
    if int in choices:
        if not given.removeprefix("-").isascii() or not given.removeprefix("-").isdigit():
            if str in choices or words:
                return given
            raise invalid(f"Invalid integer: {given}", param=path, code="parameter_invalid_integer")
        return int(given)
    if bool in choices:
        if given not in ("true", "false"):
            raise invalid(f"Invalid boolean: {given}", param=path)
        return given == "true"
    if words and given not in words:
        raise invalid(f"Invalid {path}: must be one of {', '.join(words)}", param=path)
    if not words and str not in choices and any(is_typeddict(choice) for choice in choices):
        raise invalid("Invalid object", param=path)
    return given


def _nested(given: dict[str, Any], choices: list[Any], path: str) -> Any:
    for choice in choices:
        if typing.get_origin(choice) is list:
            (inner,) = typing.get_args(choice)
            return [_value(item, inner, _at(path, index)) for index, item in given.items()]
        if typing.get_origin(choice) is dict:
            return _metadata(given, path)
        if is_typeddict(choice):
            return _mapping(given, choice, path)
    raise invalid("Invalid string: an object was given", param=path)


def _metadata(given: dict[str, Any], path: str) -> dict[str, str]:
    if len(given) > _METADATA_KEYS:
        raise invalid(f"You can only set up to {_METADATA_KEYS} metadata keys.", param=path)
    for key, value in given.items():
        if not isinstance(value, str) or len(key) > _METADATA_KEY or len(value) > _METADATA_VALUE:
            raise invalid(
                f"Metadata keys are up to {_METADATA_KEY} and values up to {_METADATA_VALUE} characters.",
                param=_at(path, key),
            )
    return given


def _at(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _choices(hint: Any) -> list[Any]:
    """What a value may be: a union flattened, and what `Required`/`NotRequired` wrap."""
    origin = typing.get_origin(hint)
    if origin in (typing.NotRequired, typing.Required):
        return _choices(typing.get_args(hint)[0])
    if origin in (Union, types.UnionType):
        return [choice for each in typing.get_args(hint) for choice in _choices(each)]
    return [hint]


@cache
def _hints(spec: type) -> dict[str, Any]:
    names = {"StripeContext": object, "Mapping": Mapping}
    options = set(typing.get_type_hints(RequestOptions, localns=names))
    module = vars(sys.modules[spec.__module__])
    found = typing.get_type_hints(spec, globalns=module, localns=names)
    return {name: hint for name, hint in found.items() if name not in options}


def merged(metadata: Mapping[str, str], given: Any) -> dict[str, str]:
    """Metadata after an update: keys are set, and unset by an empty value; an empty whole unsets all."""
    if given == "":
        return {}
    return {key: value for key, value in {**metadata, **(given or {})}.items() if value != ""}


def positive_amount(amount: Any, currency: str, param: str = "amount") -> int:
    """An amount in minor units that Stripe would charge, or the refusal."""
    if not isinstance(amount, int) or amount < 1:
        raise invalid("This value must be greater than or equal to 1.", param=param, code="parameter_invalid_integer")
    if amount > 99_999_999:
        raise invalid("Amount must be no more than 999,999.99", param=param, code="amount_too_large")
    # docs.stripe.com/currencies: minimum charge amounts
    least = {"usd": 50, "eur": 50, "mxn": 1000, "gbp": 30, "cad": 50}.get(currency, 1)
    if amount < least:
        raise invalid(f"Amount must be at least {least / 100:.2f} {currency}", param=param, code="amount_too_small")
    return amount


def known_currency(currency: Any, param: str = "currency") -> str:
    """A currency code in lower case, or the refusal."""
    text = str(currency or "").lower()
    if len(text) != 3 or not text.isascii() or not text.isalpha():
        raise Refusal(400, "invalid_request_error", f"Invalid currency: {text}.", param=param)
    return text
