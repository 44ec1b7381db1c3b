"""What the pages use from others, copied in: `python -m recobro.web.vendor` fetches, `--check` proves it is unchanged.

Versions are pinned in frontend/package.json, hashes are kept in static/vendor.lock.json, and the copies are committed,
so nothing at run time reaches another host and no Node is needed but here.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent / "static"
LOCK = STATIC / "vendor.lock.json"
FRONTEND = Path(__file__).resolve().parents[3] / "frontend"


@dataclass(frozen=True)
class Package:
    """One npm package: the folder it gets here, and which of its files go where."""

    npm: str
    folder: str
    files: tuple[tuple[str, str], ...]


PACKAGES = (
    Package(
        "htmx.org",
        "htmx",
        (
            ("dist/htmx.min.js", "htmx.min.js"),
            ("dist/ext/hx-ptag.min.js", "hx-ptag.min.js"),
            ("LICENSE", "LICENSE"),
        ),
    ),
    Package("@tabler/core", "tabler", (("dist/css/tabler.min.css", "tabler.css"),)),
    Package("@tabler/icons", "tabler-icons", (("LICENSE", "LICENSE"),)),
    Package(
        "@fontsource-variable/inter",
        "inter",
        (
            ("files/inter-latin-wght-normal.woff2", "inter-latin.woff2"),
            ("files/inter-latin-ext-wght-normal.woff2", "inter-latin-ext.woff2"),
            ("LICENSE", "LICENSE"),
        ),
    ),
    Package("tinykeys", "tinykeys", (("dist/tinykeys.mjs", "tinykeys.js"), ("LICENSE", "LICENSE"))),
)


def in_layer(css: str, layer: str) -> str:
    """A stylesheet put into a cascade layer, so that ours win without `!important`; its source map is dropped."""
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css).replace('@charset "UTF-8";', "")
    return f"@layer {layer} {{\n{css.strip()}\n}}\n"


def icon_names() -> list[str]:
    """The icons we use, from frontend/icons.txt."""
    lines = (FRONTEND / "icons.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def sprite(names: list[str], folder: Path) -> str:
    """One SVG of symbols, drawn in the text's colour; a name without a drawing is refused."""
    symbols = []
    for name in names:
        source = folder / f"{name}.svg"
        if not source.exists():
            raise SystemExit(f"Tabler Icons has no outline icon called {name!r}.")
        body = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", source.read_text(encoding="utf-8"), flags=re.DOTALL)
        body = re.sub(r'<path stroke="none"[^>]*/>', "", body)
        body = re.sub(r"\s*\n\s*", "", body)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    note = "<!-- Tabler Icons, MIT License: vendor/tabler-icons-*/LICENSE -->"
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', note, *symbols, "</svg>", ""])


def copy_package(package: Package, modules: Path) -> str:
    """Copy one package's files into static/vendor/<folder>-<version>; its version."""
    source = modules / package.npm
    version = str(json.loads((source / "package.json").read_text(encoding="utf-8"))["version"])
    target = STATIC / "vendor" / f"{package.folder}-{version}"
    target.mkdir(parents=True)
    for here, there in package.files:
        shutil.copyfile(source / here, target / there)
    if package.folder == "tabler":
        css = target / "tabler.css"
        css.write_text(in_layer(css.read_text(encoding="utf-8"), "vendor"), encoding="utf-8")
        shutil.copyfile(FRONTEND / "licenses/tabler.txt", target / "LICENSE")
    for script in target.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        script.write_text(re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", text), encoding="utf-8")
    return version


def hashes() -> dict[str, str]:
    """SHA-256 of every copied file, by its path under static/."""
    files = [*sorted((STATIC / "vendor").rglob("*")), STATIC / "icons.svg"]
    return {
        path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file()
    }


def fetch() -> None:
    """Install the pinned packages in a temporary folder, copy what we use, and write the lock."""
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(FRONTEND / name, work / name)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=work, check=True)
        shutil.rmtree(STATIC / "vendor", ignore_errors=True)
        modules = work / "node_modules"
        versions = {package.npm: copy_package(package, modules) for package in PACKAGES}
        drawings = modules / "@tabler/icons/icons/outline"
        (STATIC / "icons.svg").write_text(sprite(icon_names(), drawings), encoding="utf-8")
    lock = {"versions": versions, "sha256": hashes()}
    LOCK.write_text(json.dumps(lock, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def differences() -> list[str]:
    """What differs between the lock and the files: one sentence each, none when all is as it was fetched."""
    lock = json.loads(LOCK.read_text(encoding="utf-8"))
    locked, present = lock["sha256"], hashes()
    wanted = json.loads((FRONTEND / "package.json").read_text(encoding="utf-8"))["dependencies"]
    found = [f"{path}: missing" for path in sorted(locked.keys() - present.keys())]
    found += [f"{path}: not in the lock" for path in sorted(present.keys() - locked.keys())]
    found += [f"{path}: changed" for path in sorted(locked.keys() & present.keys()) if locked[path] != present[path]]
    if wanted != lock["versions"]:
        found.append("frontend/package.json names other versions than the lock")
    return found


def main() -> None:
    """The command: fetch, or `--check`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare the committed copies with the lock")
    if parser.parse_args().check:
        found = differences()
        sys.stderr.writelines(f"{line}\n" for line in found)
        raise SystemExit(1 if found else 0)
    fetch()


if __name__ == "__main__":
    main()
