"""What programs send and are answered, as pydantic models: checked at the door, and told in the OpenAPI document.

Ids have a prefix (`pl_`, `cl_`) and 32 hexadecimal digits. Amounts of answers are whole minor units (cents).
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kernel.text import msg

MOST_ROWS = 50_000
MOST_COLUMNS = 256
MOST_DECIDED = 20_000
# Before `bool`, which is a number too: what a cell may hold.
Cell = str | int | Decimal | None
Heading = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


def prefixed(kind: str, value: UUID) -> str:
    """An id as programs see it."""
    return f"{kind}_{value.hex}"


class Strict(BaseModel):
    """Nothing that is not named is taken."""

    model_config = ConfigDict(extra="forbid")


class Total(Strict):
    """How many debts in a currency, and their sum in minor units (61440.18 MXN is 6144018)."""

    count: int = Field(ge=0, lt=10**9)
    sum: int = Field(ge=-(10**16), le=10**16)


class PlacementIn(Strict):
    """A file of a client: as `content_base64` with its `file_name`, or as `rows` of {heading: value}. A number is what
    it says, with a decimal point; what is in quotes is read as the text of any sheet."""

    client: str = Field(
        default="", max_length=80, description="`cl_…` or the client's short name; a client's own key needs none."
    )
    kind: str = Field(default="placement", max_length=40, description="What the file is: `placement`, `financial`, …")
    file_name: str = Field(default="", max_length=200)
    content_base64: str | None = None
    rows: list[dict[Heading, Cell]] | None = Field(default=None, max_length=MOST_ROWS)
    columns: dict[Heading, str] = Field(
        default_factory=dict, description="Which field a heading is, where it is not to be guessed."
    )
    readings: dict[Heading, Literal["dmy", "mdy", "ymd", "dmy_turned", "mdy_turned", "serial", "dot", "comma"]] = Field(
        default_factory=dict, description="How a column of days or amounts is read, where two ways are possible."
    )
    as_of: date | None = None
    unpaid: bool | None = Field(default=None, description="Invoices that say they were paid are owed all the same.")
    conflicts: Literal["keep", "take"] | None = Field(
        default=None,
        description="Of rows in conflict with a debt that is here: keep it, or take the file's amount and due day as a"
        " correction where nobody has paid, agreed or been told otherwise (else `cannot_take` says why).",
    )
    declared: dict[Currency, Total] = Field(
        default_factory=dict, max_length=50, description="Control totals. What does not agree is never confirmed."
    )
    dry_run: bool = Field(default=False, description="Say what it would do, and keep nothing.")
    confirm: bool = Field(
        default=False, description="Confirm at once when every row goes in and the control totals agree; else it waits."
    )

    @model_validator(mode="after")
    def _one_content(self) -> "PlacementIn":
        if self.content_base64 is not None and self.rows is not None:
            raise ValueError("content_base64 and rows exclude each other")
        return self


class ConfirmIn(BaseModel):
    """What a program says as it confirms: nothing, for what it brought itself."""

    model_config = ConfigDict(extra="forbid")

    created_by: str | None = Field(
        default=None, max_length=200,
        description="Of a placement that another brought: its `created_by`, to say that this one is meant.",
    )  # fmt: skip


class File(BaseModel):
    """The file that was taken."""

    name: str
    sha256: str
    rows: int


class Placement(BaseModel):
    """A placement: where it stands, and what it did or would do once it is previewed."""

    id: str | None = Field(description="None in a dry run, of which nothing is kept.")
    object: Literal["placement"]
    placement: str | None = Field(description="The number people know it by.")
    client: str
    kind: str
    source: str
    state: Literal["uploaded", "previewed", "committing", "committed", "failed", "undone", "discarded"]
    file: File
    as_of: date
    created_at: datetime
    created_by: str
    committed_at: datetime | None
    declared: dict[str, Total]
    declared_agrees: bool | None
    totals: dict[str, Total]
    overdue: dict[str, Total]
    rows: int
    created: int
    changed: int
    unchanged: int
    rejected_count: int
    conflicts_count: int
    claims_waiting_count: int = Field(description="Payments and credits that wait for their invoice.")


class Line(BaseModel):
    """One row that did not go in, or went in with a warning."""

    line: int
    column: str
    value: str
    reason: str
    mend: str | None = None
    cannot_take: str | None = None


class DecisionIn(Strict):
    """What holds of rows in conflict: `keep` what is here, `take` what the file says, or `open` again. By the code of a
    cause for all its rows, or by line, which goes before."""

    causes: dict[str, Literal["keep", "take", "open"]] = Field(default_factory=dict, max_length=50)
    lines: dict[int, Literal["keep", "take", "open"]] = Field(default_factory=dict, max_length=MOST_DECIDED)


class Stay(BaseModel):
    """A case that stays when its placement is undone, and why (`notice`, `payment`, `call`, …)."""

    case: str
    debts: int
    reasons: list[str]


class StayGroup(BaseModel):
    """What stays for the same reasons: how many debts, or changes of a file of another kind; `why` in words."""

    reasons: list[str]
    why: str
    count: int


class Undo(BaseModel):
    """What undoing takes away, and what stays; `stays` are the first cases. Of a file of another kind than new debts
    `changes` are taken back and `stay_changes` stay."""

    debts: int
    cases: int
    stay_debts: int
    stay_cases: int
    stays: list[Stay]
    changes: int = 0
    stay_changes: int = 0
    groups: list[StayGroup] = []


class ReadColumn(BaseModel):
    """One column: its field (empty: not imported) and by what it has it (`similar`, `content`, `lower` and `tie` are
    guesses), and how its days or amounts are read."""

    column: str
    field: str
    mapped_by: str
    read_as: Literal["dmy", "mdy", "ymd", "dmy_turned", "mdy_turned", "serial", "dot", "comma"] | None = None
    known_by: str | None = None


class MendedBefore(BaseModel):
    """A value that is read as another, for it was mended so in an earlier placement with the same headings."""

    column: str
    old: str
    new: str
    placement: str


class Reading(BaseModel):
    """How a file was read; `header_line` 0: it has no headings. `sheets` of a workbook are read as one."""

    format: str
    encoding: str
    separator: str
    sheet: str
    sheets: list[str]
    unread_sheets: list[str]
    header_line: int
    columns: list[ReadColumn]


class PlacementAnswer(Placement):
    """One placement whole: every row with something to say."""

    earlier: bool | None = Field(default=None, description="The same file was here before: this is what it made.")
    waiting: str | None = Field(default=None, description="Why it was not confirmed, as a sentence.")
    debtors: int | None = None
    cases: int | None = None
    not_open: int | None = None
    duplicates: int | None = None
    duplicate_rows: list[Line] = []
    reading: Reading | None = Field(default=None, description="How the file was read.")
    mended_before: list[MendedBefore] = []
    conflicts: list[Line] = []
    decided: list[Line] = []
    rejected: list[Line] = []
    warned: list[Line] = []
    failure: str | None = None
    undo: Undo | None = Field(default=None, description="Answered once, when undoing is asked for.")


class PlacementList(BaseModel):
    """One page of placements, the newest first."""

    object: Literal["list"]
    data: list[Placement]
    next_cursor: str | None


class ContactsIn(Strict):
    """For whom contacts are asked: exactly one of `cases`, `queue` and `strategy`."""

    channel: Literal["phone", "sms", "whatsapp", "email", "letter", "certified_letter"]
    cases: list[Annotated[str, StringConstraints(min_length=1, max_length=60)]] = Field(
        default_factory=list, max_length=100, description="Numbers of cases, or `ca_…`."
    )
    queue: bool = Field(default=False, description="Cases that wait for a person, the most urgent first.")
    strategy: str = Field(default="", max_length=80, description="Cases that follow the strategy of this key.")
    client: str = Field(default="", max_length=80, description="`cl_…` or a client's short name: of that client alone.")
    limit: int = Field(default=20, ge=1, le=100)
    minutes: int = Field(default=5, ge=1, le=15, description="Until when a contact may begin.")


class Disclosure(BaseModel):
    """What the contact must say, by name and in words."""

    element: str
    words: str


class Caution(BaseModel):
    """A rule that lets the contact pass with a word of caution."""

    rule: str
    sentence: str
    citation: str


class PackUsed(BaseModel):
    """The law it was decided with."""

    id: str
    version: str
    digest: str


class ClearedContact(BaseModel):
    """One contact that may be made once, to this address, beginning before `expires_at`. It counts already."""

    object: Literal["contact"]
    token: str
    issued_at: datetime
    expires_at: datetime
    case: str
    number: str
    debtor: str
    person: str = Field(description="Whose number or address it is, where that is known by name.")
    role: str = Field(description="Who that person is to the debtor: `debtor`, `spouse`, …")
    channel: str
    address: str
    time_zone: str
    decision: str
    pack: PackUsed
    disclosures: list[Disclosure]
    cautions: list[Caution]


class RefusedContact(BaseModel):
    """A case on which nobody may be contacted now: codes of the rules in the way; `until` when waiting mends it.

    `decision` is the answer as it is kept; null where the case has nothing to contact by.
    """

    case: str
    number: str
    verdict: Literal["wait", "deny"]
    reasons: list[str]
    until: datetime | None
    decision: str | None


class ContactsAnswer(BaseModel):
    """The contacts that were cleared, and the cases refused on the way."""

    object: Literal["contacts"]
    data: list[ClearedContact]
    refused: list[RefusedContact]


class OutcomeIn(Strict):
    """What came of a cleared contact. `made` false takes the attempt back, before the token's end. What began before
    its end may be told four hours later still, with its times."""

    token: Annotated[str, StringConstraints(min_length=10, max_length=100)]
    made: bool
    connected: bool | None = Field(default=None, description="False: the number was surely not reached.")
    conversation: bool = Field(default=False, description="The person answered.")
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None


class OutcomeAnswer(BaseModel):
    """What was noted."""

    object: Literal["outcome"]
    case: str
    decision: str
    outcome: Literal["made", "not_made"]
    counted: bool


class Problem(BaseModel):
    """A refusal (RFC 9457). `title` is a sentence for a person; `type` and `code` never change."""

    type: str
    title: str
    status: int
    code: str
    request_id: str


_DAY = msg("La petición no es válida: «{place}» es un día, como 2026-11-30.")
_INSTANT = msg("La petición no es válida: «{place}» es un instante con desfase, como 2026-11-30T10:00:00-06:00.")
_REFUSALS = {
    "missing": msg("La petición no es válida: falta «{place}»."),
    "extra_forbidden": msg("La petición no es válida: no hay un campo «{place}»."),
    "string_type": msg("La petición no es válida: «{place}» es un texto."),
    "int_type": msg("La petición no es válida: «{place}» es un número entero."),
    "int_parsing": msg("La petición no es válida: «{place}» es un número entero."),
    "int_from_float": msg("La petición no es válida: «{place}» es un número entero."),
    "bool_type": msg("La petición no es válida: «{place}» es true o false."),
    "bool_parsing": msg("La petición no es válida: «{place}» es true o false."),
    "literal_error": msg("La petición no es válida: «{place}» no toma ese valor; toma {expected}."),
    "enum": msg("La petición no es válida: «{place}» no toma ese valor; toma {expected}."),
    "string_too_long": msg("La petición no es válida: «{place}» tiene más de {max_length} signos."),
    "string_too_short": msg("La petición no es válida: «{place}» tiene menos de {min_length} signos."),
    "too_long": msg("La petición no es válida: «{place}» tiene más de {max_length} elementos."),
    "too_short": msg("La petición no es válida: «{place}» tiene menos de {min_length} elementos."),
    "greater_than_equal": msg("La petición no es válida: «{place}» es {ge} o más."),
    "less_than_equal": msg("La petición no es válida: «{place}» es {le} o menos."),
    "less_than": msg("La petición no es válida: «{place}» es menos de {lt}."),
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "timezone_aware": _INSTANT,
    "list_type": msg("La petición no es válida: «{place}» es una lista."),
    "dict_type": msg("La petición no es válida: «{place}» es un objeto."),
    "model_type": msg("La petición no es válida: «{place}» es un objeto."),
    "model_attributes_type": msg("La petición no es válida: «{place}» es un objeto."),
}
_ONE_OF = msg("La petición no es válida: «{place}» es un texto, un número o null.")
_OTHER = msg("La petición no es válida: «{place}» ({code}).")


def refusal(errors: list[Any]) -> tuple[str, dict[str, object]]:
    """The first thing wrong with a body: its sentence, and what fills it. A cell may be of several types, and the
    checker tells each it is not: then it is said once, of the cell."""
    first = errors[0]
    loc = first["loc"]
    if len(loc) > 3 and loc[0] == "rows" and loc[3] != "[key]":
        wrong = {one["type"] for one in errors if one["loc"][:3] == loc[:3]}
        if len(wrong) > 1:
            return _ONE_OF, {"place": _place(loc[:3])}
    details = {"place": _place(loc)}
    template = _REFUSALS.get(first["type"])
    if template is None:
        # What our own checks raise says more than that it is wrong.
        code = first["msg"][:200] if first["type"] == "value_error" else first["type"]
        return _OTHER, {**details, "code": code}
    expected = str(first.get("ctx", {}).get("expected", "")).replace("' or '", "', '")
    return template, {**first.get("ctx", {}), **details, "expected": expected}


def _place(loc: Sequence[str | int]) -> str:
    """Where it is, as programs write it: `rows[1].Nombre`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc if step != "[key]")
    return "".join(steps).lstrip(".")[:120] or "body"
