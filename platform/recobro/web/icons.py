"""Icons from the one sprite: by reference on pages, drawn inline where a page or a PDF must stand alone."""

import re
from functools import cache

from markupsafe import Markup, escape

from recobro.web.assets import STATIC, static_url

_SYMBOL = re.compile(r'<symbol id="([^"]+)" viewBox="0 0 24 24">(.*?)</symbol>')


@cache
def drawings() -> dict[str, str]:
    """Every icon of the sprite: its name and its paths."""
    return dict(_SYMBOL.findall((STATIC / "icons.svg").read_text(encoding="utf-8")))


def icon(name: str, size: int = 18, label: str = "", inline: bool = False, kind: str = "") -> Markup:
    """An icon in the colour of its text. Without `label` it is decoration, hidden from a screen reader.

    A name that is not in the sprite is refused: add it to frontend/icons.txt.
    """
    drawing = drawings().get(name)
    if drawing is None:
        raise LookupError(f"No icon {name!r}: add it to frontend/icons.txt and run python -m recobro.web.vendor")
    spoken = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    inside = drawing if inline else f'<use href="{static_url("icons.svg")}#{name}"/>'
    return Markup(  # noqa: S704  (our own sprite; the label is escaped)
        f'<svg class="ico{" " + escape(kind) if kind else ""}" width="{size:d}" height="{size:d}" viewBox="0 0 24 24" '
        f'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" '
        f"{spoken}>{inside}</svg>"
    )
