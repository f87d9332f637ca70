"""Read given stretches of a topic's partitions, each to its own end, and never stop because a poll came back empty."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from gateway.errors import KafkaFault, TimedOut, from_kafka
from reader.astray import OUT_OF_RANGE, Astray
from reader.consumer import TIMEOUT, watermarks
from reader.crumbs import NOWHERE, Crumb
from reader.rows import offset_of, partition_of

Span = tuple[int, int]  # first offset, and the one after the last


UNREADABLE = (KafkaError._BAD_MSG, KafkaError._BAD_COMPRESSION, KafkaError._NOT_IMPLEMENTED)


class Broken(Exception):
    """Kafka's client cannot read the batch at or behind this offset."""

    def __init__(self, topic: str, partition: int, offset: int, sentence: str) -> None:
        super().__init__(sentence)
        self.topic, self.partition, self.offset = topic, partition, offset


class Moved(KafkaFault):
    """Retention took what was to be read while it was read: look again where the log begins."""

    code = "moved"
    default = "Kafka deleted records while they were read. Try again."


class Cancelled(Exception):
    """Whoever asked is no longer interested."""


@dataclass(slots=True)
class Budget:
    """What one browse may cost: it ends with a page that is not complete, and says so."""

    records: int = 200_000
    seconds: float = 5.0
    bytes: int = 128 * 1024 * 1024
    cancelled: threading.Event = field(default_factory=threading.Event)
    scanned: int = 0
    taken: int = 0  # bytes of them
    began: float = field(default_factory=time.monotonic)
    credit: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))  # batches that may be sent
    crumb: Crumb = NOWHERE  # where it says that it is

    @property
    def left(self) -> int:
        return max(0, self.records - self.scanned)

    @property
    def spent(self) -> bool:
        return self.scanned >= self.records or self.taken >= self.bytes or time.monotonic() - self.began >= self.seconds


def _silently(partition: int, first: int, end: int) -> None:
    """Nobody asked."""


def scan(
    consumer: Consumer,
    topic: str,
    spans: dict[int, Span],
    take: Callable[[Message], bool],
    budget: Budget,
    skipped: Callable[[int, int, int], None] = _silently,
    most: float = math.inf,
) -> dict[int, int]:
    """Give each record of the spans to `take`, in offset order within a partition, until it says False for that one;
    and to `skipped` each stretch that holds none: partition, first offset, the one after the last.

    Returns where each partition would go on: its span's end, unless `take`, the budget or `most` bytes stopped it.
    Raises KafkaFault; TimedOut when Kafka stays silent for too long.
    """
    reached = {p: start for p, (start, _) in spans.items()}
    ends = {p: end for p, (start, end) in spans.items() if start < end}
    budget.crumb.at(topic, {p: spans[p][0] for p in ends})
    consumer.assign([TopicPartition(topic, p, spans[p][0]) for p in ends])
    astray = Astray(topic)
    heard, most = time.monotonic(), min(budget.taken + most, budget.bytes)
    while ends and not budget.spent and budget.taken < most:
        if budget.cancelled.is_set():
            raise Cancelled
        first = consumer.poll(0.1)
        if first is None:
            if time.monotonic() - heard > TIMEOUT:
                raise TimedOut()
            continue
        heard = time.monotonic()
        for message in [first, *consumer.consume(1000, 0)]:
            error = message.error()
            if error is not None and (of := message.partition()) in spans and of not in ends:
                continue  # what follows is nothing to us, broken or not
            partition = partition_of(message) if error is None or error.code() == KafkaError._PARTITION_EOF else -1
            if error is not None and error.code() in UNREADABLE and (bad := message.partition()) in ends:
                raise Broken(topic, bad, reached[bad], error.str())
            if error is not None and error.code() in OUT_OF_RANGE and (lost := message.partition()) in ends:
                low, _ = watermarks(consumer, topic, (lost,))[lost]
                if reached[lost] < low:
                    raise Moved()
                if not astray.sent_back(consumer, lost, reached[lost]):
                    raise Broken(topic, lost, reached[lost], error.str())
                continue
            if error is not None and partition < 0:
                raise from_kafka(error)
            if partition not in ends:
                continue
            offset = offset_of(message)
            if (
                error is not None or offset >= ends[partition]
            ):  # nothing more below the end: compacted away, or a marker
                end = ends.pop(partition)
                if end > reached[partition]:
                    skipped(partition, reached[partition], end)
                reached[partition] = end
                consumer.pause([TopicPartition(topic, partition)])
                continue
            budget.scanned += 1
            budget.taken += len(message)
            if offset > reached[partition]:
                skipped(partition, reached[partition], offset)
            reached[partition] = offset + 1
            if not take(message) or offset + 1 >= ends[partition]:
                del ends[partition]
                consumer.pause([TopicPartition(topic, partition)])
            if budget.taken >= most:
                break
        budget.crumb.reached(reached)
        heard = time.monotonic()  # `take` may have waited for whom it hands the records to
    # A pause outlives `assign`, and one that is lifted only then is noticed a second later (measured): so it is now.
    consumer.resume(consumer.assignment())
    consumer.unassign()
    return reached
