"""Finds every table and every piece of SQL of the product, wherever a feature keeps them."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import legal
import recobro
import tenants

_PACKAGES: Sequence[ModuleType] = (tenants, legal, recobro)
# Tables of tenants that live beside what uses them.
_MORE = ("tenants.outbox", "tenants.audit")


def import_tables() -> None:
    """Import each `tables` module, so that the registry knows all tables."""
    for name in _MORE:
        importlib.import_module(name)
    for package in _PACKAGES:
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("tables.py")):
            parts = path.relative_to(root).with_suffix("").parts
            importlib.import_module(".".join((package.__name__, *parts)))


def feature_sql() -> list[Path]:
    """The `tables.sql` of each feature: functions and triggers its tables need, in a fixed order."""
    return [path for package in _PACKAGES for path in sorted(Path(package.__path__[0]).rglob("tables.sql"))]


def tenants_sql(name: str) -> str:
    """The text of one of tenants' own SQL files."""
    return (Path(tenants.__path__[0]) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
