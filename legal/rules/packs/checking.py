"""Reads a pack's file as its author wrote it and says what is wrong, by file, rule and field."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as field_of
from typing import Any

from pydantic import ValidationError

from kernel.text import msg
from legal.rules.packs.schema import PackFile
from legal.rules.packs.wrong import Wrong, wrongs_in

_LISTS = ("rule", "rate_table", "setting", "phrase")


@dataclass(frozen=True)
class Complaint:
    """One thing wrong in a file: the rule (or table, or setting) and the field it is in, and a Spanish sentence."""

    file: str
    rule: str
    field: str
    sentence: str
    details: Mapping[str, object] = field_of(default_factory=dict)

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.file, self.rule, self.field) if part)
        return f"{place}: {self.sentence.format(**self.details)}"


class NotWhole(ValueError):
    """A pack's file that may not be used, with all that is wrong in it."""

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        self.complaints = complaints
        super().__init__("\n".join(str(one) for one in complaints))


def read_pack(file: str, content: bytes) -> PackFile:
    """The pack of a file's bytes. NotWhole with every complaint when something in it is wrong."""
    try:
        told = tomllib.loads(content.decode())
    except ValueError as error:
        raise NotWhole((Complaint(file, "", "", msg("no es TOML: {reason}."), {"reason": error}),)) from error
    return checked(file, told)


def checked(file: str, told: Mapping[str, Any]) -> PackFile:
    """The pack as its file tells it; the file's name is for complaints."""
    try:
        return PackFile.model_validate(told)
    except ValidationError as error:
        raise NotWhole(tuple(_placed(file, one, told) for one in wrongs_in(error))) from error


def _placed(file: str, wrong: Wrong, told: Mapping[str, Any]) -> Complaint:
    """The complaint with the id of the rule or table instead of its number in the file."""
    rule, name = wrong.rule, wrong.field
    found = re.match(r"(\w+)\.(\d+)\.?(.*)", name)
    if not rule and found and found[1] in _LISTS:
        item = told[found[1]][int(found[2])]
        number = f"{found[1]} {int(found[2]) + 1}"
        rule, name = str(item.get("id") or item.get("element") or number), found[3]
    return Complaint(file, rule, name, wrong.template, wrong.details)
