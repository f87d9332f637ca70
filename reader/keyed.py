"""Which partitions have to be read for the records of one key, and why these.

The hash of a key names its partition only as long as the topic has as many as it had, and its producers keep to one of
the usual partitioners: the first records of all partitions are asked whether they lie where their own hashes put them.
"""

from __future__ import annotations

from confluent_kafka import Consumer, Message

from reader.hashing import places
from reader.rows import partition_of
from reader.scan import Budget, Span, scan

SAMPLE = 20  # the oldest records of each partition


def lookup(
    consumer: Consumer, topic: str, key: bytes, bounds: dict[int, Span], count: int, budget: Budget
) -> tuple[tuple[int, ...], str]:
    """The partitions to read of those that can be, and a sentence about them. Raises KafkaFault."""
    where = places(key, count)
    strangers: set[int] = set()

    def take(message: Message) -> bool:
        found = message.key()
        if found and partition_of(message) not in places(found, count):
            strangers.add(partition_of(message))
        return True

    scan(consumer, topic, {p: (low, min(high, low + SAMPLE)) for p, (low, high) in bounds.items()}, take, budget)
    if strangers:
        return tuple(bounds), (
            f"All {len(bounds)} partitions were read: keys of partition {min(strangers)} do not lie where their hashes"
            " put them, so partitions were added or a producer chooses them by itself."
        )
    read = tuple(p for p in sorted(where) if p in bounds)
    return read, f"Read {said(where)}, where the key's hash puts it."


def elsewhere(key: bytes, count: int, bounds: dict[int, Span]) -> str:
    return (
        f"No record with this key in {said(places(key, count))}, where its hash puts it: all {len(bounds)} were read."
    )


def said(where: dict[int, tuple[str, ...]]) -> str:
    parts = [f"partition {p} ({' and '.join(names)})" for p, names in sorted(where.items())]
    return " and ".join(parts)
