"""One process of the worker, as production runs it, for tests that kill it."""

import sys
from uuid import UUID

from recobro.config import load_settings
from recobro.wiring import wire
from tests.support import effects
from worker import main as worker_main
from worker import relay, schedule
from worker.queues import Queue

assert effects


def main() -> None:
    """Do one thing and end: work a queue off, carry once, or tick once for an agency."""
    settings = load_settings()
    assert settings.database_url is not None
    wire(settings, settings.database_url)
    role, *more = sys.argv[1:]
    if role == "worker":
        worker_main.run(Queue(more[0]), burst=True)
    elif role == "relay":
        relay.carry(relay.redis_connection())
    elif role == "cron":
        schedule.tick(UUID(more[0]))


if __name__ == "__main__":
    main()
