"""One page of records: newest, oldest, from an offset, from a time; a single record; a peek at given offsets."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from confluent_kafka import Consumer, Message

from gateway.config import ClusterConfig
from reader.consumer import for_time, layout, opened, watermarks
from reader.decode.decoder import Decoder, decoder
from reader.errors import BadRequest
from reader.filters import Predicate, Unanswered, predicate
from reader.merge import newest_first, oldest_first
from reader.protocol import Browse, Done, Original, Peek, Progress, Record, Reply, Row, Rows
from reader.rows import as_it_is, offset_of, partition_of, row, whole
from reader.scan import Budget, Span, scan
from reader.span import Spans, spans

Emit = Callable[[Reply], None]
WAIT_MS = 10
PEEK_BYTES = 16 * 1024  # of a partition of which one record is wanted
MAX_ROWS = 500
PROGRESS = 0.1  # seconds between two Progress replies


def browse(request: Browse, config: ClusterConfig, emit: Emit, budget: Budget) -> None:
    """Raises KafkaFault, BadRequest."""
    query, limit = request.query, max(1, min(request.limit, MAX_ROWS))
    unanswered, reading = Unanswered(), decoder(query, config)
    matches = predicate(query.filter, reading, unanswered)
    with opened(config, wait_ms=WAIT_MS, committed=query.committed) as consumer:
        found = layout(consumer, query.topic, query.partitions)
        bounds = watermarks(consumer, query.topic, found.readable)
        at_time = (
            for_time(consumer, query.topic, found.readable, request.start.at) if request.start.kind == "time" else {}
        )
        where = spans(request.start, bounds, at_time)
        page = _Page(
            consumer,
            query.topic,
            where,
            limit,
            matches,
            request.preview,
            reading,
            budget,
            lambda n: emit(Progress(request.id, budget.scanned, n)),
        )
        rows = page.backward() if where.backward else page.forward()
        notes = (*(f"Partition {p} has no leader: its records are left out." for p in found.leaderless), *where.notes)
        emit(Rows(request.id, tuple(rows)))
        older, newer = page.around(rows, bounds)
        counts = (budget.scanned, page.matched, not budget.spent)
        emit(Done(request.id, *counts, older, newer, notes, unanswered.count, unanswered.first))


class _Page:
    """`kept`: matching rows by partition, with rising offsets, at most `limit`; `edge`: how far each was read."""

    def __init__(
        self,
        consumer: Consumer,
        topic: str,
        where: Spans,
        limit: int,
        matches: Predicate | None,
        preview: int,
        reading: Decoder,
        budget: Budget,
        progress: Callable[[int], None],
    ) -> None:
        self.consumer, self.topic, self.where, self.limit, self.budget = consumer, topic, where, limit, budget
        self.matches, self.preview, self.decoder, self.progress = matches, preview, reading, progress
        self.matched = 0
        self.kept: dict[int, list[Row]] = {p: [] for p in where.spans}
        self.edge = {p: end if where.backward else start for p, (start, end) in where.spans.items()}
        self.back_to: dict[int, int] = {}  # by partition, the time of the first record of its last window
        self.told = time.monotonic()

    def forward(self) -> list[Row]:
        def take(message: Message) -> bool:
            if not self._lets_through(message):
                return True
            self.matched += 1
            kept = self.kept[partition_of(message)]
            kept.append(row(message, self.decoder, self.preview))
            return len(kept) < self.limit

        self.edge = scan(self.consumer, self.topic, self.where.spans, take, self.budget)
        return oldest_first(self.kept, self.limit)

    def backward(self) -> list[Row]:
        """In windows from the end, each four times the last, until no unread record can belong on this page."""
        size = self.limit
        while not self.budget.spent and (lacking := self._lacking()):
            size = max(1, min(size, self.budget.left // len(lacking)))
            self._gather({p: (max(self.where.spans[p][0], self.edge[p] - size), self.edge[p]) for p in lacking})
            size *= 4
        return newest_first(self.kept, self.limit)

    def _lacking(self) -> list[int]:
        """Partitions in which something that belongs on this page may still lie before what was read."""
        page = newest_first(self.kept, self.limit)
        oldest = page[-1].timestamp if len(page) == self.limit else None
        return [
            p
            for p, (start, _) in self.where.spans.items()
            if self.edge[p] > start
            and len(self.kept[p]) < self.limit
            and (oldest is None or p not in self.back_to or self.back_to[p] > oldest)
        ]

    def _gather(self, windows: dict[int, Span]) -> None:
        found: dict[int, deque[Row]] = {p: deque(maxlen=self.limit) for p in windows}
        hits = dict.fromkeys(windows, 0)
        first: dict[int, int] = {}

        def take(message: Message) -> bool:
            partition = partition_of(message)
            first.setdefault(partition, message.timestamp()[1])
            if self._lets_through(message):
                hits[partition] += 1
                found[partition].append(row(message, self.decoder, self.preview))
            return True

        reached = scan(self.consumer, self.topic, windows, take, self.budget)
        for p, (start, end) in windows.items():
            if reached[p] == end:  # a window that was not read to its end counts as not read: no hole
                self.kept[p] = [*found[p], *self.kept[p]][-self.limit :]
                self.edge[p] = start
                self.matched += hits[p]
                self.back_to.update({p: first[p]} if p in first else {})

    def around(self, rows: list[Row], bounds: dict[int, Span]) -> tuple[dict[int, int], dict[int, int]]:
        """The offsets from which the pages before and after this one begin."""
        last: dict[int, int] = {r.partition: r.offset for r in rows}
        shown: dict[int, int] = {}
        for r in rows:
            shown[r.partition] = shown.get(r.partition, 0) + 1
        go_on = {}
        for p, (start, end) in self.where.spans.items():
            if shown.get(p, 0) == len(self.kept[p]) < self.limit:
                go_on[p] = self.edge[p]
            elif p in last:
                go_on[p] = last[p] if self.where.backward else last[p] + 1
            else:
                go_on[p] = end if self.where.backward else start
        if self.where.backward:
            return {p: o for p, o in go_on.items() if o > bounds[p][0]}, {
                p: end for p, (_, end) in self.where.spans.items()
            }
        return {p: start for p, (start, _) in self.where.spans.items() if start > bounds[p][0]}, go_on

    def _lets_through(self, message: Message) -> bool:
        if (now := time.monotonic()) - self.told >= PROGRESS:
            self.told = now
            self.progress(self.matched)
        return self.matches is None or self.matches(message)


def peek(request: Peek, config: ClusterConfig, emit: Emit, budget: Budget) -> None:
    """One row for each partition that has a record at or after the offset asked for."""
    first: list[Row] = []
    reading = decoder(request, config)

    def take(message: Message) -> bool:
        first.append(row(message, reading))
        return False

    with opened(config, wait_ms=WAIT_MS, committed=request.committed, each=PEEK_BYTES) as consumer:
        found = layout(consumer, request.topic, tuple(request.offsets))
        bounds = watermarks(consumer, request.topic, found.readable)
        ahead = {p: (max(request.offsets[p], low), high) for p, (low, high) in bounds.items()}
        scan(consumer, request.topic, ahead, take, budget)
    emit(Rows(request.id, tuple(sorted(first, key=lambda r: r.partition))))
    emit(Done(request.id, budget.scanned, len(first), not budget.spent))


def record(request: Record, config: ClusterConfig, emit: Emit, budget: Budget) -> None:
    """The whole record, to be looked at. Raises KafkaFault, BadRequest."""
    reading = decoder(request, config)
    emit(whole(request.id, _the_one(request, config, budget), reading))
    emit(Done(request.id, budget.scanned, 1))


def original(request: Original, config: ClusterConfig, emit: Emit, budget: Budget) -> None:
    """The record as it was written. Raises KafkaFault, BadRequest."""
    emit(as_it_is(request.id, _the_one(request, config, budget)))
    emit(Done(request.id, budget.scanned, 1))


def _the_one(request: Record | Original, config: ClusterConfig, budget: Budget) -> Message:
    """Raises BadRequest for an offset that holds none, naming the next that does."""
    found: list[Message] = []

    def take(message: Message) -> bool:
        found.append(message)
        return False

    with opened(config, wait_ms=WAIT_MS) as consumer:
        if layout(consumer, request.topic, (request.partition,)).leaderless:
            raise BadRequest(
                f"Partition {request.partition} has no leader now: its records cannot be read.", "no_leader"
            )
        low, high = watermarks(consumer, request.topic, (request.partition,))[request.partition]
        if not low <= request.offset < high:
            raise BadRequest(
                f"Partition {request.partition} holds offsets {low:,} to {high - 1:,}; {request.offset:,} is outside."
                if high > low
                else f"Partition {request.partition} is empty.",
                "out_of_range",
            )
        scan(consumer, request.topic, {request.partition: (request.offset, high)}, take, budget)
        if not found or offset_of(found[0]) != request.offset:
            following = f" The next record is at {offset_of(found[0]):,}." if found else ""
            raise BadRequest(
                f"Offset {request.offset:,} of partition {request.partition} holds no record:"
                f" it was compacted away or is a transaction's marker.{following}",
                "no_record",
            )
    return found[0]
