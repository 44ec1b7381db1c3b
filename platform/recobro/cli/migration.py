"""For those who change a table: `make migration NAME=add_x` writes the next step of the schema and reads it over.

Not a command of the product: it looks at the declared tables, in a PostgreSQL of its own that is gone afterwards.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from recobro.engines.postgres import Postgres
from recobro.migrations.bootstrap import transaction
from recobro.migrations.picture import differences
from recobro.migrations.propose import declared, made, propose
from recobro.migrations.standing import STEPS


def main() -> None:
    """Write it and say what it does not reach; exit code 1 then."""
    if len(sys.argv) != 2:
        sys.exit("Which name? make migration NAME=add_reference")
    folder = Path(tempfile.mkdtemp(prefix="recobro-migration-"))
    folder.chmod(0o711)
    server = Postgres(folder / "data", fast_for_tests=True)
    server.start()
    try:
        with transaction(server.admin_url, "postgres") as connection:
            path = propose(connection, sys.argv[1], STEPS)
            left = differences(declared(connection), made(connection, STEPS)) if path else []
    except ValueError as error:
        sys.exit(str(error))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if path is None:
        print("The steps make the declared tables already.")
        return
    print(f"Written: {path}. Read it: a renamed column or a column without a value for old rows is yours to say.")
    if left:
        sys.exit("Not reached: " + ", ".join(f"{part.table}: {part.kind} {part.name}" for part in left))


if __name__ == "__main__":
    main()
