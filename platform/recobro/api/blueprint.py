"""The blueprint of /api/v1, and what its views share: who a key lets in, prefixed ids, one answer for one request."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, Response, g, jsonify, make_response, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from sqlalchemy import select, text
from werkzeug.datastructures import FileStorage
from werkzeug.routing import BaseConverter, ValidationError

from kernel.ids import new_id
from kernel.problems import Invalid, NotAllowed
from kernel.text import msg
from recobro.api import keys
from recobro.api.openapi import BASE
from recobro.api.schemas import prefixed
from recobro.files import sha256_of
from recobro.people.blueprint import limiter
from recobro.web import errors
from recobro.web.requests import LOADERS
from recobro.web.security import csrf
from recobro.web.translations import spell
from tenants.context import Principal
from tenants.roles import Permission
from tenants.tables import IdempotencyKey

bp = Blueprint("api", __name__, url_prefix=BASE)
# A key in a header is no cookie: no other site's page can make a browser send it.
csrf.exempt(bp)
LIMIT = "300 per minute"
_NO_KEY = msg("Hace falta una clave de API que funcione: Authorization: Bearer rk_…")
View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


class OtherRequest(Invalid):
    """The idempotency key was used for another request."""

    code = "api.idempotency_mismatch"


class PrefixedId(BaseConverter):
    """`pl_0198…`: a UUID behind the prefix of its kind."""

    regex = r"[a-z]{2,4}_[0-9a-f]{32}"

    def __init__(self, url_map: Any, prefix: str) -> None:
        super().__init__(url_map)
        self.prefix = prefix

    def to_python(self, value: str) -> UUID:
        """The id; another kind's is no address."""
        kind, _, digits = value.partition("_")
        if kind != self.prefix:
            raise ValidationError
        return UUID(digits)

    def to_url(self, value: Any) -> str:
        """The id as programs see it."""
        return prefixed(self.prefix, UUID(str(value)))


def _who() -> str:
    holder: keys.KeyHolder | None = g.get("key_holder")
    return holder.principal.key if holder else get_remote_address()


limiter.limit(LIMIT, key_func=_who)(bp)


@bp.record_once
def _install(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["prefixed"] = PrefixedId


def load() -> Principal | None:
    """Who a request's key belongs to. Cookies mean nothing here."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    g.key_holder = keys.load(token.strip()) if scheme.lower() == "bearer" else None
    if g.key_holder is None:
        return None
    g.zone, g.home_currency = g.key_holder.zone, g.key_holder.currency
    if not request.headers.get("Accept-Language"):
        g.locale = g.key_holder.locale
    principal: Principal = g.key_holder.principal
    return principal


LOADERS[f"{BASE}/"] = load


def scoped(permission: Permission) -> Callable[[View], View]:
    """The view is for keys with this permission among their scopes."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if g.get("principal") is None:
                answer = make_response(errors.answer(401, "api.no_key", spell(_NO_KEY)))
                answer.headers["WWW-Authenticate"] = 'Bearer realm="recobro"'
                return answer
            if not keys.may(g.key_holder, permission):
                raise NotAllowed(msg("La clave no tiene el permiso {scope}."), scope=permission.value)
            return view(*args, **kwargs)

        guarded.needs = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def once(view: Callable[..., tuple[dict[str, Any], int]]) -> Callable[..., ResponseReturnValue]:
    """The view's answer is kept under the request's Idempotency-Key, in the transaction of its effect, and given again
    to the same request. A refusal is not kept: it changed nothing."""

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return _told(*view(*args, **kwargs))
        if len(key) > 200 or not key.isprintable():
            raise Invalid(msg("Idempotency-Key tiene hasta 200 caracteres visibles."))
        asked = _digest()
        g.work.session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 9))"), {"key": f"{g.principal.key} {key}"}
        )
        known = g.work.session.scalar(
            select(IdempotencyKey).where(
                IdempotencyKey.agency_id == g.work.agency_id,
                IdempotencyKey.principal == g.principal.key,
                IdempotencyKey.key == key,
            )
        )
        if known is not None:
            if known.request_sha256 != asked:
                raise OtherRequest(msg("Esa Idempotency-Key ya se usó con otra petición. Usa una nueva."))
            answer = _told(known.response["body"], known.response["status"])
            answer.headers["Idempotent-Replayed"] = "true"
            return answer
        body, status = view(*args, **kwargs)
        if not g.get("failed"):
            g.work.add(
                IdempotencyKey(
                    agency_id=g.work.agency_id, id=new_id(), principal=g.principal.key, key=key,
                    request_sha256=asked, response={"status": status, "body": body}, created_at=g.work.now(),
                )
            )  # fmt: skip
        return _told(body, status)

    return answered


def _told(body: dict[str, Any], status: int) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    return answer


def _digest() -> str:
    """What makes a request the same: a form's boundary does not count, its fields and files do."""
    parts: list[Any] = [request.method, request.path, request.query_string.decode(errors="replace")]
    if request.mimetype == "multipart/form-data":
        parts += sorted(request.form.items(multi=True))
        parts += sorted((name, file.filename, _sha256(file)) for name, file in request.files.items(multi=True))
    else:
        parts.append(hashlib.sha256(request.get_data()).hexdigest())
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _sha256(file: FileStorage) -> str:
    return sha256_of(file.stream)  # type: ignore[arg-type]
