"""What the API answers when it refuses, in Stripe's shape (docs.stripe.com/api/errors)."""

from typing import Any


class Refusal(Exception):
    """An error answer. `executed` says that work had begun, so that the answer is kept under its idempotency key."""

    def __init__(
        self,
        status: int,
        type: str,
        message: str,
        *,
        code: str = "",
        param: str = "",
        executed: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        self.error: dict[str, Any] = {"type": type, "message": message}
        if code:
            self.error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
        if param:
            self.error["param"] = param
        self.error |= more


def invalid(message: str, *, param: str = "", code: str = "", executed: bool = False) -> Refusal:
    """A request that cannot be right: 400."""
    return Refusal(400, "invalid_request_error", message, code=code, param=param, executed=executed)


def missing(what: str, id: str, *, param: str = "id") -> Refusal:
    """No such thing: 404 for an address, 400 for a parameter."""
    return Refusal(
        404 if param == "id" else 400,
        "invalid_request_error",
        f"No such {what}: '{id}'",
        code="resource_missing",
        param=param,
    )


def not_here(what: str, param: str) -> Refusal:
    """Something the real service does and this local server does not, said plainly."""
    return invalid(f"The local Stripe server does not support {what}.", param=param)
