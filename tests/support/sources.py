"""The product's own source: read, parsed and walked once for all tests of a process that ask something of it."""

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ("platform/kernel", "platform/recobro", "tenants", "legal", "worker")


@cache
def modules() -> Mapping[str, ast.Module]:
    """Every module of ours by its name, parsed. Who wants to change a tree copies it."""
    found = {}
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(part for part in parts if part not in ("platform", "__init__"))
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


@cache
def nodes() -> Mapping[str, tuple[ast.AST, ...]]:
    """Every node of every module, by the module's name."""
    return {name: tuple(ast.walk(tree)) for name, tree in modules().items()}


@cache
def calls() -> Mapping[str, frozenset[str]]:
    """What every module calls, as written: `datetime.now`, `session.commit`."""
    return {
        name: frozenset(ast.unparse(node.func) for node in every if isinstance(node, ast.Call))
        for name, every in nodes().items()
    }


@cache
def imported() -> Mapping[str, frozenset[str]]:
    """What every module imports, by full name."""
    found: dict[str, frozenset[str]] = {}
    for name, every in nodes().items():
        names: set[str] = set()
        for node in every:
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.update((node.module, *(f"{node.module}.{alias.name}" for alias in node.names)))
        found[name] = frozenset(names)
    return found
