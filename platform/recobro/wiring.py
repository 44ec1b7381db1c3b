"""The composition root: what this process reaches of the outside world, chosen once from the settings.

Services ask `outside()`; tests and the demo wire real local servers, production wires the real ones. Adapters are made
when first used, so that a process pays only for what it needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import psycopg

from recobro import logs
from recobro.config import Settings
from recobro.migrations.standing import Found, look
from tenants import database

if TYPE_CHECKING:
    from recobro.adapters.email_smtp import SmtpMail
    from recobro.adapters.files_local import LocalFiles
    from recobro.adapters.pdf import PdfRenderer
    from recobro.adapters.signing import SigningKeys
    from recobro.adapters.stripe_checkout import StripeCheckout


@dataclass(frozen=True)
class Outside:
    """The outside world as this installation is configured."""

    settings: Settings

    @cached_property
    def files(self) -> LocalFiles:
        """Where documents are kept."""
        from recobro.adapters.files_local import LocalFiles

        return LocalFiles(self.settings.files_folder)

    @cached_property
    def mail(self) -> SmtpMail:
        """How emails leave."""
        from recobro.adapters.email_smtp import SmtpMail

        return SmtpMail.from_settings(self.settings)

    @cached_property
    def checkout(self) -> StripeCheckout:
        """How cards are charged."""
        from recobro.adapters.stripe_checkout import StripeCheckout

        return StripeCheckout.from_settings(self.settings)

    @cached_property
    def pdf(self) -> PdfRenderer:
        """How documents become PDF."""
        from recobro.adapters.pdf import PdfRenderer

        return PdfRenderer()

    @cached_property
    def keys(self) -> SigningKeys:
        """With what agencies sign."""
        from recobro.adapters.signing import SigningKeys

        return SigningKeys.from_settings(self.settings)


_outside: Outside | None = None


def wire(settings: Settings, database_url: str) -> Outside:
    """Connect this process: its database and its outside."""
    global _outside
    logs.configure()
    database.connect(database_url, settings.signing_secret())
    _outside = Outside(settings)
    return _outside


def schema_found() -> Found:
    """How far the schema of this process's database has come; asked as nobody, it says nothing of any agency."""
    with database.current().engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        return look(driver)


def outside() -> Outside:
    """The outside world of this process; RuntimeError before `wire`."""
    if _outside is None:
        raise RuntimeError("Nothing is wired: call recobro.wiring.wire first.")
    return _outside
