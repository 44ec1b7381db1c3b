"""What is wrong in a pack, by rule and field, in a sentence for whoever wrote it."""

from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from kernel.text import msg

_SAID: Mapping[str, str] = {
    "missing": msg("falta."),
    "extra_forbidden": msg("no se conoce ese campo."),
    "string_too_short": msg("está vacío o es demasiado corto."),
    "string_pattern_mismatch": msg("«{value}» no tiene la forma {pattern}."),
    "enum": msg("«{value}» no se conoce; puede ser: {expected}."),
    "literal_error": msg("«{value}» no se conoce; puede ser: {expected}."),
    "date_type": msg("«{value}» no es un día (2026-11-21)."),
    "date_parsing": msg("«{value}» no es un día (2026-11-21)."),
    "date_from_datetime_parsing": msg("«{value}» no es un día (2026-11-21)."),
    "string_type": msg("«{value}» no es un texto."),
}
_OTHERWISE = msg("«{value}» no puede ser: {reason}.")


class Wrong(ValueError):
    """One thing that is wrong: a field, and a Spanish sentence with named values. `rule` where the field is of one."""

    def __init__(self, field: str, template: str, /, *, rule: str = "", **details: object) -> None:
        self.rule, self.field, self.template, self.details = rule, field, template, details
        place = ": ".join(part for part in (rule, field) if part)
        super().__init__(f"{place}: {template.format(**details)}")


class Wrongs(ValueError):
    """Several at once."""

    def __init__(self, found: Iterable[Wrong]) -> None:
        self.found = tuple(found)
        super().__init__("\n".join(str(one) for one in self.found))


def wrongs_in(error: ValidationError, *, rule: str = "", under: str = "") -> tuple[Wrong, ...]:
    """What a model refused, each by its field; `under` is the field that the model itself is the value of."""
    found: list[Wrong] = []
    for one in error.errors(include_url=False):
        path = ".".join(part for part in (under, *(str(part) for part in one["loc"])) if part)
        cause = one.get("ctx", {}).get("error")
        if isinstance(cause, Wrongs):
            found += cause.found
        elif isinstance(cause, Wrong):
            field = ".".join(part for part in (path, cause.field) if part)
            found.append(Wrong(field, cause.template, rule=cause.rule or rule, **cause.details))
        else:
            told = {"value": _short(one.get("input")), "reason": one["msg"].removeprefix("Value error, ").rstrip(".")}
            context = {name: value for name, value in one.get("ctx", {}).items() if name in ("pattern", "expected")}
            found.append(Wrong(path, _SAID.get(one["type"], _OTHERWISE), rule=rule, **{**told, **context}))
    return tuple(found)


def _short(value: object) -> str:
    return str(value)[:60]
