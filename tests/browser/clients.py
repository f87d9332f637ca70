"""Producers and consumers of our own, beside the console: what they did is what the pages have to show."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

WITHIN = 20.0  # seconds
Bytes = bytes | str | None


class Clients:
    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        self.producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "partitioner": "murmur2_random"})

    def create(self, topics: dict[str, int]) -> None:
        """Topic -> partitions."""
        for made in self.admin.create_topics([NewTopic(name, n, 1) for name, n in topics.items()]).values():
            made.result(WITHIN)
        until(lambda: all(self.is_led(name) for name in topics))

    def is_led(self, topic: str) -> bool:
        known = self.admin.list_topics(timeout=WITHIN).topics.get(topic)
        return bool(known and known.partitions) and all(p.leader >= 0 for p in known.partitions.values())

    def produce(self, topic: str, records: Iterable[tuple[Bytes, Bytes]], partition: int = 0, **more: object) -> None:
        """(key, value) of each, in this order, all delivered when it returns."""
        for key, value in records:
            self.producer.produce(topic, value, key, partition, **more)
        assert self.producer.flush(WITHIN) == 0

    def commit(self, group: str, topic: str, offsets: dict[int, int]) -> None:
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": group, "enable.auto.commit": False})
        try:
            places = [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()]
            consumer.commit(offsets=places, asynchronous=False)
        finally:
            consumer.close()

    def committed(self, group: str, topic: str, partitions: int) -> dict[int, int]:
        """What the broker holds for a group; -1001 where nothing is."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": group})
        try:
            places = [TopicPartition(topic, partition) for partition in range(partitions)]
            return {at.partition: at.offset for at in consumer.committed(places, timeout=WITHIN)}
        finally:
            consumer.close()

    @contextmanager
    def member(self, group: str, topic: str, client: str) -> Iterator[Consumer]:
        """A consumer that has joined and owns what it was given; it commits only what a test commits."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": group,
                "client.id": client,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "max.poll.interval.ms": 3_600_000,  # nobody polls it again, and it shall be there for all tests
            }
        )
        try:
            consumer.subscribe([topic])
            until(lambda: consumer.poll(0.1) is not None or bool(consumer.assignment()))
            yield consumer
        finally:
            consumer.close()

    def config(self, topic: str) -> dict[str, str]:
        asked = ConfigResource(ResourceType.TOPIC, topic)
        return {
            entry.name: entry.value for entry in self.admin.describe_configs([asked])[asked].result(WITHIN).values()
        }

    def count(self, topic: str) -> int:
        """Records between start and end of all partitions."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "highwater-test-look"})
        try:
            partitions = self.admin.list_topics(topic, timeout=WITHIN).topics[topic].partitions
            bounds = [consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=WITHIN) for p in partitions]
            return sum(high - low for low, high in bounds)
        finally:
            consumer.close()

    def newest(self, topic: str) -> tuple[Bytes, Bytes]:
        """Key and value of the last record of partition 0."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "highwater-test-look"})
        try:
            _, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=WITHIN)
            consumer.assign([TopicPartition(topic, 0, end - 1)])
            message = consumer.poll(WITHIN)
            assert message is not None and message.error() is None
            return message.key(), message.value()
        finally:
            consumer.close()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)
