"""Follows a log file into `service-logs`, through rotation and restarts.

    python -m senders.follow /var/log/app.log --bootstrap host:9092 --service app

A line is text, or a JSON object with a message. Where it stands is kept beside the file (or under --state) and written
once the brokers have what came before: after a kill at most the last second is sent twice. While Kafka is away it
waits; a line that Kafka refuses is told on stderr and tried again, and what follows waits for it. A file that was
rotated away is read on for some seconds, for who still writes to it. Emptied in place *and* filled beyond the old place
within a fifth of a second is the one thing that it cannot see.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import signal
import sys
import threading
import time
from bisect import bisect_right
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from confluent_kafka import KafkaError, KafkaException, Message, Producer

TOPIC = "service-logs"
LINE = 256 * 1024  # bytes, of the line and of what is sent for it; the rest of a longer one is left out
READ = 1024 * 1024
SAVE = 1.0  # seconds between two positions
AGAIN = 5.0  # seconds until a line that was refused is tried again
LOOK = 0.2  # seconds between two looks at a file that did not grow
GRACE = 3.0  # seconds without a line after which a file that was rotated away is left
ROTATED = re.compile(r"[.-](\d[\d.T_-]*)")  # what is added to the name: .1, -20261103, .2026-11-03_12
LEVEL = re.compile(r"\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b", re.IGNORECASE)

#: What a file of --config may say: how the brokers are reached. What a promise of ours rests on is not among it.
CLIENT = (
    "security.protocol", "sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.password",
    "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.key.password", "ssl.keystore.location",
    "ssl.keystore.password", "ssl.endpoint.identification.algorithm", "client.id", "compression.type",
)  # fmt: skip


def line_of(data: bytes, service: str) -> bytes:
    """What is sent for one line: JSON of at most LINE bytes, with `truncated` where something was left out. Pure."""
    text = data[:LINE].decode("utf-8", "replace").rstrip("\r\n")
    if text.startswith("{"):
        try:
            found = json.loads(text)
            if isinstance(found, dict) and isinstance(found.get("message"), str):
                value = _json({"service": service, "level": "INFO"} | found)
                if len(value) <= LINE:
                    return value
        except (ValueError, RecursionError):
            pass  # it is text
    level = LEVEL.search(text[:200])
    line = {"service": service, "level": level[1].upper() if level else "INFO", "message": text}
    if len(data) <= LINE and len(value := _json(line)) <= LINE:
        return value
    line["truncated"] = True
    room = LINE - len(_json(line | {"message": ""}))
    # One byte may become six (a control character) and a quote two: what fits is known only when it is written.
    length = bisect_right(range(1, len(text) + 1), room, key=lambda n: len(_json(text[:n])) - len('""'))
    return _json(line | {"message": text[:length]})


def _json(value: object) -> bytes:
    """A lone surrogate, which JSON can escape and UTF-8 cannot write, becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _age(added: str, mtime: int) -> tuple[int, int]:
    """Sorts what was rotated away, oldest first: .2 is older than .1; dates have many orders, the files know theirs."""
    return (-int(added), 0) if added.isdecimal() and len(added) < 6 else (0, mtime)


class Follower:
    def __init__(self, path: Path, state: Path, producer: Producer, service: str) -> None:
        self.path, self.state, self.producer, self.service = path, state, producer, service
        self.skips = False  # the rest of a line that is too long
        self.heard = 0.0  # when the file last grew
        self.file: BinaryIO | None = None
        self.at = 0  # behind the last whole line that was handed over
        self.rest = b""
        self.turn = 0  # how often a file was begun anew: a place in the one before means nothing
        self.refused: tuple[int, str] | None = None  # the first line that Kafka refused: where it begins, why
        self.told = ""  # the reason that stderr was told last, until a place is kept again

    def run(self, stop: threading.Event) -> None:
        """What the brokers did not take when it ends is read again by the next one. Raises KafkaException when the
        producer takes nothing any more: as an idempotent one does whose user may not write, also when he may later."""
        saved = time.monotonic()
        while not stop.is_set():
            grew = self._read()
            if time.monotonic() - saved >= SAVE or not grew or self.refused:
                while self.producer.flush(5) and not stop.is_set():
                    pass  # Kafka is away
                if stop.is_set():
                    break
                saved = time.monotonic()
                if self.refused:
                    self._back(*self.refused)
                    stop.wait(AGAIN)
                    continue
                self.save()
            if not grew:
                stop.wait(LOOK)
        self.save()

    def save(self) -> bool:
        """Where it stands, once all before it is with the brokers; False while they do not have it, or refused it."""
        if self.producer.flush(5) or self.refused:
            return False
        self.told = ""
        if self.file is not None:
            self._keep(self.file)
        return True

    def _keep(self, file: BinaryIO, done: bool = False) -> None:
        new, mine = self.state.with_suffix(".new"), os.fstat(file.fileno())
        new.write_text(json.dumps({"inode": mine.st_ino, "at": self.at, "mtime": mine.st_mtime_ns, "done": done}))
        new.replace(self.state)

    def _back(self, at: int, why: str) -> None:
        """To the first line that was refused, when nothing is under way: those before it are with the brokers."""
        assert self.file is not None
        if why != self.told:
            print(f"{self.path}: Kafka refused a line, which is tried again until it is taken: {why}", file=sys.stderr)
        self.file.seek(at)
        self.at, self.rest, self.skips, self.refused, self.told = at, b"", False, None, why
        self._keep(self.file)

    def _read(self) -> bool:
        """Whether there was something."""
        if self.file is None and not self._open():
            return False
        assert self.file is not None
        data = self.file.read(READ)
        if data:
            self.heard = time.monotonic()
            *lines, rest = (self.rest + data).split(b"\n")
            for line in lines:
                if not self.skips:
                    self._send(line)
                self.skips = False
                self.at += len(line) + 1
            # Emptied under a service that does not append, a file begins with a hole as long as it was.
            self.rest = rest.lstrip(b"\0")
            self.at += len(rest) - len(self.rest)
            if len(self.rest) > 2 * LINE:  # no end in sight
                if not self.skips:
                    self._send(self.rest)
                self.skips, self.at, self.rest = True, self.at + len(self.rest), b""
            return True
        self._turned()
        return False

    def _open(self) -> bool:
        known = self._known()
        try:
            path, inode = self._next(known)
            file = path.open("rb")
        except FileNotFoundError:
            return False
        mine = os.fstat(file.fileno())
        if mine.st_ino != inode:  # rotated in this moment: the next look finds it under its new name
            file.close()
            return False
        at = known.get("at", 0) if inode == known.get("inode") and not known.get("done") else 0
        self.file, self.at = file, at if at <= mine.st_size else 0
        self.file.seek(self.at)
        self.rest, self.skips, self.heard = b"", False, time.monotonic()
        return True

    def _next(self, known: dict[str, Any]) -> tuple[Path, int]:
        """The file where it stood, also when it was rotated away meanwhile; once that is done (or gone) the oldest of
        those that were rotated away after it, and then the one that is written to. With its inode."""
        inode, name = known.get("inode"), self.path.name
        beside = [(path, path.stat()) for path in self.path.parent.iterdir() if path.name.startswith(name)]
        if not known.get("done"):
            for path, there in beside:
                if there.st_ino == inode:
                    return path, there.st_ino
        rotated = sorted(
            (_age(added[1], there.st_mtime_ns), there, path)
            for path, there in beside
            if (added := ROTATED.fullmatch(path.name.removeprefix(name)))
        )
        places = [place for place, (_, there, _) in enumerate(rotated, 1) if there.st_ino == inode]
        gone = known.get("mtime", math.inf)
        newer = rotated[places[0] :] if places else [one for one in rotated if one[1].st_mtime_ns > gone]
        path = newer[0][2] if newer else self.path
        return path, path.stat().st_ino

    def _turned(self) -> None:
        """At the end of what is open: is it still the file of that name, and as long?"""
        assert self.file is not None
        mine = os.fstat(self.file.fileno())
        try:
            there = self.path.stat()
        except FileNotFoundError:
            return  # it is being rotated: the next look finds the new one
        if there.st_ino != mine.st_ino:
            if time.monotonic() - self.heard < GRACE:
                return  # its service may not have the new one yet
            if self.rest and not self.skips:
                self._send(self.rest)
            self.at, self.rest = self.at + len(self.rest), b""
            if not self.save():
                return
            self._keep(self.file, done=True)
            self.file.close()
            self.file = None
        elif there.st_size < self.at + len(self.rest):  # emptied in place
            self.file.seek(0)
            self.at, self.rest, self.skips, self.turn = 0, b"", False, self.turn + 1

    def _known(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.state.read_text()))
        except (OSError, ValueError, TypeError):
            return {}

    def _send(self, line: bytes) -> None:
        line = line.replace(b"\0", b"")
        if self.refused or not line.strip():
            return
        value, told = line_of(line, self.service), partial(self._delivered, self.turn, self.at)
        while True:
            try:
                self.producer.produce(TOPIC, value, self.service.encode(), on_delivery=told)
                break
            except BufferError:
                self.producer.poll(0.1)
            except KafkaException as error:
                told(error.args[0], None)
                return
        self.producer.poll(0)
        if self.told:  # one by one until it is taken, or all that follows would be sent with each try
            self.save()

    def _delivered(self, turn: int, at: int, error: KafkaError | None, _: Message | None) -> None:
        """`at`: where the line begins."""
        if error is None:
            return
        if error.fatal():
            raise KafkaException(error)
        at = at if turn == self.turn else 0
        if self.refused is None or at < self.refused[0]:
            self.refused = (at, error.str())


def client_settings(path: Path | None) -> dict[str, str]:
    """Of a file of `name=value`, a setting of librdkafka a line, # before what is none. Raises OSError, ValueError
    with a sentence that tells no value."""
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text().splitlines() if path else (), 1):
        name, _, value = (part.strip() for part in line.partition("="))
        if not name or name.startswith("#"):
            continue
        if name not in CLIENT:  # it may be half a password: it is not repeated
            raise ValueError(f"{path}, line {number}: only these can be set: {', '.join(CLIENT)}.")
        found[name] = value
    return found


def main() -> None:
    parser = argparse.ArgumentParser("python -m senders.follow")
    parser.add_argument("file", type=Path)
    parser.add_argument("--bootstrap", required=True, help="host:port")
    parser.add_argument("--service", required=True)
    parser.add_argument("--config", type=Path, help="a file of client settings, name=value: SASL, TLS")
    parser.add_argument("--state", type=Path, help="where its place is kept; beside the file if not said")
    asked = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    settings = {"bootstrap.servers": asked.bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 20}
    settings |= {"compression.type": "lz4", "message.timeout.ms": 0}  # it waits as long as it takes
    settings |= {"partitioner": "murmur2_random"}  # as Java
    try:
        settings |= client_settings(asked.config)
        producer = Producer(settings)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    except KafkaException as error:
        parser.error(error.args[0].str())
    state, told = asked.state or asked.file.with_name(f".{asked.file.name}.place"), ""
    while not stop.is_set():
        try:
            Follower(asked.file, state, producer, asked.service).run(stop)
        except KafkaException as error:
            if told != (told := error.args[0].str()):
                print(
                    f"{asked.file}: Kafka refused to go on, which is tried again: {told}", file=sys.stderr, flush=True
                )
            stop.wait(AGAIN)
            producer = Producer(settings)


if __name__ == "__main__":
    main()
