"""What the program asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tenants import database


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements sent inside."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    engine = database.current().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
