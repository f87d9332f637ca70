"""`manage.py up` as a person has it: real processes, an address, a stop, a crash, and every way it can be refused."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from broker import ports
from console.up import redis
from console.up.lock import DataLock

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 90.0  # seconds, on a busy machine


class Up:
    """One run of `manage.py up` on a data folder."""

    def __init__(self, data: Path, output: Path, **env: str) -> None:
        self.port = ports.any_free()
        self.output = output
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith("HIGHWATER_")}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port), "--demo", "0"],
            cwd=ROOT,
            env={**surroundings, "HIGHWATER_DATA": str(data), **env},
            stdout=self.output.open("w"),
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_until_open(self) -> str:
        """The sign-in link."""
        deadline = time.monotonic() + WITHIN
        while time.monotonic() < deadline:
            found = re.search(r"^Open (\S+)", self.said, re.MULTILINE)
            if found and re.search(r"^kafka .*127\.0\.0\.1", self.said, re.MULTILINE):
                return found[1]
            assert self.process.poll() is None, self.said
            time.sleep(0.1)
        raise AssertionError(f"it did not open:\n{self.said}")

    def refused(self) -> str:
        """What it said on stderr before it gave up."""
        _, errors = self.process.communicate(timeout=WITHIN)
        assert self.process.returncode == 1, self.said + errors
        assert "Traceback" not in self.said + errors
        return errors.strip()


@pytest.fixture
def up(tmp_path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def start(data: Path = tmp_path / "data", **env: str) -> Up:
        started.append(Up(data, tmp_path / f"said{len(started)}", **env))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


def test_it_opens_survives_a_crash_and_leaves_nothing(up, tmp_path):
    data = tmp_path / "data"
    first = up()
    assert urllib.request.urlopen(first.wait_until_open()).status == 200
    cluster = (data / "kafka" / "log" / "meta.properties").read_text()

    said = up().refused()
    assert said == (
        f"highwater: Highwater already runs on the data folder {data} (process {first.process.pid}). "
        "Stop that one, or choose another folder: make run DATA=folder"
    )

    parts = descendants(first.process.pid)
    assert len(parts) >= 6  # kafka redis web worker beat follower, and web's reader
    first.process.kill()
    first.process.wait()
    until(lambda: not any(map(lives, parts)), "no part outlives a supervisor that was killed")

    again = up()
    assert urllib.request.urlopen(again.wait_until_open()).status == 200
    assert (data / "kafka" / "log" / "meta.properties").read_text() == cluster
    parts = descendants(again.process.pid)
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(30) == 0
    assert not any(map(lives, parts))
    lock = DataLock(data)
    lock.take()  # raises when anybody still holds it
    lock.release()


def test_it_can_be_stopped_while_it_starts(up):
    one = up()
    until(lambda: "redis" in one.said, "the first part is up")
    one.process.send_signal(signal.SIGINT)
    assert one.process.wait(30) == 0, one.said
    assert "Stopped." in one.said


def test_what_is_given_is_not_started(up, tmp_path, bootstrap):
    (tmp_path / "redis").mkdir(mode=0o700)
    given = redis.find(tmp_path / "redis")
    server = subprocess.Popen(given.command(), stdout=subprocess.DEVNULL)
    try:
        until(given.answers, "redis answers")
        one = up(HIGHWATER_KAFKA=bootstrap, HIGHWATER_REDIS_URL=given.url)
        assert urllib.request.urlopen(one.wait_until_open()).status == 200
        assert not {"kafka", "redis"} & {path.name for path in (tmp_path / "data").iterdir()}
        one.process.terminate()
        assert one.process.wait(30) == 0
        assert given.answers()
    finally:
        server.terminate()
        server.wait()


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"HIGHWATER_KAFKA": "127.0.0.1:9"}, "KAFKA=127.0.0.1:9 does not answer (127.0.0.1:9: Connection refused)"),
        ({"HIGHWATER_REDIS_URL": "redis://127.0.0.1:9/0"}, "REDIS at 127.0.0.1 does not answer"),
        ({"HIGHWATER_DATABASE_URL": "postgres://127.0.0.1:9/x"}, "The database could not be prepared"),
        ({"HIGHWATER_DATABASE_URL": "oracle://x"}, "The database could not be prepared"),
        ({"HIGHWATER_DATA": "/proc/highwater"}, "Cannot write to the data folder /proc/highwater"),
        ({"HIGHWATER_DATA": "/dev/null"}, "Cannot write to the data folder /dev/null"),
    ],
)
def test_what_cannot_be_had_is_one_sentence(up, env, sentence):
    said = up(**env).refused()
    assert said.startswith(f"highwater: {sentence}")
    assert "\n" not in said


def test_a_java_home_that_is_too_old_is_one_sentence(up, tmp_path):
    java = tmp_path / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    java.chmod(0o755)
    assert "is Java 11, too old" in up(JAVA_HOME=str(tmp_path / "jdk")).refused()


@pytest.mark.parametrize(("size", "sentence"), [("12m", "is full: 1[12] MB are left, 200 are needed")])
def test_a_full_disk_is_one_sentence(up, tmp_path, size, sentence):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", small], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may make a small disk")
    try:
        assert re.search(sentence, up(small).refused())
    finally:
        subprocess.run(["umount", small], check=True)


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def descendants(pid: int) -> set[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {child for child, parent in parents.items() if parent == pid}
    return found.union(*(descendants(child) for child in found))


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
