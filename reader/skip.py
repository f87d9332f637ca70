"""Where a batch ends that cannot be read: librdkafka says where it begins, tries again for ever and tells no more."""

from __future__ import annotations

import time

from confluent_kafka import Consumer, KafkaError, TopicPartition

from reader.rows import offset_of

UNREADABLE = (KafkaError._BAD_MSG, KafkaError._BAD_COMPRESSION, KafkaError._NOT_IMPLEMENTED)
PATIENCE = 2.0  # seconds for one look


def after(consumer: Consumer, topic: str, partition: int, offset: int, end: int) -> int:
    """The first offset behind the batch that holds `offset`; `end` when nothing below that can be read.

    By doubling steps and then by halves, some twenty looks. `consumer`: one that has nothing else assigned.
    """
    bad, step = offset, 1
    while bad + step < end and not _reads(consumer, topic, partition, bad + step):
        bad, step = bad + step, step * 2
    good = min(bad + step, end)
    while good - bad > 1:
        middle = (bad + good) // 2
        if _reads(consumer, topic, partition, middle):
            good = middle
        else:
            bad = middle
    return good


def _reads(consumer: Consumer, topic: str, partition: int, offset: int) -> bool:
    consumer.assign([TopicPartition(topic, partition, offset)])
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        message = consumer.poll(0.1)
        if message is not None and (message.error() is not None or offset_of(message) >= offset):
            error = message.error()
            return error is None or error.code() == KafkaError._PARTITION_EOF
    return False
