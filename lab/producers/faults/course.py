"""The course of a fault: a broker of its own, three producers behind a proxy, the fault in their middle, and the topics
read back. No database: `tell` hears what it does, `wait` waits and may end it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from broker.trouble import Trouble
from gateway.closing import close_later
from lab.child import Child
from lab.producers.faults.asked import DEAF, WAYS, Asked, Way, client
from lab.producers.faults.private import Private, ready
from lab.producers.faults.proxy import Proxy
from lab.producers.faults.reading import read_back
from lab.producers.faults.story import Story
from lab.producers.faults.tally import Tally, tally

T = TypeVar("T")

BEFORE = 3  # seconds' worth of records that all producers have been told of before the fault
AFTER = 2  # and after it
DOWNLOAD = 600.0  # seconds
UP = 120.0  # seconds that a broker may take to answer, on a busy machine and after a crash
AGAIN = 45.0  # seconds after which records are gone on with that nobody was told of: librdkafka waits 10 to reconnect
ENDING = 40.0  # seconds beyond message.timeout.ms


class Broken(Exception):
    """`str(broken)` says why it cannot go on."""


class Wait(Protocol):
    def __call__(self, done: Callable[[], bool], seconds: float, why: str) -> None:
        """Raises Broken(why) when it is not done after so many seconds."""


class Course:
    def __init__(self, asked: Asked, folder: Path, tell: Callable[[str], None], wait: Wait) -> None:
        self.story = Story()
        self._asked, self._folder, self._tell, self._wait = asked, folder, tell, wait
        self._ends: list[dict[str, Any]] = [{} for _ in WAYS]

    def go(self) -> list[Tally]:
        """Raises Broken, Trouble, reading.Unread, and what `wait` raises. Nothing of it is left, but when it
        is cancelled while the folder is formatted: that folder is the sweep's."""
        self._tell("Java and Kafka are made ready")
        found, class_path = self._aside(ready, DOWNLOAD, "Kafka and Java could not be downloaded in ten minutes.")
        with Private(self._folder, found, class_path) as broker, Proxy(broker.port) as proxy:
            self._tell("its broker starts")
            dies = self._asked.fault == "restart"
            self._aside(lambda: broker.prepare(proxy.port, dies), UP, "The private broker could not be prepared.")
            broker.start()
            self._wait(broker.answers, UP, "The private broker did not start.")
            kafka = {"bootstrap.servers": f"127.0.0.1:{proxy.port}"}
            self._aside(lambda: _make_topics(kafka), UP, "The private broker made no topics.")
            children: list[Child] = []
            try:
                for i, way in enumerate(WAYS):
                    children.append(self._born(kafka, i, way))
                self._tell("all is well")
                self._wait(lambda: self._acked(BEFORE), UP, "The producers did not come to write.")
                self._break(broker, proxy)
                self._tell("it comes back")
                before = [samples[-1][2] for samples in self.story.samples]
                self._patiently(lambda: self._acked(AFTER, before), AGAIN)
                self._tell("what is under way is sent")
                for child in children:
                    child.tell({"do": "stop"})
                self._wait(lambda: all(self._ends), self._asked.give_up + ENDING, "A producer came to no end.")
            finally:
                for child in children:
                    child.kill()
            self._tell("the topics are read back")
            return [self._proof(kafka, i, way) for i, way in enumerate(WAYS)]

    def _break(self, broker: Private, proxy: Proxy) -> None:
        seconds = self._asked.seconds
        self.story.began = now()
        match self._asked.fault:
            case "pause":
                self._tell("the broker stands still")
                broker.pause()
                self._pass(seconds)
                broker.resume()
            case "restart":
                self._tell("the broker's machine has lost power")
                proxy.lose("dead")
                broker.kill()
                self._pass(seconds)
                broker.start()
                proxy.mend()
            case "cut":
                deaf = min(DEAF, seconds / 2)
                self._tell("the network is gone")
                proxy.lose("deaf")
                self._pass(deaf)
                proxy.lose("dead")
                self._pass(seconds - deaf)
                proxy.mend()
        self.story.ended = now()
        self._tell("the broker starts again" if self._asked.fault == "restart" else "it comes back")
        self._wait(broker.answers, UP, "The private broker did not come back.")
        self.story.back = now()

    def _proof(self, kafka: dict[str, Any], i: int, way: Way) -> Tally:
        start, log = self._aside(lambda: read_back(kafka, way.topic), UP, f"{way.topic} could not be read back.")
        end, handed = self._ends[i], self.story.samples[i][-1][1]
        return tally(handed, end["acked"], end["failed"], end["errors"], start, log)

    def _born(self, kafka: dict[str, Any], i: int, way: Way) -> Child:
        def heard(line: Any) -> None:
            if isinstance(line, dict):
                self._ends[i] = line
            else:
                self.story.samples[i].append(line)

        setup = {"kafka": kafka | client(way, self._asked), "topic": way.topic, "rate": self._asked.rate}
        return Child("lab.producers.faults.sender", setup, heard)

    def _acked(self, seconds: int, before: list[int] | None = None) -> bool:
        """Whether every producer was told of so many seconds' records, beyond `before`."""
        return all(
            bool(samples) and samples[-1][2] >= was + seconds * self._asked.rate
            for samples, was in zip(self.story.samples, before or [0] * len(WAYS), strict=True)
        )

    def _pass(self, seconds: float) -> None:
        self._patiently(lambda: False, seconds)

    def _patiently(self, done: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        self._wait(lambda: done() or time.monotonic() >= until, seconds + UP, "The worker stood still.")

    def _aside(self, work: Callable[[], T], seconds: float, why: str) -> T:
        """Done on another thread, so that a cancel is heard meanwhile."""
        results: list[T] = []
        errors: list[Exception] = []

        def run() -> None:
            try:
                results.append(work())
            except Exception as error:
                errors.append(error)

        thread = threading.Thread(target=run, name="lab fault", daemon=True)
        thread.start()
        self._wait(lambda: not thread.is_alive(), seconds, why)
        if errors:
            raise errors[0]
        return results[0]


def _make_topics(kafka: dict[str, Any]) -> None:
    admin = AdminClient(kafka)  # it has to live until it was answered
    try:
        for made in admin.create_topics([NewTopic(way.topic, 1, 1) for way in WAYS]).values():
            made.result(UP)
    except KafkaException as error:
        raise Trouble(f"The private broker made no topics: {error.args[0].str()}.") from error
    finally:
        close_later(admin)


def now() -> int:
    return round(time.time() * 1000)
