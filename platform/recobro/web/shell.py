"""What surrounds a page: menu, person, agency, theme. Plain data that the layouts draw; no decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MenuItem:
    """One entry of the rail. `keys` is a shortcut such as `g q`; `count` is only for what waits for the person."""

    label: str
    url: str
    icon: str
    count: int | None = None
    current: bool = False
    keys: str = ""


@dataclass(frozen=True)
class MenuSection:
    """A titled group of entries."""

    label: str
    items: Sequence[MenuItem]


@dataclass(frozen=True)
class ShellUser:
    """The person at the screen."""

    name: str
    email: str = ""
    role: str = ""


@dataclass(frozen=True)
class ShellAgency:
    """Whose house it is. `client` is set in a client's portal; `color` is the client's own, already made readable."""

    name: str
    client: str = ""
    logo_url: str = ""


@dataclass(frozen=True)
class Flash:
    """A message after an action. Kinds: ok, info, warn, neg. `undo_url` is a POST that takes it back."""

    text: str
    kind: str = "ok"
    undo_url: str = ""


@dataclass(frozen=True)
class Shell:
    """All that a layout needs besides the page. An address left empty hides its control."""

    locale: str = "es_MX"
    theme: str = "auto"
    menu: Sequence[MenuSection] = ()
    user: ShellUser | None = None
    agency: ShellAgency | None = None
    home_url: str = "/"
    here: str = "/"
    search_url: str = ""
    search_hint: str = ""
    bell_url: str = ""
    bell_count: int = 0
    theme_url: str = "/theme"
    locale_url: str = ""
    profile_url: str = ""
    sign_out_url: str = ""
    help_url: str = ""
    flashes: Sequence[Flash] = ()
    locales: Sequence[tuple[str, str]] = field(
        default=(
            ("es_MX", "Español (México)"),
            ("es_CO", "Español (Colombia)"),
            ("es_ES", "Español (España)"),
            ("en", "English"),
        )
    )
    brand: str = "Recobro"

    @property
    def lang(self) -> str:
        """The value of the page's `lang` attribute."""
        return self.locale.replace("_", "-")
