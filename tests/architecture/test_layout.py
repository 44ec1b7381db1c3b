"""The shape of the repository, and the doors that only one module may open."""

import ast
import platform
import subprocess
import sys
import sysconfig
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.sources import ROOT, SOURCES, calls, imported, modules, nodes

OURS = {"kernel", "recobro", "tenants", "legal", "worker", "templates"}
TOP = {
    "pyproject.toml", "platform", "tenants", "legal", "templates", "worker", "tests", "docker-compose.yml", "README.md",
    "Makefile", "Dockerfile", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "docs", "frontend", "requirements.lock",
    "requirements-dev.lock",
}  # fmt: skip

# A library with a door of its own: what may import it, and why nobody else does.
DOORS = {
    "weasyprint": ("recobro.adapters.pdf_child",),
    "smtplib": ("recobro.adapters.email_smtp",),
    "stripe": ("recobro.adapters.stripe_checkout", "recobro.local.stripe"),
    "rq": ("worker",),
    "argon2": ("recobro.people.passwords",),
    "pyotp": ("recobro.people.codes",),
}
# Where a session is made, a transaction committed, and the time told.
SESSIONS = {"tenants.database"}
COMMITS = {"tenants.work"}
CLOCKS = {"kernel.clock"}


def test_the_platform_folder_does_not_hide_the_standard_module() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert Path(platform.__file__).parent == Path(sysconfig.get_path("stdlib"))


def test_no_dependency_brings_a_package_with_one_of_our_names() -> None:
    owners = packages_distributions()
    foreign = {name: owners[name] for name in OURS & owners.keys() if set(owners[name]) != {"recobro"}}
    assert foreign == {}


def test_the_top_level_holds_what_the_design_names() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    if not any(tracked):
        pytest.skip("not a git checkout")
    assert {name.split("/")[0] for name in tracked if name and not name.startswith(".")} <= TOP


def test_the_parts_keep_their_contracts() -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout[-3000:]


@pytest.mark.parametrize("library", DOORS)
def test_a_library_is_reached_through_its_door_alone(library: str) -> None:
    users = {
        name
        for name, others in imported().items()
        if any(other == library or other.startswith(f"{library}.") for other in others)
    }
    assert {user for user in users if not user.startswith(DOORS[library])} == set()


def test_nobody_opens_a_session_but_the_tenants() -> None:
    makers = {"create_engine", "sessionmaker", "scoped_session", "Session", "orm.Session", "psycopg.connect"}
    found = {name for name, called in calls().items() if makers & called}
    # These speak to the server as its administrator, before there is anything to wall in.
    administrators = {"recobro.migrations.bootstrap", "recobro.engines.postgres", "recobro.engines.server"}
    assert {name for name in found - SESSIONS - administrators if not name.startswith("recobro.cli.")} == set()


def test_nobody_commits_but_the_edge() -> None:
    found = {
        name
        for name, every in nodes().items()
        for node in every
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
        # A feature's own `commit(placement)` says what it commits; a transaction's takes nothing.
        and not node.args and not node.keywords
    }  # fmt: skip
    assert found - COMMITS == set()


def test_nobody_tells_the_time_but_a_clock() -> None:
    telling = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today")
    found = {name for name, called in calls().items() if any(call.endswith(telling) for call in called)}
    assert found - CLOCKS == set()


def test_nobody_changes_the_wall_of_an_open_transaction() -> None:
    found = {
        name
        for name, every in nodes().items()
        for node in every
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and ("set_config(" in node.value or "SET ROLE" in node.value or "SET LOCAL ROLE" in node.value)
    }
    assert found <= {"tenants.database", "tenants.policies", "recobro.migrations.bootstrap"}


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "manager", "base", "misc"])
def test_no_module_is_called_after_nothing(name: str) -> None:
    assert [found for found in modules() if found.split(".")[-1] == name] == []


def test_every_package_says_in_one_docstring_what_it_is() -> None:
    silent, busy = [], []
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("__init__.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if not ast.get_docstring(tree):
                silent.append(str(path.relative_to(ROOT)))
            if len(tree.body) > 1:
                busy.append(str(path.relative_to(ROOT)))
    assert silent == []
    assert busy == []


def test_no_file_names_a_machine() -> None:
    """No path of a person's machine, no private address of a registry."""
    words = ("/ro" + "ot/", "/wo" + "rk/", "/home/" + "runner", "files.python" + "hosted")
    found = []
    for pattern in ("*.py", "*.md", "*.toml", "*.lock", "*.yml", "*.html", "*.sql", "*.txt"):
        for path in ROOT.rglob(pattern):
            relative = path.relative_to(ROOT)
            if relative.parts[0].startswith(".") or "node_modules" in relative.parts:
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{relative}: {word}" for word in words if word in text]
    assert found == []
