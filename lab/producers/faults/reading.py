"""A topic of one partition, read back from its start to its end."""

from __future__ import annotations

import time
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from gateway.closing import close_later

PATIENCE = 30.0  # seconds without a record
MANY = 2000


class Unread(Exception):
    """`str(unread)` says what could not be read."""


def read_back(kafka: dict[str, Any], topic: str) -> tuple[int, list[int]]:
    """The start offset, and the number that each record holds, offset by offset. Raises Unread."""
    consumer = Consumer(kafka | {"group.id": "highwater-lab-reads-back", "enable.auto.commit": False})
    try:
        start, end = _ends(consumer, TopicPartition(topic, 0))
        consumer.assign([TopicPartition(topic, 0, start)])
        numbers: list[int] = []
        heard = time.monotonic()
        while start + len(numbers) < end:
            for message in consumer.consume(MANY, 0.5):
                if message.error() is None:
                    if message.offset() != start + len(numbers):
                        raise Unread(f"{topic} has a hole before offset {message.offset()}, so it proves nothing.")
                    numbers.append(int(message.value() or b""))
                    heard = time.monotonic()
            if time.monotonic() - heard > PATIENCE:
                raise Unread(f"{topic} could not be read back beyond offset {start + len(numbers)} of {end}.")
        return start, numbers
    except KafkaException as error:
        raise Unread(f"{topic} could not be read back: {error.args[0].str()}.") from error
    finally:
        close_later(consumer)


def _ends(consumer: Consumer, partition: TopicPartition) -> tuple[int, int]:
    """Start and end offset. A broker that has just come back may be without its partition for a moment."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            start, end = consumer.get_watermark_offsets(partition, timeout=PATIENCE)
            return start, end
        except KafkaException:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
