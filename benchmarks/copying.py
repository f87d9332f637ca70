"""Copying a topic as a change does it, against a bare consume-and-produce loop: records/s, and memory of who copies.

The change reads in a process of its own, looks ten times a second whether the topics are the same ones, counts each
acknowledgement and asks the brokers for their count at the end. Both write with idempotence, acks=all and lz4.

    python -m benchmarks.copying [records] [bytes each]
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
os.environ.setdefault("HIGHWATER_DATA", tempfile.mkdtemp())

import django

django.setup()

from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: E402

from changes.kind import Progress  # noqa: E402
from gateway.cluster import Cluster  # noqa: E402
from gateway.config import ClusterConfig  # noqa: E402
from live import reader_link  # noqa: E402
from records.changes.copy import Copy, Params  # noqa: E402
from tests.servers import Kafka, a_broker  # noqa: E402

PARTITIONS = 6
WRITE = {"enable.idempotence": True, "acks": "all", "compression.type": "lz4", "linger.ms": 5}


class Watch:
    """Of nobody: no row is written."""

    def tell(self, progress: Progress, *, now: bool = False) -> None:
        pass


def main(records: int = 400_000, size: int = 1000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kafka = Kafka(a_broker(Path(folder)))
        kafka.start()
        try:
            cluster = Cluster(ClusterConfig(kafka.bootstrap))
            for name in ("source", "bare", "copy"):
                cluster.mutate.create_topic(name, PARTITIONS, 1, {})
            fill(kafka.bootstrap, records, size)
            bare_s = bare(kafka.bootstrap, records)
            before = rss(os.getpid())
            peak = Peak()
            began = time.monotonic()
            kind = Copy()
            plan = kind.plan(cluster, Params("copy", "source", rate=0))
            outcome = kind.carry(cluster, plan, Watch())  # type: ignore[arg-type]
            found = kind.verify(cluster, plan, outcome)
            copy_s = time.monotonic() - began
            peak.stop()
            assert found.state == "done", found
            mb = records * size / 1e6
            print(f"bare loop   {records / bare_s:10,.0f} records/s  {mb / bare_s:6.1f} MB/s")
            print(f"the change  {records / copy_s:10,.0f} records/s  {mb / copy_s:6.1f} MB/s")
            print(f"ratio       {bare_s / copy_s:10.2f}")
            print(f"worker grew by {peak.worker - before:.0f} MB at most; its reader had {peak.reader:.0f} MB at most")
        finally:
            kafka.kill()


def fill(bootstrap: str, records: int, size: int) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50})
    body = os.urandom(size - 16)
    for n in range(records):
        while True:
            try:
                producer.produce("source", b"%016d" % n + body, b"k%d" % n, n % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def bare(bootstrap: str, records: int) -> float:
    began = time.monotonic()
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "bare", "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "fetch.queue.backoff.ms": 5})  # fmt: skip
    consumer.assign([TopicPartition("source", p, 0) for p in range(PARTITIONS)])
    producer, done, acked = Producer({"bootstrap.servers": bootstrap} | WRITE), 0, [0]

    def settled(error: object, _message: object) -> None:
        acked[0] += error is None

    while done < records:
        for message in consumer.consume(1000, 0.2):
            if message.error() is not None:
                continue
            done += 1
            while True:
                try:
                    producer.produce("bare", message.value(), message.key(), message.partition(), settled,
                                     message.timestamp()[1], headers=message.headers() or [])  # fmt: skip
                    break
                except BufferError:
                    producer.poll(0.05)
        producer.poll(0)
    producer.flush()
    consumer.close()
    assert acked[0] == records
    return time.monotonic() - began


class Peak:
    """The largest resident memory of this process and its reader, in MB."""

    def __init__(self) -> None:
        self.worker = self.reader = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            self.worker = max(self.worker, rss(os.getpid()))
            for link in reader_link.links().values():
                if (child := link._child) is not None:
                    self.reader = max(self.reader, rss(child.process.pid))

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


def rss(pid: int) -> float:
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
