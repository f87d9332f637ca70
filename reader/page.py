"""The rows of one page and the offsets between them that hold none, read from where a browse begins."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from itertools import accumulate

from confluent_kafka import Consumer, Message

from reader.filters import Predicate
from reader.gaps import within
from reader.merge import newest_first, oldest_first
from reader.protocol import size
from reader.rows import partition_of
from reader.scan import Budget, Span, scan
from reader.shown import Row
from reader.span import Spans

PROGRESS = 0.1  # seconds between two words about it
ROOM = 24 * 1024 * 1024  # bytes of its rows, which are one message: bytes in hex are three times as many as Kafka holds


class Page:
    """`kept`: matching rows by partition, with rising offsets, at most `limit`; `edge`: how far each was read."""

    def __init__(
        self,
        consumer: Consumer,
        topic: str,
        where: Spans,
        limit: int,
        matches: Predicate | None,
        made: Callable[[Message], Row],
        budget: Budget,
        progress: Callable[[int], None],
    ) -> None:
        self.consumer, self.topic, self.where, self.limit, self.budget = consumer, topic, where, limit, budget
        self.matches, self.made, self.progress = matches, made, progress
        self.matched = 0
        self.cut = False  # it ends where its bytes do
        self.kept: dict[int, list[Row]] = {p: [] for p in where.spans}
        self.skipped: dict[int, list[Span]] = {p: [] for p in where.spans}
        self.edge = {p: end if where.backward else start for p, (start, end) in where.spans.items()}
        self.back_to: dict[int, int] = {}  # by partition, the time of the first record of its last window
        self.told = time.monotonic()

    def read(self) -> list[Row]:
        if self.where.backward:
            self._backward()
        else:
            self._forward()
        return self._page()

    def _page(self) -> list[Row]:
        """As it is by what was read so far."""
        rows = (newest_first if self.where.backward else oldest_first)(self.kept, self.limit)
        sizes = accumulate(map(size, rows))
        fits = max(1, sum(upto <= ROOM for upto in sizes))
        self.cut = fits < len(rows)
        return rows[:fits]

    def _forward(self) -> None:
        room = dict.fromkeys(self.where.spans, ROOM)

        def take(message: Message) -> bool:
            if not self._lets_through(message):
                return True
            self.matched += 1
            row, partition = self._row(message), partition_of(message)
            self.kept[partition].append(row)
            room[partition] -= size(row)
            return len(self.kept[partition]) < self.limit and room[partition] > 0

        self.edge = scan(self.consumer, self.topic, self.where.spans, take, self.budget, self._skip)

    def _backward(self) -> None:
        """In windows from the end, each four times the last, until no unread record can belong on this page.

        Of large records a window is so small that it can be read to its end.
        """
        records, budget = self.limit, self.budget
        while not budget.spent and (lacking := self._lacking()):
            records = max(1, min(records, budget.left // len(lacking)))
            room, scanned, taken = max(1, (budget.bytes - budget.taken) // 4), budget.scanned, budget.taken
            windows = {p: (max(self.where.spans[p][0], self.edge[p] - records), self.edge[p]) for p in lacking}
            whole = self._gather(windows, math.inf if records == 1 else room)
            mean = (budget.taken - taken) / max(1, budget.scanned - scanned)
            fits = int(room / max(mean, 1) / len(lacking))
            records = max(1, min(records * 4, fits) if whole else min(records // 2, fits // 2))

    def _lacking(self) -> list[int]:
        """Partitions in which something that belongs on this page may still lie before what was read."""
        page = self._page()
        oldest = page[-1].timestamp if self.cut or len(page) == self.limit else None
        return [
            p
            for p, (start, _) in self.where.spans.items()
            if self.edge[p] > start
            and len(self.kept[p]) < self.limit
            and (oldest is None or p not in self.back_to or self.back_to[p] > oldest)
        ]

    def _gather(self, windows: dict[int, Span], most: float) -> bool:
        """Whether all were read to their ends, before `most` bytes were."""
        found: dict[int, deque[Row]] = {p: deque(maxlen=self.limit) for p in windows}
        hits = dict.fromkeys(windows, 0)
        first: dict[int, int] = {}

        def take(message: Message) -> bool:
            partition = partition_of(message)
            first.setdefault(partition, message.timestamp()[1])
            if self._lets_through(message):
                hits[partition] += 1
                found[partition].append(self._row(message))
            return True

        reached = scan(self.consumer, self.topic, windows, take, self.budget, self._skip, most)
        for p, (start, end) in windows.items():
            if reached[p] == end:  # a window that was not read to its end counts as not read: no hole
                self.kept[p] = [*found[p], *self.kept[p]][-self.limit :]
                self.edge[p] = start
                self.matched += hits[p]
                self.back_to.update({p: first[p]} if p in first else {})
        return all(reached[p] == end for p, (_, end) in windows.items())

    def extent(self, rows: list[Row]) -> dict[int, Span]:
        """What this page is of each partition: pages of one log touch, and do not overlap."""
        last: dict[int, int] = {r.partition: r.offset for r in rows}
        shown: dict[int, int] = {}
        for r in rows:
            shown[r.partition] = shown.get(r.partition, 0) + 1
        extents = {}
        for p, (start, end) in self.where.spans.items():
            if shown.get(p, 0) == len(self.kept[p]) < self.limit:
                reached = self.edge[p]
            elif p in last:
                reached = last[p] if self.where.backward else last[p] + 1
            else:
                reached = end if self.where.backward else start
            extents[p] = (reached, end) if self.where.backward else (start, reached)
        return extents

    def gaps(self, extents: dict[int, Span]) -> dict[int, list[Span]]:
        return {p: within(self.skipped[p], extent) for p, extent in extents.items()}

    def _row(self, message: Message) -> Row:
        """What is shown of records is held as they are: it counts against the same limit."""
        row = self.made(message)
        self.budget.taken += size(row)
        return row

    def _skip(self, partition: int, first: int, end: int) -> None:
        self.skipped[partition].append((first, end))

    def _lets_through(self, message: Message) -> bool:
        if (now := time.monotonic()) - self.told >= PROGRESS:
            self.told = now
            self.progress(self.matched)
        return self.matches is None or self.matches(message)
