"""How many records a stream program could not use, by the dead-letter topics of the newest snapshot. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from live.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Letters:
    topic: str
    count: int | None  # that the topic still holds; None: Kafka did not say


def dead_letters(snapshot: Snapshot | None, topics: Sequence[str]) -> list[Letters]:
    """Those that are there and not empty. Each record says in its headers what was wrong with it."""
    found = []
    for name in topics:
        topic = snapshot.topics.get(name) if snapshot is not None else None
        if topic is None:
            continue
        held = [p.end - p.start if p.end is not None and p.start is not None else None for p in topic.partitions]
        known = [n for n in held if n is not None]
        count = sum(known) if known else None
        if count != 0:
            found.append(Letters(name, count))
    return found
