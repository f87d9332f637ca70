"""How soon the next reader answers after one has died: killed with kill -9, and of a batch that unpacks too large.

    python -m benchmarks.reader_death

Beside a tail that was under way and goes on. The ratio is against a reader that is started for the first time: Python,
Kafka's client and the first page.
"""

from __future__ import annotations

import logging
import os
import signal
import statistics
import threading
import time

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from benchmarks import broker
from gateway.config import ClusterConfig
from live.reader_link import SETTLED, ReaderLink, ReadFailed
from reader.query import Query, Start
from reader.replies import Frame, Reply, Started
from reader.requests import Browse, Credit, Tail

TIMES = 8
GOAL_S = 2.0
MEGABYTES = 200
BOMB = 120_000_000  # bytes, of one record of zeros


class Watched:
    """A tail, and when it last brought a record."""

    def __init__(self, link: ReaderLink, config: ClusterConfig, topic: str) -> None:
        self.link, self.began, self.brought = link, threading.Event(), threading.Event()
        self.id = link.send(config, Tail(0, Query(config.fingerprint, topic)), self)
        assert self.began.wait(20)

    def __call__(self, reply: Reply) -> None:
        if isinstance(reply, Started):
            self.began.set()
        if isinstance(reply, Frame):
            self.link.tell(Credit(self.id, 1))
            if reply.rows:
                self.brought.set()


class Bench:
    def __init__(self, bootstrap: str) -> None:
        self.config = ClusterConfig(bootstrap)
        self.producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
        admin = AdminClient({"bootstrap.servers": bootstrap})
        topics = [NewTopic("orders", 3, 1), NewTopic("bomb", 1, 1, config={"max.message.bytes": "20000000"})]
        for made in admin.create_topics(topics).values():
            made.result(20)
        for n in range(1000):
            self.produce(n % 3)
        bombs = Producer({"bootstrap.servers": bootstrap, "message.max.bytes": 200_000_000, "compression.type": "lz4"})
        bombs.produce("bomb", bytes(BOMB))
        assert self.producer.flush(20) == 0 and bombs.flush(60) == 0
        self.link = ReaderLink(MEGABYTES)

    def produce(self, partition: int = 0) -> None:
        self.producer.produce("orders", b'{"n": 1}', partition=partition)

    def page(self, link: ReaderLink, topic: str = "orders") -> None:
        link.call(self.config, Browse(0, Query(self.config.fingerprint, topic), Start("newest"), 50))

    def first(self) -> float:
        """Of a reader that nobody has asked yet."""
        link, begun = ReaderLink(MEGABYTES), time.monotonic()
        self.page(link)
        took = time.monotonic() - begun
        link.close()
        return took

    def after(self, death: str) -> tuple[float, float]:
        """Seconds from the death to the next page, and to the next record of a tail that was under way."""
        self.page(self.link)
        time.sleep(SETTLED + 0.5)  # one that dies young is started later, so that none dies in a circle
        tail, deaths = Watched(self.link, self.config, "orders"), self.link.deaths
        if death == "killed":
            assert self.link.pid is not None
            os.kill(self.link.pid, signal.SIGKILL)
        else:
            threading.Thread(target=self._bomb, daemon=True).start()
        while self.link.deaths == deaths:
            time.sleep(0.001)
        died = time.monotonic()
        tail.brought.clear()
        self.produce()
        self.producer.flush(20)
        self.page(self.link)
        answered = time.monotonic() - died
        assert tail.brought.wait(20)
        brought = time.monotonic() - died
        self.link.forget(tail.id)
        return answered, brought

    def _bomb(self) -> None:
        try:
            self.page(self.link, "bomb")
        except ReadFailed as failed:
            if failed.code != "unsafe":
                raise


def main() -> None:
    logging.disable(logging.ERROR)  # each death is said in the log
    with broker.running() as server:
        bench = Bench(server.bootstrap)
        fresh = statistics.median(bench.first() for _ in range(TIMES))
        print(f"first page of a fresh reader: {fresh * 1000:.0f} ms (median of {TIMES})")
        for death in ("killed", "by a batch"):
            found = [bench.after(death) for _ in range(TIMES)]
            pages, tails = sorted(page for page, _ in found), sorted(tail for _, tail in found)
            print(
                f"{death}: next page after {statistics.median(pages) * 1000:.0f} ms, at worst {pages[-1] * 1000:.0f}"
                f" (goal <= {GOAL_S * 1000:.0f}); tail goes on after {statistics.median(tails) * 1000:.0f} ms,"
                f" at worst {tails[-1] * 1000:.0f}; page / fresh reader = {statistics.median(pages) / fresh:.1f}"
            )
        bench.link.close()


if __name__ == "__main__":
    main()
