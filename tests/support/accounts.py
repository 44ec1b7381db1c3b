"""People who can really sign in: an address, a password, perhaps an authenticator."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import update

from kernel.clock import SystemClock
from kernel.ids import new_id
from recobro.people import codes, passwords, service
from tenants import service as tenants
from tenants.roles import Role
from tenants.tables import Person
from tenants.work import door_work
from tests.support.pages import Pages
from tests.support.world import World

PASSWORD = "una frase de prueba"


@dataclass(frozen=True)
class Account:
    """Somebody and what they know."""

    person_id: UUID
    email: str
    membership_id: UUID | None = None
    password: str = PASSWORD
    secret: str = ""

    def code(self, *, steps: int = 0) -> str:
        """What their authenticator shows, so many steps of 30 seconds from now."""
        now = SystemClock().now()
        return codes.code_at(self.secret, now.fromtimestamp(now.timestamp() + 30 * steps, now.tzinfo))


@cache
def _hash() -> str:
    return passwords.hashed(PASSWORD)


def account(
    world: World | None, role: Role = Role.COLLECTOR, *, client_id: UUID | None = None, enrolled: bool = False
) -> Account:
    """A new person with a password, in an agency unless none is given (then a platform's operator)."""
    email = f"{new_id().hex}@personas.example"
    secret = codes.new_secret() if enrolled else ""
    with door_work() as door:
        person_id = service.make_person(
            door, email=email, name="Ana Prueba", password_hash=_hash(), operator=world is None
        )
        door.execute(update(Person).where(Person.id == person_id).values(totp_secret=secret))
    membership_id = None
    if world is not None:
        with world.work() as work:
            membership_id = tenants.add_member(
                work, agency_id=world.agency_id, person_id=person_id, role=role, name="Ana Prueba", email=email,
                client_id=client_id,
            )  # fmt: skip
    return Account(person_id, email, membership_id, secret=secret)


class Visitor(Pages):
    """A browser at an address of its own, so that its guesses are counted apart."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.ip = f"10.{new_id().int % 250}.{new_id().int % 251}.{new_id().int % 253}"
        self.client.environ_base["REMOTE_ADDR"] = self.ip

    def send(self, path: str, data: dict[str, str] | None = None, *, status: int = 303) -> BeautifulSoup:
        """Send a form and stay where its answer is."""
        return self.post(path, data, status=status, follow=False)

    def sign_in(self, account: Account, *, password: str = "") -> None:
        """Give address and password."""
        self.send("/sign-in", {"email": account.email, "password": password or account.password})

    def raw_sign_in(self, email: str, password: str) -> int:
        """The status of one try."""
        data = {"csrf_token": self.csrf(), "email": email, "password": password}
        return self.raw("POST", "/sign-in", data=data).status_code
