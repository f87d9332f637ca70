"""Where this reader is, written where the process that started it can still read it when this one has died.

A few kilobytes of memory that both have (decision 0005). Each reading has a slot with a topic and the next offset of
each of its partitions; an offset is written when records are handed out, in 0.2 us. Kafka's client unpacks ahead of
that, in threads of its own, so what it stumbled over stands at one of these offsets or a little behind it.
"""

from __future__ import annotations

import mmap
import threading
from collections.abc import Mapping
from struct import Struct

import msgspec

SLOTS = 128
SLOT = 8192  # bytes: a head with its length, then the offsets
HEAD = 4096
PARTITIONS = (SLOT - HEAD) // 8
SIZE = SLOTS * SLOT
_LENGTH = Struct("<I")
_OFFSET = Struct("<q")


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """`id`: of the request; of a tail that many look at, of the first."""

    id: int
    cluster: str
    topic: str
    partitions: tuple[int, ...]


class Crumbs:
    def __init__(self, page: mmap.mmap | None) -> None:
        """Without a page nothing is written."""
        self.page = page
        self._lock = threading.Lock()
        self._free = list(range(SLOTS)) if page is not None else []

    def begin(self, id: int, cluster: str) -> Crumb:
        with self._lock:
            slot = self._free.pop() if self._free else None
        return Crumb(self, slot, id, cluster)

    def back(self, slot: int) -> None:
        with self._lock:
            self._free.append(slot)


class Crumb:
    """Of one reading, for its own thread."""

    def __init__(self, crumbs: Crumbs, slot: int | None, id: int, cluster: str) -> None:
        self._crumbs, self._slot, self.id, self.cluster = crumbs, slot, id, cluster
        self._places: dict[int, int] = {}

    def at(self, topic: str, offsets: Mapping[int, int]) -> None:
        """It reads these partitions from these offsets on, and nothing else any more."""
        page = self._crumbs.page
        if self._slot is None or page is None:
            return
        start, partitions = self._slot * SLOT, tuple(offsets)[:PARTITIONS]
        head = msgspec.msgpack.encode(Reading(self.id, self.cluster, topic, partitions))
        _LENGTH.pack_into(page, start, 0)
        self._places = {}
        if len(head) > HEAD - 4:
            return
        self._places = {p: start + HEAD + 8 * i for i, p in enumerate(partitions)}
        self.reached(offsets)
        page[start + 4 : start + 4 + len(head)] = head
        _LENGTH.pack_into(page, start, len(head))

    def reached(self, offsets: Mapping[int, int]) -> None:
        """The next offset of some of them."""
        page, places = self._crumbs.page, self._places
        for partition, offset in offsets.items():
            if (place := places.get(partition)) is not None and page is not None:
                _OFFSET.pack_into(page, place, offset)

    def end(self) -> None:
        if self._slot is not None and self._crumbs.page is not None:
            _LENGTH.pack_into(self._crumbs.page, self._slot * SLOT, 0)
            self._crumbs.back(self._slot)
            self._slot = None


def read(page: mmap.mmap | bytes) -> list[tuple[Reading, dict[int, int]]]:
    """What was being read, with the next offset of each partition."""
    found = []
    for start in range(0, SIZE, SLOT):
        (length,) = _LENGTH.unpack_from(page, start)
        if not 0 < length <= HEAD - 4:
            continue
        try:
            reading = msgspec.msgpack.decode(page[start + 4 : start + 4 + length], type=Reading)
        except msgspec.DecodeError:  # it died while it wrote this
            continue
        offsets = {p: _OFFSET.unpack_from(page, start + HEAD + 8 * i)[0] for i, p in enumerate(reading.partitions)}
        found.append((reading, offsets))
    return found


NOWHERE = Crumbs(None).begin(0, "")
