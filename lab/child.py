"""One life of a member, a generator or a producer, seen from who started it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class Child:
    """How to reach the cluster goes in by its input, so it stands in no list of processes and in no environment.
    Whatever ends us closes that input, which ends the child."""

    def __init__(self, module: str, setup: dict[str, Any], heard: Callable[[list[Any]], None]) -> None:
        """`module` is of ours, as `python -m` takes it; `heard` gets each line it says, on a thread of its own."""
        self._heard = heard
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={"PATH": os.defpath, "MALLOC_ARENA_MAX": "2"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us
        )
        self.tell(setup)
        self._reading = threading.Thread(target=self._read, name=module, daemon=True)
        self._reading.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def over(self) -> bool:
        """Whether it has ended and all that it said was heard."""
        return self._process.poll() is not None and not self._reading.is_alive()

    def tell(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return  # it has ended: whoever looks next sees it

    def kill(self) -> None:
        """As kill -9 does. What it said until then is heard."""
        self._process.kill()
        self._process.wait()
        self._reading.join(5)

    def end(self, seconds: float) -> None:
        """Its input ends: it leaves in order, or is killed after so long."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reading.join(5)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                said = json.loads(line)
            except ValueError:
                continue  # half a line of one that was killed
            self._heard(said)
