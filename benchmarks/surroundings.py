"""Settings, database and Redis of their own for a measurement. To be imported before anything that reads a setting."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broker import orphans
from console.up import redis as servers

FOLDER = Path(tempfile.mkdtemp(prefix="highwater-bench-"))
REDIS = servers.find(FOLDER / "redis")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
os.environ["HIGHWATER_DATA"] = str(FOLDER)
os.environ["HIGHWATER_REDIS_URL"] = REDIS.url


@contextmanager
def redis() -> Iterator[None]:
    process = subprocess.Popen(REDIS.command(), stdout=subprocess.DEVNULL, preexec_fn=orphans.dies_with_its_parent())
    try:
        while not REDIS.answers():
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def setup() -> None:
    """Django, on an empty database with all its tables."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
