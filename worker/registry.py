"""Which function does which job. Features name jobs by string; the names meet their functions only here.

`worker/jobs/<feature>.py` holds functions decorated with `@job`. An ordinary job gets an open work, and its effect,
its `job_runs` row and the end of its outbox row are one transaction:

    @job("strategies.start", queue=Queue.NOTICES)
    def start(work: Work, *, placement_id: str) -> None: ...

A job with an effect outside the database (`outside=True`) gets instead a function that opens one work after another,
because it must commit its intention before the call and note the answer after it:

    @job("notices.send", queue=Queue.NOTICES, outside=True)
    def send(open_work: OpenWork, *, notice_id: str) -> None: ...

Such a job may run again after a crash: it must look at what it finds and never do the same thing twice in silence.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

import worker.jobs
from kernel.problems import Problem
from tenants.work import Work
from worker.queues import Queue

OpenWork = Callable[[], AbstractContextManager[Work]]
Run = TypeVar("Run", bound=Callable[..., object])


@dataclass(frozen=True)
class Job:
    """One job: its name `feature.verb`, its queue, how long it may take, and the function. `lease_s`, when it is set,
    is how long it may be silent: such a job says that it is alive (`work.outbox.alive`), and is taken up again soon
    after its process died. `waits` are refusals that only say that its turn has not come: it is put off, and nothing
    has failed."""

    name: str
    queue: Queue
    timeout_s: int
    outside: bool
    lease_s: int
    waits: tuple[type[Problem], ...]
    run: Callable[..., object]


class UnknownJobError(LookupError):
    """No function does a job of that name."""


_jobs: dict[str, Job] = {}
_loaded = False


def job(
    name: str,
    *,
    queue: Queue,
    timeout_s: int = 60,
    outside: bool = False,
    lease_s: int = 0,
    waits: tuple[type[Problem], ...] = (),
) -> Callable[[Run], Run]:
    """The decorated function does the job `name`; two functions for one name is a mistake."""

    def register(run: Run) -> Run:
        known = _jobs.get(name)
        if known is not None and known.run.__module__ != run.__module__:
            raise RuntimeError(f"Two functions do the job {name}: {known.run.__module__} and {run.__module__}.")
        _jobs[name] = Job(name, queue, timeout_s, outside, lease_s, waits, run)
        return run

    return register


def jobs() -> Mapping[str, Job]:
    """Every job by its name; the modules of `worker.jobs` are imported on first use."""
    global _loaded
    if not _loaded:
        for module in pkgutil.iter_modules(worker.jobs.__path__):
            importlib.import_module(f"worker.jobs.{module.name}")
        _loaded = True
    return _jobs


def find(name: str) -> Job:
    """The job of that name, or UnknownJobError."""
    found = jobs().get(name)
    if found is None:
        raise UnknownJobError(f"No job is called {name}.")
    return found


def check(named: Iterable[str] = ()) -> None:
    """RuntimeError unless every job takes its identifiers by name and every name given has a job."""
    faults = [f"nobody does {name}" for name in named if name not in jobs()]
    for found in jobs().values():
        first, *rest = inspect.signature(found.run).parameters.values()
        if first.kind not in (first.POSITIONAL_ONLY, first.POSITIONAL_OR_KEYWORD):
            faults.append(f"{found.name} takes no open work")
        faults += [f"{found.name} takes {one.name} by position" for one in rest if one.kind is not one.KEYWORD_ONLY]
    if faults:
        raise RuntimeError("The jobs are not whole: " + "; ".join(faults) + ".")


def call(found: Job, first: Any, payload: Mapping[str, Any]) -> None:
    """Run a job's function with its open work (or `OpenWork`) and the identifiers of its outbox row."""
    found.run(first, **payload)
