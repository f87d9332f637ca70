"""What a search would have to read: the offsets of each partition between a beginning and an end."""

from __future__ import annotations

from collections.abc import Callable

from confluent_kafka import Consumer

from gateway.config import ClusterConfig
from reader.consumer import for_time, layout, opened, watermarks
from reader.pool import pool
from reader.query import Start
from reader.replies import Done, Measured, Reply
from reader.requests import Extent
from reader.scan import Span
from reader.span import spans


def extent(request: Extent, config: ClusterConfig, emit: Callable[[Reply], None]) -> None:
    """Raises KafkaFault, BadRequest."""
    topic_id = pool.cluster(config).topics.describe(request.topic).id or ""
    with opened(config, wait_ms=10) as consumer:
        found = layout(consumer, request.topic, request.partitions)
        bounds = watermarks(consumer, request.topic, found.readable)
        whole, notes = _from(consumer, request, bounds)
        chosen = _until(consumer, request, whole)
    emit(Measured(request.id, topic_id, chosen, found.leaderless, notes))
    emit(Done(request.id))


def _from(consumer: Consumer, request: Extent, bounds: dict[int, Span]) -> tuple[dict[int, Span], tuple[str, ...]]:
    start = request.start
    if start.kind in ("newest", "oldest", "before"):
        return bounds, ()
    at_time = for_time(consumer, request.topic, tuple(bounds), start.at) if start.kind == "time" else {}
    where = spans(start, bounds, at_time)
    return where.spans, where.notes


def _until(consumer: Consumer, request: Extent, bounds: dict[int, Span]) -> dict[int, Span]:
    match request.end:
        case None:
            return bounds
        case Start(kind="offset", at=at):
            ends: dict[int, int | None] = dict.fromkeys(bounds, at)
        case Start(kind="time", at=at):
            ends = for_time(consumer, request.topic, tuple(bounds), at)
        case Start(offsets=offsets):
            ends = {p: offsets.get(p, low) for p, (low, _) in bounds.items()}
    return {
        p: (low, high if (end := ends[p]) is None else max(low, min(high, end))) for p, (low, high) in bounds.items()
    }
