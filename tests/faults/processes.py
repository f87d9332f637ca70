"""The processes of one running Highwater, as the kernel knows them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
SEARCHES = " 19 "  # how the command of a reader of searches ends: it is nice to all others

#: What only this process has in its command line.
MARKS = {
    "web": "console.asgi:application",
    "reader": "-m reader",
    "worker": " worker -P threads",
    "beat": " beat --schedule",
    "follower": "manage.py follow",
}


def until(ask: Callable[[], T], seconds: float, what: str, pause: float = 0.02) -> T:
    """The first answer that is true; asked again after each `pause`."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(pause)
    return found


def ours(supervisor: int) -> dict[str, int]:
    """Process ids by role, of those that live."""
    lines = {pid: _command(pid) for pid in _below(supervisor)}
    found = {role: pid for role, mark in MARKS.items() for pid, line in lines.items() if mark in line}
    pages = [pid for pid, line in lines.items() if MARKS["reader"] in line and not line.endswith(SEARCHES)]
    return found | ({"reader": pages[-1]} if pages else {})


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def peak_mb(pid: int) -> int:
    """The most memory that it ever had at once."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


def _below(pid: int) -> set[int]:
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended while we looked
    found, new = set[int](), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new}
        found |= new
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
