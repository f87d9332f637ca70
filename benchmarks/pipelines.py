"""The two pipelines: how long from a producer to what is seen, and how much one process takes.

    python -m benchmarks.pipelines

End to end on the whole of Highwater as `make run` starts it: 2,000 log lines a second, some of them looked for in the
embedded store; events of a shop, looked for on its dashboard's file. Throughput on a broker of its own: a backlog of
events through `streams.user_events`, against the engine doing next to nothing with the same backlog, by processor time.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from benchmarks import broker
from benchmarks.browser import percentile
from benchmarks.processor import used
from demo import shoppers
from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from pipelines.logs.asked import Asked
from pipelines.logs.found import StoreFailed
from pipelines.logs.sqlite import SqliteLogs
from tests import stack
from tests.streams.programs import PYTHON, ROOT

SECONDS = 20
LINES = 2_000  # a second
EVENTS = 200_000  # of the backlog
PARTITIONS = 6
GONE = 60.0  # seconds after which what was not seen is missing
PRODUCTS = [f"product-{n}" for n in range(200)]
PEOPLE = 50_000  # of the backlog: 200 events/s of theirs


class Probes:
    """Marked records: when each was handed to its producer, and when it was seen."""

    def __init__(self, seen: Callable[[str], bool]) -> None:
        self.seen, self.sent, self.took, self.ended = seen, dict[str, float](), list[float](), threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.ended.is_set() or self.sent:
            for name, at in list(self.sent.items()):
                if self.seen(name):
                    self.took.append((time.monotonic() - at) * 1000)
                    del self.sent[name]
                elif time.monotonic() - at > GONE:
                    return
            time.sleep(0.01)

    def end(self) -> str:
        self.ended.set()
        self.thread.join()
        missing = f", {len(self.sent)} never" if self.sent else ""
        p50, p99 = percentile(self.took, 0.5), percentile(self.took, 0.99)
        return f"{len(self.took)} seen{missing}, p50 {p50:,.0f} ms, p99 {p99:,.0f} ms"


def logs(site: stack.Stack) -> None:
    store = SqliteLogs(site.data / "streams" / "logs.db")

    def found(name: str) -> bool:
        with suppress(StoreFailed):
            return bool(store.search(Asked(name, "1h", "", "").query(int(time.time() * 1000))).hits)
        return False

    producer = Producer({"bootstrap.servers": site.bootstrap, "linger.ms": 5})
    probes, begun, n = Probes(found), time.monotonic(), 0
    while (passed := time.monotonic() - begun) < SECONDS:
        while n < passed * LINES:
            line = {"service": f"service-{n % 6}", "level": "INFO", "message": f"order {n} placed in {n % 900} ms"}
            if n % 200 == 0 and passed > 5:
                line["message"] = name = f"probe{n}"
                probes.sent[name] = time.monotonic()
            producer.produce("service-logs", json.dumps(line), line["service"])
            n += 1
        producer.poll(0)
        time.sleep(0.002)
    producer.flush(10)
    print(f"produce -> found by search at {n / SECONDS:,.0f} lines/s: {probes.end()} (goal p99 <= 2,000)")


def events(site: stack.Stack) -> None:
    path = site.data / "streams" / "shop.db"

    def counted(name: str) -> bool:
        with suppress(sqlite3.OperationalError), sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            return db.execute("SELECT 1 FROM popular WHERE product = ?", [name]).fetchone() is not None
        return False

    producer = Producer({"bootstrap.servers": site.bootstrap, "linger.ms": 5})
    probes, dice = Probes(counted), random.Random(4)
    for n in range(SECONDS * 200):
        event = {"user_id": f"u-{dice.randrange(500)}", "action": "add_to_cart", "product": dice.choice(PRODUCTS)}
        if n % 20 == 0 and n > 1000:
            event["product"] = name = f"probe-{n}"
            probes.sent[name] = time.monotonic()
        producer.produce("user-events", json.dumps(event), event["user_id"])
        producer.poll(0)
        time.sleep(0.005)
    producer.flush(10)
    print(f"event -> dashboard at 200 events/s: {probes.end()} (goal p99 <= 1,500)")


def backlog(bootstrap: str) -> None:
    producer, dice = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20}), random.Random(7)
    begun = int(time.time() * 1000) - EVENTS * 5
    for n, event in enumerate(itertools.islice(shoppers.events(dice, PEOPLE), EVENTS)):
        producer.produce("user-events", json.dumps(event | {"ts": begun + n * 5}), event["user_id"])
        producer.poll(0)
    assert producer.flush(60) == 0


def rate(bootstrap: str, module: str, group: str, processes: int = 1) -> tuple[float, float]:
    """Events a second of processor time, and of the clock, from the first commit to the last."""
    cluster = Cluster(ClusterConfig(bootstrap))
    with tempfile.TemporaryDirectory(prefix="highwater-bench-") as state:
        command = [str(PYTHON), "-m", module, "--bootstrap", bootstrap, "--state", state, "--instance"]
        quiet: dict[str, Any] = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        running = [subprocess.Popen([*command, str(n)], **quiet) for n in range(processes)]
        try:
            first, spent, done, begun, until = 0, 0.0, 0, 0.0, time.monotonic() + 120
            while done < EVENTS and time.monotonic() < until:
                found = cluster.offsets.committed([group])[group]
                read = found.items() if isinstance(found, dict) else ()
                done = sum(c.offset for tp, c in read if tp.topic == "user-events")
                if done and not first:
                    first, spent, begun = done, sum(used(p.pid) for p in running), time.monotonic()
                time.sleep(0.05)
            passed = time.monotonic() - begun
            return (done - first) / (sum(used(p.pid) for p in running) - spent), (done - first) / passed
        finally:
            for process in running:
                process.kill()
                process.wait()


@contextmanager
def with_backlog() -> Iterator[str]:
    with broker.running() as kafka:
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        admin.create_topics([NewTopic("user-events", PARTITIONS, 1)])["user-events"].result(30)
        backlog(kafka.bootstrap)
        yield kafka.bootstrap


def main() -> None:
    with stack.running(pipelines=True) as site:
        until = time.monotonic() + 60
        while not Path(site.data / "streams" / "shop.db").exists() and time.monotonic() < until:
            time.sleep(0.2)
        time.sleep(8)  # the programs have their partitions
        logs(site)
        events(site)
    with with_backlog() as bootstrap:
        bare, _ = rate(bootstrap, "benchmarks.bare_engine", "bare-engine")
        ours, alone = rate(bootstrap, "streams.user_events", "user-events-analytics")
    print(f"user_events: {ours:,.0f} events/s of processor time, the bare engine {bare:,.0f}; {ours / bare:.2f}")
    print("  (goal: 20,000 events/s on a core, or 0.7 of the engine)")
    for processes in (2, 4):
        with with_backlog() as bootstrap:
            _, together = rate(bootstrap, "streams.user_events", "user-events-analytics", processes)
        print(f"  {processes} processes on {os.cpu_count()} cores: {together / alone:.2f} times the events/s of one")


if __name__ == "__main__":
    main()
