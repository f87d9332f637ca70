"""What one user did: the newest records of `user-events` with that key, read from the topic itself, where the key's
hash puts them.
"""

from __future__ import annotations

from dataclasses import dataclass

from clusters.models import Cluster
from live import reader_link
from reader.query import Query, Start
from reader.replies import Done, Reply, Rows
from reader.requests import Browse

SOURCE = "user-events"
FIELDS = ("value.action", "value.product", "value.price")
READ = 25


@dataclass(frozen=True, slots=True)
class Doing:
    at: int | None  # ms: when its record was written
    action: str  # this and the next: "" where the record has none
    product: str
    price: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Doings:
    newest: list[Doing]  # first
    more: bool  # there may be older ones
    partial: int | None  # records after which reading ended before all was read; None: it did not
    notes: tuple[str, ...]  # sentences: which partitions were read, and why these


def doings(cluster: Cluster, user: str) -> Doings:
    """Raises KafkaFault, live.reader_link.ReadFailed."""
    config = cluster.config()
    query = Query(config.fingerprint, SOURCE, committed=True, columns=FIELDS)
    asked = Browse(0, query, Start("newest"), READ, preview=1, key=user.encode())
    return told(reader_link.call(config, asked))


def told(replies: list[Reply]) -> Doings:
    """Pure."""
    rows = [row for reply in replies if isinstance(reply, Rows) for row in reply.rows]
    done = next(reply for reply in replies if isinstance(reply, Done))
    newest = []
    for row in rows:
        action, product, price = (shown.text for shown in row.columns)
        newest.append(Doing(row.timestamp, action, product, price, row.partition, row.offset))
    return Doings(newest, len(rows) == READ, None if done.complete else done.scanned, done.notes)
