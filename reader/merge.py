"""Records of several partitions in one order: by time across partitions, by offset within each. Pure.

Offsets of a partition are never reordered, even where its timestamps run backwards: so one offset per partition
describes a page, and paging leaves no hole and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heapreplace

from reader.shown import Row


def oldest_first(rows: Mapping[int, Sequence[Row]], limit: int) -> list[Row]:
    """`rows`: by partition, each with rising offsets."""
    return _merge(rows.values(), limit, 1)


def newest_first(rows: Mapping[int, Sequence[Row]], limit: int) -> list[Row]:
    """`rows`: by partition, each with rising offsets."""
    return _merge((list(reversed(part)) for part in rows.values()), limit, -1)


def _merge(parts: Iterable[Sequence[Row]], limit: int, sign: int) -> list[Row]:
    def rank(row: Row) -> int:
        return sign * (row.timestamp if row.timestamp is not None else 0)

    heap = [(rank(part[0]), part[0].partition, 0, part) for part in parts if part]
    heapify(heap)
    merged: list[Row] = []
    while heap and len(merged) < limit:
        _, partition, at, part = heap[0]
        merged.append(part[at])
        if at + 1 < len(part):
            heapreplace(heap, (rank(part[at + 1]), partition, at + 1, part))
        else:
            heappop(heap)
    return merged
