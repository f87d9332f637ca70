"""The embedded store: one SQLite file with a full-text index, read by the console while the sink writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from streams.sqlite_file import SqliteFile
from streams.stored import Doc, Rejected

CHUNK = 5_000  # rows that are deleted at a time: a reader waits for no more

SCHEMA = """
CREATE TABLE IF NOT EXISTS line (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, ts INTEGER NOT NULL, service TEXT NOT NULL, level TEXT NOT NULL,
  trace TEXT NOT NULL, message TEXT NOT NULL, body TEXT NOT NULL, corrected INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS line_ts ON line (ts);
CREATE INDEX IF NOT EXISTS line_service ON line (service, ts);
CREATE INDEX IF NOT EXISTS line_trace ON line (trace) WHERE trace != '';
CREATE VIRTUAL TABLE IF NOT EXISTS line_text USING fts5 (
  message, content='line', content_rowid='n', tokenize="unicode61 tokenchars '_'"
);
CREATE TRIGGER IF NOT EXISTS line_added AFTER INSERT ON line BEGIN
  INSERT INTO line_text (rowid, message) VALUES (new.n, new.message);
END;
CREATE TRIGGER IF NOT EXISTS line_gone AFTER DELETE ON line BEGIN
  INSERT INTO line_text (line_text, rowid, message) VALUES ('delete', old.n, old.message);
END;
"""


ADDED = """
INSERT OR IGNORE INTO line (id, ts, service, level, trace, message, body, corrected)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""


class SqliteStore(SqliteFile):
    def __init__(self, path: Path) -> None:
        super().__init__(path, SCHEMA)

    def prepare(self) -> None:
        super().prepare()
        columns = {row[1] for row in self.connection.execute("PRAGMA table_info(line)")}
        if "corrected" not in columns:  # a file of an earlier version
            self.connection.execute("ALTER TABLE line ADD COLUMN corrected INTEGER NOT NULL DEFAULT 0")

    def write(self, docs: Sequence[Doc]) -> list[Rejected]:
        with self.transaction() as connection:
            connection.executemany(ADDED, [_row(doc) for doc in docs])
        return []

    def forget(self, before: str) -> None:
        cutoff = int(datetime.fromisoformat(before).replace(tzinfo=UTC).timestamp() * 1000)
        gone = "DELETE FROM line WHERE n IN (SELECT n FROM line WHERE ts < ? LIMIT ?)"
        with self.patient() as connection:
            while connection.execute(gone, (cutoff, CHUNK)).rowcount == CHUNK:
                pass


def _row(doc: Doc) -> tuple[str, int, str, str, str, str, str, bool]:
    """SQLite takes no lone surrogates; JSON escapes them."""
    body = json.dumps(doc.body)
    texts = [str(doc.body.get(name) or "") for name in ("service", "level", "trace_id", "message")]
    service, level, trace, message = (text.encode("utf-8", "replace").decode() for text in texts)
    return doc.id, doc.ts, service, level, trace, message, body, bool(doc.body.get("clock_corrected"))
