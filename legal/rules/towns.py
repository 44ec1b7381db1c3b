"""Towns: by whatever way their name is written, and which have rules of their own."""

import unicodedata
from functools import lru_cache

from legal.rules.packs.loading import all_packs


@lru_cache(maxsize=4096)
def key_of_town(name: str) -> str:
    """A town's name without capitals, accents and signs, so that two ways to write it are the same."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(
        "".join(sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign)).split()
    )


@lru_cache(maxsize=4096)
def locality_of(country: str, region: str | None, town: str | None) -> str | None:
    """The town with rules of its own that a person lives in, or may live in where nobody knows the town."""
    for pack in all_packs().values():
        head = pack.head
        if head.locality is None or (head.country, head.region) != (country, region):
            continue
        if not town or not town.strip() or key_of_town(town) in {key_of_town(name) for name in head.towns}:
            return head.locality
    return None
