"""A topic of small JSON records for measurements of reading: 2,000,000 of about 200 bytes, lz4, over 12 partitions."""

from __future__ import annotations

import random

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

COUNT, PARTITIONS = 2_000_000, 12
START = 1_760_000_000_000  # ms: the time of the first record; they are one millisecond apart
NEEDLE = "needle-7f3a"  # stands in the value of every record whose number divides by `EVERY`
EVERY = 100_000
EVENTS = ("page_view", "add_to_cart", "checkout", "search", "remove_from_cart")


def value(n: int, draw: random.Random) -> bytes:
    """The record of number `n`, about 200 bytes."""
    trace = NEEDLE if n % EVERY == 0 else f"{draw.getrandbits(64):016x}"
    return (
        f'{{"event":"{EVENTS[n % 5]}","user_id":{draw.randrange(10_000_000)},"amount":{draw.randrange(50_000) / 100},'
        f'"currency":"EUR","country":"{("DE", "FR", "US", "JP")[n % 4]}","session":"{draw.getrandbits(128):032x}",'
        f'"trace":"{trace}","n":{n},"test":false}}'
    ).encode()


def records(bootstrap: str, count: int = COUNT, partitions: int = PARTITIONS, prefix: str = "records") -> str:
    """Makes and fills the topic `prefix`; returns its name. Round robin, keys `user-<n>`."""
    forever = {"retention.ms": "-1"}  # the records are stamped long ago: the cleaner would take them in the middle
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(prefix, partitions, 1, config=forever)])[prefix].result(30)
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "compression.type": "lz4",
            "linger.ms": 20,
            "batch.num.messages": 2_000,
            "queue.buffering.max.messages": 500_000,
        }
    )
    draw = random.Random(7)
    for n in range(count):
        while True:
            try:
                producer.produce(
                    prefix, value(n, draw), f"user-{n % 5000}", partition=n % partitions, timestamp=START + n
                )
                break
            except BufferError:
                producer.poll(0.1)
        if n % 10_000 == 0:
            producer.poll(0)
    if left := producer.flush(120):
        raise RuntimeError(f"{left} records were not acknowledged")
    return prefix
