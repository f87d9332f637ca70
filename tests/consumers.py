"""A consumer in a process of its own, which can be killed as a real one dies. It tells what its callbacks told it.

As a program: `python -m tests.consumers '{"bootstrap": ..., "topics": [...], "settings": {...}}'`; lines of JSON
[ms, assigned | revoked | lost, [[topic, partition], ...]] and [ms, "committed", [[topic, partition, offset], ...]]
come out, and the end of its input closes it in order. At a record with the value POISON it stands still for good.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.stack import ROOT

COMMIT_EVERY = 0.5  # seconds
POISON = b"poison"


@dataclass
class Consumer:
    process: subprocess.Popen[str]
    told: list[tuple[int, str, list[tuple[str, int]]]] = field(default_factory=list)
    committed: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)  # place -> when (ms), offset

    @property
    def owns(self) -> set[tuple[str, int]]:
        return self.owned(2**53)

    def owned(self, at: int) -> set[tuple[str, int]]:
        """At that moment (ms), as far as it knew."""
        owned: set[tuple[str, int]] = set()
        for told, what, places in list(self.told):
            if told <= at:
                owned = owned | set(places) if what == "assigned" else owned - set(places)
        return owned

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """In order: it leaves its group."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            at, what, places = json.loads(line)
            if what == "committed":
                self.committed |= {(topic, partition): (at, offset) for topic, partition, offset in places}
                continue
            self.told.append((at, what, [(topic, partition) for topic, partition in places]))


@contextmanager
def consumers(bootstrap: str) -> Iterator[Any]:
    """`start(group, topics, client_id, **settings)`; what still runs at the end is killed."""
    started: list[Consumer] = []

    def start(group: str, topics: str | list[str], client_id: str, **settings: Any) -> Consumer:
        names = [topics] if isinstance(topics, str) else topics
        given = {name.replace("_", "."): value for name, value in settings.items()}
        asked = {
            "bootstrap": bootstrap,
            "topics": names,
            "settings": {"group.id": group, "client.id": client_id} | given,
        }
        command = [sys.executable, "-m", "tests.consumers", json.dumps(asked)]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        one = Consumer(subprocess.Popen(command, cwd=ROOT, **pipes))
        threading.Thread(target=one.read, daemon=True).start()
        started.append(one)
        return one

    try:
        yield start
    finally:
        for one in started:
            if one.process.poll() is None:
                one.kill()


def main(asked: dict[str, Any]) -> None:
    from confluent_kafka import Consumer as Client
    from confluent_kafka import KafkaException, TopicPartition

    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    settings = {"bootstrap.servers": asked["bootstrap"], "enable.auto.commit": False, "log_level": 2}

    def committed(error: Any, partitions: list[Any]) -> None:
        if error is None:
            places = [[p.topic, p.partition, p.offset] for p in partitions if p.error is None]
            print(json.dumps([round(time.time() * 1000), "committed", places]), flush=True)

    settings |= {"auto.offset.reset": "earliest", "on_commit": committed}
    client = Client(settings | asked["settings"])

    def tell(what: str) -> Any:
        def told(_: Any, partitions: list[Any]) -> None:
            places = [[p.topic, p.partition] for p in partitions]
            print(json.dumps([round(time.time() * 1000), what, places]), flush=True)

        return told

    client.subscribe(asked["topics"], on_assign=tell("assigned"), on_revoke=tell("revoked"), on_lost=tell("lost"))
    looked, stands = 0.0, dict[tuple[str, int], int]()
    while not ended.is_set():
        message = client.poll(0.05)
        if message is not None and message.error() is None and message.value() == POISON:
            stands[message.topic(), message.partition()] = message.offset()
            client.pause([TopicPartition(message.topic(), message.partition())])
        if time.monotonic() - looked >= COMMIT_EVERY and client.assignment():
            looked = time.monotonic()
            positions = [p for p in client.position(client.assignment()) if p.offset >= 0]
            for p in positions:
                p.offset = stands.get((p.topic, p.partition), p.offset)
            if positions:
                try:
                    client.commit(offsets=positions, asynchronous=True)
                except KafkaException:
                    continue  # it is losing its place: what it committed last stays
    client.close()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
