from __future__ import annotations

import json
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic


def made(bootstrap: str, *topics: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(topic, 1, 1) for topic in topics]).values():
        future.result(30)


def read(bootstrap: str, topic: str) -> list[tuple[str, dict[str, Any]]]:
    """Key and value of all records of a topic of one partition so far."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "looks", "enable.auto.commit": False})
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), 10)
    consumer.assign([TopicPartition(topic, 0, low)])
    found = []
    while low < high:
        for message in consumer.consume(1000, 0.2):
            if message.error() is None:
                found.append(((message.key() or b"").decode(), json.loads(message.value() or b"null")))
                low = message.offset() + 1
    consumer.close()
    return found
