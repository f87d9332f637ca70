"""A package that only some machines need, installed when it turns out that this one does."""

from __future__ import annotations

import fcntl
import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broker import say

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements"


class Failed(Exception):
    """pip's own last words."""


def need(package: str, requirements: str, part: str, size: str) -> None:
    """Raises Failed."""
    with _alone():
        importlib.invalidate_caches()
        if importlib.util.find_spec(package) is not None:
            return
        say.part(part, f"downloading {package}, {size}")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        done = subprocess.run([*command, "-r", REQUIREMENTS / requirements], capture_output=True, text=True)
        if done.returncode:
            words = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.strip()]
            raise Failed(words[-1] if words else f"pip ended with {done.returncode}")
        importlib.invalidate_caches()


@contextmanager
def _alone() -> Iterator[None]:
    """Two pips at once in one environment remove each other's files, and half a package looks like a whole one."""
    try:
        lock = os.open(Path(sys.prefix) / "pip.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:  # not ours to write: then nothing is installed into it either
        yield
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
