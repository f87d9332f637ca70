"""A `logging` handler for a Python service: its lines as records of `service-logs`. One file, to be copied.

    logging.getLogger().addHandler(KafkaHandler("host:9092", "checkout"))

It never waits and never raises: what Kafka does not take in time, or cannot be sent, is dropped, counted, and said in a
line of its own as soon as lines go through again.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

LEVELS = ((50, "FATAL"), (40, "ERROR"), (30, "WARN"), (20, "INFO"), (10, "DEBUG"))
USUAL = frozenset(("CRITICAL", "WARNING", "NOTSET", "TRACE", *(name for _, name in LEVELS)))
OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "trace_id"}
EVERY = 0.1  # seconds between two looks for what was acknowledged


class KafkaHandler(logging.Handler):
    """`most`: lines that may wait for Kafka. `client`: more settings of confluent_kafka, acks and compression among
    them. `dropped`: lines lost so far. A level of one's own counts as the standard one below it, and its name stands
    under `level_name`. A line's `extra` goes along (as `extra_level`, where the line has a `level` of itself), and
    `trace_id` where the record has one."""

    def __init__(
        self, bootstrap: str, service: str, topic: str = "service-logs", *, most: int = 10_000, **client: Any
    ) -> None:
        super().__init__()
        self.service, self.topic = service, topic
        self._refused = self._failed = self._told = 0  # here, by Kafka; of both what was said
        self._settings: dict[str, Any] = {
            "bootstrap.servers": bootstrap,
            "acks": "1",
            "compression.type": "lz4",
            "partitioner": "murmur2_random",  # as Java
            "linger.ms": 50,
            "queue.buffering.max.messages": most,
            "message.timeout.ms": 30_000,
            "log_level": 0,  # librdkafka's own lines would come back to us
            **{name.replace("_", "."): value for name, value in client.items()},
        }
        self._producer: tuple[int, Producer] | None = None  # with the process it belongs to: clients survive no fork

    @property
    def dropped(self) -> int:
        """Lines that did not come to Kafka, as far as it is known."""
        return self._refused + self._failed

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._send(self._line(record))
        except Exception:
            self._refused += 1
            self.handleError(record)

    def flush(self, timeout: float = 5.0) -> None:
        """Waits for what is under way; called by `logging` at exit."""
        if self._producer is not None and self._producer[0] == os.getpid():
            self._producer[1].flush(timeout)

    def _line(self, record: logging.LogRecord) -> dict[str, Any]:
        line = {
            "service": self.service,
            "level": next((name for least, name in LEVELS if record.levelno >= least), "TRACE"),
            "message": record.getMessage(),
            "timestamp": round(record.created * 1000),
            "logger": record.name,
        }
        if record.levelname not in USUAL:
            line["level_name"] = record.levelname
        if trace := getattr(record, "trace_id", ""):
            line["trace_id"] = str(trace)
        if record.exc_info:
            line["exception"] = logging.Formatter().formatException(record.exc_info)
        extra = {name: value for name, value in vars(record).items() if name not in OWN}
        return line | {f"extra_{name}" if name in line else name: value for name, value in extra.items()}

    def _send(self, line: dict[str, Any]) -> None:
        untold = self.dropped - self._told
        if untold and self._produced(self._lost(untold)):
            self._told += untold
        if not self._produced(line):
            self._refused += 1

    def _produced(self, line: dict[str, Any]) -> bool:
        producer = self._of_this_process()
        try:
            data = json.dumps(line, default=str).encode()
            producer.produce(self.topic, data, self.service.encode(), on_delivery=self._delivered)
        except BufferError:
            return False
        return True

    def _lost(self, count: int) -> dict[str, Any]:
        lines = "1 line of this service was" if count == 1 else f"{count:,} lines of this service were"
        said = f"{lines} dropped: not taken by Kafka in time, or not possible to send."
        return {"service": self.service, "level": "WARN", "message": said}

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failed += 1

    def _of_this_process(self) -> Producer:
        """`logging` holds the handler's lock meanwhile."""
        known = self._producer
        if known is not None and known[0] == os.getpid():
            return known[1]
        producer = Producer(self._settings)
        self._producer = os.getpid(), producer
        threading.Thread(target=_polled, args=(producer,), name="kafka log handler", daemon=True).start()
        return producer


def _polled(producer: Producer) -> None:
    while True:
        producer.poll(EVERY)
