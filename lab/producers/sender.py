"""One producer of a run, in a process of its own: its processor time is its own, and a kill takes nothing else along.

    python -m lab.producers.sender        on stdin a line of JSON each: first `Begin`, then `Slice`s; it ends with stdin

Each slice is answered by one line, `Sent`. Knows no framework: what it needs of Kafka comes with `Begin`.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from itertools import count
from typing import Any

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from lab.producers.records import keys, values
from lab.producers.settings import Setting, client
from lab.producers.spread import Spread

STATS_MS = 250
FLUSH = 15.0  # seconds for what is under way at the end of a slice
FULL = 0.002  # seconds to wait for room in the queue
QUEUE_KB = 65_536  # of it; librdkafka's own, 1 GiB, four times over is more than a worker's machine may have


class Begin(msgspec.Struct):
    kafka: dict[str, Any]  # how to reach and authenticate: librdkafka's names
    topic: str
    setting: Setting
    seed: int


class Slice(msgspec.Struct):
    seconds: float


class Sent(msgspec.Struct):
    """What one slice came to. Latencies in ms, from produce() to the acknowledgement."""

    seconds: float  # with the flush
    records: int  # handed over
    acked: int
    failed: int
    errors: dict[str, int]  # by librdkafka's name of the error
    bytes: int  # of keys and values that were acknowledged
    spread: dict[int, int]  # lab.producers.spread
    cpu: float  # seconds
    requests: int
    retries: int  # requests that were sent again
    wire_bytes: int  # as they left, with all requests' frames
    waited: int  # how often the queue was full
    batches: int = 0  # that librdkafka told of
    batched: int = 0  # records in them


class Sender:
    def __init__(self, begin: Begin) -> None:
        self.topic, self.setting = begin.topic, begin.setting
        self.keys, self.values = keys(begin.setting, begin.seed), values(begin.setting, begin.seed)
        self.stats: dict[str, Any] = {}
        self.batches = self.batched = 0
        settings = begin.kafka | client(begin.setting) | {"queue.buffering.max.kbytes": QUEUE_KB}
        self.producer = Producer({**settings, "statistics.interval.ms": STATS_MS, "stats_cb": self._told})

    def run(self, seconds: float) -> Sent:
        before, used, begun = self._counts(), _cpu(), time.perf_counter()
        self.acked = self.failed = self.bytes = self.batches = self.batched = 0
        self.errors: dict[str, int] = {}
        self.spread = Spread()
        handed, waited = self._produce(begun, seconds)
        self.producer.flush(FLUSH)
        passed = time.perf_counter() - begun
        cpu = _cpu() - used
        self.producer.poll(STATS_MS / 1000 * 1.2)  # until the statistics have heard of the last batch
        after = self._counts()
        requests, retries, wire = (now - was for now, was in zip(after, before, strict=True))
        return Sent(
            seconds=passed,
            records=handed,
            acked=self.acked,
            failed=self.failed,
            errors=self.errors,
            bytes=self.bytes,
            spread=self.spread.counts,
            cpu=cpu,
            requests=requests,
            retries=retries,
            wire_bytes=wire,
            waited=waited,
            batches=self.batches,
            batched=self.batched,
        )

    def _produce(self, begun: float, seconds: float) -> tuple[int, int]:
        """How many were handed over, and how often that had to wait for room."""
        produce, poll, rate = self.producer.produce, self.producer.poll, self.setting.rate
        handed = waited = 0
        for n in count(1):
            now = time.perf_counter()
            if now - begun >= seconds:
                break
            if rate and (early := (handed + 1) / rate - (now - begun)) > 0:
                poll(min(early, 0.01))
                continue
            try:
                produce(self.topic, next(self.values), next(self.keys), on_delivery=self._delivered)
                handed += 1
            except BufferError:
                waited += 1
                poll(FULL)
            if n % 100 == 0:
                poll(0)
        return handed, waited

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.failed += 1
            self.errors[error.name()] = self.errors.get(error.name(), 0) + 1
            return
        self.acked += 1
        self.bytes += len(message.value() or b"") + len(message.key() or b"")
        latency = message.latency()
        if latency is not None:
            self.spread.add(latency * 1000)

    def _told(self, text: str) -> None:
        self.stats = json.loads(text)
        # Of the batches since it last told, so they are added up. (Its `batchsize` is after compression.)
        for topic in self.stats.get("topics", {}).values():
            self.batches += topic["batchcnt"]["cnt"]
            self.batched += topic["batchcnt"]["sum"]

    def _counts(self) -> tuple[int, int, int]:
        """Requests with records, retried ones, bytes sent; since it began."""
        brokers = self.stats.get("brokers", {}).values()
        return (
            sum(b.get("req", {}).get("Produce", 0) for b in brokers),
            sum(b.get("txretries", 0) for b in brokers),
            sum(b.get("txbytes", 0) for b in brokers),
        )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    out = sys.stdout.buffer
    begin = msgspec.json.decode(sys.stdin.readline(), type=Begin)
    try:
        sender = Sender(begin)
        for line in sys.stdin:
            sent = sender.run(msgspec.json.decode(line, type=Slice).seconds)
            out.write(msgspec.json.encode(sent) + b"\n")
            out.flush()
    except KafkaException as error:
        out.write(msgspec.json.encode({"error": str(error.args[0].str())}) + b"\n")
        out.flush()


if __name__ == "__main__":
    main()
