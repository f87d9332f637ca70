"""Of three brokers one dies, or stands still: what can be known is known, the rest says why it is not."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from confluent_kafka.admin import NewTopic

from gateway.cluster import Cluster
from live.poll import poll
from live.snapshot import Snapshot
from tests.contract.stages import eventually
from tests.three.cluster import Three

ALONE = 2  # the broker that is lost


@pytest.fixture
def polled(gateway: Cluster) -> Callable[[], Snapshot]:
    snapshot: Snapshot | None = None

    def one() -> Snapshot:
        nonlocal snapshot
        snapshot, _ = poll(snapshot, gateway, 7, round(time.time() * 1000))
        return snapshot

    return one


@pytest.fixture
def single(brokers: Three) -> str:
    """Three partitions without a second replica, one on each broker, ten records in each."""
    name = f"single-{time.time_ns()}"
    brokers.make(NewTopic(name, 3, replica_assignment=[[1], [2], [3]], config={"min.insync.replicas": "1"}))
    brokers.fill(name, 3, 10)
    return name


def test_a_broker_dies_and_comes_back(brokers, polled, topic, groups, single):
    whole = polled()
    assert {p.end for p in whole.topics[single].partitions} == {10}
    brokers.broker(ALONE).kill()
    eventually(lambda: ALONE not in {b.id for b in polled().brokers})
    eventually(lambda: all(p.leader not in (None, ALONE) for p in polled().topics[topic].partitions))
    eventually(lambda: all(polled().groups[name].lag == 36 and not polled().groups[name].unread for name in groups))
    found = polled()
    assert found.error is None
    assert {p.isr for p in found.topics[topic].partitions} <= {(1, 3), (3, 1)}
    assert {p.end for p in found.topics[topic].partitions} == {10}
    headless = {p.id: p for p in found.topics[single].partitions}
    assert headless[1].leader is None and headless[1].end is None
    assert headless[0].end == headless[2].end == 10
    assert any("partition" in sentence and "leader" in sentence for sentence in found.problems), found.problems
    brokers.heal()
    eventually(lambda: not polled().problems and len(polled().brokers) == 3)
    eventually(lambda: all(len(p.isr) == 3 for p in polled().topics[topic].partitions))
    assert {p.end for p in polled().topics[single].partitions} == {10}
    assert {polled().groups[name].lag for name in groups} == {36}


def test_a_broker_that_stands_still_costs_a_poll_its_deadline_and_no_more(brokers, gateway, polled, topic, groups):
    polled()
    brokers.broker(ALONE).pause()
    began = time.monotonic()
    found = polled()
    assert time.monotonic() - began < 30
    assert found.error or found.problems or ALONE not in {b.id for b in found.brokers}
    for group in (found.groups[name] for name in groups):
        assert group.lag is None or group.lag == 36 - 6 * group.unknown, "what is not known is not 0"
    eventually(lambda: ALONE not in {b.id for b in polled().brokers})
    eventually(lambda: all(polled().groups[name].lag == 36 for name in groups))
    brokers.broker(ALONE).resume()
    eventually(lambda: len(polled().brokers) == 3 and not polled().problems)
