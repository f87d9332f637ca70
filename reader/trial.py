"""An expression tried on records that somebody looks at: what it says of each, through the same engine as a filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest

from confluent_kafka import Message

from gateway.config import ClusterConfig
from reader.consumer import layout, opened, watermarks
from reader.decode.decoder import decoder
from reader.errors import BadRequest, ExpressionError
from reader.expression import compiled, parse
from reader.replies import Done, Reply, Tried, Verdict
from reader.requests import Try
from reader.rows import offset_of, partition_of
from reader.scan import Budget, Span, scan
from reader.subject import Subject

MOST = 60  # records
NEAR = 200  # offsets that are read through rather than jumped over
WAIT_MS = 10

Place = tuple[int, int]  # partition, offset


def trial(request: Try, config: ClusterConfig, emit: Callable[[Reply], None], budget: Budget) -> None:
    """Raises KafkaFault, BadRequest; ExpressionError."""
    query, wanted = request.query, set(request.places)
    if len(wanted) > MOST:
        raise BadRequest(f"An expression is tried on at most {MOST} records.")
    answer, trees = compiled(parse(query.filter.expression)), decoder(query, config)
    said: dict[Place, Verdict] = {}

    def take(message: Message) -> bool:
        place = (partition_of(message), offset_of(message))
        if place in wanted:
            said[place] = _verdict(*place, answer, Subject(message, trees))
        return True

    with opened(config, wait_ms=WAIT_MS, committed=query.committed) as consumer:
        found = layout(consumer, query.topic, tuple(sorted({partition for partition, _ in wanted})))
        bounds = watermarks(consumer, query.topic, found.readable)
        for spans in rounds(wanted, bounds):
            scan(consumer, query.topic, spans, take, budget)
    gone = "This record is not there any more." if not budget.spent else "There was no time to read this record."
    places = sorted(wanted)
    emit(Tried(request.id, tuple(said.get(place) or Verdict(*place, "gone", gone) for place in places)))
    emit(Done(request.id, budget.scanned, len(said), not budget.spent))


def rounds(wanted: Iterable[Place], bounds: dict[int, Span]) -> Iterator[dict[int, Span]]:
    """Stretches that hold all that is wanted and exists, one of each partition at a time."""
    spans: dict[int, list[Span]] = {}
    for partition, offset in sorted(wanted):
        low, high = bounds.get(partition, (0, 0))
        if not low <= offset < high:
            continue
        known = spans.setdefault(partition, [])
        if known and offset - known[-1][1] < NEAR:
            known[-1] = (known[-1][0], offset + 1)
        else:
            known.append((offset, offset + 1))
    for each in zip_longest(*spans.values()):
        yield {partition: span for partition, span in zip(spans, each, strict=True) if span is not None}


def _verdict(partition: int, offset: int, answer: Callable[[Subject], bool], subject: Subject) -> Verdict:
    try:
        return Verdict(partition, offset, "true" if answer(subject) else "false")
    except ExpressionError as error:
        return Verdict(partition, offset, "unanswered", str(error), error.column, error.length)
