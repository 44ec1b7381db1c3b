"""Jobs whose effects can be counted, for tests of the machinery around jobs."""

import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from kernel.problems import Invalid
from recobro.cases import service as cases
from tenants.work import Work
from worker.queues import Queue
from worker.registry import OpenWork, job


@job("tests.note", queue=Queue.NOTICES)
def note(work: Work, *, case_id: str, text: str) -> None:
    """Leave a note on a case: an effect in the database."""
    cases.add_note(work, UUID(case_id), text=text)


@job("tests.fail", queue=Queue.NOTICES)
def fail(work: Work, *, case_id: str, unless: str = "") -> None:
    """Leave a note, then fail, unless a file exists."""
    cases.add_note(work, UUID(case_id), text="half done")
    if not (unless and Path(unless).exists()):
        raise ValueError("it fails")


@job("tests.refuse", queue=Queue.NOTICES)
def refuse(_work: Work) -> None:
    """Refuse for good."""
    raise Invalid("never")


@job("tests.poison", queue=Queue.NOTICES, timeout_s=1)
def poison(_work: Work) -> None:
    """Take the process down."""
    os.kill(os.getpid(), 9)


@job("tests.chain", queue=Queue.NOTICES)
def chain(work: Work, *, case_id: str, left: int) -> None:
    """Leave a note and name the next link."""
    cases.add_note(work, UUID(case_id), text=f"link {left}")
    if left:
        work.outbox.add("tests.chain", after=timedelta(seconds=8), case_id=case_id, left=left - 1)


@job("tests.outside", queue=Queue.DOCUMENTS, outside=True)
def outside(open_work: OpenWork, *, case_id: str, path: str) -> None:
    """Intend, do, note: a line in a file is the effect outside."""
    with open_work() as work:
        cases.add_note(work, UUID(case_id), text="intended")
    with Path(path).open("a") as target:
        target.write("done\n")
    with open_work() as work:
        cases.add_note(work, UUID(case_id), text="noted")
