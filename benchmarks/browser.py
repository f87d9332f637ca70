"""From a commit to the marker, and from a produced record to its row, as Chromium draws them.

    python -m benchmarks.browser

Both run on the whole of Highwater as `make run` starts it. The time runs from the call in a client to the moment at
which the page holds the figure; producer, broker, console and browser share this machine. The ratio is against the
client's own round trip (commit to acknowledgement, produce to delivery report) in the same run.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable

from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as At
from playwright.sync_api import Page

from benchmarks import fixture
from tests import chromium, stack

SECONDS = 15
# What the page shows is read once a frame; [value, ms since 1970] of each new one.
WATCH = """(selector) => {
  window.seen = [];
  const known = new Set();
  const look = () => {
    for (const el of document.querySelectorAll(selector)) {
      const text = el.textContent;
      if (!known.has(text)) { known.add(text); window.seen.push([text, performance.timeOrigin + performance.now()]); }
    }
    requestAnimationFrame(look);
  };
  look();
}"""


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def report(what: str, delays: list[float], bare: list[float], goal: int) -> None:
    p50, p99 = statistics.median(delays), percentile(delays, 0.99)
    own50, own99 = statistics.median(bare), percentile(bare, 0.99)
    print(f"{what}: {len(delays):,} seen, p50 {p50:.0f} ms, p99 {p99:.0f} ms (goal p99 <= {goal})")
    print(f"  the client's own round trip p50 {own50:.1f} ms, p99 {own99:.1f} ms; p99 / p99 = {p99 / own99:.1f}")


class Committer(threading.Thread):
    """Commits `per_second` times a second for one group, one partition after the other."""

    def __init__(self, bootstrap: str, group: str, topic: str, per_second: int) -> None:
        super().__init__(daemon=True)
        self.bootstrap, self.group, self.topic, self.per_second = bootstrap, group, topic, per_second
        self.ended = threading.Event()
        self.called: dict[int, float] = {}  # committed offset of partition 0 -> ms since 1970
        self.took: list[float] = []

    def run(self) -> None:
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.group, "enable.auto.commit": False})
        offset, due = 1, time.time()
        while not self.ended.is_set():
            begun = time.time()
            consumer.commit(offsets=[At(self.topic, 0, offset)], asynchronous=False)
            self.called[offset] = begun * 1000
            self.took.append((time.time() - begun) * 1000)
            offset, due = offset + 1, due + 1 / self.per_second
            self.ended.wait(max(0.0, due - time.time()))
        consumer.close()


def commits(page: Page, site: stack.Stack) -> None:
    """20 groups commit 50 times a second each; one of them is watched."""
    topic = fixture.topics(site.bootstrap, 1, 1, "bench-commits")[0]
    fixture.fill(site.bootstrap, [topic], 1, 5000)
    fixture.groups(site.bootstrap, 1, [topic], 1, "bench-watched")
    page.wait_for_timeout(7000)  # one poll, so that the group has a page
    page.goto(f"{site.url}/c/local/groups/bench-watched-0000/")
    page.wait_for_selector('[data-f="committed"]')
    page.wait_for_timeout(2000)
    groups = [f"bench-noise-{n}" for n in range(19)]
    committers = [Committer(site.bootstrap, group, topic, 50) for group in ["bench-watched-0000", *groups]]
    for committer in committers:
        committer.start()
    page.wait_for_timeout(3000)
    page.evaluate(WATCH, '[data-f="committed"]')
    begun, before = time.time(), sum(len(committer.took) for committer in committers)
    page.wait_for_timeout(SECONDS * 1000)
    rate = (sum(len(committer.took) for committer in committers) - before) / (time.time() - begun)
    seen = page.evaluate("window.seen")
    for committer in committers:
        committer.ended.set()
    for committer in committers:
        committer.join()
    called = committers[0].called
    shown = [(int(text.replace(",", "")), at) for text, at in seen[1:]]
    delays = [at - called[offset] for offset, at in shown if offset in called]
    report(f"commit -> marker at {rate:,.0f} commits/s", delays, committers[0].took, 300)


def produced(
    site: stack.Stack, topic: str, per_second: int
) -> tuple[Callable[[], None], dict[str, float], list[float]]:
    """(stop, value -> when produce() was called, ms from call to delivery report)."""
    producer = Producer({"bootstrap.servers": site.bootstrap})  # lingers 5 ms: one request each would be the load
    called: dict[str, float] = {}
    took: list[float] = []
    ended = threading.Event()

    def produce() -> None:
        n, begun = 0, time.time()
        while not ended.is_set():
            while n < (time.time() - begun) * per_second:
                value = f'{{"n":{n},"page":"/products/{n % 97}"}}'
                at = called[value] = time.time() * 1000
                producer.produce(
                    topic, value, on_delivery=lambda error, message, at=at: took.append(time.time() * 1000 - at)
                )
                n += 1
            producer.poll(0)
            time.sleep(0.001)
        producer.flush(10)

    thread = threading.Thread(target=produce, daemon=True)
    thread.start()

    def stop() -> None:
        ended.set()
        thread.join()

    return stop, called, took


def records(page: Page, site: stack.Stack) -> None:
    topic = fixture.topics(site.bootstrap, 1, 8, "bench-records")[0]
    page.wait_for_timeout(7000)
    page.goto(f"{site.url}/c/local/topics/{topic}/")
    page.wait_for_timeout(2000)
    stop, called, took = produced(site, topic, 1000)
    page.wait_for_timeout(3000)
    page.evaluate(WATCH, "#tail .r > :last-child")
    page.wait_for_timeout(SECONDS * 1000)
    seen = page.evaluate("window.seen")
    stop()
    # What is on the page when the watch begins is older than it.
    first = min(at for _, at in seen)
    delays = [at - called[text] for text, at in seen if text in called and at > first + 100]
    report("produce -> row at 1,000 records/s", delays, took, 120)


def main() -> None:
    with stack.running() as site, chromium.launched() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        stack.sign_in(page, site)
        commits(page, site)
        records(page, site)


if __name__ == "__main__":
    main()
