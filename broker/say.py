"""What the person at the terminal reads: one line a part."""

from __future__ import annotations

import sys
import time


def part(name: str, text: str) -> None:
    print(f"{name:<9} {text}\n", end="", flush=True)  # in one write: the parts say it at once


class Progress:
    """A line that counts: over itself on a terminal, every few seconds elsewhere."""

    EVERY = 5.0  # seconds, when each line stays

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self._said = 0.0

    def __call__(self, done: int, total: int) -> None:
        line = f"{self.name:<9} {self.text}: {done} of {total}"
        if sys.stdout.isatty():
            print(f"\r{line}", end="\n" if done == total else "", flush=True)
        elif done == total or time.monotonic() - self._said >= self.EVERY:
            self._said = time.monotonic()
            print(line, flush=True)
