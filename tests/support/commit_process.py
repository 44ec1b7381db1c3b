"""A process that commits one placement, so that it can be killed:

python -m tests.support.commit_process DATABASE_URL FOLDER AGENCY PLACEMENT [LINES_OF_A_PART]
"""

import sys
from pathlib import Path
from uuid import UUID

from recobro.config import Settings
from recobro.intake import committing
from recobro.intake.staged import staging
from recobro.wiring import wire
from tenants import database
from tenants.context import job_principal
from tenants.work import tenant_work
from tests.support.database import SECRET


def main(url: str, folder: str, agency: str, placement: str, lines: str = "") -> None:
    """Commit it, or go on with it."""
    if lines:
        staging.PART_LINES = int(lines)
    database.connect(url, SECRET)
    wire(Settings(data=Path(folder), secret=SECRET, files=Path(folder)), url)
    principal = job_principal(UUID(agency))
    committing.commit(lambda: tenant_work(principal), UUID(placement))


if __name__ == "__main__":
    main(*sys.argv[1:])
