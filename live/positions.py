"""Where each group stood on each partition when it last committed, as far as the follower has seen it. Pure.

So it notices who goes back, and when somebody was last alive. Bounded: of more than LIMIT partitions the ones heard of
first are forgotten, and what is not known is no rewind.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from itertools import compress, repeat

from gateway import offsets_log
from gateway.messages.primitives import INT32, string

LIMIT = 120_000  # partitions of groups; about 40 MB
SHORTEST = 20  # bytes of a commit, whatever its version
NEWEST_VERSION = b"\0\4"  # of the commits that are understood
_UNSEEN = b"\xff"  # larger than every commit
_version = operator.itemgetter(slice(0, 2))

Place = tuple[str, str, int]  # group, topic, partition
Move = tuple[Place, int | None, int | None, int | None]  # where, offset, at (ms), offset before if it went back or away


class Positions:
    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._values: dict[bytes, bytes] = {}  # by raw key: the newest value, raw, for most are never looked at
        self._places: dict[bytes, Place] = {}  # of the same keys
        self._keys: defaultdict[str, set[bytes]] = defaultdict(set)  # of each group
        self._names: dict[str, str] = {}  # each name once, however many partitions it has
        self._versions: set[bytes] = set()  # of the values

    def moves(self, newest: Mapping[bytes, bytes | None], watched: Set[str]) -> Iterator[tuple[bytes, Move | None]]:
        """`move` of those that somebody wants to hear of: the watched groups, and whoever is new, or went back or away.

        The others, of 40,000 commits a second nearly all, are compared without a line of Python for each.
        """
        telling = self._telling(newest, watched)
        if telling is None:
            for key, value in newest.items():
                yield key, self.move(key, value)
            return
        for key in compress(newest, telling):
            yield key, self.move(key, newest[key])
        self._values.update(compress(newest.items(), map(operator.not_, telling)))  # type: ignore[arg-type]

    def _telling(self, newest: Mapping[bytes, bytes | None], watched: Set[str]) -> list[bool] | None:
        """Of each commit whether it is one to look at. None: of all, for not every one is whole.

        The offset follows the version, is big-endian and never negative: who goes back has the smaller bytes, as long
        as the versions are the same.
        """
        values = [value for value in newest.values() if value is not None]
        if len(values) < len(newest) or not values or min(map(len, values)) < SHORTEST:
            return None
        least, most = _version(min(values)), _version(max(values))
        if most > NEWEST_VERSION:
            return None
        self._versions |= {least, most}
        before = list(map(self._values.get, newest, repeat(_UNSEEN)))
        telling = map(operator.lt, values, before)
        if len(self._versions) > 1:
            telling = map(operator.or_, telling, map(operator.ne, map(_version, values), map(_version, before)))
        if keys := frozenset().union(*(self._keys.get(group, ()) for group in watched)):
            telling = map(operator.or_, telling, map(keys.__contains__, newest))
        return list(telling)

    def move(self, key: bytes, value: bytes | None) -> Move | None:
        """Where a group stands now, since when (ms), and where it stood before if it went back or away from there.

        None for a commit that cannot be read.
        """
        place = self._places.get(key) or self._place(key)
        if place is None:
            return None
        known = self._values.get(key)
        before = offsets_log.position(known) if known is not None else None
        if value is None:
            self._forget(key)
            return place, None, None, before[0] if before is not None else None
        now = offsets_log.position(value)
        if now is None:
            return None
        self._values[key] = value
        self._versions.add(_version(value))
        if known is None:
            self._places[key] = place
            self._keys[place[0]].add(key)
            if len(self._values) > self._limit:
                self._forget(next(iter(self._values)))
        return place, *now, before[0] if before is not None and now[0] < before[0] else None

    def _forget(self, key: bytes) -> None:
        if self._values.pop(key, None) is None:
            return
        group = self._places.pop(key)[0]
        self._keys[group].discard(key)
        if not self._keys[group]:
            del self._keys[group]

    def last_commit(self, group: str, topic: str, partition: int) -> int | None:
        known = self._values.get(key_of(group, topic, partition))
        position = offsets_log.position(known) if known is not None else None
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
