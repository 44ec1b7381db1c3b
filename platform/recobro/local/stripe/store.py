"""The server's memory: objects, idempotency keys, deliveries and what is due later, in one SQLite file or in memory."""

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Object = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (number INTEGER PRIMARY KEY, id TEXT UNIQUE, kind TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, number);
CREATE TABLE IF NOT EXISTS calls (key TEXT PRIMARY KEY, fingerprint TEXT, status INTEGER, body TEXT, request_id TEXT);
CREATE TABLE IF NOT EXISTS deliveries
  (number INTEGER PRIMARY KEY, event TEXT, due REAL, attempt INTEGER, state TEXT, answer TEXT);
CREATE TABLE IF NOT EXISTS later (number INTEGER PRIMARY KEY, due REAL, action TEXT, object TEXT);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT);
"""
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Delivery:
    """One attempt that is due, or was made, to tell the webhook's owner of an event."""

    number: int
    event: str
    due: float
    attempt: int
    state: str
    answer: str


class Store:
    """Everything behind one lock; `transaction` keeps what was done inside it, or nothing."""

    def __init__(self, file: Path | None = None, *, seed: str = "") -> None:
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(file or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_TABLES)
        # A call that was running when the process died never answered: its key is free again.
        self._db.execute("DELETE FROM calls WHERE status IS NULL")
        if not self.setting("seed"):
            self.set("seed", seed or secrets.token_hex(8))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; inside another one it is a part of that one."""
        with self._lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self._db.execute("BEGIN IMMEDIATE")
                yield
            except BaseException:
                if self._depth == 1:
                    self._db.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._db.execute("COMMIT")
            finally:
                self._depth -= 1

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def new_id(self, prefix: str, length: int = 24) -> str:
        """A fresh identifier; the same seed and the same calls give the same identifiers."""
        with self.transaction():
            count = int(self.setting("ids") or 0) + 1
            self.set("ids", str(count))
        number = int.from_bytes(hashlib.sha512(f"{self.setting('seed')}:{prefix}:{count}".encode()).digest(), "big")
        letters = []
        for _ in range(length):
            number, digit = divmod(number, 62)
            letters.append(_DIGITS[digit])
        return prefix + "".join(letters)

    def get(self, id: str, kind: str = "") -> Object | None:
        """An object by its id, of that kind when one is named."""
        row = self._one("SELECT body, kind FROM objects WHERE id = ?", id)
        return json.loads(row[0]) if row and kind in ("", row[1]) else None

    def put(self, thing: Object) -> Object:
        """Keep an object as it is now."""
        self._all(
            "INSERT INTO objects (id, kind, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            thing["id"], thing["object"], json.dumps(thing),
        )  # fmt: skip
        return thing

    def every(self, kind: str) -> list[Object]:
        """All objects of a kind, the newest first."""
        rows = self._all("SELECT body FROM objects WHERE kind = ? ORDER BY number DESC", kind)
        return [json.loads(row[0]) for row in rows]

    def begin_call(self, key: str, fingerprint: str) -> tuple[str, int | None, str, str] | None:
        """Take an idempotency key; None when it is ours now, else what is known of the call that has it."""
        with self.transaction():
            row = self._one("SELECT fingerprint, status, body, request_id FROM calls WHERE key = ?", key)
            if row is None:
                self._all("INSERT INTO calls (key, fingerprint) VALUES (?, ?)", key, fingerprint)
            return row

    def end_call(self, key: str, status: int, body: str, request_id: str) -> None:
        """Keep a call's answer under its key."""
        self._all("UPDATE calls SET status = ?, body = ?, request_id = ? WHERE key = ?", status, body, request_id, key)

    def forget_call(self, key: str) -> None:
        """Free a key: its call never began to work."""
        self._all("DELETE FROM calls WHERE key = ?", key)

    def add_delivery(self, event: str, due: float, attempt: int = 1) -> int:
        """An attempt to make at `due` (Unix time)."""
        rows = self._all(
            "INSERT INTO deliveries (event, due, attempt, state, answer) VALUES (?, ?, ?, 'due', '') RETURNING number",
            event, due, attempt,
        )  # fmt: skip
        return int(rows[0][0])

    def end_delivery(self, number: int, state: str, answer: str) -> None:
        """What came of an attempt: delivered or failed, and the answer."""
        self._all("UPDATE deliveries SET state = ?, answer = ? WHERE number = ?", state, answer, number)

    def deliveries(self, event: str = "", state: str = "") -> list[Delivery]:
        """Attempts in the order in which they are due."""
        rows = self._all(
            "SELECT number, event, due, attempt, state, answer FROM deliveries"
            " WHERE ?1 IN ('', event) AND ?2 IN ('', state) ORDER BY due, number", event, state,
        )  # fmt: skip
        return [Delivery(*row) for row in rows]

    def hasten(self, now: float) -> None:
        """Make every waiting attempt due: the clock was moved and their times mean nothing any more."""
        self._all("UPDATE deliveries SET due = ? WHERE state = 'due' AND due > ?", now, now)

    def add_later(self, due: float, action: str, thing: str) -> None:
        """Something that happens to an object by itself at `due`."""
        self._all("INSERT INTO later (due, action, object) VALUES (?, ?, ?)", due, action, thing)

    def take_due(self, now: float) -> list[tuple[str, str]]:
        """What is due: actions and object ids, each given out once."""
        rows = self._all("DELETE FROM later WHERE due <= ? RETURNING number, action, object", now)
        return [(action, thing) for _, action, thing in sorted(rows)]

    def setting(self, name: str) -> str:
        """A setting; empty when there is none."""
        row = self._one("SELECT value FROM settings WHERE name = ?", name)
        return str(row[0]) if row else ""

    def set(self, name: str, value: str) -> None:
        """Keep a setting."""
        self._all("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, value)

    def _all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def _one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        rows = self._all(sql, *values)
        return rows[0] if rows else None
