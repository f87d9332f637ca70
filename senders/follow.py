"""Follows a log file into `service-logs`, through rotation and restarts.

    python -m senders.follow /var/log/app.log --bootstrap host:9092 --service app

A line is text, or a JSON object with a message. Where it stands is kept beside the file (or under --state) and written
once the brokers have what came before: nothing is lost, and after a kill at most the last second is sent twice.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

from confluent_kafka import KafkaError, Message, Producer

TOPIC = "service-logs"
LINE = 256 * 1024  # bytes; the rest of a longer line is left out
READ = 1024 * 1024
SAVE = 1.0  # seconds between two positions
LOOK = 0.2  # seconds between two looks at a file that did not grow
LEVEL = re.compile(r"\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b", re.IGNORECASE)


def line_of(data: bytes, service: str) -> dict[str, Any]:
    """What is sent for one line. Pure."""
    text = data[:LINE].decode("utf-8", "replace").rstrip("\r\n")
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and isinstance(found.get("message"), str):
            return {"service": service, "level": "INFO"} | found
    level = LEVEL.search(text[:200])
    return {"service": service, "level": level[1].upper() if level else "INFO", "message": text}


class Follower:
    def __init__(self, path: Path, state: Path, producer: Producer, service: str) -> None:
        self.path, self.state, self.producer, self.service = path, state, producer, service
        self.failed = ""
        self.file: BinaryIO | None = None
        self.at = 0  # behind the last whole line that was handed over
        self.rest = b""

    def run(self, stop: threading.Event) -> None:
        """Raises OSError of the brokers' refusal: what was not taken is read again by the next one."""
        saved = time.monotonic()
        while not stop.is_set():
            grew = self._read()
            if time.monotonic() - saved >= SAVE or not grew:
                self.save()
                saved = time.monotonic()
            if not grew:
                stop.wait(LOOK)
        self.save()

    def save(self) -> None:
        """Where it stands, once all before it is with the brokers."""
        self.producer.flush(30)
        if self.failed or len(self.producer):
            raise OSError(f"Kafka does not take the lines: {self.failed or 'no answer'}")
        if self.file is not None:
            new = self.state.with_suffix(".new")
            new.write_text(json.dumps({"inode": os.fstat(self.file.fileno()).st_ino, "at": self.at}))
            new.replace(self.state)

    def _read(self) -> bool:
        """Whether there was something."""
        if self.file is None and not self._open():
            return False
        assert self.file is not None
        data = self.file.read(READ)
        if data:
            *lines, self.rest = (self.rest + data).split(b"\n")
            for line in lines:
                self._send(line)
                self.at += len(line) + 1
            if len(self.rest) > 2 * LINE:  # no end in sight: what is too long is not kept
                self._send(self.rest)
                self.at, self.rest = self.at + len(self.rest), b""
            return True
        self._turned()
        return False

    def _open(self) -> bool:
        known = self._known()
        try:
            self.file = self._same(known.get("inode")).open("rb")
        except FileNotFoundError:
            return False
        mine = os.fstat(self.file.fileno())
        self.at = known.get("at", 0) if known.get("inode") == mine.st_ino and known.get("at", 0) <= mine.st_size else 0
        self.file.seek(self.at)
        self.rest = b""
        return True

    def _same(self, inode: object) -> Path:
        """The file where it stood, also when it was rotated away meanwhile: what is left of it comes first."""
        for path in (self.path, *sorted(self.path.parent.glob(f"{self.path.name}*"))):
            if path.exists() and path.stat().st_ino == inode:
                return path
        return self.path

    def _turned(self) -> None:
        """At the end of what is open: is it still the file of that name, and as long?"""
        assert self.file is not None
        mine = os.fstat(self.file.fileno())
        try:
            there = self.path.stat()
        except FileNotFoundError:
            return  # it is being rotated: the next look finds the new one
        if there.st_ino != mine.st_ino:
            if self.rest:
                self._send(self.rest)
            self.save()
            self.state.unlink(missing_ok=True)  # done with it
            self.file.close()
            self.file = None
        elif there.st_size < self.at + len(self.rest):  # emptied in place
            self.file.seek(0)
            self.at, self.rest = 0, b""

    def _known(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.state.read_text()))
        except (OSError, ValueError, TypeError):
            return {}

    def _send(self, line: bytes) -> None:
        if not line.strip():
            return
        value = json.dumps(line_of(line, self.service)).encode()
        while True:
            try:
                self.producer.produce(TOPIC, value, self.service.encode(), on_delivery=self._delivered)
                break
            except BufferError:
                self.producer.poll(0.1)
        self.producer.poll(0)

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self.failed = self.failed or str(error.str())


def main() -> None:
    parser = argparse.ArgumentParser("python -m senders.follow")
    parser.add_argument("file", type=Path)
    parser.add_argument("--bootstrap", required=True, help="host:port")
    parser.add_argument("--service", required=True)
    parser.add_argument("--state", type=Path, help="where its place is kept; beside the file if not said")
    asked = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    settings = {"bootstrap.servers": asked.bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 20}
    producer = Producer(settings | {"compression.type": "lz4"})
    state = asked.state or asked.file.with_name(f".{asked.file.name}.place")
    Follower(asked.file, state, producer, asked.service).run(stop)


if __name__ == "__main__":
    main()
