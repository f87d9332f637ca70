from __future__ import annotations

import time

import msgspec
import pytest

from live import bus, snapshots
from tests.snapshots import a_snapshot

PK = 4_000_001


@pytest.fixture(autouse=True)
def fresh(redis_url):
    """As a process that has just started."""
    yield
    snapshots._asked.discard(PK)  # or the thread that follows redis might bring it back in between
    bus.client().delete(bus.snapshot_key(PK), bus.version_key(PK))
    snapshots._held.pop(PK, None)
    snapshots._tried.pop(PK, None)


def until(true, seconds: float = 10):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.01)


def by_another_process(version: int) -> None:
    """What `publish` does there."""
    snapshot = a_snapshot(cluster=PK, version=version)
    bus.client().set(bus.snapshot_key(PK), snapshots.encode(snapshot))
    bus.client().set(bus.version_key(PK), version)
    bus.client().publish(bus.SNAPSHOTS, msgspec.msgpack.encode([PK, version]))


def test_a_process_that_has_just_started_finds_what_was_published(redis_url):
    by_another_process(3)
    assert snapshots.newest(PK).version == 3


def test_nobody_polled_means_none(redis_url):
    assert snapshots.newest(PK) is None


def test_a_new_version_comes_by_itself(redis_url):
    by_another_process(1)
    assert snapshots.newest(PK).version == 1
    by_another_process(2)
    until(lambda: snapshots.newest(PK).version == 2)


def test_versions_may_start_over(redis_url):
    by_another_process(1000)
    assert snapshots.newest(PK).version == 1000
    by_another_process(1)
    until(lambda: snapshots.newest(PK).version == 1)


def test_a_snapshot_of_another_highwater_is_not_taken(redis_url):
    bus.client().set(bus.snapshot_key(PK), b"\x93\x01\x02\x03")
    assert snapshots.newest(PK) is None


def test_without_redis_the_memory_stays_and_it_is_said(redis_url, settings):
    snapshots.publish(a_snapshot(cluster=PK, version=7))
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert snapshots.publish(a_snapshot(cluster=PK, version=8)) is False
    assert snapshots.redis_down()
    assert snapshots.newest(PK).version == 8
    settings.REDIS_URL = redis_url
    until(lambda: not snapshots.redis_down())
