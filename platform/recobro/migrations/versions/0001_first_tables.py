"""The tables of the first release, as they stand in the file beside this one."""

from pathlib import Path

from recobro.migrations.steps import run_script

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them in an empty database."""
    run_script(Path(__file__).with_suffix(".sql"))
