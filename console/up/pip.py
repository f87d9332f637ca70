"""A package that only some machines need, installed when it turns out that this one does."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path

from console.up import say

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"


class Failed(Exception):
    """pip's own last words."""


def need(package: str, requirements: str, part: str, size: str) -> None:
    """Raises Failed."""
    if importlib.util.find_spec(package) is not None:
        return
    say.part(part, f"downloading {package}, {size}")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    done = subprocess.run([*command, "-r", REQUIREMENTS / requirements], capture_output=True, text=True)
    if done.returncode:
        words = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.strip()]
        raise Failed(words[-1] if words else f"pip ended with {done.returncode}")
    importlib.invalidate_caches()
