"""Twenty kills at random moments and two scale-outs of each pipeline: nothing lost, nothing twice.

`make test-all`: these take minutes. Records are written all the while, so that each kill meets work.
"""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import Producer

from tests.streams.programs import WITHIN, Reader, write
from tests.streams.test_programs import ABANDONED_AFTER, an_event, left_behind

pytestmark = [pytest.mark.all, pytest.mark.timeout(900)]
KILLS = 20


def kills(chance: random.Random, running: dict[tuple, Callable], outs: dict[int, tuple]) -> Iterator[int]:
    """`running`: what starts each program, by its name; `outs`: by the number of the kill, who joins before it."""
    processes = {name: begin() for name, begin in running.items() if name not in outs.values()}
    for n in range(KILLS):
        if n in outs:
            processes[outs[n]] = running[outs[n]]()
        yield n
        time.sleep(chance.uniform(0.5, 4.0))
        name = chance.choice(sorted(processes))
        processes[name].send_signal(signal.SIGKILL)
        processes[name].wait()
        processes[name] = running[name]()


def send(broker: str, topic: str, records: list[tuple[bytes, bytes]]) -> None:
    producer = Producer({"bootstrap.servers": broker, "linger.ms": 20, "enable.idempotence": True})
    for key, value in records:
        producer.produce(topic, value, key)
        producer.poll(0)
    assert producer.flush(30) == 0


def test_every_log_line_is_found_exactly_once(broker, start, tmp_path):
    chance, path, each = random.Random(20), tmp_path / "logs.db", 2_000
    write(broker, "service-logs", 4, [])
    running = {("service_logs", n): lambda n=n: start("service_logs", n, "--partitions", "4") for n in (1, 2, 3)} | {
        ("sink", n): lambda n=n: start("sink", n, "--to", str(path)) for n in (1, 2)
    }
    outs = {5: ("service_logs", 2), 8: ("sink", 2), 12: ("service_logs", 3)}
    for n in kills(chance, running, outs):
        lines = [
            {"service": f"service-{i % 7}", "level": "INFO", "message": f"line {n * each + i}"} for i in range(each)
        ]
        send(broker, "service-logs", [(line["service"].encode(), json.dumps(line).encode()) for line in lines])
    many = KILLS * each
    look = sqlite3.connect(path, timeout=10)
    deadline = time.monotonic() + WITHIN
    while look.execute("SELECT count(*) FROM line").fetchone()[0] < many:
        assert time.monotonic() < deadline, look.execute("SELECT count(*) FROM line").fetchone()
        time.sleep(0.2)
    time.sleep(3)  # what is written a second time would be there by then
    assert look.execute("SELECT count(*), count(DISTINCT message) FROM line").fetchone() == (many, many)


def test_products_and_carts_are_what_a_recount_says(broker, start):
    chance, now, each = random.Random(21), int(time.time() * 1000), 3_000
    write(broker, "user-events", 4, [])
    more = ("--abandoned-after", str(ABANDONED_AFTER), "--partitions", "4")
    running = {("user_events", n): lambda n=n: start("user_events", n, *more) for n in (1, 2, 3)}
    reader = Reader(broker, "popular-products", "abandoned-carts", "cart-funnel", "user-events-dlq")
    events: list[dict] = []
    for n in kills(chance, running, {6: ("user_events", 2), 13: ("user_events", 3)}):
        # The newest happened 1,200 s ago, the oldest 100 minutes: all are late by the clock of the ticks.
        fresh = [an_event(chance, now - 6_000_000 + (n * each + i) * 80) for i in range(each)]
        events += fresh
        send(broker, "user-events", [(e["user_id"].encode(), json.dumps(e).encode()) for e in fresh])
        reader.read(0.1)
    added = Counter(e["product"] for e in events if e["action"] == "add_to_cart")
    views = sum(e["action"] == "view" for e in events)

    def counted() -> Counter[str]:
        found = Counter()
        for said in reader.last["popular-products"].values():
            found[said["product"]] += said["count"]
        return found

    reader.read_until(
        lambda: (
            counted().total() >= added.total()
            and sum(found["view"] for found in reader.last["cart-funnel"].values()) >= views
        )
    )
    assert counted() == added
    assert sum(found["view"] for found in reader.last["cart-funnel"].values()) == views
    said = {cart for cart, found in reader.last["abandoned-carts"].items() if found["state"] != "withdrawn"}
    assert said == left_behind(events, now)
    assert not reader.last["user-events-dlq"]
