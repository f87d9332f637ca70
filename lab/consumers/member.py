"""One consumer of an experiment, a process of its own: `python -m lab.consumers.member`. No framework, so that what is
killed is a consumer and nothing else.

The first line of its input is {settings, topic, commit, batch, work_ms}, those that follow are what it is to do:
{"do": pause | resume | work | stand | stop, "ms": n}. The end of its input means that its parent is gone, and ends it.

Lines of JSON come out, [ms, what, ...]: one for each record the moment it is processed, so that a kill -9 takes none
of them back: "did" partition offset sequence | "committed" [[partition, offset]] | "refused" why |
"begins" [[partition, offset]]: from where, by Kafka's word |
"assigned" "revoked" "lost" [partition] | "joined" member id | "breach" | "error" why | "closed".
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from typing import Any

LOOK = 0.1  # seconds that a poll waits for records
ASK = 5.0  # seconds that Kafka's word may take
GRACE = 5.0  # seconds in which it leaves its group when its parent is gone
SLICE = 0.05  # seconds after which a member at work listens again


class Member:
    def __init__(self, setup: dict[str, Any], heard: queue.SimpleQueue[dict[str, Any]]) -> None:
        from confluent_kafka import Consumer

        self.topic, self.commit, self.batch = setup["topic"], setup["commit"], setup["batch"]
        self.work_ms, self.heard = setup["work_ms"], heard
        self.paused = self.stopping = self.changed = False
        self.stand_ms = 0
        self.id = ""
        self.client = Consumer(setup["settings"] | {"on_commit": self._on_commit})

    def run(self) -> None:
        told = {f"on_{name}": self._told(what) for name, what in _CALLBACKS.items()}
        self.client.subscribe([self.topic], **told)
        while not self.stopping:
            self._listen()
            self._work_off(self._poll())
        self.client.close()
        say("closed")

    def _poll(self) -> list[Any]:
        from confluent_kafka import KafkaError, KafkaException

        try:
            messages = self.client.consume(self.batch, LOOK)
        except KafkaException as error:
            say("error", error.args[0].str())
            time.sleep(LOOK)  # a fatal one comes back at once
            return []
        if not messages:
            self._stand()  # over a record if there is one
        self._name()
        if self.changed:
            self.changed = False
            self._pause(self.paused)
            self._begins()
        for wrong in filter(None, [m.error() for m in messages]):
            if wrong.code() == KafkaError._MAX_POLL_EXCEEDED:
                say("breach")
            else:
                say("error", wrong.str())
        return [m for m in messages if m.error() is None]

    def _work_off(self, messages: list[Any]) -> None:
        if messages and self.commit == "before" and not self._commit(messages):
            return self._back(messages)
        for message in messages:
            self._process(message)
        if messages and self.commit == "after":
            self._commit(messages)

    def _process(self, message: Any) -> None:
        """What takes time comes first: a member that is killed at it has not processed this record."""
        until = time.monotonic() + self.work_ms / 1000
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, SLICE))
            self._listen()
        self._stand()
        value = message.value() or b""
        say("did", message.partition(), message.offset(), int(value) if value.isdigit() else None)
        if self.commit == "auto":
            self._store(message)

    def _stand(self) -> None:
        """Neither polls nor processes for so long. Its client goes on with heartbeats, as it does in every program."""
        if self.stand_ms:
            wait, self.stand_ms = self.stand_ms, 0
            time.sleep(wait / 1000)

    def _store(self, message: Any) -> None:
        from confluent_kafka import KafkaException

        try:
            self.client.store_offsets(message)
        except KafkaException:
            return  # the partition is another's by now: it will be read there again

    def _commit(self, messages: list[Any]) -> bool:
        from confluent_kafka import KafkaException, TopicPartition

        ends = {m.partition(): m.offset() + 1 for m in messages}
        try:
            done = self.client.commit(
                offsets=[TopicPartition(self.topic, p, offset) for p, offset in ends.items()], asynchronous=False
            )
        except KafkaException as error:
            say("refused", str(error.args[0].str()))
            return False
        self._on_commit(None, done)
        return all(p.error is None for p in done)

    def _back(self, messages: list[Any]) -> None:
        """Records whose commit was refused are not processed: they come again, here or at another member."""
        from confluent_kafka import KafkaException, TopicPartition

        firsts: dict[int, int] = {}
        for m in messages:
            firsts.setdefault(m.partition(), m.offset())
        for partition, offset in firsts.items():
            try:
                self.client.seek(TopicPartition(self.topic, partition, offset))
            except KafkaException:
                continue  # another's by now

    def _listen(self) -> None:
        while not self.heard.empty():
            order = self.heard.get()
            match order["do"]:
                case "pause" | "resume":
                    self.paused = order["do"] == "pause"
                    self._pause(self.paused)
                case "work":
                    self.work_ms = order["ms"]
                case "stand":
                    self.stand_ms = order["ms"]
                case "stop":
                    self.stopping = True

    def _pause(self, paused: bool) -> None:
        mine = self.client.assignment()
        if mine:
            (self.client.pause if paused else self.client.resume)(mine)

    def _begins(self) -> None:
        """A member that was killed at work has heard of no commit of its own since its last poll; Kafka has."""
        from confluent_kafka import KafkaException

        try:
            found = self.client.committed(self.client.assignment(), ASK)
        except KafkaException:
            return  # the next assignment is on its way
        if begins := [[p.partition, p.offset] for p in found if p.error is None and p.offset >= 0]:
            say("begins", begins)

    def _name(self) -> None:
        if (name := self.client.memberid() or "") != self.id:
            self.id = name
            say("joined", name)

    def _told(self, what: str) -> Any:
        def told(_: Any, partitions: list[Any]) -> None:
            self.changed = True
            say(what, sorted(p.partition for p in partitions))

        return told

    def _on_commit(self, error: Any, partitions: list[Any]) -> None:
        if error is not None and error.name() != "_NO_OFFSET":
            say("refused", error.str())
        done = [[p.partition, p.offset] for p in partitions if p.error is None and p.offset >= 0]
        if done and error is None:
            say("committed", done)


_CALLBACKS = {"assign": "assigned", "revoke": "revoked", "lost": "lost"}


def say(what: str, *more: Any) -> None:
    """In one write, past every buffer of this process."""
    try:
        os.write(1, json.dumps([round(time.time() * 1000), what, *more]).encode() + b"\n")
    except BrokenPipeError:
        os._exit(0)  # its parent is gone


def listen(heard: queue.SimpleQueue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        heard.put(json.loads(line))
    threading.Timer(GRACE, os._exit, (0,)).start()
    heard.put({"do": "stop"})


def main() -> None:
    setup, heard = json.loads(sys.stdin.readline()), queue.SimpleQueue[dict[str, Any]]()
    threading.Thread(target=listen, args=(heard,), daemon=True).start()
    Member(setup, heard).run()


if __name__ == "__main__":
    main()
