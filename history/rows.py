"""What the polls of one slot amount to: a row of columns for everything that has a history. Pure.

polls        ("", "", ALL)        when each poll began
log          ("", topic, n)       end, start: one value a poll
topic's logs ("", topic, ALL)     of those that rested through the whole slot: partition, end, start
partition    (key, topic, n)      committed: one value a poll; the largest lag: one a minute
topic        (key, topic, ALL)    the five of `Total`: one value a poll; of what rested: partition, committed, lag
group        (key, "", ALL)       the five of `Total`

Coarser slots have the same rows (history.roll). What has no row was not there, or nobody looked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import add
from typing import NamedTuple

from gateway.lag import lags, unread
from history.codec import Column
from history.entry import GONE
from history.slot import NO_LOG, Log, Logs, Slot

ALL = -1


class Name(NamedTuple):
    key: str  # of the group; "" for what is the cluster's
    topic: str
    partition: int


POLLS = Name("", "", ALL)
Rows = dict[Name, Sequence[Column]]


class Total(NamedTuple):
    """Sums over the partitions whose lag is known. None where none is, or the group was not there."""

    lag: Column
    committed: Column
    end: Column
    known: Column
    unknown: Column  # how many partitions have a lag that is not known


def largest(column: Column) -> int | None:
    try:
        return max(column, default=None)  # type: ignore[type-var]
    except TypeError:  # some are not known
        return max((value for value in column if value is not None), default=None)


def log_rows(topic: str, logs: Logs) -> Iterator[tuple[Name, Sequence[Column]]]:
    for partition, columns in sorted(logs.moved.items()):
        yield Name("", topic, partition), columns
    if logs.rest:
        yield Name("", topic, ALL), list(zip(*sorted(logs.rest.values()), strict=True))


def group_rows(
    key: str, group: str, slot: Slot, logs: Callable[[str], Logs]
) -> Iterator[tuple[Name, Sequence[Column]]]:
    """`logs` gives those of a topic, as `Slot.logs` does."""
    count, minutes = len(slot.ats), slot.minutes()
    whole = _Sum(count)
    for topic, offsets in slot.committed(group).items():
        known, sums = logs(topic), _Sum(count)
        resting: list[tuple[int, int | None, int | None]] = []
        moved = dict(offsets.moved)
        for partition, offset in sorted(offsets.rest.items()):
            if partition in known.moved:
                moved[partition] = [offset] * count
            elif offset != GONE:
                resting.append((partition, offset, sums.rest(offset, known.rest.get(partition, NO_LOG))))
        for partition, committed in sorted(moved.items()):
            _, end, start = known.rest.get(partition, NO_LOG)
            ends, starts = known.moved.get(partition) or ([end] * count, [start] * count)
            read, lag = sums.move(committed, ends, starts)
            yield Name(key, topic, partition), (read, [largest(lag[minute]) for minute in minutes])
        yield Name(key, topic, ALL), (*sums.total(), *zip(*resting, strict=True))
        whole.add(sums)
    yield Name(key, "", ALL), whole.total()


class _Sum:
    """What rests is added up in numbers, what moves in columns, each once."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.rested = [0] * len(Total._fields)
        self.moved: list[list[Column]] = [[] for _ in Total._fields]

    def rest(self, committed: int | None, log: Log) -> int | None:
        """With one that did not move. Its lag."""
        _, end, start = log
        lag = unread(start, end, committed)
        if lag is None:
            self._rested(0, 0, 0, 0, 1)
        else:
            self._rested(lag, committed, end, 1, 0)  # type: ignore[arg-type]  # known when its lag is
        return lag

    def move(self, committed: Column, ends: Column, starts: Column) -> tuple[Column, Column]:
        """With one that moved. Its offsets, and its lag."""
        offsets = [None if offset == GONE else offset for offset in committed] if GONE in committed else committed
        lag = lags(starts, ends, offsets)
        if None not in lag:
            self._moved(lag, offsets, ends)
            self.rested[3] += 1
            return offsets, lag
        clear = [value is not None for value in lag]
        self._moved(*([v if c else 0 for v, c in zip(column, clear, strict=True)] for column in (lag, offsets, ends)))
        unknown = [offset != GONE and not c for offset, c in zip(committed, clear, strict=True)]
        self.moved[3].append(clear)
        self.moved[4].append(unknown)
        return offsets, lag

    def add(self, other: _Sum) -> None:
        self._rested(*other.rested)
        for columns, more in zip(self.moved, other.moved, strict=True):
            columns.extend(more)

    def total(self) -> Total:
        lag, committed, end, known, unknown = self._columns()
        if 0 not in known:
            return Total(lag, committed, end, known, unknown)
        there = list(map(add, known, unknown))
        sums = [[v if k else None for v, k in zip(c, known, strict=True)] for c in (lag, committed, end)]
        counts = [[v if t else None for v, t in zip(c, there, strict=True)] for c in (known, unknown)]
        return Total(*sums, *counts)

    def _rested(self, *values: int) -> None:
        self.rested = list(map(add, self.rested, values))

    def _moved(self, *columns: Column) -> None:
        for column, known in zip(columns, self.moved, strict=False):
            known.append(column)

    def _columns(self) -> Iterator[list[int]]:
        for rested, moved in zip(self.rested, self.moved, strict=True):
            if moved:
                yield [sum(at, rested) for at in zip(*moved, strict=True)]
            else:
                yield [rested] * self.count
