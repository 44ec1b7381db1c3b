"""Fuzz every reader for some seconds in all, each time in another way: `python -m tests.fuzz SECONDS [READER]`."""

import logging
import sys
import traceback
from pathlib import Path
from tempfile import gettempdir
from time import time_ns

from tests.fuzz.engine import fuzz
from tests.fuzz.readers import READERS


def main(seconds: float, names: list[str]) -> int:
    """Say what came of each reader; 1 when one of them could not bear an input, which is kept in a file."""
    # What a library of PDF complains of is not what is looked for.
    logging.disable()
    failed = 0
    for name in names:
        reader, seed = READERS[name], time_ns() % 1_000_000
        found = fuzz(reader.run, reader.seeds, seconds=seconds / len(names), watched="recobro/intake",
                     words=reader.words, seed=seed)  # fmt: skip
        print(f"{name}: {found.tried} inputs, {found.kept} that reached new code, seed {seed}", flush=True)
        if found.crash is not None:
            failed = 1
            kept = Path(gettempdir()) / f"recobro-fuzz-{name}-{seed}"
            kept.write_bytes(found.crash.data)
            traceback.print_exception(found.crash.error)
            print(f"{name}: the input is in {kept}")
    return failed


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1]), sys.argv[2:] or list(READERS)))
