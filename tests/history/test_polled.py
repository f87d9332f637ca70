"""What polls find where nobody follows, and when what was found ends."""

from __future__ import annotations

import pytest

from gateway.facts import TopicPartition
from gateway.jumps import Jump, Jumped
from gateway.rebalance import SEEN
from history import jumps, polled, rebalances
from live.poll import poll
from live.snapshot import Snapshot
from tests.fake_cluster import FakeCluster, FakeGroup
from tests.history.test_rebalances import a_rebalance

pytestmark = pytest.mark.django_db
PLACES = [TopicPartition("orders", n) for n in range(2)]
CLUSTER, T0, DAY = 7, 1_790_000_000_000, 86_400_000


@pytest.fixture
def kafka() -> FakeCluster:
    cluster = FakeCluster()
    cluster.mutate.create_topic("orders", 2)
    cluster.joins("readers", "orders")
    cluster.all_groups["idle"] = FakeGroup()
    return cluster


def polls(kafka: FakeCluster, before: Snapshot | None = None) -> Snapshot:
    snapshot, events = poll(before, kafka, CLUSTER, T0 if before is None else before.at + 5000)
    polled.record(before, snapshot, events)
    return snapshot


def kept(group: str = "readers") -> list[tuple[str, bool]]:
    found = rebalances.assignments(CLUSTER, group, 0, T0 * 2)
    return [(k.rebalance.code, k.rebalance.exact) for k in found]


def test_a_first_poll_keeps_how_groups_are_and_the_next_what_changed(kafka):
    before = polls(kafka)
    assert (kept(), kept("idle")) == ([(SEEN, False)], [])
    kafka.joins("readers", "orders")
    before = polls(kafka, before)
    polls(kafka, before)
    assert kept() == [(SEEN, False), ("joined", False)]
    (newest,) = rebalances.of_group(CLUSTER, "readers", 0, T0 * 2)
    assert newest.rebalance.at == T0 + 5000


def test_a_group_that_is_not_at_rest_is_waited_for(kafka, monkeypatch):
    before = polls(kafka)
    kafka.joins("readers", "orders")
    with monkeypatch.context() as patch:
        patch.setattr(FakeGroup, "state", property(lambda self: "CompletingRebalance" if self.members else "Empty"))
        before = polls(kafka, before)
    assert kept() == [(SEEN, False)]
    polls(kafka, before)
    assert kept() == [(SEEN, False), ("joined", False)]


def test_whoever_looks_second_finds_nothing(kafka):
    """Two workers, or a worker and a follower that has just begun."""
    before = polls(kafka)
    kafka.joins("readers", "orders")
    after, _ = poll(before, kafka, CLUSTER, T0 + 5000)
    polled.record(before, after, [])
    polled.record(before, after, [])
    assert kept() == [(SEEN, False), ("joined", False)]


def test_an_offset_that_went_back_between_polls_is_kept_and_not_exact(kafka):
    kafka.leaves("readers")
    kafka.mutate.alter_offsets("readers", dict.fromkeys(PLACES, 9))
    before = polls(kafka)
    kafka.mutate.alter_offsets("readers", dict.fromkeys(PLACES, 2))
    polls(kafka, before)
    (found,) = jumps.of_group(CLUSTER, "readers", 0, T0 * 2)
    assert found == Jumped(
        "readers", T0 + 5000, "rewound", (Jump("orders", 0, 9, 2), Jump("orders", 1, 9, 2)), exact=False
    )


def test_the_same_jump_is_kept_once():
    jump = Jumped("readers", T0, "gone", (Jump("orders", 0, 9, None),))
    jumps.store(CLUSTER, [jump])
    jumps.store(CLUSTER, [jump])
    assert jumps.of_group(CLUSTER, "readers", T0, T0) == [jump]
    jumps.prune(T0 + 91 * DAY)
    assert jumps.of_group(CLUSTER, "readers", T0, T0) == []


def ats(group: str = "readers") -> list[int]:
    return [k.rebalance.at for k in rebalances.assignments(CLUSTER, group, 0, T0 * 2)]


def test_after_ninety_days_only_how_a_living_group_is_stays():
    old = [a_rebalance(T0 + n, group) for group in ("readers", "gone") for n in (1, 2)]
    rebalances.store(CLUSTER, [*old, a_rebalance(T0 + 50 * DAY, "busy"), a_rebalance(T0, "busy")])
    rebalances.prune(CLUSTER, {"readers", "busy"}, T0 + 91 * DAY)
    assert (ats(), ats("gone"), len(ats("busy"))) == ([T0 + 2], [], 2)


def test_a_group_that_never_rests_does_not_fill_the_database(monkeypatch):
    monkeypatch.setattr(rebalances, "OF_ONE_GROUP", 3)
    rebalances.store(CLUSTER, [a_rebalance(T0 + n) for n in range(9)])
    rebalances.prune(CLUSTER, {"readers"}, T0)
    assert ats() == [T0 + 6, T0 + 7, T0 + 8]


def test_of_a_cluster_that_is_removed_nothing_stays():
    rebalances.store(CLUSTER, [a_rebalance(T0)])
    rebalances.forget_all_but([8])
    assert ats() == []
