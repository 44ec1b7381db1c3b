"""What programs send for a placement, from JSON or a form, checked: the file as a stream, and the wishes for it."""

import base64
import binascii
import io
import json
from decimal import Decimal
from typing import Any, BinaryIO, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from kernel.problems import Invalid
from kernel.text import msg
from recobro.api.schemas import MOST_COLUMNS, PlacementIn, refusal
from recobro.intake.files import typed

MOST_JSON = 16 * 1024 * 1024
_PARTS = ("columns", "readings", "declared")
_SWITCHES = ("unpaid", "dry_run", "confirm")
Model = TypeVar("Model", bound=BaseModel)


class BodyRefused(Invalid):
    """The body is not what the operation takes; the sentence names the first thing that is wrong."""

    code = "api.body"


def placement_in() -> tuple[PlacementIn, BinaryIO]:
    """The wishes of the request, and its file at its start."""
    if request.mimetype == "multipart/form-data":
        return _from_form()
    if request.mimetype != "application/json":
        raise BodyRefused(msg("Manda application/json o multipart/form-data."))
    given = _checked(_loaded(_body()))
    if given.content_base64 is not None:
        if not given.file_name:
            raise BodyRefused(msg("Con content_base64 hace falta file_name."))
        return given, _decoded(given.content_base64)
    if not given.rows:
        raise BodyRefused(msg("Manda el archivo en content_base64, o las filas en rows."))
    file = _as_sheet(given.rows)
    return given.model_copy(update={"file_name": given.file_name or "api.json"}), file


def json_of(model: type[Model]) -> Model:
    """The request's JSON body as a model; what it does not take is refused, naming it."""
    if request.mimetype != "application/json":
        raise BodyRefused(msg("Manda application/json."))
    return _as(model, _loaded(_body()))


def _body() -> bytes:
    length = request.content_length
    if length is None or length > MOST_JSON:
        raise RequestEntityTooLarge
    return request.get_data()


def _from_form() -> tuple[PlacementIn, BinaryIO]:
    file = request.files.get("file")
    if file is None:
        raise BodyRefused(msg("Manda el archivo en el campo «file»."))
    wishes: dict[str, Any] = dict(request.form.items())
    for name in _PARTS:
        if name in wishes:
            wishes[name] = _loaded(wishes[name].encode())
    for name in _SWITCHES:
        if name in wishes:
            wishes[name] = {"true": True, "false": False}.get(wishes[name], wishes[name])
    if "content_base64" in wishes or "rows" in wishes:
        raise BodyRefused(msg("En un formulario el archivo va en «file»."))
    given = _checked(wishes)
    # Spooled to disk by werkzeug when it is big.
    stream: BinaryIO = file.stream  # type: ignore[assignment]
    return given.model_copy(update={"file_name": given.file_name or file.filename or "archivo"}), stream


def _loaded(data: bytes) -> Any:
    try:
        return json.loads(data, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BodyRefused(msg("El cuerpo no es JSON.")) from error


def _no_number(name: str) -> None:
    raise ValueError(name)


def _checked(wishes: Any) -> PlacementIn:
    return _as(PlacementIn, wishes)


def _as(model: type[Model], wishes: Any) -> Model:
    try:
        return model.model_validate(wishes)
    except ValidationError as error:
        template, details = refusal(list(error.errors()))
        raise BodyRefused(template, **details) from error
    except RecursionError as error:
        raise BodyRefused(msg("El cuerpo no es JSON.")) from error


def _decoded(text: str) -> BinaryIO:
    try:
        return io.BytesIO(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise BodyRefused(msg("content_base64 no es base64.")) from error


def _as_sheet(rows: list[dict[str, Any]]) -> BinaryIO:
    """The rows as a sheet whose numbers are numbers: headings in the order they first appear."""
    headings: dict[str, None] = {}
    for row in rows:
        headings |= dict.fromkeys(row)
        if len(headings) > MOST_COLUMNS:
            raise BodyRefused(msg("Las filas tienen más de {limit} encabezados distintos."), limit=MOST_COLUMNS)
    cells = ([row.get(name) for name in headings] for row in rows)
    try:
        return io.BytesIO(b"".join(typed.written(list(headings), cells)))
    except UnicodeEncodeError as error:
        raise BodyRefused(msg("Las filas tienen signos que no son texto.")) from error
