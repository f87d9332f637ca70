"""Where each group stood on each partition when it last committed, as far as the follower has seen it. Pure.

So it notices who goes back, and when somebody was last alive. Bounded: of more than LIMIT partitions the ones heard of
first are forgotten, and what is not known is no rewind.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway import offsets_log
from gateway.messages.primitives import INT32, string

LIMIT = 120_000  # partitions of groups; about 45 MB


class Position(NamedTuple):
    place: tuple[str, str, int]  # group, topic, partition
    offset: int | None  # None: it went away
    at: int | None  # ms, the coordinator's clock


class Positions:
    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._known: dict[bytes, Position] = {}
        self._names: dict[str, str] = {}  # each name once, however many partitions it has

    def move(self, key: bytes, value: bytes | None) -> tuple[Position, int | None] | None:
        """Where the group stands now, and where it stood before; None for a commit that cannot be read."""
        known = self._known.get(key)
        place = known.place if known is not None else self._place(key)
        position = (None, None) if value is None else offsets_log.position(value)
        if place is None or position is None:
            return None
        moved = Position(place, *position)
        if value is None:
            self._known.pop(key, None)
        else:
            self._known[key] = moved
            if len(self._known) > self._limit:
                del self._known[next(iter(self._known))]
        return moved, known.offset if known is not None else None

    def last_commit(self, group: str, topic: str, partition: int) -> int | None:
        known = self._known.get(key_of(group, topic, partition))
        return known.at if known is not None else None

    def _place(self, key: bytes) -> tuple[str, str, int] | None:
        place = offsets_log.place(key)
        if place is None:
            return None
        group, topic, partition = place
        if len(self._names) > self._limit:
            self._names.clear()
        return self._names.setdefault(group, group), self._names.setdefault(topic, topic), partition


def key_of(group: str, topic: str, partition: int) -> bytes:
    """The key under which Kafka writes a commit."""
    return b"\0\1" + string(group) + string(topic) + INT32.pack(partition)
