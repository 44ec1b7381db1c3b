"""The one account of the server: its memory, its clock, its address, and the events that its objects make."""

from collections.abc import Callable
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from stripe import api_version

from kernel.clock import Clock, SystemClock
from recobro.local.stripe.refusals import invalid, missing
from recobro.local.stripe.store import Object, Store

# What an `expand` may name, and the kind of object each name leads to.
EXPANDABLE = {
    "payment_intent": "payment_intent", "latest_charge": "charge", "charge": "charge", "customer": "customer",
    "balance_transaction": "balance_transaction", "payment_method": "payment_method", "source": "",
}  # fmt: skip
_DEPTH = 4

# The call that is being answered: what its events name as their cause.
CALL: ContextVar[Object] = ContextVar("CALL")


@dataclass
class Account:
    """What every call works on. `origin` is the address of the pages; the clock can be moved."""

    store: Store
    origin: str = ""
    clock: Clock = field(default_factory=SystemClock)
    wake: Callable[[], None] = lambda: None

    def now(self) -> float:
        """The server's time, Unix seconds."""
        return self.clock.now().timestamp() + float(self.store.setting("shift") or 0)

    def stamp(self) -> int:
        """The server's time, whole Unix seconds."""
        return int(self.now())

    def get(self, kind: str, id: str, *, param: str = "id") -> Object:
        """An object of a kind, or the refusal that it does not exist."""
        found = self.store.get(id, kind) if id else None
        if found is None:
            raise missing(kind.replace(".", " "), id, param=param)
        return found

    def save(self, thing: Object) -> Object:
        """Keep an object as it is now."""
        return self.store.put(thing)

    def emit(self, type: str, thing: Object, *, before: Object | None = None) -> Object:
        """Keep an event with the object as it is now, and set it on its way to the webhook."""
        listening = bool(self.store.setting("webhook_url"))
        data: Object = {"object": public(thing)}
        if before is not None:
            data["previous_attributes"] = {
                key: deepcopy(before.get(key)) for key in public(thing) if before.get(key) != thing[key]
            }
        event = self.save({
            "id": self.store.new_id("evt_3"), "object": "event", "api_version": api_version, "created": self.stamp(),
            "data": data, "livemode": False, "pending_webhooks": int(listening),
            "request": CALL.get({"id": None, "idempotency_key": None}), "type": type,
        })  # fmt: skip
        if listening:
            self.store.add_delivery(event["id"], self.now())
            self.wake()
        return event


def public(thing: Object) -> Object:
    """An object as it is shown: what begins with an underscore is the server's own."""
    return {key: value for key, value in thing.items() if not key.startswith("_")}


def expanded(account: Account, thing: Object, paths: Any) -> Object:
    """An object with the named ids replaced by what they name (docs.stripe.com/api/expanding_objects)."""
    shown = deepcopy(public(thing))
    for path in paths or []:
        parts = str(path).split(".")
        if len(parts) > _DEPTH:
            raise invalid(f"You cannot expand more than {_DEPTH} levels of a property.", param="expand")
        if shown.get("object") == "list" and parts[0] == "data":
            for item in shown["data"]:
                _expand(account, item, parts[1:])
        else:
            _expand(account, shown, parts)
    return shown


def _expand(account: Account, shown: Object, parts: list[str]) -> None:
    name, *rest = parts
    if shown.get("object") == "checkout.session" and name == "line_items":
        found = account.get("checkout.session", shown["id"])
        shown["line_items"] = listing(found["_line_items"], f"/v1/checkout/sessions/{shown['id']}/line_items")
        return
    if shown.get("object") == "charge" and name == "refunds":
        mine = [public(refund) for refund in account.store.every("refund") if refund["charge"] == shown["id"]]
        shown["refunds"] = listing(mine, f"/v1/charges/{shown['id']}/refunds")
        return
    if name not in EXPANDABLE or name not in shown:
        raise invalid(f"This property cannot be expanded ({name}).", param="expand")
    if isinstance(shown[name], str):
        found = account.store.get(shown[name], EXPANDABLE[name]) or {}
        shown[name] = public(found) or shown[name]
    if rest and isinstance(shown[name], dict):
        _expand(account, shown[name], rest)


def listing(items: list[Object], url: str, *, has_more: bool = False) -> Object:
    """A list object."""
    return {"object": "list", "data": items, "has_more": has_more, "url": url}


def page(
    account: Account, kind: str, params: Object, url: str, *equal: str, only: Callable[[Object], bool] | None = None
) -> Object:
    """One page of a kind, newest first, by `limit`, `starting_after`, `ending_before`, `created` and equal fields."""
    rows = [row for row in account.store.every(kind) if only is None or only(row)]
    for name in equal:
        if wanted := params.get(name):
            rows = [row for row in rows if row.get(name) == wanted]
    rows = [row for row in rows if _created_in(row["created"], params.get("created"))]
    limit = params.get("limit", 10)
    if not isinstance(limit, int) or not 1 <= limit <= 100:
        raise invalid("This value must be between 1 and 100.", param="limit")
    ids = [row["id"] for row in rows]
    for name in ("starting_after", "ending_before"):
        if params.get(name) and params[name] not in ids:
            raise missing(kind.replace(".", " "), params[name], param=name)
    if before := params.get("ending_before"):
        rows = rows[: ids.index(before)]
        return listing([public(row) for row in rows[-limit:]], url, has_more=len(rows) > limit)
    if after := params.get("starting_after"):
        rows = rows[ids.index(after) + 1 :]
    return listing([public(row) for row in rows[:limit]], url, has_more=len(rows) > limit)


def _created_in(created: int, wanted: Any) -> bool:
    if wanted is None:
        return True
    if not isinstance(wanted, dict):
        return bool(created == int(wanted))
    bounds = {name: int(value) for name, value in wanted.items()}
    return (
        created >= bounds.get("gte", created)
        and created > bounds.get("gt", created - 1)
        and created <= bounds.get("lte", created)
        and created < bounds.get("lt", created + 1)
    )
