"""The shop's consumer groups, each with the habit that makes its verdict. One thread owns one consumer."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from demo import shop

POLL = 0.5  # seconds
RETRY = 5.0  # seconds between two tries of a record that failed
COMMIT = 1.0  # seconds between two commits

Handle = Callable[[Message], None]


def member(bootstrap: str, group: str, client: str, **settings: object) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "client.id": client,
            "auto.offset.reset": "earliest",
            "auto.commit.interval.ms": int(COMMIT * 1000),
            "log.connection.close": False,
            # After a crash the next start has its partitions in ten seconds, not 45. KIP-848 keeps this at the broker.
            **({} if settings.get("group.protocol") == "consumer" else {"session.timeout.ms": 10_000}),
            **settings,
        }
    )


def read(consumer: Consumer, topic: str, handle: Handle, stop: threading.Event, seconds: float = float("inf")) -> None:
    """Commits by itself, in the background: most groups do."""
    consumer.subscribe([topic])
    ends = time.monotonic() + seconds
    try:
        while not stop.is_set() and time.monotonic() < ends:
            message = consumer.poll(POLL)
            if message is None:
                continue
            if message.error():
                print(f"{topic}: {message.error()}", flush=True)
                continue
            handle(message)
    finally:
        consumer.close()


def count_products(counts: Counter[str]) -> Handle:
    def handle(message: Message) -> None:
        event = json.loads(message.value() or b"{}")
        if event.get("action") == "add_to_cart":
            counts[event["product"]] += 1

    return handle


def watch_carts(open_carts: dict[str, float]) -> Handle:
    """A cart is open from the first add_to_cart to the checkout."""

    def handle(message: Message) -> None:
        event = json.loads(message.value() or b"{}")
        if event.get("action") == "add_to_cart":
            open_carts.setdefault(event["user_id"], time.monotonic())
        elif event.get("action") == "checkout":
            open_carts.pop(event["user_id"], None)

    return handle


def mail_slowly(pause: float, stop: threading.Event) -> Handle:
    """One mail takes `pause` seconds, which is longer than the next order takes to arrive."""
    return lambda message: stop.wait(pause) and None


def store_logs(bootstrap: str, stop: threading.Event) -> None:
    """Writes batches somewhere and commits each by hand, after it was written."""
    consumer = member(bootstrap, "service-logs-sink", "service-logs-sink-1", **{"enable.auto.commit": False})
    consumer.subscribe(["service-logs"])
    try:
        while not stop.is_set():
            batch = [m for m in consumer.consume(100, POLL) if not m.error()]
            if batch:
                _commit(consumer, {(m.topic(), m.partition()): m.offset() + 1 for m in batch})
    finally:
        consumer.close()


def settle_payments(bootstrap: str, stop: threading.Event) -> None:
    """Never commits past a payment it cannot settle: pauses that partition and tries the payment again and again, while
    the other partitions go on."""
    consumer = member(bootstrap, "payments-settler", "payments-settler-1", **{"enable.auto.commit": False})
    consumer.subscribe(["payments"])
    settled: dict[tuple[str, int], int] = {}
    stuck: dict[tuple[str, int], tuple[TopicPartition, float]] = {}  # -> the failed record, when to try again
    committed = time.monotonic()
    try:
        while not stop.is_set():
            message = consumer.poll(POLL)
            now = time.monotonic()
            if message is not None and not message.error():
                where = (message.topic(), message.partition())
                try:
                    shop.settle(message.value())
                    settled[where] = message.offset() + 1
                    stuck.pop(where, None)
                except ValueError as error:
                    print(f"payments-settler: {where} offset {message.offset()}: {error}", flush=True)
                    failed = TopicPartition(*where, message.offset())
                    consumer.pause([failed])
                    stuck[where] = (failed, now + RETRY)
            for where, (failed, again) in list(stuck.items()):
                if now >= again:
                    del stuck[where]
                    consumer.seek(failed)
                    consumer.resume([failed])
            if settled and now - committed >= COMMIT:
                _commit(consumer, settled)
                settled, committed = {}, now
        if settled:
            _commit(consumer, settled)
    finally:
        consumer.close()


def score_once(bootstrap: str, stop: threading.Event) -> None:
    """Read a little, committed, left, and was never started again."""
    consumer = member(bootstrap, "fraud-scores", "fraud-scores-1", **{"enable.auto.commit": False})
    try:
        partitions = [TopicPartition("payments", number) for number in range(shop.TOPICS["payments"])]
        if any(at.offset >= 0 for at in consumer.committed(partitions, timeout=10)):
            return
        consumer.subscribe(["payments"])
        read_from: dict[tuple[str, int], int] = {}
        while len(read_from) < len(partitions) and not stop.is_set():
            message = consumer.poll(POLL)
            if message is not None and not message.error():
                read_from[message.topic(), message.partition()] = message.offset() + 1
        if read_from:
            _commit(consumer, read_from)
    finally:
        consumer.close()


def _commit(consumer: Consumer, next_offsets: dict[tuple[str, int], int]) -> None:
    offsets = [TopicPartition(topic, partition, offset) for (topic, partition), offset in next_offsets.items()]
    try:
        consumer.commit(offsets=offsets, asynchronous=False)
    except KafkaException as error:  # a rebalance took the partition: its new owner reads these again
        print(f"commit: {error}", flush=True)
