"""The search for garbage, in processes that make many short-lived objects and few circles of them."""

import gc


def settle() -> None:
    """Leave what a process loaded at its start out of the search, and search less often.

    Looking at packs, mappings and modules again and again took a third of the time of a run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
