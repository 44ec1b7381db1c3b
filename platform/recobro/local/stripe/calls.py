"""One call of the API: who asks, idempotency, faults that a test asked for, the answer in Stripe's shape."""

import base64
import hashlib
import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask import Response, request
from stripe import api_version

from recobro.local.stripe.account import CALL, Account, expanded, public
from recobro.local.stripe.parameters import check, decode
from recobro.local.stripe.refusals import Refusal
from recobro.local.stripe.store import Object

log = logging.getLogger(__name__)


class FaultKind(StrEnum):
    """What a test can make go wrong with a call."""

    ERROR = "error"  # 500, nothing was done
    RATE_LIMITED = "rate_limited"  # 429, nothing was done
    SLOW = "slow"  # waits, then works
    ERROR_AFTER = "error_after"  # done and kept under its key, but the answer is 500
    SLOW_AFTER = "slow_after"  # done and kept, then waits before it answers
    LOST = "lost"  # done and kept, then the line is cut without an answer


@dataclass
class Fault:
    """The next `times` calls that begin with `calls` (as `POST /v1/refunds`) meet this."""

    kind: FaultKind
    calls: str = ""
    times: int = 1
    seconds: float = 1.0


@dataclass(frozen=True)
class Operation:
    """One address of the API: its method, the client's type of its parameters, and what it does."""

    method: str
    path: str
    spec: type
    run: Callable[..., Object]


@dataclass
class Calls:
    """Answers calls on an account for one secret key; with an empty key every `sk_test_` key is good."""

    account: Account
    key: str = ""
    faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, operation: Operation, ids: dict[str, str]) -> Response:
        """The response to the request at hand."""
        request_id = self.account.store.new_id("req_", 14)
        key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
        CALL.set({"id": request_id, "idempotency_key": key or None})
        try:
            self._recognise()
            fault = self._fault()
            response = _after(fault, self._kept_or_new(operation, ids, key, request_id, fault), request_id)
        except Refusal as refusal:
            response = _response(refusal.status, _text({"error": refusal.error}), request_id)
        except Exception:
            log.exception("%s %s", request.method, request.path)
            response = _response(500, _api_error(), request_id)
        if key:
            response.headers["Idempotency-Key"] = key
        return response

    def _recognise(self) -> None:
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "basic":
            given = base64.b64decode(given).decode("utf-8", "replace").partition(":")[0]
        if not given:
            raise Refusal(401, "invalid_request_error", "You did not provide an API key. You need to provide your"
                          " API key in the Authorization header, using Bearer auth.")  # fmt: skip
        if given != self.key if self.key else not given.startswith(("sk_test_", "rk_test_")):
            shown = f"{given[:8]}{'*' * max(0, len(given) - 12)}{given[-4:]}"
            raise Refusal(401, "invalid_request_error", f"Invalid API Key provided: {shown}")

    def _kept_or_new(
        self, operation: Operation, ids: dict[str, str], key: str, request_id: str, fault: Fault | None
    ) -> Response:
        fields = request.form if request.method == "POST" else request.args
        given = decode(fields.items(multi=True))
        if not key:
            return self._new(operation, ids, given, key, request_id, fault)
        if len(key) > 255:
            raise Refusal(400, "idempotency_error", "Idempotency keys may be at most 255 characters.")
        fingerprint = hashlib.sha256(_text([request.method, request.path, given]).encode()).hexdigest()
        known = self.account.store.begin_call(key, fingerprint)
        if known is None:
            return self._new(operation, ids, given, key, request_id, fault)
        first, status, body, original = known
        if first != fingerprint:
            raise Refusal(400, "idempotency_error", "Keys for idempotent requests can only be used with the same"
                          f" parameters they were first used with. Try using a key other than '{key}' if you meant to"
                          " execute a different request.")  # fmt: skip
        if status is None:
            raise Refusal(409, "idempotency_error", "There is currently another in-progress request using this"
                          f" Idempotent Key: {key}. Please try again later.",
                          code="idempotency_key_in_use")  # fmt: skip
        response = _response(status, body, request_id)
        response.headers["Idempotent-Replayed"] = "true"
        response.headers["Original-Request"] = original
        return response

    def _new(
        self, operation: Operation, ids: dict[str, str], given: Object, key: str, request_id: str, fault: Fault | None
    ) -> Response:
        try:
            _before(fault)
            with self.account.store.transaction():
                status, body, keep = self._done(operation, ids, given)
                if key and keep:
                    self.account.store.end_call(key, status, body, request_id)
        except BaseException:
            keep = False
            raise
        finally:
            if key and not keep:
                self.account.store.forget_call(key)
        return _response(status, body, request_id)

    def _done(self, operation: Operation, ids: dict[str, str], given: Object) -> tuple[int, str, bool]:
        """What was done stays done when the answer is a refusal: a declined charge is a fact."""
        try:
            params = check(given, operation.spec)
            result = operation.run(self.account, params, **ids)
            return 200, _text(expanded(self.account, public(result), params.get("expand"))), True
        except Refusal as refusal:
            return refusal.status, _text({"error": refusal.error}), refusal.executed

    def _fault(self) -> Fault | None:
        name = f"{request.method} {request.path}"
        with self._lock:
            for fault in self.faults:
                if name.startswith(fault.calls):
                    fault.times -= 1
                    if fault.times <= 0:
                        self.faults.remove(fault)
                    return fault
        return None


def _before(fault: Fault | None) -> None:
    if fault is None:
        return
    if fault.kind is FaultKind.ERROR:
        raise Refusal(500, "api_error", "An unknown error occurred.")
    if fault.kind is FaultKind.RATE_LIMITED:
        raise Refusal(429, "invalid_request_error", "Too many requests hit the API too quickly.", code="rate_limit")
    if fault.kind is FaultKind.SLOW:
        time.sleep(fault.seconds)


def _after(fault: Fault | None, response: Response, request_id: str) -> Response:
    if fault is not None and fault.kind is FaultKind.ERROR_AFTER:
        return _response(500, _api_error(), request_id)
    if fault is not None and fault.kind is FaultKind.SLOW_AFTER:
        time.sleep(fault.seconds)
    if fault is not None and fault.kind is FaultKind.LOST:
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return response


def _response(status: int, body: str, request_id: str) -> Response:
    response = Response(body + "\n", status, content_type="application/json")
    response.headers["Request-Id"] = request_id
    response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", api_version)
    response.headers["Cache-Control"] = "no-cache, no-store"
    return response


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _api_error() -> str:
    return _text({"error": {"type": "api_error", "message": "An unknown error occurred."}})
