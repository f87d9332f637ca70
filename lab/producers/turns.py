"""The processes of a run, one a setting, and a turn of each: asked over a pipe, answered by a line."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

import msgspec

from lab.producers.sender import Begin, Sent, Slice
from lab.producers.settings import Setting

BESIDE = 25.0  # seconds that a slice may take beyond its own: librdkafka's flush, and a slow machine


class SenderFailed(Exception):
    """Its words are for the person."""


class Turns:
    """`with` it: leaving ends every process, with what it has under way."""

    def __init__(self, kafka: dict[str, Any], topic: str, settings: Sequence[Setting]) -> None:
        self._senders = [_Process(Begin(kafka, topic, setting, seed)) for seed, setting in enumerate(settings)]

    def __enter__(self) -> Turns:
        return self

    def __exit__(self, *_: object) -> None:
        for sender in self._senders:
            sender.end()

    def begin(self, setting: int, seconds: float) -> None:
        self._senders[setting].say(Slice(seconds))

    def ended(self, setting: int, wait: float) -> Sent | None:
        """What its slice came to; None when it is not over after `wait` seconds. Raises SenderFailed."""
        return self._senders[setting].heard(wait)


class _Process:
    def __init__(self, begin: Begin) -> None:
        # Its stdin is its life: a worker that is killed closes it, and the process ends with its slice.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lab.producers.sender"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # librdkafka's own lines; what matters comes as errors of records
        )
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="lab sender", daemon=True).start()
        self.say(begin)

    def say(self, message: Begin | Slice) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(msgspec.json.encode(message) + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise SenderFailed("A producer process ended before its turn.") from error

    def heard(self, wait: float) -> Sent | None:
        try:
            line = self._lines.get(timeout=wait)
        except queue.Empty:
            return None
        if not line:
            raise SenderFailed("A producer process ended in the middle of its turn.")
        if line.startswith(b'{"error"'):
            raise SenderFailed(f"The client refused the setting: {msgspec.json.decode(line)['error']}")
        return msgspec.json.decode(line, type=Sent, strict=False)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(b"")
