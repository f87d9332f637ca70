"""Where each group stood on each partition when it last committed, as far as the follower has seen it. Pure.

So it notices who goes back, and when somebody was last alive. Bounded: of more than LIMIT partitions the ones heard of
first are forgotten, and what is not known is no rewind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from gateway import offsets_log
from gateway.messages.primitives import INT32, string

LIMIT = 120_000  # partitions of groups; about 45 MB


SHORTEST = 20  # bytes of a commit, whatever its version

Place = tuple[str, str, int]  # group, topic, partition
Move = tuple[Place, int | None, int | None, int | None]  # where, offset, at (ms), offset before if it went back or away


class Positions:
    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._stands: dict[bytes, list[Any]] = {}  # by raw key: the newest value, raw (most are never looked at); place
        self._names: dict[str, str] = {}  # each name once, however many partitions it has

    def moves(self, newest: Mapping[bytes, bytes | None], watched: Set[str]) -> Iterator[tuple[bytes, Move | None]]:
        """`move` of those that somebody wants to hear of: the watched groups, and whoever is new, or went back or away.

        The others, of 40,000 commits a second nearly all, cost a comparison.
        """
        stands = self._stands.get
        for key, value in newest.items():
            known = stands(key)
            if known is None or value is None or len(value) < SHORTEST:
                yield key, self.move(key, value)
                continue
            before, place = known
            # The offset follows the version, is big-endian and never negative: who goes back has the smaller bytes.
            if value < before or value[1] != before[1] or place[0] in watched:
                yield key, self.move(key, value)
            else:
                known[0] = value

    def move(self, key: bytes, value: bytes | None) -> Move | None:
        """Where a group stands now, since when (ms), and where it stood before if it went back or away from there.

        None for a commit that cannot be read.
        """
        known = self._stands.get(key)
        place = known[1] if known is not None else self._place(key)
        if place is None:
            return None
        before = offsets_log.position(known[0]) if known is not None else None
        if value is None:
            self._stands.pop(key, None)
            return place, None, None, before[0] if before is not None else None
        now = offsets_log.position(value)
        if now is None:
            return None
        self._stands[key] = [value, place]
        if known is None and len(self._stands) > self._limit:
            del self._stands[next(iter(self._stands))]
        return place, *now, before[0] if before is not None and now[0] < before[0] else None

    def last_commit(self, group: str, topic: str, partition: int) -> int | None:
        known = self._stands.get(key_of(group, topic, partition))
        position = offsets_log.position(known[0]) if known is not None else None
        return position[1] if position is not None else None

    def _place(self, key: bytes) -> Place | None:
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
