"""Where the stream programs put what they cannot use, and how much of it there is by the newest snapshot. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from live.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class DeadTopic:
    """`code`, `sentence`: where a record has what was wrong, as paths of expressions. Alike has the same code."""

    name: str
    code: str
    sentence: str


def told(name: str) -> DeadTopic:
    """Of a program that writes a record of its own about each."""
    return DeadTopic(name, "value.code", "value.reason")


def kept(name: str) -> DeadTopic:
    """Of a program that puts the record there as it came, with headers."""
    return DeadTopic(name, 'headers["highwater.error.code"]', 'headers["highwater.error"]')


@dataclass(frozen=True, slots=True)
class Letters:
    topic: str
    most: int | None  # that the topic still holds: marks of transactions have offsets too; None: Kafka did not say


def letters(snapshot: Snapshot | None, topics: Sequence[DeadTopic]) -> list[Letters]:
    """Those that are there and not empty."""
    found = []
    for dead in topics:
        topic = snapshot.topics.get(dead.name) if snapshot is not None else None
        if topic is None:
            continue
        held = [p.end - p.start if p.end is not None and p.start is not None else None for p in topic.partitions]
        known = [n for n in held if n is not None]
        most = sum(known) if known else None
        if most != 0:
            found.append(Letters(dead.name, most))
    return found
