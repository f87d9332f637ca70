"""`logs-enriched` -> a search server or the embedded store; what it refuses -> `logs-enriched-dlq`, with the reason.

`python -m streams.sink --bootstrap host:port --to logs.db` or `--to http://host:9200`. Offsets are committed after the
store has said that it has the lines; ids make a repeat harmless. While the store is away the partitions are paused:
the group keeps its members, and its lag tells how much waits.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

from streams.reading import Malformed
from streams.store_http import HttpStore
from streams.store_sqlite import SqliteStore
from streams.stored import Busy, Doc, Store, doc_of

SOURCE, DEAD, GROUP = "logs-enriched", "logs-enriched-dlq", "logs-sink"
BATCH = 2_000  # records of one write
GATHER = 0.2  # seconds that a batch may wait to be full
PATIENT = 30.0  # seconds between two tries, at most
TIDY = 3600.0  # seconds between two looks for what is too old


@dataclass(slots=True)
class Sink:
    """One consumer, one store, one thread."""

    consumer: Consumer
    producer: Producer
    store: Store
    stop: threading.Event
    say: Callable[[str], None] = print
    trouble: str = field(default="", init=False)  # what was said last, so that it is said once

    def run(self, keep_days: int) -> None:
        tidy = 0.0
        self.patiently(self.store.prepare)
        self.consumer.subscribe([SOURCE])
        while not self.stop.is_set():
            batch = [message for message in self.consumer.consume(BATCH, GATHER) if message.error() is None]
            if batch and not self.patiently(partial(self.write, batch)):
                return
            if time.monotonic() > tidy:
                before = (datetime.now(UTC) - timedelta(days=keep_days)).date().isoformat()
                self.patiently(partial(self.store.forget, before))
                tidy = time.monotonic() + TIDY

    def write(self, batch: Sequence[Message]) -> None:
        docs: list[Doc] = []
        where: dict[str, Message] = {}
        dead: list[tuple[Message, str]] = []
        for message in batch:
            try:
                doc = doc_of(*_place(message), message.value())
            except Malformed as error:
                dead.append((message, str(error)))
                continue
            docs.append(doc)
            where[doc.id] = message
        dead += [(where[rejected.doc.id], rejected.why) for rejected in (self.store.write(docs) if docs else ())]
        for message, why in dead:
            self.bury(message, why)
        if self.producer.flush(10):
            raise Busy(f"{DEAD} does not take the dead letters")
        ours = {(tp.topic, tp.partition) for tp in self.consumer.assignment()}
        reached = {(topic, partition): offset + 1 for topic, partition, offset in map(_place, batch)}
        offsets = [TopicPartition(*place, offset) for place, offset in reached.items() if place in ours]
        try:
            if offsets:
                self.consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:  # a rebalance took the partition: its new owner writes these again
            self.say(f"commit: {error}")

    def bury(self, message: Message, why: str) -> None:
        topic, partition, offset = _place(message)
        place = f"{topic}-{partition} offset {offset}"
        headers = [*(message.headers() or []), ("highwater.error", why.encode()), ("highwater.origin", place.encode())]
        self.producer.produce(DEAD, message.value(), message.key(), headers=headers)

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
                if not self._wait(pause):
                    return False
                pause = min(pause * 2, PATIENT)
            else:
                if self.trouble:
                    self.say("going on")
                self.trouble = ""
                return True

    def _wait(self, seconds: float) -> bool:
        """Polls all the while, so that the group does not take us for dead. False: stop."""
        self.consumer.pause(self.consumer.assignment())
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.stop.is_set():
            message = self.consumer.poll(0.1)
            self.consumer.pause(self.consumer.assignment())  # what a rebalance brought meanwhile
            if message is not None and message.error() is None:
                self.consumer.seek(TopicPartition(*_place(message)))
        self.consumer.resume(self.consumer.assignment())
        return not self.stop.is_set()


def _place(message: Message) -> tuple[str, int, int]:
    """Of a message without an error."""
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None and partition is not None and offset is not None
    return topic, partition, offset


def store_at(to: str) -> Store:
    if to.startswith(("http://", "https://")):
        return HttpStore(to, authorization=os.environ.get("SINK_AUTHORIZATION", ""))
    return SqliteStore(Path(to))


def main() -> None:
    parser = argparse.ArgumentParser("python -m streams.sink")
    parser.add_argument("--bootstrap", required=True, help="host:port")
    parser.add_argument("--to", required=True, help="a search server's http(s) address, or a file")
    parser.add_argument("--instance", default="1")
    parser.add_argument("--keep-days", type=int, default=7)
    asked = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    client = {"bootstrap.servers": asked.bootstrap, "client.id": f"{GROUP}-{asked.instance}"}
    consumer = Consumer(
        client
        | {
            "group.id": GROUP,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "session.timeout.ms": 6_000,
            "heartbeat.interval.ms": 2_000,
            "topic.metadata.refresh.interval.ms": 5_000,
        }
    )
    producer = Producer(client | {"enable.idempotence": True})
    sink = Sink(consumer, producer, store_at(asked.to), stop, lambda text: print(text, flush=True))
    try:
        sink.run(asked.keep_days)
    finally:
        consumer.close()


if __name__ == "__main__":
    main()
