"""The newest 50 of 12 partitions with 2,000,000 records of 200 bytes (lz4): through the reader, and over HTTP.

    python -m benchmarks.browse

In one run, on one broker: a bare consumer that stays open and is told absolute offsets; the same made anew each time; a
start relative to the end, as many consoles do it; the reader process, whose page is also merged by time, cut, decoded,
and looked through for transactions; the same over HTTP, with sign-in and rights.
"""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, TopicPartition

from benchmarks import broker, fixture_records, surroundings
from benchmarks.fixture_records import PARTITIONS
from gateway.config import ClusterConfig
from live.reader_link import ReaderLink
from reader.consumer import made
from reader.query import Query, Start
from reader.replies import Rows
from reader.requests import Browse

EACH, TIMES, PAUSE = 5, 200, 0.05
NEWEST = 50
GOAL_MS = 20
RELATIVE = 10  # times; it takes half a second


def bare(consumer: Consumer, topic: str, back: int = EACH) -> int:
    """Ends of the partitions, then the last few records of each."""
    spans = {}
    for p in range(PARTITIONS):
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=5)
        spans[p] = max(low, high - back)
    consumer.assign([TopicPartition(topic, p, start) for p, start in spans.items()])
    got = 0
    while got < back * PARTITIONS:
        got += sum(m.error() is None for m in consumer.consume(back * PARTITIONS - got, 0.005))
    consumer.unassign()
    return got


def relative(consumer: Consumer, topic: str) -> None:
    consumer.assign([TopicPartition(topic, p, -2000 - EACH) for p in range(PARTITIONS)])  # librdkafka's tail offset
    got = 0
    while got < EACH * PARTITIONS:
        got += sum(m.error() is None for m in consumer.consume(EACH * PARTITIONS - got, 0.005))
    consumer.unassign()


def timed(run: Callable[[], object], times: int = TIMES) -> list[float]:
    taken = []
    for n in range(times + 5):
        time.sleep(PAUSE)  # people do not turn pages faster
        begun = time.perf_counter()
        run()
        if n >= 5:
            taken.append((time.perf_counter() - begun) * 1000)
    return sorted(taken)


@contextmanager
def web(bootstrap: str) -> Iterator[tuple[int, str]]:
    """The port of a console, and the cookie of someone who may read records."""
    surroundings.setup()
    import uvicorn
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    from access.models import Binding
    from clusters.models import Cluster
    from console.asgi import application

    call_command("collectstatic", verbosity=0, interactive=False)
    user = get_user_model().objects.create_user("bench", "bench@example.com", "not-a-real-one")
    cluster = Cluster.objects.create(slug="bench", name="bench", bootstrap=bootstrap)
    Binding.objects.create(user=user, role="viewer", cluster=cluster)
    client = Client()
    client.force_login(user)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.05)
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    yield listening.getsockname()[1], cookie
    server.should_exit = True
    thread.join(10)


def main() -> None:
    with broker.running() as bench, surroundings.redis():
        topic = fixture_records.records(bench.bootstrap)
        config = ClusterConfig(bench.bootstrap)
        asked = Browse(0, Query(config.fingerprint, topic), Start("newest"), NEWEST)
        link = ReaderLink(512)

        def read() -> None:
            replies = link.call(config, asked)
            assert len(next(r for r in replies if isinstance(r, Rows)).rows) == NEWEST

        def anew() -> None:
            consumer = made(config, wait_ms=10)
            bare(consumer, topic)
            consumer.close()

        open_one = made(config, wait_ms=10)
        ways: dict[str, Callable[[], object]] = {
            "bare consumer, kept open": lambda: bare(open_one, topic),
            "bare consumer, made each time": anew,
            "reader": read,
        }
        base = 0.0
        print(f"{'newest 50 of 12 partitions':32} {'p50 ms':>8} {'p95 ms':>8}   / bare")

        def told(name: str, taken: list[float]) -> None:
            nonlocal base
            p50, p95 = statistics.median(taken), taken[int(len(taken) * 0.95)]
            base = base or p50
            over = f"   over {GOAL_MS} ms" if name == "reader" and p95 > GOAL_MS else ""
            print(f"{name:32} {p50:8.1f} {p95:8.1f}   {p50 / base:.2f}{over}", flush=True)

        for name, way in ways.items():
            told(name, timed(way))
        told("start relative to the end", timed(lambda: relative(open_one, topic), RELATIVE))
        open_one.close()
        link.close()
        with web(bench.bootstrap) as (port, cookie):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

            def get() -> None:
                address = f"/c/bench/topics/{topic}/records/?start=newest&limit={NEWEST}"
                line.request("GET", address, headers={"Cookie": cookie})
                answer = line.getresponse()
                body = json.loads(answer.read())
                assert answer.status == 200 and len(body["rows"]) == NEWEST, body

            told("HTTP", timed(get))


if __name__ == "__main__":
    main()
