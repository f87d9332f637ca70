"""Who writes to a topic, made from a snapshot. Pure.

Kafka remembers them (live.writers). Who may not see a group is told nothing of what works for it, nor of what is named
like it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from live.snapshot import ProducerState

MOST = 200  # rows


@dataclass(frozen=True, slots=True)
class Writer:
    id: int
    transaction: str | None
    group: str | None
    rate: float | None  # records/s
    at: int | None  # when it last wrote here
    transactional: bool  # it has a transactional id, whether or not Kafka told which


@dataclass(frozen=True, slots=True)
class Writers:
    rows: tuple[Writer, ...]  # those that wrote last come first
    more: int  # that are not among the rows


def seen(producers: Iterable[ProducerState], hidden: Collection[str]) -> Iterator[ProducerState]:
    """`hidden`: groups that a person may not see."""
    named_like = tuple(f"{name}-" for name in hidden)
    for producer in producers:
        if producer.group not in hidden and not f"{producer.transaction or ''}-".startswith(named_like):
            yield producer


def writers(producers: Iterable[ProducerState], topic: str, hidden: Collection[str]) -> Writers:
    found = [
        Writer(p.id, p.transaction, p.group, wrote.rate, wrote.at, p.transactional)
        for p in seen(producers, hidden)
        for wrote in p.wrote
        if wrote.topic == topic
    ]
    found.sort(key=lambda w: (-(w.at or 0), w.id))
    return Writers(tuple(found[:MOST]), max(0, len(found) - MOST))
