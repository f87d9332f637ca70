"""Groups of other kinds in a snapshot: share groups, members' epochs and targets, a change of protocol."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import TimedOut, Unsupported
from gateway.facts import Shared, TopicPartition
from live import events
from live.events import ProtocolChanged
from live.poll import poll
from live.snapshot import decode, encode
from tests.fake_cluster import FakeCluster
from tests.live.test_poll import T0, polls
from tests.snapshots import a_group, a_snapshot


@pytest.fixture
def kafka() -> FakeCluster:
    cluster = FakeCluster()
    cluster.mutate.create_topic("orders", 2)
    for log in cluster.all_topics["orders"].logs:
        log.end = 100
    return cluster


def stands(cluster: FakeCluster, *shares: Shared) -> None:
    found = cluster.all_groups["workers"]
    found.shared = {TopicPartition("orders", p): shared for p, shared in enumerate(shares)}


def test_a_share_group_has_left_what_the_broker_counts(kafka):
    kafka.joins("workers", "orders", "share")
    stands(kafka, Shared(10, 7), Shared(90, 0))
    group = polls(kafka, 2).groups["workers"]
    assert (group.kind, group.lag, group.unknown, group.offsets) == ("share", 7, 0, ())
    assert [(s.partition, s.start, s.lag) for s in group.shares] == [(0, 10, 7), (1, 90, 0)]
    assert {lag for _at, lag, _committed in group.samples} == {None}  # how old it is nobody can tell


def test_where_the_broker_does_not_count_all_from_the_start_on_may_be_left(kafka):
    kafka.joins("workers", "orders", "share")
    kafka.all_topics["orders"].logs[1].start = 95
    stands(kafka, Shared(10, None), Shared(90, None))
    assert polls(kafka, 1).groups["workers"].lag == 90 + 5


def test_a_broker_that_is_too_old_to_tell_is_no_problem_and_one_that_fails_is(kafka, monkeypatch):
    kafka.joins("workers", "orders", "share")
    before = polls(kafka, 1)
    for fault, problems in ((Unsupported(), 0), (TimedOut(), 1)):
        monkeypatch.setattr(kafka.offsets, "shared", lambda names, fault=fault: dict.fromkeys(names, fault))
        snapshot, _ = poll(before, kafka, 7, T0 + 5000)
        assert len(snapshot.problems) == problems
        assert snapshot.groups["workers"].shares == before.groups["workers"].shares


def test_what_a_share_group_has_left_is_judged_as_soon_as_it_changes(kafka):
    kafka.joins("workers", "orders", "share")
    stands(kafka, Shared(10, 0), Shared(90, 0))
    settled = polls(kafka, 50)
    assert settled.groups["workers"].verdict.sentence == "Every record is settled. One member connected."
    stands(kafka, Shared(10, 7), Shared(90, 0))
    assert polls(kafka, 1, settled).groups["workers"].verdict.sentence.startswith("7 records not settled yet")
    kafka.leaves("workers")
    assert polls(kafka, 1, settled).groups["workers"].verdict.code == "stopped"


def test_a_group_that_commits_no_offsets_by_design_is_not_asked_for_them(kafka):
    kafka.joins("connect-cluster", "orders")
    found = kafka.all_groups["connect-cluster"]
    found.protocol_type, found.members = "connect", [replace(found.members[0], assignment={})]
    verdict = polls(kafka, 2).groups["connect-cluster"].verdict
    assert (verdict.code, "commits no offsets" in verdict.sentence) == ("unknown", True)


def test_a_member_that_joins_while_we_watch_is_dated(kafka):
    kafka.joins("readers", "orders")
    before = polls(kafka, 1)
    kafka.joins("readers", "orders")
    after = polls(kafka, 2, before)
    assert [m.since for m in after.groups["readers"].members] == [None, T0 + 5000]


def test_epochs_and_targets_that_move_are_not_rebalances_of_their_own(kafka):
    kafka.joins("readers", "orders", "consumer")
    before = polls(kafka, 1)
    (member,) = kafka.all_groups["readers"].members
    kafka.all_groups["readers"].members = [replace(member, epoch=3, target={"orders": (0,)})]
    group = polls(kafka, 1, before).groups["readers"]
    assert group.rebalanced == ()
    assert (group.members[0].epoch, group.members[0].target) == (3, (("orders", (0,)),))
    kafka.all_groups["readers"].members = [replace(member, assignment={"orders": (0,)})]
    assert polls(kafka, 1, before).groups["readers"].rebalanced == (T0 + 5000,)


def test_an_upgrade_is_one_group_that_changed_its_protocol(kafka):
    kafka.joins("readers", "orders")
    before = polls(kafka, 1)
    kafka.all_groups["readers"].kind = "consumer"
    _, happened = poll(before, kafka, 7, T0 + 5000)
    at = T0 + 5000
    assert ProtocolChanged(at=at, group="readers", before="classic", after="consumer") in happened


def test_a_kind_that_was_not_known_is_no_change_of_protocol():
    before, after = (a_snapshot(a_group("readers", kind=kind)) for kind in ("unknown", "consumer"))
    assert not events.between(before, after)


def test_what_kinds_tell_survives_the_way_through_redis(kafka):
    kafka.joins("workers", "orders", "share")
    kafka.joins("readers", "orders", "consumer")
    snapshot = polls(kafka, 2)
    assert decode(encode(snapshot)) == snapshot
