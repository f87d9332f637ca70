"""A live tail, from produce() to the row that Chromium draws, on the whole of Highwater as `make run` starts it.

    python -m benchmarks.tail

At 1,000 records/s, at 5,000 with 50 viewers of the same topic, at 20,000 where most are only counted, and at 1,000 with
three viewers that never read what they are sent. Producer, broker, console, viewers and browser share this machine. The
ratios are against a bare consumer's produce -> receive at the same rate, in the same run.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, Producer
from playwright.sync_api import Page
from websockets.sync.client import connect
from websockets.typing import Origin

from benchmarks import fixture
from benchmarks.browser import WATCH, percentile, produced
from benchmarks.processor import by_main_thread, renderer, used
from tests import chromium, stack
from tests.faults.processes import ours

SECONDS = 12
PARTITIONS = 8
VIEWERS = 49  # beside the page
TOPIC = "bench-tail"


def bare_ms(bootstrap: str, topic: str, per_second: int) -> float:
    """p99 of produce() -> consume() of a client that does nothing else."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "bench-bare", "auto.offset.reset": "latest"})
    consumer.subscribe([topic])
    while not consumer.assignment():
        consumer.poll(0.1)
    site = stack.Stack("", "", bootstrap, stack.ROOT, 0, 0, ())
    stop, called, _ = produced(site, topic, per_second)
    delays, until = [], time.monotonic() + 5
    while time.monotonic() < until:
        for message in consumer.consume(500, 0.05):
            value = message.value()
            if message.error() is None and value is not None and value.decode() in called:
                delays.append(time.time() * 1000 - called[value.decode()])
    stop()
    consumer.close()
    return percentile(delays[len(delays) // 5 :], 0.99)


def drawn(page: Page, site: stack.Stack, topic: str, per_second: int) -> list[float]:
    """ms from produce() to each row that was drawn."""
    stop, called, _ = produced(site, topic, per_second)
    page.wait_for_timeout(3000)
    page.evaluate(WATCH, "#tail .r > :last-child")
    page.wait_for_timeout(SECONDS * 1000)
    seen = page.evaluate("window.seen")
    stop()
    first = min(at for _, at in seen)  # what is on the page when the watch begins is older than it
    return [at - called[text] for text, at in seen if text in called and at > first + 100]


def opened(page: Page, site: stack.Stack, topic: str) -> None:
    page.goto(f"{site.url}/c/local/topics/{topic}/")
    page.get_by_text("Waiting for the first record").wait_for()


@contextmanager
def viewers(site: stack.Stack, page: Page, topic: str, count: int, *, reading: bool) -> Iterator[None]:
    """So many sockets in a process of their own; they pay for each frame, or never read a byte."""
    cookie = next(c["value"] for c in page.context.cookies() if c["name"] == "sessionid")
    command = [sys.executable, "-m", "benchmarks.tail", site.url, cookie, topic, str(count), str(int(reading))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield
    finally:
        process.kill()
        process.wait()


def view(url: str, cookie: str, topic: str, count: int, reading: bool) -> None:
    """The process of `viewers`."""

    def one() -> None:
        address, headers = f"ws{url[4:]}/ws/c/local/topics/{topic}/tail/", {"Cookie": f"sessionid={cookie}"}
        with connect(address, origin=Origin(url), additional_headers=headers) as link:
            link.send(json.dumps({"t": "start", "run": 1}))
            while '"started"' not in str(link.recv())[:20]:
                pass
            ready.release()
            for message in link if reading else ():
                if '"frame"' in str(message)[:20]:
                    link.send('{"t":"more","n":1}')
            while not reading:
                link.send('{"t":"more","n":100}')  # asks for all, reads nothing
                time.sleep(1)

    ready = threading.Semaphore(0)
    for _ in range(count):
        threading.Thread(target=one, daemon=True).start()
    for _ in range(count):
        ready.acquire()
    print("open", flush=True)
    threading.Event().wait()


def flood(page: Page, site: stack.Stack, topic: str, frames: list[dict[str, Any]], per_second: int) -> str:
    """Everything that was produced is in the counts of the frames, or it is unaccounted for."""
    opened(page, site, topic)
    producer, sent, begun = Producer({"bootstrap.servers": site.bootstrap, "linger.ms": 5}), 0, time.monotonic()
    frames.clear()
    while (passed := time.monotonic() - begun) < SECONDS:
        while sent < passed * per_second:
            producer.produce(topic, b'{"n":%d,"page":"/products/7"}' % sent)
            sent += 1
        producer.poll(0)
        time.sleep(0.001)
    assert producer.flush(20) == 0
    until = time.monotonic() + 10
    while sum(f["seen"] for f in frames) < sent and time.monotonic() < until:
        page.wait_for_timeout(100)
    counted, rows = sum(f["seen"] for f in frames), sum(len(f["rows"]) for f in frames)
    told = rows + sum(p[1] for f in frames for p in f["passed"])
    return (
        f"{sent / SECONDS:,.0f} records/s: {counted / sent:.2%} counted (goal >= 99 %), {rows / sent:.1%} as rows, "
        f"{sent - told:,} unaccounted for (goal 0)"
    )


def resident_mb(pid: int) -> float:
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * 4096 / 1e6


def main() -> None:
    with stack.running() as site, chromium.launched() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        frames: list[dict[str, Any]] = []

        def heard(text: str | bytes) -> None:
            if text[:12] == '{"t":"frame"':
                frames.append(json.loads(text))

        page.on("websocket", lambda socket: socket.on("framereceived", heard))
        stack.sign_in(page, site)
        topic = fixture.topics(site.bootstrap, 1, PARTITIONS, TOPIC)[0]
        page.wait_for_timeout(7000)
        web = ours(site.pid)["web"]

        def report(what: str, delays: list[float], goal: int, bare: float) -> float:
            p99 = percentile(delays, 0.99)
            print(f"{what}: p50 {statistics.median(delays):.0f} ms, p99 {p99:.0f} ms (goal p99 <= {goal})")
            print(f"  {len(delays):,} rows seen; a bare consumer's p99 is {bare:.0f} ms; p99 / p99 = {p99 / bare:.1f}")
            return p99

        bare = bare_ms(site.bootstrap, topic, 1000)
        opened(page, site, topic)
        alone = report("produce -> row at 1,000/s", drawn(page, site, topic, 1000), 80, bare)
        opened(page, site, topic)
        before = resident_mb(web)
        with viewers(site, page, topic, 3, reading=False):
            beside = percentile(drawn(page, site, topic, 1000), 0.99)
        print(f"  with three viewers that never read: p99 {beside:.0f} ms, {beside / alone:.2f} of it (goal <= 1.5)")
        print(f"  the web process went from {before:.0f} to {resident_mb(web):.0f} MB")
        bare = bare_ms(site.bootstrap, topic, 5000)
        opened(page, site, topic)
        draws = renderer(browser, page)
        stop, _, _ = produced(site, topic, 5000)
        page.wait_for_timeout(3000)
        begun, spent, web_spent = time.monotonic(), by_main_thread(draws), used(web)
        page.wait_for_timeout(SECONDS * 1000)
        passed = time.monotonic() - begun
        share, web_share = (by_main_thread(draws) - spent) / passed, (used(web) - web_spent) / passed
        stop()
        print(f"at 5,000/s: the page's main thread {share:.1%} of a core (goal <= 35 %), web {web_share:.1%}")
        opened(page, site, topic)
        with viewers(site, page, topic, VIEWERS, reading=True):
            report(f"produce -> row at 5,000/s, {VIEWERS + 1} viewers", drawn(page, site, topic, 5000), 120, bare)
        print(flood(page, site, topic, frames, 20_000))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        url, cookie, topic, count, reading = sys.argv[1:]
        view(url, cookie, topic, int(count), reading == "1")
    else:
        main()
