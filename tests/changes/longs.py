"""What the tests of long changes share: a worker's thread, and a look at what is in a topic."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from confluent_kafka import Consumer, Message
from confluent_kafka import TopicPartition as Theirs
from django.db import OperationalError, connections
from django.utils import timezone

from changes import run, service, sweeping
from changes.models import Change
from gateway.facts import TopicPartition

T = TypeVar("T")


class Running:
    """A worker's thread with one change."""

    def __init__(self, user: Any, change: Change) -> None:
        self.pk = change.pk
        service.confirm(user, change, change.target)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        patient(lambda: run.apply(self.pk))  # the table of a test may be locked when it is claimed
        connections.close_all()

    def row(self) -> Change:
        return patient(lambda: Change.objects.get(pk=self.pk))

    def has_written(self, least: int) -> None:
        soon(lambda: ((told := self.row().told) is not None and told.done >= least) or not self.thread.is_alive())
        assert self.thread.is_alive(), self.row().reason

    def ended(self) -> Change:
        self.thread.join(60)
        assert not self.thread.is_alive()
        return self.row()


def patient(do: Callable[[], T]) -> T:
    """SQLite in memory, as in tests, is shared between threads by locking whole tables at once."""
    for _ in range(100):
        try:
            return do()
        except OperationalError:
            time.sleep(0.03)
    return do()


def soon(ready: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def in_all(gateway, topic: str) -> int:
    tps = [TopicPartition(topic, p.id) for p in gateway.topics.describe(topic).partitions]
    return sum(gateway.offsets.ends(tps).values()) - sum(gateway.offsets.starts(tps).values())


def looked_at_later(change: Change) -> None:
    past = timezone.now() - timedelta(seconds=run.DEAD_AFTER + 1)
    Change.objects.filter(pk=change.pk).update(started_at=past, beat_at=past)
    sweeping.sweep()
    change.refresh_from_db()


def read(bootstrap: str, topic: str, partitions: int) -> list[Message]:
    """All committed records, partition by partition."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "looks", "enable.auto.commit": False})
    found: list[Message] = []
    for p in range(partitions):
        low, high = consumer.get_watermark_offsets(Theirs(topic, p), 10)
        consumer.assign([Theirs(topic, p, low)])
        while low < high:
            got = [m for m in consumer.consume(10_000, 0.2) if m.error() is None]
            found += got
            low = got[-1].offset() + 1 if got else consumer.position([Theirs(topic, p)])[0].offset
    consumer.close()
    return found


def bytes_of(message: Message) -> tuple[Any, ...]:
    return message.partition(), message.key(), message.value(), tuple(message.headers() or ()), message.timestamp()
