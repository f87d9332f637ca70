from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from tests.chromium import browser

__all__ = ["browser"]


def made(bootstrap: str, *topics: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(topic, 1, 1) for topic in topics]).values():
        future.result(30)


def read(bootstrap: str, topic: str) -> list[tuple[str, dict[str, Any]]]:
    """Key and value of all records of a topic of one partition so far."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "looks", "enable.auto.commit": False})
    low, high = _ends(consumer, TopicPartition(topic, 0))
    consumer.assign([TopicPartition(topic, 0, low)])
    found = []
    while low < high:
        for message in consumer.consume(1000, 0.2):
            if message.error() is None:
                found.append(((message.key() or b"").decode(), json.loads(message.value() or b"null")))
                low = message.offset() + 1
    consumer.close()
    return found


def _ends(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """Of a topic that may just have been made: its leader need not know it yet."""
    for _ in range(50):
        with suppress(KafkaException):
            return consumer.get_watermark_offsets(place, 10)
        time.sleep(0.1)
    return consumer.get_watermark_offsets(place, 10)
