"""A search over 2,000,000 records of 200 bytes (lz4, 12 partitions), as a ratio to reading them and doing nothing.

    python -m benchmarks.search

In one run, on one broker, alternating, medians of three: a bare `consume(1000)` loop with the settings of a search; the
same with the client's defaults; a search for a text, for a text whatever its capitals, by an expression on JSON; the
search split over the readers of this machine; `kcat | grep`.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from collections.abc import Callable

from confluent_kafka import Consumer, TopicPartition

from benchmarks import broker, fixture_records
from benchmarks.fixture_records import COUNT, EVERY, NEEDLE, PARTITIONS
from gateway.config import ClusterConfig
from reader.consumer import layout, opened, watermarks
from reader.query import Filter, Query
from reader.replies import Done, Found, Reply
from reader.requests import Search
from reader.scan import Budget
from reader.search import search
from reader.server import settle

Spans = dict[int, tuple[int, int]]
Way = Callable[[ClusterConfig, str, Spans], float]
ROUNDS = 3
#: A full queue makes a client stand still for its back-off. With the default size that is chance, some one to six
#: times in these records; this one is always full, so the two tell what the back-off is worth and nothing else.
SMALL = 8192  # KB
FULL, FULL_TUNED = "client's queue of 8 MB, its back-off", "client's queue of 8 MB, back-off of a search"
EXPRESSION = 'value.event == "add_to_cart" && value.amount > 499.9'


def bare(config: ClusterConfig, topic: str, spans: Spans) -> float:
    with opened(config, wait_ms=10) as consumer:
        return drain(consumer, topic, spans)


def with_settings(settings: dict[str, int]) -> Way:
    """The client's defaults but for these."""

    def run(config: ClusterConfig, topic: str, spans: Spans) -> float:
        own = {"bootstrap.servers": config.bootstrap, "group.id": "bench", "enable.auto.commit": False}
        consumer = Consumer(own | settings)
        try:
            return drain(consumer, topic, spans)
        finally:
            consumer.close()

    return run


def drain(consumer: Consumer, topic: str, spans: Spans) -> float:
    begun, got, count = time.perf_counter(), 0, sum(end - start for start, end in spans.values())
    consumer.assign([TopicPartition(topic, p, start) for p, (start, _) in spans.items()])
    while got < count:
        got += len(consumer.consume(1000, 0.1))
    return count / (time.perf_counter() - begun)


def searched(filter: Filter, matching: Callable[[int], bool]) -> Way:
    def run(config: ClusterConfig, topic: str, spans: Spans) -> float:
        budget, done = Budget(), []

        def emit(reply: Reply) -> None:
            if isinstance(reply, Found):
                budget.credit.release()
            elif isinstance(reply, Done):
                done.append(reply)

        begun = time.perf_counter()
        search(Search(0, Query(config.fingerprint, topic, filter=filter), spans), config, emit, budget)
        seconds = time.perf_counter() - begun
        assert done[0].scanned == COUNT and matching(done[0].matched), done[0]
        return COUNT / seconds

    return run


def grep(config: ClusterConfig, topic: str, spans: Spans) -> float:
    command = f"kcat -C -q -e -o beginning -b {config.bootstrap} -t {topic} | grep -c {NEEDLE}"
    begun = time.perf_counter()
    found = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    assert int(found) == COUNT // EVERY, found
    return COUNT / (time.perf_counter() - begun)


def main() -> None:
    settle()
    hits = COUNT // EVERY
    ways: dict[str, Way] = {
        "bare consume(1000), settings of a search": bare,
        "defaults of the client": with_settings({}),
        FULL: with_settings({"queued.max.messages.kbytes": SMALL}),
        FULL_TUNED: with_settings({"queued.max.messages.kbytes": SMALL, "fetch.queue.backoff.ms": 5}),
        "text": searched(Filter(NEEDLE, case=True), lambda n: n == hits),
        "text, whatever its capitals": searched(Filter(NEEDLE.upper()), lambda n: n == hits),
        "text in one of five": searched(Filter("add_to_cart", case=True), lambda n: n == COUNT // 5),
        "expression, one rare word": searched(Filter(expression=f'value.trace == "{NEEDLE}"'), lambda n: n == hits),
        "expression on JSON": searched(Filter(expression=EXPRESSION), lambda n: 0 < n < 500),
        "expression on JSON, no text in it": searched(Filter(expression="value.amount > 499.99"), lambda n: n >= 0),
    }
    if shutil.which("kcat"):
        ways["kcat | grep"] = grep
    with broker.running() as bench:
        topic = fixture_records.records(bench.bootstrap)
        config = ClusterConfig(bench.bootstrap)
        with opened(config, wait_ms=10) as consumer:
            spans = watermarks(consumer, topic, layout(consumer, topic).readable)
        assert len(spans) == PARTITIONS
        bare(config, topic, spans)  # the page cache is warm for all alike
        rates: dict[str, list[float]] = {name: [] for name in ways}
        spent: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                before = time.process_time()
                rates[name].append(way(config, topic, spans))
                spent[name].append((time.process_time() - before) / COUNT * 1e6)
    medians = {name: statistics.median(found) for name, found in rates.items()}
    base = medians["bare consume(1000), settings of a search"]
    cpu = {name: statistics.median(found) for name, found in spent.items()}  # on a busy machine the truer measure
    for name, rate in medians.items():
        spread = f"{min(rates[name]) / 1e3:,.0f}-{max(rates[name]) / 1e3:,.0f}"
        print(f"{name:44} {rate / 1e3:7,.0f} k records/s ({spread}), {rate / base:.2f} of bare, {cpu[name]:.2f} us CPU")
    print(f"settings of a search / client's defaults: {base / medians['defaults of the client']:.1f}")
    print(f"back-off of a search / the client's, where the queue is full: {medians[FULL_TUNED] / medians[FULL]:.1f}")


if __name__ == "__main__":
    main()
