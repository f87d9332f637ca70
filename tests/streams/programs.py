"""The stream programs as processes on a broker of their own, and what a committed reader sees of them."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "streams" / ".venv" / "bin" / "python"
CI = os.environ.get("CI") in ("true", "1")
IDLE = 3.0  # seconds without a new record after which a topic counts as read
WITHIN = 90.0  # seconds, all in all


@pytest.fixture
def broker(own_kafka) -> str:
    if not PYTHON.exists() and not CI:
        pytest.skip("make test installs streams/.venv")
    return own_kafka().bootstrap


@pytest.fixture
def start(broker, tmp_path) -> Iterator[Callable[..., subprocess.Popen]]:
    running: list[subprocess.Popen] = []

    def begin(program: str, instance: int = 1, *more: str) -> subprocess.Popen:
        command = [str(PYTHON), "-m", f"streams.{program}", "--bootstrap", broker]
        command += [] if program in ("sink", "shop_view") else ["--state", str(tmp_path)]
        log = (tmp_path / f"{program}-{instance}.log").open("ab")
        process = subprocess.Popen([*command, "--instance", str(instance), *more], cwd=ROOT, stdout=log, stderr=log)
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()


def write(broker: str, topic: str, partitions: int, records: list[tuple[bytes | None, bytes]]) -> None:
    admin = AdminClient({"bootstrap.servers": broker})
    if topic not in admin.list_topics(timeout=10).topics:
        admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(10)
    # In order, also while the leader of a new topic does not know it: a mere retry puts early batches behind late ones.
    producer = Producer({"bootstrap.servers": broker, "linger.ms": 20, "enable.idempotence": True})
    for key, value in records:
        producer.produce(topic, value, key)
        producer.poll(0)
    assert producer.flush(20) == 0


class Reader:
    """What was said last under each key, by topic: as a committed reader sees it."""

    def __init__(self, broker: str, *topics: str) -> None:
        settings = {"bootstrap.servers": broker, "group.id": "reader", "auto.offset.reset": "earliest"}
        committed = {"isolation.level": "read_committed", "topic.metadata.refresh.interval.ms": 500}
        self.consumer = Consumer(settings | committed)
        self.consumer.subscribe(list(topics))
        self.last: dict[str, dict[str, dict]] = {topic: {} for topic in topics}
        self.dead: list[tuple[str, str]] = []  # of dead letters that came as they were: the code, and the sentence

    def read(self, seconds: float) -> int:
        count, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            for message in self.consumer.consume(1000, 0.2):
                if message.error() is not None:
                    continue
                count += 1
                headers = dict(message.headers() or ())
                if why := headers.get("highwater.error"):
                    self.dead.append((headers["highwater.error.code"].decode(), why.decode()))
                else:
                    self.last[message.topic()][message.key().decode()] = json.loads(message.value())
        return count

    def read_until(self, done: Callable[[], bool], *, settled: bool = True) -> None:
        deadline = time.monotonic() + WITHIN
        while not done():
            assert time.monotonic() < deadline, {topic: len(found) for topic, found in self.last.items()}
            self.read(0.2)
        while settled and self.read(IDLE):
            assert time.monotonic() < deadline + WITHIN
