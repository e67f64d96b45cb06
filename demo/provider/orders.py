"""The simulator's books, in a SQLite file of its own: orders, what happened to them, and messages that wait to be sent."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FIRST_NUMBER = 990_076_204
_TABLES = """
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, piastres INTEGER NOT NULL, paid INTEGER,
    refunded INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL, expires INTEGER NOT NULL, paid_at INTEGER);
CREATE TABLE IF NOT EXISTS movements (
    id INTEGER PRIMARY KEY, number INTEGER NOT NULL, kind TEXT NOT NULL, piastres INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, body TEXT NOT NULL, due INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS faults (path TEXT PRIMARY KEY, fault TEXT NOT NULL, times INTEGER NOT NULL);
"""


class Refused(Exception):  # noqa: N818 - an answer of the protocol, no error of ours
    """What the provider says no to: FawryPay's code and its words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class Orders:
    """The books. Every method is one transaction: killed at any moment, it happened or it did not."""

    def __init__(self, path: Path) -> None:
        """Open or make the file."""
        self._path, self._lock = path, threading.Lock()
        self.enqueued = threading.Event()  # there is a new message; whoever sends them clears it
        with self._writing() as books:
            books.executescript(_TABLES)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            books = sqlite3.connect(self._path, timeout=10)
            books.row_factory = sqlite3.Row
            books.execute("PRAGMA synchronous = OFF")  # a process may die, and the machine that tries it out will not
            try:
                with books:
                    yield books
            finally:
                books.close()

    def charge(self, reference: str, piastres: int, expires: int) -> int:
        """Make an order and return its number; a reference is taken once."""
        with self._writing() as books:
            if books.execute("SELECT 1 FROM orders WHERE reference = ?", (reference,)).fetchone():
                raise Refused(9901, "Duplicate merchantRefNum")
            last = books.execute("SELECT max(number) FROM orders").fetchone()[0] or FIRST_NUMBER
            new = last + 1, reference, piastres, "NEW", expires
            books.execute("INSERT INTO orders (number, reference, piastres, status, expires) VALUES (?, ?, ?, ?, ?)", new)
            return int(last) + 1

    def find(self, key: str) -> dict[str, Any]:
        """Return an order by its number or the merchant's reference."""
        with self._writing() as books:
            return dict(self._row(books, key))

    def all(self) -> list[dict[str, Any]]:
        """Return every order, newest first."""
        with self._writing() as books:
            return [dict(row) for row in books.execute("SELECT * FROM orders ORDER BY number DESC LIMIT 200")]

    def pay(self, key: str, piastres: int | None, at: int, *, late: bool = False) -> dict[str, Any]:
        """Pay an order that is not over (`late`: although it is), with another amount if one is given."""
        with self._writing() as books:
            row = self._row(books, key)
            over = row["status"] != "NEW" or at > row["expires"]
            if over and not (late and row["paid"] is None):
                raise Refused(9954, "Not payable")
            paid = row["piastres"] if piastres is None else piastres
            change = "UPDATE orders SET status = 'PAID', paid = ?, paid_at = ? WHERE number = ?"
            books.execute(change, (paid, at, row["number"]))
            self._moved(books, row["number"], "PAYMENT", paid, at)
            return dict(self._row(books, key))

    def end(self, key: str, status: str) -> dict[str, Any]:
        """Cancel or expire an order that nobody paid."""
        with self._writing() as books:
            row = self._row(books, key)
            if row["status"] != "NEW":
                raise Refused(400, "Order already paid or cancelled")
            books.execute("UPDATE orders SET status = ? WHERE number = ?", (status, row["number"]))
            return dict(self._row(books, key))

    def refund(self, key: str, piastres: int, at: int) -> dict[str, Any]:
        """Give back so much of a paid order."""
        with self._writing() as books:
            row = self._row(books, key)
            if row["paid"] is None:
                raise Refused(9954, "Order not paid")
            refunded = row["refunded"] + piastres
            if piastres <= 0 or refunded > row["paid"]:
                raise Refused(9935, "Refund amount exceeded")
            status = "REFUNDED" if refunded == row["paid"] else "PARTIAL_REFUNDED"
            books.execute("UPDATE orders SET refunded = ?, status = ? WHERE number = ?", (refunded, status, row["number"]))
            self._moved(books, row["number"], "REFUND", piastres, at)
            return dict(self._row(books, key))

    def movements(self, start: int, end: int) -> list[dict[str, Any]]:
        """Return what moved from `start` up to `end` (seconds since 1970 UTC), with the merchant's references."""
        query = "SELECT m.*, o.reference FROM movements m JOIN orders o USING (number) WHERE m.at >= ? AND m.at < ? ORDER BY m.id"
        with self._writing() as books:
            return [dict(row) for row in books.execute(query, (start, end))]

    def enqueue(self, body: Mapping[str, object], due: int) -> None:
        """Keep a message to be sent."""
        with self._writing() as books:
            books.execute("INSERT INTO messages (body, due) VALUES (?, ?)", (json.dumps(body), due))
        self.enqueued.set()

    def soonest(self) -> int | None:
        """Return when the next message is due, None if none waits."""
        with self._writing() as books:
            found: int | None = books.execute("SELECT min(due) FROM messages").fetchone()[0]
            return found

    def due(self, now: int) -> list[tuple[int, str, int]]:
        """Return the messages to send now, oldest first, and how often each was tried."""
        with self._writing() as books:
            rows = books.execute("SELECT id, body, attempts FROM messages WHERE due <= ? ORDER BY id LIMIT 50", (now,))
            return [(row["id"], row["body"], row["attempts"]) for row in rows]

    def sent(self, message: int, *, again: int | None) -> None:
        """Forget a message that was answered, or try it `again` at that time."""
        with self._writing() as books:
            if again is None:
                books.execute("DELETE FROM messages WHERE id = ?", (message,))
            else:
                books.execute("UPDATE messages SET due = ?, attempts = attempts + 1 WHERE id = ?", (again, message))

    def unsent(self) -> int:
        """Return how many messages wait."""
        with self._writing() as books:
            return int(books.execute("SELECT count(*) FROM messages").fetchone()[0])

    def set_fault(self, path: str, fault: str, times: int) -> None:
        """Let the next calls of `path` go wrong."""
        with self._writing() as books:
            books.execute("INSERT OR REPLACE INTO faults VALUES (?, ?, ?)", (path, fault, times))

    def fault(self, path: str) -> str:
        """Return how this call of `path` goes wrong, if it does."""
        with self._writing() as books:
            row = books.execute("SELECT fault FROM faults WHERE path = ? AND times > 0", (path,)).fetchone()
            books.execute("UPDATE faults SET times = times - 1 WHERE path = ? AND times > 0", (path,))
            return row["fault"] if row else ""

    @staticmethod
    def _row(books: sqlite3.Connection, key: str) -> sqlite3.Row:
        query = "SELECT * FROM orders WHERE reference = ? OR CAST(number AS TEXT) = ?"
        row: sqlite3.Row | None = books.execute(query, (key, key)).fetchone()
        if row is None:
            raise Refused(9938, "Order not found")
        return row

    @staticmethod
    def _moved(books: sqlite3.Connection, order: int, kind: str, piastres: int, at: int) -> None:
        books.execute("INSERT INTO movements (number, kind, piastres, at) VALUES (?, ?, ?, ?)", (order, kind, piastres, at))
