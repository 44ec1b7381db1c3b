"""Why an engine could not be started, each as one sentence that says what to do."""

from typing import ClassVar

from kernel.problems import Kind, Problem


class EngineProblem(Problem):
    """PostgreSQL or Valkey cannot run here; the sentence says why and what to do."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "engines.unavailable"


class ForeignFolder(EngineProblem):
    """The folder holds something that is not ours, or was made by another version."""

    code = "engines.foreign_folder"


class NoPermission(EngineProblem):
    """A folder or program may not be read, written or entered."""

    code = "engines.no_permission"


class DiskFull(EngineProblem):
    """There is not enough space on the disk."""

    code = "engines.disk_full"


class PortTaken(EngineProblem):
    """Another program listens on the port."""

    code = "engines.port_taken"


class WrongMachine(EngineProblem):
    """The program is missing or was built for another kind of machine."""

    code = "engines.wrong_machine"


class StillRunning(EngineProblem):
    """A process holds the folder and does not answer."""

    code = "engines.still_running"
