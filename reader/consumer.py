"""A Kafka consumer for looking: no group, no commits, absolute offsets only, small buffers.

Measured: `fetch.queue.backoff.ms` at its default caps a scan at a seventh of its speed; a start relative to the end
costs half a second where an absolute offset costs 6 ms; auto-commit, even unused, hangs `close()` on a frozen broker.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaException, TopicPartition

from gateway.closing import close_later
from gateway.config import ClusterConfig
from gateway.errors import TimedOut, from_kafka
from reader.errors import BadRequest

TIMEOUT = 7.0  # seconds for any one question to Kafka

log = logging.getLogger("reader.kafka")


@dataclass(frozen=True, slots=True)
class Layout:
    """The partitions of a topic that were asked for; those without a leader cannot be read now."""

    readable: tuple[int, ...]
    leaderless: tuple[int, ...]


def made(config: ClusterConfig, *, wait_ms: int, committed: bool = False, each: int = 1024 * 1024) -> Consumer:
    """`wait_ms`: how long the broker may hold a fetch that finds nothing; `each`: bytes of one partition in one fetch
    (a larger first batch comes whole)."""
    return Consumer(
        config.for_confluent()
        | {
            "client.id": "highwater-reader",
            "group.id": "highwater-reader",  # librdkafka wants one; it is never joined
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed" if committed else "read_uncommitted",
            "enable.partition.eof": True,
            "check.crcs": True,  # measured: a hundredth of a scan's speed
            "fetch.queue.backoff.ms": 5,
            "fetch.wait.max.ms": wait_ms,
            "fetch.max.bytes": 16 * 1024 * 1024,
            "max.partition.fetch.bytes": each,
            "queued.min.messages": 20_000,
            "queued.max.messages.kbytes": 16 * 1024,
            "retry.backoff.ms": 10,
            "allow.auto.create.topics": False,
        },
        logger=log,
    )


@contextmanager
def opened(
    config: ClusterConfig, *, wait_ms: int, committed: bool = False, each: int = 1024 * 1024
) -> Iterator[Consumer]:
    """`made` for the calling thread; closed on leaving."""
    consumer = made(config, wait_ms=wait_ms, committed=committed, each=each)
    try:
        yield consumer
    finally:
        close_later(consumer)


def layout(consumer: Consumer, topic: str, wanted: tuple[int, ...] = ()) -> Layout:
    """Raises KafkaFault (UnknownTopic, Unreachable ...), BadRequest for a partition the topic does not have."""
    with suppress(KafkaException):
        # Brings up the connection in 3 ms; list_topics on a new client sleeps 50 ms before it looks again.
        consumer.get_watermark_offsets(TopicPartition(topic, wanted[0] if wanted else 0), timeout=1.0)
    try:
        found = consumer.list_topics(topic, timeout=TIMEOUT).topics[topic]
    except KafkaException as error:
        raise from_kafka(error) from error
    if found.error is not None:
        raise from_kafka(found.error)
    missing = sorted(set(wanted) - set(found.partitions))
    if missing:
        raise BadRequest(f"There is no partition {missing[0]}: {topic} has {len(found.partitions)}, counted from 0.")
    chosen = sorted(wanted or found.partitions)
    leaderless = tuple(p for p in chosen if found.partitions[p].leader < 0)
    return Layout(tuple(p for p in chosen if p not in leaderless), leaderless)


def watermarks(consumer: Consumer, topic: str, partitions: tuple[int, ...]) -> dict[int, tuple[int, int]]:
    """Start and end offset of each partition. Raises KafkaFault."""
    found = {}
    for partition in partitions:
        try:
            pair = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=TIMEOUT)
        except KafkaException as error:
            raise from_kafka(error) from error
        if pair is None:
            raise TimedOut()
        found[partition] = pair
    return found


def for_time(consumer: Consumer, topic: str, partitions: tuple[int, ...], ms: int) -> dict[int, int | None]:
    """The first offset at or after a time; None where there is none. Raises KafkaFault."""
    at = max(0, ms)  # a negative time would ask for the end or the start
    try:
        answers = consumer.offsets_for_times([TopicPartition(topic, p, at) for p in partitions], timeout=TIMEOUT)
    except KafkaException as error:
        raise from_kafka(error) from error
    for answer in answers:
        if answer.error is not None:
            raise from_kafka(answer.error)
    return {answer.partition: answer.offset if answer.offset >= 0 else None for answer in answers}
