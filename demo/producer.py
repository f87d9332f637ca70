"""Writes the shop's day into its topics, at a steady rate."""

from __future__ import annotations

import itertools
import random
import threading
import time

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from demo import shop

TICK = 0.1  # seconds


def create_topics(bootstrap: str, stop: threading.Event) -> None:
    """Waits for the broker as long as it takes; what exists stays as it is. The catalog's records come along."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "client.id": "shop"})
    while not stop.is_set():
        try:
            known = admin.list_topics(timeout=5).topics
            missing = [NewTopic(name, count, -1) for name, count in shop.TOPICS.items() if name not in known]
            for future in admin.create_topics(missing, request_timeout=10).values() if missing else ():
                future.result(15)
            if any(topic.topic == "catalog-imports" for topic in missing):
                producer = Producer(
                    {"bootstrap.servers": bootstrap, "client.id": "catalog", "enable.idempotence": True}
                )
                for record in shop.catalog_import():
                    producer.produce(record.topic, record.value, record.key)
                producer.flush(10)
            return
        except KafkaException as error:
            if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
                continue  # somebody was faster; look again
            print(f"shop: topics are not there yet: {error}", flush=True)
            stop.wait(1)


def produce(bootstrap: str, rate: float, stop: threading.Event) -> None:
    """`rate` records a second until `stop`; one payment that nobody can settle soon after each start."""
    producer = _producer(bootstrap, "shop")
    day = shop.records(random.Random())
    began = time.monotonic()
    sent, poisoned = 0, False
    while not stop.wait(TICK):
        due = int((time.monotonic() - began) * rate) - sent
        # After a pause (the machine slept, the broker was away) the day goes on, it is not made up for.
        batch = list(itertools.islice(day, min(due, int(rate * TICK * 5) + 1)))
        sent += due
        if not poisoned and time.monotonic() - began > 5:
            batch.append(shop.poison())
            poisoned = True
        for record in batch:
            try:
                producer.produce(record.topic, record.value, record.key, record.partition)
            except BufferError:  # the broker is away and the queue is full: these are lost, as in a real shop
                break
        producer.poll(0)
    producer.flush(1)


def _producer(bootstrap: str, name: str) -> Producer:
    """Kafka remembers an idempotent one: the Flow page counts it."""
    settings = {"bootstrap.servers": bootstrap, "client.id": name, "linger.ms": 50, "enable.idempotence": True}
    return Producer(settings | {"partitioner": "murmur2_random"})  # as Java, and whoever writes from the console
