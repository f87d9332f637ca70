from __future__ import annotations

import threading
import time
import uuid

import pytest
from confluent_kafka import KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from gateway.config import ClusterConfig
from live.reader_link import ReaderLink
from reader.query import Query
from reader.replies import Frame
from reader.requests import Credit, Tail

WITHIN = 20.0  # seconds


class Topic:
    """A topic of its own on the real broker."""

    def __init__(self, bootstrap: str, partitions: int, config: dict[str, str] | None = None) -> None:
        self.name = f"reader-{uuid.uuid4().hex[:10]}"
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        self.partitions, self.config = partitions, config or {}
        self.create()

    def create(self) -> None:
        forever = {
            "retention.ms": "-1",
            **self.config,
        }  # the records are stamped years ago: the cleaner would take them in the middle
        self.admin.create_topics([NewTopic(self.name, self.partitions, 1, config=forever)])[self.name].result(WITHIN)
        soon(self.is_led)

    def is_led(self) -> bool:
        """And its leaders know it: a moment later they do."""
        latest = {TopicPartition(self.name, n): OffsetSpec.latest() for n in range(self.partitions)}
        try:
            for answer in self.admin.list_offsets(latest, request_timeout=WITHIN).values():
                answer.result(WITHIN)
        except KafkaException:
            return False
        return True

    def delete(self) -> None:
        self.admin.delete_topics([self.name])[self.name].result(WITHIN)

    def produce(self, bootstrap: str, count: int, value: str = "record {n}", **settings) -> None:
        """Round robin over the partitions, one millisecond apart."""
        producer = Producer({"bootstrap.servers": bootstrap, **settings})
        for n in range(count):
            text = value.format(n=n).encode()
            producer.produce(self.name, text, partition=n % self.partitions, timestamp=1_700_000_000_000 + n)
            producer.poll(0)
        assert producer.flush(WITHIN) == 0


class Heard:
    """Collects the replies of one tail; gives a credit for each frame when `eager`."""

    def __init__(self, link: ReaderLink, eager: bool = True) -> None:
        self.link, self.eager = link, eager
        self.replies = []
        self.changed = threading.Condition()

    def __call__(self, reply) -> None:
        with self.changed:
            self.replies.append(reply)
            self.changed.notify_all()
        if self.eager and isinstance(reply, Frame):
            self.link.tell(Credit(self.id, 1))  # the frame may be for others too

    def until(self, ready):
        """What `ready(replies)` gives, as soon as that is true."""
        with self.changed:
            assert self.changed.wait_for(lambda: ready(self.replies), WITHIN), self.replies[-3:]
            return ready(self.replies)

    def first(self, kind, **wanted):
        """The first reply of a kind whose attributes are these."""

        def found(replies):
            return next(
                (r for r in replies if isinstance(r, kind) and all(getattr(r, k) == v for k, v in wanted.items())), None
            )

        return self.until(found)

    @property
    def frames(self) -> list[Frame]:
        return [r for r in self.replies if isinstance(r, Frame)]

    @property
    def seen(self) -> int:
        return sum(f.seen for f in self.frames)

    @property
    def accounted(self) -> int:
        return sum(len(f.rows) + sum(p.count for p in f.passed) for f in self.frames)


@pytest.fixture(scope="session")
def config(bootstrap) -> ClusterConfig:
    return ClusterConfig(bootstrap)


@pytest.fixture(scope="session")
def link():
    """One reader for all tests that do not kill it."""
    link = ReaderLink(512)
    yield link
    link.close()


@pytest.fixture
def own_link():
    link = ReaderLink(512)
    yield link
    link.close()


@pytest.fixture
def a_topic(bootstrap):
    made = []

    def make(partitions: int = 3, count: int = 0, value: str = "record {n}", config=None) -> Topic:
        made.append(Topic(bootstrap, partitions, config))
        made[-1].produce(bootstrap, count, value)
        return made[-1]

    yield make
    for topic in made:
        topic.admin.delete_topics([topic.name])


@pytest.fixture
def tail(config):
    """Begin a tail and wait until it stands."""
    begun = []

    def begin(link, topic: str, *, eager: bool = True, credit: int = 8, offsets=None, hold=False, **query) -> Heard:
        heard = Heard(link, eager)
        asked = Tail(0, Query(config.fingerprint, topic, **query), offsets or {}, credit, hold)
        heard.id = link.send(config, asked, heard)
        begun.append(heard)
        heard.until(len)
        return heard

    yield begin
    for heard in begun:
        heard.link.forget(heard.id)


def soon(ready) -> None:
    deadline = time.monotonic() + WITHIN
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)
