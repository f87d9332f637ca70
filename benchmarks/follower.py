"""The follower at 40,000 commits a second, and from a commit to the marker in Chromium meanwhile.

    python -m benchmarks.follower

The whole of Highwater runs as `make run` starts it; 200 groups commit 50 partitions each, four times a second, so that
hardly a commit is overtaken within a frame. Processor time is the follower's whole process; the ratio is against a bare
consumer of `__consumer_offsets` that keeps the newest value of each key and does nothing else, in the same run.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import redis
from confluent_kafka import Consumer, TopicPartition

from benchmarks import fixture, raw
from benchmarks.browser import WATCH, Committer, report
from benchmarks.processor import used
from gateway.offsets_log import TOPIC
from live import bus
from live.frame import OffsetsFrame
from tests import chromium, stack
from tests.faults.processes import ours

GROUPS, TOPICS, PARTITIONS = 200, 20, 50
PER_SECOND = 40_000  # committed offsets
CONNECTIONS = 4
SECONDS = 20
WATCHED = "bench-watched-0000"
PLAIN = {
    "group.id": "bench-bare",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "fetch.queue.backoff.ms": 5,
    "fetch.wait.max.ms": 100,
}


class Load(threading.Thread):
    """Some of the groups, one after the other, at their share of the rate. A commit that is late is not left out."""

    def __init__(self, bootstrap: str, topics: list[str], share: int) -> None:
        super().__init__(daemon=True)
        self.line, self.sent, self.ended = raw.Connection(bootstrap), 0, threading.Event()
        self.groups = [(f"bench-load-{n:03d}", topics[n % TOPICS]) for n in range(share, GROUPS, CONNECTIONS)]

    def run(self) -> None:
        offset, begun, waiting = 0, time.monotonic(), 0
        while not self.ended.is_set():
            offset += 1
            for group, topic in self.groups:
                rows = [(p, offset) for p in range(PARTITIONS)]
                self.line.post(raw.COMMIT, raw.commit(group, -1, "", topic, rows))
                waiting += 1
                if waiting >= 20:
                    assert not raw.commit_errors(self.line.answer())
                    waiting -= 1
                self.sent += PARTITIONS
                due = begun + self.sent * CONNECTIONS / PER_SECOND
                if due > time.monotonic():
                    time.sleep(due - time.monotonic())
        for _ in range(waiting):
            self.line.answer()
        self.line.close()


class Counting(threading.Thread):
    """Commits that the follower has told of, by its own count."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.frames = redis.Redis.from_url(url).pubsub(ignore_subscribe_messages=True)
        self.ended = threading.Event()
        self.told: list[tuple[float, int]] = []

    def run(self) -> None:
        decoder = msgspec.msgpack.Decoder(OffsetsFrame)
        self.frames.psubscribe(bus.offsets_channel("*"))
        while not self.ended.is_set():
            message = self.frames.get_message(timeout=0.5)
            if message is not None:
                self.told.append((time.monotonic(), decoder.decode(message["data"]).n))

    @property
    def per_second(self) -> float:
        (begun, first), (ended, last) = self.told[0], self.told[-1]
        return (last - first) / (ended - begun)


@contextmanager
def bare(bootstrap: str) -> Iterator[int]:
    """A process that does `keep_newest`; its id."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.follower", bootstrap], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()  # it reads
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def keep_newest(bootstrap: str) -> None:
    consumer = Consumer({"bootstrap.servers": bootstrap, **PLAIN})
    partitions = consumer.list_topics(TOPIC, timeout=20).topics[TOPIC].partitions
    ends = [consumer.get_watermark_offsets(TopicPartition(TOPIC, p), timeout=20)[1] for p in partitions]
    consumer.assign([TopicPartition(TOPIC, p, end) for p, end in zip(partitions, ends, strict=True)])
    newest = {}
    print("reading", flush=True)
    while True:
        first = consumer.poll(0.2)
        if first is not None:
            for message in [first, *consumer.consume(5000, 0)]:
                newest[message.key()] = message.value()
            time.sleep(0.005)


def main() -> None:
    with stack.running() as site, chromium.launched() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        stack.sign_in(page, site)
        topics = fixture.topics(site.bootstrap, TOPICS, PARTITIONS, "bench-load")
        fixture.groups(site.bootstrap, 1, topics, 1, "bench-watched")
        load = [Load(site.bootstrap, topics, share) for share in range(CONNECTIONS)]
        for one in load:
            one.start()
        page.wait_for_timeout(7000)  # one poll, so that the group has a page
        page.goto(f"{site.url}/c/local/groups/{WATCHED}/")
        page.wait_for_selector('[data-f="committed"]')
        committer = Committer(site.bootstrap, WATCHED, topics[0], 20)
        committer.start()
        page.wait_for_timeout(5000)

        counting = Counting(f"unix://{site.data}/redis/redis.sock")
        follower = ours(site.pid)["follower"]
        with bare(site.bootstrap) as other:
            page.evaluate(WATCH, '[data-f="committed"]')
            begun, before = time.monotonic(), sum(one.sent for one in load)
            spent, spent_bare = used(follower), used(other)
            counting.start()
            page.wait_for_timeout(SECONDS * 1000)
            counting.ended.set()
            passed = time.monotonic() - begun
            sent = (sum(one.sent for one in load) - before) / passed
            ours_share, bare_share = (used(follower) - spent) / passed, (used(other) - spent_bare) / passed
        seen = page.evaluate("window.seen")
        committer.ended.set()
        for one in load:
            one.ended.set()
        committer.join()
        heard = counting.per_second
        print(f"committed {sent:,.0f} offsets/s, followed {heard:,.0f}/s: {heard / sent:.1%}")
        print(f"the follower takes {ours_share:.1%} of a core (goal <= 15 %)")
        print(f"  a bare consumer {bare_share:.1%}; follower / bare = {ours_share / bare_share:.1f}")
        shown = [(int(text.replace(",", "")), at) for text, at in seen[1:]]
        delays = [at - committer.called[offset] for offset, at in shown if offset in committer.called]
        report("commit -> marker meanwhile", delays, committer.took, 250)


if __name__ == "__main__":
    keep_newest(sys.argv[1]) if len(sys.argv) > 1 else main()
