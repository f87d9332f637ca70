"""From topics into a store, each record once: offsets are committed when the store has said that it has them.

What is written again after a crash changes nothing: the store knows each record by its place or its key. While it is
away the partitions are paused: the group keeps its members, and its lag tells how much waits.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from streams import letters
from streams.faring import Faring
from streams.letters import Letters, place_of
from streams.reading import Malformed
from streams.stored import Busy, Store

BATCH = 2_000  # records of one write
GATHER = 0.2  # seconds that a batch may wait to be full
PATIENT = 30.0  # seconds between two tries, at most
TIDY = 3600.0  # seconds between two looks for what is too old


@dataclass(slots=True)
class Keeper:
    """One consumer, one store, one thread. `parse` gives what the store takes of one record, or raises Malformed."""

    consumer: Consumer
    letters: Letters  # for what can't be kept
    topics: list[str]
    parse: Callable[[str, int, int, Message], Any]
    store: Store
    stop: threading.Event
    faring: Faring
    say: Callable[[str], None] = print
    trouble: str = field(default="", init=False)  # what was said last, so that it is said once

    def run(self, keep_days: int) -> None:
        tidy = 0.0
        self.patiently(self.store.prepare)
        self.consumer.subscribe(self.topics)
        while not self.stop.is_set():
            batch = [message for message in self.consumer.consume(BATCH, GATHER) if message.error() is None]
            if batch and not self.patiently(partial(self.write, batch)):
                return
            if time.monotonic() > tidy:
                self.tidy((datetime.now(UTC) - timedelta(days=keep_days)).date().isoformat())
                tidy = time.monotonic() + TIDY

    def tidy(self, before: str) -> None:
        """What is not deleted now is tried again later: nothing waits for it."""
        try:
            self.store.forget(before)
        except Busy as busy:
            self.say(f"days before {before} are still kept: {busy}")

    def write(self, batch: Sequence[Message]) -> None:
        kept: list[Any] = []
        where: list[Message] = []
        dead: list[tuple[Message, str, str]] = []  # each with its code and its sentence
        for message in batch:
            try:
                kept.append(self.parse(*place_of(message), message))
            except Malformed as error:
                dead.append((message, error.code, str(error)))
                continue
            where.append(message)
        for rejected in self.store.write(kept) if kept else ():
            dead.append((where[rejected.number], rejected.code, rejected.why))
        if dead:
            self.letters.send(dead)
        ours = {(tp.topic, tp.partition) for tp in self.consumer.assignment()}
        reached = {(topic, partition): offset + 1 for topic, partition, offset in map(place_of, batch)}
        offsets = [TopicPartition(*place, offset) for place, offset in reached.items() if place in ours]
        try:
            if offsets:
                self.consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:  # a rebalance took the partition: its new owner writes these again
            self.say(f"commit: {error}")
        self.letters.done()

    def patiently(self, act: Callable[[], None]) -> bool:
        """Again and again until it works. False: we were asked to stop before it did."""
        pause = 0.5
        while True:
            try:
                act()
            except Busy as busy:
                if str(busy) != self.trouble:
                    self.say(f"waiting: {busy}")
                self.trouble = str(busy)
                self.faring.tell(self.trouble)
                if not self._wait(pause):
                    return False
                pause = min(pause * 2, PATIENT)
            else:
                if self.trouble:
                    self.say("going on")
                self.trouble = ""
                self.faring.tell()
                return True

    def _wait(self, seconds: float) -> bool:
        """Polls all the while, so that the group does not take us for dead. False: stop."""
        self.consumer.pause(self.consumer.assignment())
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.stop.is_set():
            message = self.consumer.poll(0.1)
            self.consumer.pause(self.consumer.assignment())  # what a rebalance brought meanwhile
            if message is not None and message.error() is None:
                self.consumer.seek(TopicPartition(*place_of(message)))
        self.consumer.resume(self.consumer.assignment())
        return not self.stop.is_set()


def run(
    group: str,
    client: dict[str, str],
    instance: str,
    topics: list[str],
    dead: str,
    parse: Callable[[str, int, int, Message], Any],
    store: Store,
    keep_days: int,
) -> None:
    """Until SIGTERM or Ctrl-C. `client`: how Kafka is reached."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    client = client | {"client.id": f"{group}-{instance}"}
    consumer = Consumer(
        client
        | {
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "session.timeout.ms": 6_000,
            "heartbeat.interval.ms": 2_000,
            "topic.metadata.refresh.interval.ms": 5_000,
        }
    )
    # Not idempotent: a letter twice is better than a producer that ends for good. What failed is known when we ask.
    posts = {"message.max.bytes": letters.LARGEST, "message.timeout.ms": (letters.PATIENCE - 1) * 1000}
    producer, admin, say = Producer(client | posts), AdminClient(dict(client)), partial(print, flush=True)
    faring = Faring(producer, f"{group}-state", client["client.id"], say)
    keeper = Keeper(consumer, Letters(producer, dead), topics, parse, store, stop, faring, say)
    try:
        try:
            made(admin, faring.topic, {"cleanup.policy": "compact"})
        except Busy as busy:  # the console does not hear how it fares, and all else is done
            say(str(busy))
        if keeper.patiently(partial(made, admin, dead, {"max.message.bytes": str(letters.LARGEST)})):
            keeper.run(keep_days)
    finally:
        consumer.close()


def made(admin: AdminClient, name: str, config: dict[str, str]) -> None:
    """A topic that may be there already; partitions and replicas are the broker's default. Raises Busy."""
    try:
        if name not in admin.list_topics(timeout=10).topics:
            admin.create_topics([NewTopic(name, -1, -1, config=config)], request_timeout=10)[name].result()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise Busy(f"{name} was not made: {error.args[0].str()}") from error
