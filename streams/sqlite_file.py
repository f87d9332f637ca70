"""One SQLite file that is read by the console while it is written here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.stored import Busy


class SqliteFile:
    def __init__(self, path: Path, schema: str) -> None:
        self.path, self.schema = path, schema

    def prepare(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        self.connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + self.schema)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Raises Busy: locked, or the disk is full."""
        with self.patient():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")

    @contextmanager
    def patient(self) -> Iterator[sqlite3.Connection]:
        """What SQLite can't do now is Busy."""
        try:
            yield self.connection
        except sqlite3.OperationalError as error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise Busy(f"SQLite: {error}") from error
