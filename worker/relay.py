"""Carries outbox rows to the queues: claims what is due, fairly among agencies, and rings RQ.

PostgreSQL is the truth. A row is marked as rung before the bell is struck; one that was rung and is not done after a
while is rung again, so a lost queue costs a minute and nothing else. While the queue's server is away, rows wait.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from redis import Redis, RedisError
from rq import Queue as RqQueue
from rq.exceptions import NoSuchJobError
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.queue import EnqueueData
from rq.serializers import JSONSerializer
from sqlalchemy import text, update

from kernel.clock import SystemClock
from recobro.faults import reach
from recobro.wiring import outside
from tenants.outbox import OutboxRow
from tenants.work import system_work
from worker import registry
from worker.loop import repeat
from worker.once import LEASE_MARGIN_S
from worker.queues import Queue

BATCH = 200
IN_FLIGHT = 100
"""How many of an agency's rows may be in the queues at once: a big agency waits for itself, not others for it."""
RING_AGAIN_S = 60
_POLL_S = 0.25
_LONGEST_REST_S = 5.0


@dataclass(frozen=True)
class Bell:
    """One outbox row to ring; `again` when it was rung before and is not done."""

    agency_id: UUID
    outbox_id: UUID
    name: str
    again: bool


def redis_connection() -> "Redis":
    """The queue's server of this installation, as the settings name it."""
    url = outside().settings.redis_url
    if not url:
        raise RuntimeError("REDIS_URL is not known: run inside recobro.cli.ready.connected.")
    return Redis.from_url(url, socket_connect_timeout=5, socket_keepalive=True)


def rq_queue(queue: Queue, connection: "Redis") -> RqQueue:
    """The RQ queue of that name; what travels is JSON."""
    return RqQueue(queue.value, connection=connection, serializer=JSONSerializer)


def run() -> None:
    """Carry until SIGINT or SIGTERM. A queue or a database that is away only makes it rest a little."""
    connection = redis_connection()
    repeat("relay", lambda: 0.0 if carry(connection) >= BATCH else _POLL_S, longest_rest_s=_LONGEST_REST_S)


def carry(connection: "Redis", *, ring_again_s: int = RING_AGAIN_S) -> int:
    """Ring what is due once; how many rows were rung. RedisError when the queue's server is away."""
    connection.ping()
    found = _claim(ring_again_s)
    reach("relay.claimed")
    try:
        _ring(connection, found)
    except RedisError:
        _put_back(found)
        raise
    reach("relay.rung")
    return len(found)


# One turn of each agency before the second of any: `turn` counts what is already in the queues too.
_CLAIM = text("""
WITH busy AS (
  SELECT agency_id, count(*) AS n FROM outbox WHERE state = 'rung' GROUP BY agency_id
), due AS (
  SELECT a.agency_id, o.id, coalesce(b.n, 0) + row_number() OVER (PARTITION BY a.agency_id ORDER BY o.rank) AS turn
  FROM agencies a
  LEFT JOIN busy b USING (agency_id)
  CROSS JOIN LATERAL (
    SELECT id, row_number() OVER (ORDER BY available_at, id) AS rank
    FROM outbox w
    WHERE w.agency_id = a.agency_id AND w.state = 'waiting' AND w.available_at <= :now
    ORDER BY w.available_at, w.id
    LIMIT :in_flight
  ) o
), chosen AS (
  SELECT r.agency_id, r.id
  FROM outbox r JOIN due d ON d.agency_id = r.agency_id AND d.id = r.id
  WHERE d.turn <= :in_flight AND r.state = 'waiting'
  ORDER BY d.turn, r.id
  LIMIT :batch
  FOR UPDATE OF r SKIP LOCKED
), again AS (
  SELECT agency_id, id FROM outbox
  WHERE state = 'rung' AND rung_at < :rung_before AND available_at <= :now
  ORDER BY rung_at
  LIMIT :batch
  FOR UPDATE SKIP LOCKED
)
UPDATE outbox o SET state = 'rung', rung_at = :now
FROM (SELECT * FROM chosen UNION ALL SELECT * FROM again) c
WHERE o.agency_id = c.agency_id AND o.id = c.id
RETURNING o.agency_id, o.id, o.name, old.state = 'rung'
""")


def _claim(ring_again_s: int) -> Sequence[Bell]:
    now = SystemClock().now()
    with system_work(reason="relay") as work:
        rows = work.session.execute(
            _CLAIM,
            {
                "now": now,
                "rung_before": now - timedelta(seconds=ring_again_s),
                "in_flight": IN_FLIGHT,
                "batch": BATCH,
            },
        )
        return [Bell(*row) for row in rows]


def _ring(connection: "Redis", bells: Sequence[Bell]) -> None:
    by_queue: Mapping[Queue, list[Bell]] = defaultdict(list)
    for bell in bells:
        by_queue[_queue_of(bell.name)].append(bell)
    for name, waiting in by_queue.items():
        queue = rq_queue(name, connection)
        fresh = [bell for bell in waiting if not (bell.again and _still_there(queue, bell))]
        queue.enqueue_many([_call(bell) for bell in fresh])


def _queue_of(name: str) -> Queue:
    """A name nobody knows goes to some queue all the same: its run notes why it failed, where a person sees it."""
    known = registry.jobs().get(name)
    return known.queue if known else Queue.DOCUMENTS


def _call(bell: Bell) -> EnqueueData:
    known = registry.jobs().get(bell.name)
    return RqQueue.prepare_data(
        "worker.once.ring",
        args=(str(bell.agency_id), str(bell.outbox_id)),
        job_id=str(bell.outbox_id),
        timeout=(known.timeout_s if known else LEASE_MARGIN_S),
        result_ttl=0,
        failure_ttl=3600,
        description=bell.name,
    )


def _still_there(queue: RqQueue, bell: Bell) -> bool:
    """Whether the row's last bell still waits in the queue; what is left of a bell that went wrong is removed."""
    try:
        job = RqJob.fetch(str(bell.outbox_id), connection=queue.connection, serializer=JSONSerializer)
    except NoSuchJobError:
        return False
    if job.get_status(refresh=False) is JobStatus.QUEUED and queue.get_job_position(job.id) is not None:
        return True
    job.delete()
    return False


def _put_back(bells: Sequence[Bell]) -> None:
    if not bells:
        return
    with system_work(reason="relay") as work:
        work.session.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_([bell.outbox_id for bell in bells]), OutboxRow.state == "rung")
            .values(state="waiting", rung_at=None)
        )
