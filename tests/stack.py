"""The whole of Highwater as `make run` starts it, on a data folder of its own, and a page that is signed in."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
OURS = ("HIGHWATER_DATA", "HIGHWATER_REDIS_URL", "HIGHWATER_KAFKA", "HIGHWATER_ORIGINS", "HIGHWATER_DATABASE_URL")


@dataclass(frozen=True, slots=True)
class Stack:
    url: str
    link: str  # signs in once
    bootstrap: str
    data: Path
    pid: int  # of the supervisor
    seconds: float  # from the command to the printed link
    said: tuple[str, ...]  # what a person read until then


@contextmanager
def running(*, data: Path | None = None, demo: bool = False, pipelines: bool = False, **env: str) -> Iterator[Stack]:
    """Ctrl-C ends it, as a person would."""
    with tempfile.TemporaryDirectory(prefix="highwater-stack-") as folder:
        home = data or Path(folder)
        surroundings = {name: value for name, value in os.environ.items() if name not in OURS}
        begun = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", f"--demo={int(demo)}", f"--pipelines={int(pipelines)}"],
            cwd=ROOT,
            env={**surroundings, "HIGHWATER_DATA": str(home), **env},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _read(process, home, begun)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


def sign_in(page: Page, stack: Stack) -> None:
    page.goto(stack.link)
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url(re.compile(r"/(c/[^/]+/)?$"))


def _read(process: subprocess.Popen[str], data: Path, begun: float) -> Stack:
    said: list[str] = []
    link = bootstrap = ""
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line.rstrip())
        if found := re.search(r"^kafka\s.*?(127\.0\.0\.1:\d+)", line):
            bootstrap = found[1]
        if found := re.search(r"Open (http\S+)", line):
            link = found[1]
        if link and bootstrap:
            url = "/".join(link.split("/")[:3])
            return Stack(url, link, bootstrap, data, process.pid, time.monotonic() - begun, tuple(said))
    raise AssertionError("Highwater did not start:\n" + "\n".join(said))
