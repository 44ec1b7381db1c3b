"""Server processes: started apart from the terminal, looked at, stopped by their number."""

import errno
import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from kernel.text import msg
from recobro.engines.account import Account
from recobro.engines.problems import DiskFull, EngineProblem, ForeignFolder, NoPermission, PortTaken, WrongMachine

# Nothing of the caller's environment reaches a server: PGDATA, PGPORT or LD_* would change what it does.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_CANNOT_RUN = {errno.ENOEXEC, 86}  # 86: macOS, bad processor type


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def run(command: Sequence[str | Path], account: Account) -> str:
    """Run a program to its end as the servers' account; what it printed, or the Problem it met."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            errors="replace",
            env=_ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            check=False,
            **account.drop(),
        )
    except OSError as error:
        raise cannot_run(Path(command[0]), error) from error
    if done.returncode != 0:
        raise explain(done.stderr + done.stdout, Path(command[0]).name, None)
    return done.stdout


def start(command: Sequence[str | Path], account: Account, log: Path, *, folder: Path, text: str = "") -> int:
    """Start a server that outlives us, with its output in `log` and `text` on its standard input; its number."""
    with log.open("ab") as out:
        log.chmod(0o600)
        try:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                env=_ENVIRONMENT,
                cwd=folder,
                start_new_session=True,  # Ctrl-C in the terminal is for us; we stop servers in order
                **account.drop(),
            )
        except OSError as error:
            raise cannot_run(Path(command[0]), error) from error
    assert process.stdin is not None
    try:
        process.stdin.write(text.encode())
        process.stdin.close()
    except BrokenPipeError:
        pass  # it died at once; whoever waits for it reads why in the log
    process.returncode = 0  # the server outlives this object; `alive` collects it if it ends before we do
    return process.pid


def alive(pid: int) -> bool:
    """Whether a process exists and has not ended."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, IndexError):
        return False


def command_line(pid: int) -> str:
    """The command a process was started with; empty when there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        if Path("/proc/self").exists():
            return ""
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()


def stop(pid: int, signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn and give the process that many seconds to end."""
    for number, patience in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_until(lambda: not alive(pid), patience):
            return


def wait_until(happened: Callable[[], bool], patience: float, pause: float = 0.02) -> bool:
    """Ask again and again for at most `patience` seconds; whether it happened."""
    limit = time.monotonic() + patience
    while not happened():
        if time.monotonic() > limit:
            return False
        time.sleep(pause)
    return True


def size(log: Path) -> int:
    """How long a log is now, in bytes."""
    return log.stat().st_size if log.exists() else 0


def said(log: Path, since: int) -> str:
    """What was written to a log after that many bytes."""
    with log.open("rb") as lines:
        lines.seek(since)
        return lines.read().decode(errors="replace")


def cannot_run(program: Path, error: OSError) -> EngineProblem:
    """Why the system refused to run a program."""
    if error.errno in _CANNOT_RUN or (error.errno == errno.ENOENT and program.exists()):
        return WrongMachine(
            msg(
                "{program} no es para esta máquina ({machine}). Instala de nuevo con `make setup`, "
                "o usa servidores externos con DATABASE_URL y REDIS_URL."
            ),
            program=program.name,
            machine=f"{platform.system()} {platform.machine()}",
        )
    if error.errno == errno.ENOENT:
        return WrongMachine(
            msg("Falta el programa {program}. Instala de nuevo con `make setup`."), program=program.name
        )
    if error.errno == errno.ENOSPC:
        return DiskFull(msg("El disco está lleno. Libera espacio."))
    return NoPermission(
        msg("No se puede ejecutar {program}: {reason}."), program=program, reason=error.strerror or str(error)
    )


def explain(output: str, program: str, log: Path | None) -> EngineProblem:
    """The Problem that a server's own words describe; its last lines when they are new to us."""
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return DiskFull(msg("{program} no puede seguir porque el disco está lleno. Libera espacio."), program=program)
    if "Address already in use" in output or "could not bind" in output:
        return PortTaken(msg("{program} no puede escuchar: otro programa usa su puerto."), program=program)
    if "incompatible with server" in output or "not compatible with this version" in output:
        return ForeignFolder(
            msg("Los datos de {program} son de otra versión. Restaura un respaldo en una carpeta nueva."),
            program=program,
        )
    if "Permission denied" in output or "Operation not permitted" in output:
        return NoPermission(
            msg("{program} no puede leer o escribir sus datos: {lines}"), program=program, lines=_last(output)
        )
    return EngineProblem(
        msg("{program} no arrancó: {lines} (registro: {log})"), program=program, lines=_last(output), log=log or "-"
    )


def _last(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return " / ".join(lines[-3:]) or "sin mensaje"
