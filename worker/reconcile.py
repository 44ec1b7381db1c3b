"""What was intended and never noted, after a crash or a lost answer: found again, asked about, or shown to a person.

Each feature with effects outside the database has a job `<feature>.reconcile`, which is periodic. It asks the provider
where one can be asked, and otherwise parks the thing as unknown. It never does the thing a second time in silence.
"""

from collections.abc import Sequence
from uuid import UUID

from tenants.context import job_principal
from tenants.work import tenant_work
from worker import registry


def reconcilers() -> Sequence[str]:
    """The names of all jobs that reconcile."""
    return sorted(name for name in registry.jobs() if name.endswith(".reconcile"))


def reconcile_now(agency_id: UUID) -> Sequence[str]:
    """Name every reconciling job of an agency now, whatever the schedule says: after a restore. You get the names."""
    names = reconcilers()
    with tenant_work(job_principal(agency_id)) as work:
        for name in names:
            work.outbox.add(name)
    return names
