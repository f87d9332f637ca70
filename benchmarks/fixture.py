"""Many topics, groups and commits on a broker, for measurements at size."""

from __future__ import annotations

import time

from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as At
from confluent_kafka.admin import AdminClient, NewTopic


def topics(bootstrap: str, count: int, partitions: int, prefix: str = "bench") -> list[str]:
    """Creates `count` topics (those that exist stay as they are) and waits until every partition has a leader."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "allow.auto.create.topics": False})
    names = [f"{prefix}-{n:04d}" for n in range(count)]
    known = admin.list_topics(timeout=30).topics
    missing = [NewTopic(name, partitions, 1) for name in names if name not in known]
    for start in range(0, len(missing), 100):
        for future in admin.create_topics(missing[start : start + 100], operation_timeout=60).values():
            future.result(120)
    while True:
        found = admin.list_topics(timeout=30).topics
        if all(name in found and all(p.leader >= 0 for p in found[name].partitions.values()) for name in names):
            return names
        time.sleep(0.5)


def fill(bootstrap: str, names: list[str], partitions: int, records: int) -> None:
    """`records` small records to each partition."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50, "queue.buffering.max.messages": 1_000_000})
    for name in names:
        for partition in range(partitions):
            for n in range(records):
                producer.produce(name, f'{{"n":{n}}}'.encode(), partition=partition)
        producer.poll(0)
    producer.flush(120)


def groups(bootstrap: str, count: int, names: list[str], partitions: int, prefix: str = "bench-group") -> list[str]:
    """`count` empty groups, each with a committed offset on every partition of one of the topics."""
    made = []
    for n in range(count):
        group = f"{prefix}-{n:04d}"
        consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False})
        topic = names[n % len(names)]
        consumer.commit(offsets=[At(topic, p, n % 3) for p in range(partitions)], asynchronous=False)
        consumer.close()
        made.append(group)
    return made
