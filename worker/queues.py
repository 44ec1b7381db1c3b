"""The queues. Each worker process serves exactly one: RQ's pop from several is not atomic and can lose a job."""

from enum import StrEnum


class Queue(StrEnum):
    """What kind of work waits where, so that a big import never delays a payment."""

    NOTICES = "notices"
    DOCUMENTS = "documents"
    INTAKE = "intake"
    MONEY = "money"
