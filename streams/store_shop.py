"""What is known of the shop now, in one SQLite file: the newest word on each product, cart, minute and user.

Read by the console while it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from streams.sqlite_file import SqliteFile
from streams.stored import Rejected
from streams.words import Word

SCHEMA = """
CREATE TABLE IF NOT EXISTS popular (
  product TEXT NOT NULL, minute INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (minute, product)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cart (
  cart TEXT PRIMARY KEY, user TEXT NOT NULL, state TEXT NOT NULL, value REAL NOT NULL, items TEXT NOT NULL,
  opened INTEGER NOT NULL, last INTEGER NOT NULL, abandoned INTEGER NOT NULL, recovered INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS cart_abandoned ON cart (abandoned);
CREATE INDEX IF NOT EXISTS cart_user ON cart (user, abandoned);
DROP TABLE IF EXISTS funnel; -- of an earlier version
CREATE TABLE IF NOT EXISTS counted (
  minute INTEGER NOT NULL, partition INTEGER NOT NULL, view INTEGER NOT NULL, search INTEGER NOT NULL,
  add_to_cart INTEGER NOT NULL, remove_from_cart INTEGER NOT NULL, checkout INTEGER NOT NULL,
  corrected INTEGER NOT NULL, repeated INTEGER NOT NULL, PRIMARY KEY (minute, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shopper (
  user TEXT PRIMARY KEY, cart TEXT NOT NULL, products TEXT NOT NULL, seen INTEGER NOT NULL
) WITHOUT ROWID;
"""
INTO = {
    "popular-products": "INSERT OR REPLACE INTO popular VALUES (?, ?, ?)",
    "abandoned-carts": "INSERT OR REPLACE INTO cart VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "cart-funnel": "INSERT OR REPLACE INTO counted VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "recommendations": "INSERT OR REPLACE INTO shopper VALUES (?, ?, ?, ?)",
}
GONE = (
    "DELETE FROM popular WHERE minute < ?",
    "DELETE FROM cart WHERE abandoned < ?",
    "DELETE FROM counted WHERE minute < ?",
    "DELETE FROM shopper WHERE seen < ?",
)


class ShopStore(SqliteFile):
    def __init__(self, path: Path) -> None:
        super().__init__(path, SCHEMA)

    def write(self, words: Sequence[Word]) -> list[Rejected]:
        with self.transaction() as connection:
            for topic, into in INTO.items():
                connection.executemany(into, [word.row for word in words if word.topic == topic])
        return []

    def forget(self, before: str) -> None:
        cutoff = int(datetime.fromisoformat(before).replace(tzinfo=UTC).timestamp() * 1000)
        with self.patient() as connection:
            for gone in GONE:
                connection.execute(gone, (cutoff,))
