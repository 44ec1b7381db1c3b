"""A worker process: one RQ worker on one queue, running jobs in itself.

It does not fork a process per job: five times as many jobs a second, and a killed worker leaves no orphan that goes on
working. A job that hangs ends the whole process (`once`), which its supervisor starts again; so does age, for memory.
"""

import os
import socket

from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from kernel.garbage import settle
from worker import registry
from worker.queues import Queue
from worker.relay import redis_connection, rq_queue

# A worker blocked on an empty queue looks after abandoned jobs only between two waits: ttl - 15 seconds each.
WORKER_TTL_S = 30
MAINTENANCE_S = 30
JOBS_PER_PROCESS = 5000


class Worker(SimpleWorker):
    """An RQ worker that does not stay away for a minute when the queue's server comes back."""

    max_connection_wait_time = 5.0


def run(queue: Queue, *, burst: bool = False) -> None:
    """Do the jobs of one queue until SIGTERM (the running job is finished), or until it is empty with `burst`.

    RuntimeError when the registry of jobs is not whole.
    """
    registry.check()
    settle()
    make_worker(queue, redis_connection()).work(burst=burst, max_jobs=JOBS_PER_PROCESS, logging_level="WARNING")


def make_worker(queue: Queue, connection: "Redis") -> Worker:
    """The RQ worker of this process for a queue."""
    return Worker(
        [rq_queue(queue, connection)],
        name=f"{queue.value}-{socket.gethostname()}-{os.getpid()}",
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_S,
        maintenance_interval=MAINTENANCE_S,
        log_job_description=False,
    )
