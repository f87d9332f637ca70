"""A worker with a fault under way, to be killed: `python -m tests.lab.faults.orphaning <folder>` says "paused" when its
broker stands still."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from lab.producers.faults.asked import Asked
from lab.producers.faults.course import Course


def wait(done: Callable[[], bool], seconds: float, why: str) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, why
        time.sleep(0.05)


if __name__ == "__main__":
    Course(Asked(fault="pause", seconds=20), Path(sys.argv[1]), lambda phase: print(phase, flush=True), wait).go()
