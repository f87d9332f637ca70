"""One page of records: newest, oldest, from an offset, from a time; a single record; a peek at given offsets."""

from __future__ import annotations

from collections.abc import Callable

from confluent_kafka import Message

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from reader.columns import rows as rows_of
from reader.decode.decoder import decoder
from reader.errors import BadRequest
from reader.explain import explain
from reader.filters import Predicate, Unanswered, predicate
from reader.gaps import placed
from reader.keyed import elsewhere, lookup
from reader.log import at_time, log_of
from reader.page import Page
from reader.pool import pool
from reader.query import Start
from reader.replies import Done, Progress, Reply, Rows
from reader.requests import Browse, Original, Peek, Record
from reader.rows import as_it_is, offset_of, row, whole
from reader.scan import Budget, Moved, Span, scan
from reader.shown import Gap, Row
from reader.span import Spans, limited, only, spans

Emit = Callable[[Reply], None]
PEEK_BYTES = 16 * 1024  # of a partition of which one record is wanted
MAX_ROWS = 500


def browse(request: Browse, config: ClusterConfig, emit: Emit, budget: Budget) -> None:
    """Raises KafkaFault, BadRequest."""
    try:
        _browse(request, config, emit, budget)
    except Moved:  # retention was at work: from where the log begins now
        _browse(request, config, emit, budget)


def _browse(request: Browse, config: ClusterConfig, emit: Emit, budget: Budget) -> None:
    query, limit = request.query, max(1, min(request.limit, MAX_ROWS))
    unanswered, reading = Unanswered(), decoder(query, config)
    matches = _of_key(request.key, predicate(query.filter, reading, unanswered))
    if request.key is not None and reading.hides("key"):
        raise BadRequest("Keys of this topic are hidden from you: it cannot be searched for one.", "forbidden")
    made = rows_of(query, reading, request.preview, headers=request.headers)

    cluster = pool.cluster(config)
    found = log_of(cluster, query.topic, query.partitions, request.topic_id)
    since, until = (_offsets(cluster, query.topic, end, found.bounds) for end in (request.since, request.until))
    bounds = _behind(limited(found.bounds, since, until), request.beyond)
    begin = _offsets(cluster, query.topic, request.start, bounds) if request.start.kind == "time" else None
    where = spans(request.start, bounds, begin or {})
    notes = (*found.notes, *where.notes, *map(_left_out, request.beyond, request.beyond.values()))

    def progress(matched: int) -> None:
        emit(Progress(request.id, budget.scanned, matched))

    with pool.borrowed(config, query.topic, committed=query.committed) as consumer:
        looked = where
        if request.key is not None and not query.partitions and request.start.kind not in ("from", "before"):
            read, why = lookup(consumer, query.topic, request.key, found.bounds, found.partitions, budget)
            looked, notes = only(where, read), (*notes, why)
        page = Page(consumer, query.topic, looked, limit, matches, made, budget, progress)
        rows = page.read()
        if request.key is not None and not rows and not budget.spent and looked.spans.keys() < where.spans.keys():
            notes = (*notes[:-1], elsewhere(request.key, found.partitions, where.spans))
            page = Page(consumer, query.topic, where, limit, matches, made, budget, progress)
            rows = page.read()
    where = page.where
    extents = page.extent(rows)
    marked, gaps, trouble = explain(cluster, request, rows, page.gaps(extents))
    deleted = where.deleted if not where.backward else _before(request, found.bounds, extents)
    gaps += [Gap(p, first, end - 1, "deleted", 0) for p, (first, end) in deleted.items()]
    emit(Rows(request.id, tuple(marked), tuple(placed(gaps, marked, where.backward))))
    older, newer = _around(where, extents, bounds, request.until is not None)
    counts = (budget.scanned, page.matched, not (budget.spent or page.cut))
    emit(
        Done(
            request.id,
            *counts,
            older,
            newer,
            (*notes, *trouble),
            unanswered.count,
            unanswered.first,
            topic_id=found.id,
            read=tuple(where.spans),
        )
    )


def _behind(bounds: dict[int, Span], batches: dict[int, Span]) -> dict[int, Span]:
    """The log without what comes up to these batches, by partition: first and last offset."""
    return {
        p: (min(max(low, batches[p][1] + 1), high), high) if p in batches else (low, high)
        for p, (low, high) in bounds.items()
    }


def _left_out(partition: int, batch: Span) -> str:
    first, last = batch
    return (
        f"Partition {partition} is shown from offset {last + 1:,} on:"
        f" the batch before, of offsets {first:,} to {last:,}, cannot be read."
    )


def _of_key(key: bytes | None, matches: Predicate | None) -> Predicate | None:
    if key is None:
        return matches
    if matches is None:
        return lambda message: message.key() == key
    return lambda message: message.key() == key and matches(message)


def _offsets(
    cluster: Cluster, topic: str, start: Start | None, bounds: dict[int, Span]
) -> dict[int, int | None] | None:
    """Of one end of a range, by partition. Raises KafkaFault."""
    match start:
        case None:
            return None
        case Start(kind="time", at=ms):
            return at_time(cluster, topic, bounds, ms)
        case Start(kind="offset", at=offset):
            return dict.fromkeys(bounds, offset)
    return dict(start.offsets)


def _before(request: Browse, held: dict[int, Span], extents: dict[int, Span]) -> dict[int, Span]:
    """What retention has deleted below a page that reaches the start of the log."""
    if request.since is not None:
        return {}
    asked = request.start.offsets if request.start.kind == "before" else {}
    found = {
        p: (0, min(held[p][0], asked.get(p, held[p][0]))) for p, (first, _) in extents.items() if first <= held[p][0]
    }
    return {p: span for p, span in found.items() if span[1] > 0}


def _around(
    where: Spans, extents: dict[int, Span], bounds: dict[int, Span], ends: bool
) -> tuple[dict[int, int], dict[int, int]]:
    """The offsets from which the pages before and after this one begin. `ends`: nothing is added at the end."""
    older = {p: first for p, (first, _) in extents.items() if first > bounds[p][0]}
    newer = {p: end for p, (_, end) in extents.items() if not ends or end < bounds[p][1]}
    return older, newer


def peek(request: Peek, config: ClusterConfig, emit: Emit, budget: Budget) -> None:
    """One row for each partition that has a record at or after the offset asked for."""
    first: list[Row] = []
    reading = decoder(request, config)

    def take(message: Message) -> bool:
        first.append(row(message, reading))
        return False

    bounds = log_of(pool.cluster(config), request.topic, tuple(request.offsets)).bounds
    ahead = {p: (max(request.offsets[p], low), high) for p, (low, high) in bounds.items()}
    with pool.borrowed(config, request.topic, committed=request.committed, each=PEEK_BYTES) as consumer:
        scan(consumer, request.topic, ahead, take, budget)
    emit(Rows(request.id, tuple(sorted(first, key=lambda r: r.partition))))
    emit(Done(request.id, budget.scanned, len(first), not budget.spent))


def record(request: Record, config: ClusterConfig, emit: Emit, budget: Budget) -> None:
    """The whole record, to be looked at. Raises KafkaFault, BadRequest."""
    reading = decoder(request, config)
    emit(whole(request.id, the_one(request, config, budget), reading))
    emit(Done(request.id, budget.scanned, 1))


def original(request: Original, config: ClusterConfig, emit: Emit, budget: Budget) -> None:
    """The record as it was written. Raises KafkaFault, BadRequest."""
    emit(as_it_is(request.id, the_one(request, config, budget)))
    emit(Done(request.id, budget.scanned, 1))


def the_one(request: Record | Original, config: ClusterConfig, budget: Budget) -> Message:
    """Raises BadRequest for an offset that holds none, naming the next that does."""
    found: list[Message] = []

    def take(message: Message) -> bool:
        found.append(message)
        return False

    found_log = log_of(pool.cluster(config), request.topic, (request.partition,))
    if request.partition not in found_log.bounds:
        raise BadRequest(f"Partition {request.partition} has no leader now: its records cannot be read.", "no_leader")
    low, high = found_log.bounds[request.partition]
    if not low <= request.offset < high:
        raise BadRequest(
            f"Partition {request.partition} holds offsets {low:,} to {high - 1:,}; {request.offset:,} is outside."
            if high > low
            else f"Partition {request.partition} is empty.",
            "out_of_range",
        )
    with pool.borrowed(config, request.topic, each=PEEK_BYTES) as consumer:
        scan(consumer, request.topic, {request.partition: (request.offset, high)}, take, budget)
    if not found or offset_of(found[0]) != request.offset:
        following = f" The next record is at {offset_of(found[0]):,}." if found else ""
        raise BadRequest(
            f"Offset {request.offset:,} of partition {request.partition} holds no record:"
            f" it was compacted away or is a transaction's marker.{following}",
            "no_record",
        )
    return found[0]
