"""Points at which a test may kill the process, as a machine may at any time.

Nothing happens unless the environment variable FAULTS names the point: `FAULTS=notices.sending` kills there, with
SIGKILL, so that no handler and no finally can tidy up.
"""

import os
import signal


def reach(point: str) -> None:
    """Go past a named point; a test may have chosen it for the process to die."""
    if os.environ.get("FAULTS") == point:
        os.kill(os.getpid(), signal.SIGKILL)
