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

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from operator import add
from typing import NamedTuple, TypeVar

from gateway.lag import Position, lags
from history.codec import Column
from history.entry import GONE, NO_LOG, Entry, Log, committed_of, logs_of

K = TypeVar("K")
V = TypeVar("V")
ALL = -1
MINUTE = 60_000


class Name(NamedTuple):
    key: str  # of the group; "" for what is the cluster's
    topic: str
    partition: int


POLLS = Name("", "", ALL)
Rows = dict[Name, Sequence[Column]]
Logs = Callable[[str], Mapping[int, list[Log]]]


class Total(NamedTuple):
    """Sums over the partitions whose lag is known. None where none is, or the group was not there."""

    lag: Column
    committed: Column
    end: Column
    known: Column
    unknown: Column  # how many partitions have a lag that is not known


@dataclass(frozen=True, slots=True)
class Slot:
    begin: int  # ms
    ats: tuple[int, ...]  # when each poll began, the oldest first
    entries: tuple[Entry, ...]

    @property
    def topics(self) -> set[str]:
        return set().union(*[entry.logs for entry in self.entries])

    @property
    def groups(self) -> set[str]:
        return set().union(*[entry.groups for entry in self.entries])

    def logs(self, topic: str) -> dict[int, list[Log]]:
        return _columns([(e.whole, logs_of(e, topic)) for e in self.entries], NO_LOG)

    def committed(self, group: str) -> dict[tuple[str, int], list[int | None]]:
        """GONE where a partition is not the group's."""
        found = []
        for entry in self.entries:
            topics = committed_of(entry, group).items()
            found.append((entry.whole, {(topic, p): offset for topic, rows in topics for p, offset in rows}))
        return _columns(found, GONE)

    def minutes(self) -> list[slice]:
        """Which polls were in each of its minutes that had any."""
        of = [(at - self.begin) // MINUTE for at in self.ats]
        return [slice(of.index(m), of.index(m) + of.count(m)) if m in of else slice(0, 0) for m in range(5)]


def log_rows(topic: str, logs: Mapping[int, list[Log]]) -> Iterator[tuple[Name, Sequence[Column]]]:
    quiet: list[tuple[int, int | None, int | None]] = []
    for partition, column in sorted(logs.items()):
        if _rests(column):
            quiet.append((partition, column[0].end, column[0].start))
        else:
            yield Name("", topic, partition), ([log.end for log in column], [log.start for log in column])
    if quiet:
        yield Name("", topic, ALL), list(zip(*quiet, strict=True))


def group_rows(key: str, group: str, slot: Slot, logs: Logs) -> Iterator[tuple[Name, Sequence[Column]]]:
    """`logs` gives those of a topic, as `Slot.logs` does."""
    count, minutes = len(slot.ats), slot.minutes()
    topics: dict[str, list[tuple[int, list[int | None]]]] = {}
    for (topic, partition), committed in sorted(slot.committed(group).items()):
        topics.setdefault(topic, []).append((partition, committed))
    whole = _Sum(count)
    for topic, partitions in topics.items():
        known, sums = logs(topic), _Sum(count)
        resting: list[tuple[int, int | None, int | None]] = []
        for partition, committed in partitions:
            log = known.get(partition) or [NO_LOG] * count
            if _rests(committed) and _rests(log):
                if committed[0] != GONE:
                    resting.append((partition, committed[0], sums.rest(committed[0], log[0])))
                continue
            offsets, lag = sums.move(committed, log)
            peaks = [max((v for v in lag[minute] if v is not None), default=None) for minute in minutes]
            yield Name(key, topic, partition), (offsets, peaks)
        yield Name(key, topic, ALL), (*sums.total(), *zip(*resting, strict=True))
        whole.add(sums)
    yield Name(key, "", ALL), whole.total()


class _Sum:
    def __init__(self, count: int) -> None:
        self.lag, self.committed, self.end = [0] * count, [0] * count, [0] * count
        self.known, self.unknown = [0] * count, [0] * count

    def rest(self, committed: int | None, log: Log) -> int | None:
        """With one that did not move. Its lag."""
        lag = Position(log.start, log.end, committed).lag
        if lag is None:
            self.unknown = [n + 1 for n in self.unknown]
            return None
        self.lag = [n + lag for n in self.lag]
        self.committed = [n + committed for n in self.committed]  # type: ignore[operator]  # known when its lag is
        self.end = [n + log.end for n in self.end]  # type: ignore[operator]
        self.known = [n + 1 for n in self.known]
        return lag

    def move(self, committed: list[int | None], log: list[Log]) -> tuple[Column, Column]:
        """With one that moved. Its offsets, and its lag."""
        offsets = [None if offset == GONE else offset for offset in committed] if GONE in committed else committed
        ends = [at.end for at in log]
        lag = lags([at.start for at in log], ends, offsets)
        clear = [value is not None for value in lag]
        self.unknown = [
            n + (offset != GONE and not c) for n, offset, c in zip(self.unknown, committed, clear, strict=True)
        ]
        self.known = list(map(add, self.known, clear))
        for name, column in (("lag", lag), ("committed", offsets), ("end", ends)):
            known = column if all(clear) else [value if c else 0 for value, c in zip(column, clear, strict=True)]
            setattr(self, name, list(map(add, getattr(self, name), known)))
        return offsets, lag

    def add(self, other: _Sum) -> None:
        for name in Total._fields:
            setattr(self, name, list(map(add, getattr(self, name), getattr(other, name))))

    def total(self) -> Total:
        known, there = self.known, list(map(add, self.known, self.unknown))
        if 0 not in known:
            return Total(self.lag, self.committed, self.end, known, self.unknown)
        sums = [[v if k else None for v, k in zip(c, known, strict=True)] for c in (self.lag, self.committed, self.end)]
        counts = [[v if t else None for v, t in zip(c, there, strict=True)] for c in (known, self.unknown)]
        return Total(*sums, *counts)


def _rests(column: Sequence[object]) -> bool:
    return column.count(column[0]) == len(column)


def _columns(found: Sequence[tuple[bool, Mapping[K, V]]], absent: V) -> dict[K, list[V]]:
    """One value a poll of everything that any of them tells of. One that tells everything ends what it leaves out."""
    past: dict[K, list[tuple[int, V]]] = {}
    for i, (whole, values) in enumerate(found):
        if whole:
            for key in past.keys() - values.keys():
                past[key].append((i, absent))
        for key, value in values.items():
            past.setdefault(key, [(0, absent)] if i else []).append((i, value))
    return {key: _spread(steps, len(found)) for key, steps in past.items()}


def _spread(steps: list[tuple[int, V]], count: int) -> list[V]:
    if len(steps) == 1:
        return [steps[0][1]] * count
    column: list[V] = []
    for (begin, value), (end, _) in pairwise([*steps, (count, steps[0][1])]):
        column.extend(repeat(value, end - begin))
    return column
