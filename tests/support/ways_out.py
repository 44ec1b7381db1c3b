"""How anything can leave the product, read off its source: which modules reach other machines, and which of their
functions do so without the gate's Clearance."""

import ast
from collections.abc import Iterable, Mapping

from tests.support.sources import modules, nodes

# What other machines are reached with.
MEANS = frozenset(
    {
        "aiohttp", "aiosmtpd", "asyncio", "boto3", "ftplib", "http.client", "http.server", "httpx", "imaplib",
        "obstore", "paramiko", "poplib", "redis", "requests", "smtplib", "socket", "socketserver", "ssl", "stripe",
        "telnetlib", "twilio", "urllib.request", "urllib3", "webbrowser", "websockets", "xmlrpc",
    }
)  # fmt: skip
CLEARANCE = "Clearance"


def means_of(every: Iterable[ast.AST]) -> set[str]:
    """The means of reaching other machines that a module, of which these are all the nodes, imports wherever in it."""
    found = set()
    for node in every:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            names = [str(part.value) for part in node.args if isinstance(part, ast.Constant)]
        else:
            continue
        found |= {name for name in MEANS for other in names if other == name or other.startswith(f"{name}.")}
    return found


def functions(tree: ast.Module) -> Mapping[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions and methods of a module by their bare names (two of one name: `name'`)."""
    found: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[f"{node.name}'" if node.name in found else node.name] = node
    return found


def _called(node: ast.AST) -> set[str]:
    """Every name a function mentions: handing a function on is as good as calling it."""
    names = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    return names | {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def reaching(tree: ast.Module, library: str) -> set[str]:
    """The functions of a module that use a library, themselves or through another function of the module."""
    known = functions(tree)
    found = {name for name, node in known.items() if library in _called(node)}
    while True:
        more = {name for name, node in known.items() if {other.rstrip("'") for other in found} & _called(node)}
        if more <= found:
            return found
        found |= more


def takes_clearance(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function's first parameter (after self) is a Clearance, without a default and without None."""
    given = [*node.args.posonlyargs, *node.args.args]
    first = given[1:] if given and given[0].arg in ("self", "cls") else given
    if not first or len(node.args.defaults) >= len(first):
        return False
    return first[0].annotation is not None and ast.unparse(first[0].annotation) == CLEARANCE


def uncleared(tree: ast.Module, library: str) -> set[str]:
    """The public functions of an adapter that reach its library and take no Clearance."""
    known = functions(tree)
    inside = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name.startswith("_")]
    private = {id(node) for one in inside for node in ast.walk(one)}
    return {
        name
        for name in reaching(tree, library)
        if not name.startswith("_") and id(known[name]) not in private and not takes_clearance(known[name])
    }


def users(what: str) -> dict[str, set[str]]:
    """The functions, by module, that mention something by its full or dotted end (`Move.PRINT`, `Call(`)."""
    found: dict[str, set[str]] = {}
    for name, tree in modules().items():
        if any(mentions(node, what) for node in nodes()[name]):
            found[name] = {
                function
                for function, node in functions(tree).items()
                if any(mentions(one, what) for one in ast.walk(node))
            }
    return found


def mentions(node: ast.AST, what: str) -> bool:
    """Whether a node is that: a call when it ends in a parenthesis, else a name or an attribute."""
    if what.endswith("("):
        if not isinstance(node, ast.Call):
            return False
        node, what = node.func, what[:-1]
    owner, _, last = what.rpartition(".")
    if isinstance(node, ast.Name):
        return not owner and node.id == last
    if not isinstance(node, ast.Attribute) or node.attr != last:
        return False
    return not owner or ast.unparse(node.value).rpartition(".")[2] == owner
