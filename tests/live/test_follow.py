"""`manage.py follow` as two processes on one database: one follows, the other waits for it to die."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from live import bus
from live.frame import OffsetsFrame
from tests.consumers import consumers
from tests.live.conftest import until
from tests.stack import ROOT

Start = Callable[[], "subprocess.Popen[bytes]"]
REGISTER = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from clusters.models import Cluster
Cluster.objects.create(pk={pk}, name="followed", bootstrap="{bootstrap}")
"""
FOUND = """
from history.rebalances import assignments
print([(k.rebalance.code, k.rebalance.exact) for k in assignments({pk}, "{group}", 0, 2**50)])
"""
HOLDER = """
from live.models import Lease
print(Lease.objects.values_list("holder", flat=True).first() or "")
"""


@pytest.fixture
def pk() -> int:
    return 4_100_000 + uuid4().int % 100_000  # redis is shared with the other tests


@pytest.fixture
def manage(tmp_path: Path, bootstrap: str, redis_url: str, pk: int) -> Callable[..., list[str]]:
    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=surroundings(tmp_path),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("shell", "--no-imports", "-c", REGISTER.format(pk=pk, bootstrap=bootstrap))
    return run


def surroundings(folder: Path) -> dict[str, str]:
    return {**os.environ, "HIGHWATER_DATA": str(folder)}


@pytest.fixture
def follow(tmp_path: Path, manage) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "follow"]
        started.append(subprocess.Popen(command, cwd=ROOT, env=surroundings(tmp_path)))
        return started[-1]

    yield start
    for process in started:
        process.terminate()
    assert [process.wait(15) for process in started[1:]] == [0] * len(started[1:])


def test_when_the_follower_is_killed_the_one_that_waits_takes_over_within_ten_seconds_and_finds_what_it_missed(
    follow, manage, group, pk, bootstrap
):
    channel = bus.client().pubsub(ignore_subscribe_messages=True)
    channel.subscribe(bus.offsets_channel(pk), bus.watching_channel(pk, group.topic))
    offset, members = 1, f"{group.topic}-members"

    def heard_a_commit(within: float) -> float:
        """Commits again and again until one is told; how many seconds that took."""
        nonlocal offset
        began = time.monotonic()
        while time.monotonic() - began < within:
            offset += 1
            group.commit(offset)
            message = channel.get_message(timeout=0.1)
            frame = msgspec.msgpack.decode(message["data"], type=OffsetsFrame) if message is not None else None
            if frame is not None and any(commit[0] == group.topic for commit in frame.c):
                return time.monotonic() - began
        raise AssertionError(f"no commit was told in {within} s")

    def told() -> str:
        return manage("shell", "--no-imports", "-c", FOUND.format(pk=pk, group=members))

    first = follow()
    heard_a_commit(30)
    second = follow()
    holder = manage("shell", "--no-imports", "-c", HOLDER).strip()
    assert f":{first.pid}:" in holder
    while channel.get_message(timeout=0.3) is not None:
        pass
    with consumers(bootstrap) as start:
        start(members, group.topic, "A")
        until(lambda: "('joined', True)" in told())
        first.kill()
        first.wait()
        start(members, group.topic, "B")  # while nobody follows
        assert heard_a_commit(30) <= 10
        assert f":{second.pid}:" in manage("shell", "--no-imports", "-c", HOLDER)
        until(lambda: "('joined', False)" in told())
