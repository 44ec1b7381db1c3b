"""The secret of a link in a mail: an HMAC-SHA256 of the row it belongs to, under the installation's own secret.

The database holds no secret and no hash of one, so neither a dump nor an injection can make a link; a mail that was
lost can be written again.
"""

import base64
import hashlib
import hmac
from enum import StrEnum
from uuid import UUID

from kernel.problems import NotFound
from kernel.text import msg


class Purpose(StrEnum):
    """What a link is for; a link for one is worth nothing for the other."""

    INVITATION = "invitation"
    RESET = "reset"


class DeadLink(NotFound):
    """The link is wrong, too old, or was used; the answer is the same."""

    code = "people.dead_link"


def token_of(secret: str, purpose: Purpose, row_id: UUID) -> str:
    """The part of the link that only its reader has."""
    return f"{row_id.hex}.{_mac(secret, purpose, row_id)}"


def row_of(secret: str, purpose: Purpose, token: str) -> UUID:
    """The row that a link belongs to, or DeadLink. The database is not asked before the secret holds."""
    identifier, _, mac = token.partition(".")
    try:
        row_id = UUID(hex=identifier)
    except ValueError as error:
        raise dead_link() from error
    if not hmac.compare_digest(_mac(secret, purpose, row_id).encode(), mac.encode()):
        raise dead_link()
    return row_id


def dead_link() -> DeadLink:
    """The one answer to every link that does not open."""
    return DeadLink(msg("Este enlace ya no sirve: caducó, se usó o está incompleto. Pide otro."))


def _mac(secret: str, purpose: Purpose, row_id: UUID) -> str:
    key = hashlib.sha256(b"recobro/links/1|" + secret.encode()).digest()
    digest = hmac.new(key, f"{purpose.value}|{row_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
