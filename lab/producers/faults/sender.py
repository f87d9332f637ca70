"""One producer through a fault, a process of its own: numbered records at a steady rate, what it was told of each.

    python -m lab.producers.faults.sender       on stdin a line of JSON: {kafka, topic, rate}; then {"do": "stop"}

It says [ms, handed over, acknowledged, failed] four times a second, and at its end {acked, failed: [[first, last], ..],
errors}. Whoever started it closes stdin, or dies: then it ends at once. Knows no framework.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from lab.producers.faults.spans import spans

TELL = 0.25  # seconds
SLEEP = 0.005


class Sender:
    def __init__(self, kafka: dict[str, Any], topic: str, rate: int) -> None:
        self.topic, self.rate = topic, rate
        self.producer = Producer(kafka)
        self.handed = 0
        self.acked: list[int] = []
        self.failed: list[int] = []
        self.errors: dict[str, int] = {}
        self.told = 0.0

    def run(self, stop: threading.Event) -> None:
        begun = time.monotonic()
        while not stop.is_set():
            due = int((time.monotonic() - begun) * self.rate)
            while self.handed < due:
                number = self.handed
                try:
                    self.producer.produce(self.topic, b"%d" % number, on_delivery=self._heard(number))
                except BufferError:
                    break  # as many as the client holds: those that are due go later
                self.handed += 1
            self.producer.poll(SLEEP)
            self._tell()
        # Every record gets its word at last: acknowledged, or failed after message.timeout.ms.
        while self.producer.flush(TELL):
            self._tell()
        self._tell(last=True)

    def _heard(self, number: int) -> Any:
        def heard(error: KafkaError | None, message: Message) -> None:
            if error is None:
                self.acked.append(number)
                return
            self.failed.append(number)
            self.errors[error.name()] = self.errors.get(error.name(), 0) + 1

        return heard

    def _tell(self, last: bool = False) -> None:
        if last or time.monotonic() - self.told >= TELL:
            self.told = time.monotonic()
            say([round(time.time() * 1000), self.handed, len(self.acked), len(self.failed)])


def say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    setup, stop = json.loads(sys.stdin.readline()), threading.Event()

    def listen() -> None:
        for _ in sys.stdin:
            stop.set()
        os._exit(0)  # who started it is gone, or wants no more of it

    sender = Sender(**setup)
    threading.Thread(target=listen, daemon=True).start()
    sender.run(stop)
    say({"acked": spans(sender.acked), "failed": spans(sender.failed), "errors": sender.errors})


if __name__ == "__main__":
    main()
