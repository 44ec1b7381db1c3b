"""Writes the tables as they are declared into step 0001; for as long as nothing is released.

`python -m recobro.migrations.freeze`. Refused from step 0002 on: then `make migration` writes the difference.
"""

import sys

from recobro.migrations.schema import as_script, tables
from recobro.migrations.standing import STEPS, numbered


def main() -> None:
    """Write it, or say why not."""
    first, *later = numbered(STEPS).values()
    if later:
        sys.exit("There are later steps: use `make migration NAME=...`.")
    head = "-- Written by `python -m recobro.migrations.freeze`; from the first release on it stays as it is.\n\n"
    first.with_suffix(".sql").write_text(head + as_script(tables()), encoding="utf-8")


if __name__ == "__main__":
    main()
