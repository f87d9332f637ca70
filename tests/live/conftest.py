"""A group of a real broker that commits when it is told to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from django.db import OperationalError


def until(ask, seconds: float = 20):
    """SQLite in memory, as in tests, is shared between threads by locking whole tables: then it is asked again."""
    deadline = time.monotonic() + seconds
    while True:
        with suppress(OperationalError):
            if found := ask():
                return found
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


@dataclass
class Committing:
    topic: str
    consumer: Consumer

    def commit(self, offset: int) -> None:
        self.consumer.commit(offsets=[TopicPartition(self.topic, 0, offset)], asynchronous=False)


@pytest.fixture
def group(bootstrap) -> Iterator[Committing]:
    """A group that has committed once, so that the offsets topic is there."""
    topic = f"live-{uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
    settings = {"bootstrap.servers": bootstrap, "group.id": topic, "enable.auto.commit": False}
    consumer = Consumer(settings)
    committing = Committing(topic, consumer)
    committing.commit(1)
    yield committing
    consumer.close()
