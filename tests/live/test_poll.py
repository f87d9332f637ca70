from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import Retriable, TimedOut, UnknownGroup
from gateway.facts import Committed, GroupListing, TopicPartition
from live.events import GroupAppeared, GroupLeft, MembersChanged, OffsetsRewound, TopicCreated, TopicDeleted
from live.poll import poll
from live.snapshot import Snapshot, decode, encode
from tests.fake_cluster import FakeCluster, FakeGroup

T0 = 1_790_000_000_000


@pytest.fixture
def kafka() -> FakeCluster:
    cluster = FakeCluster()
    cluster.mutate.create_topic("orders", 2)
    for n, log in enumerate(cluster.all_topics["orders"].logs):
        log.end = 100 + n
    cluster.all_groups["readers"] = FakeGroup()
    commit(cluster, 0, 90)
    return cluster


def commit(cluster: FakeCluster, partition: int, offset: int, group: str = "readers") -> None:
    cluster.all_groups[group].offsets[TopicPartition("orders", partition)] = Committed(offset)


def polls(cluster: FakeCluster, count: int, snapshot: Snapshot | None = None) -> Snapshot:
    for _ in range(count):
        now = T0 if snapshot is None else snapshot.at + 5000
        snapshot, _events = poll(snapshot, cluster, 7, now)
    assert snapshot is not None
    return snapshot


def test_a_first_poll_knows_lag_but_no_rates(kafka):
    group = polls(kafka, 1).groups["readers"]
    assert (group.lag, group.unknown) == (10, 0)
    assert group.offsets[0].rate is None
    assert group.offsets[0].moved_at is None


def test_what_is_committed_before_the_log_start_counts_from_the_start(kafka):
    kafka.all_topics["orders"].logs[0].start = 95
    assert polls(kafka, 1).groups["readers"].lag == 5


def test_committed_offsets_are_read_before_end_offsets(kafka, monkeypatch):
    order = []
    for verb in ("committed", "ends"):
        ask = getattr(kafka.offsets, verb)
        monkeypatch.setattr(kafka.offsets, verb, lambda names, verb=verb, ask=ask: order.append(verb) or ask(names))
    polls(kafka, 1)
    assert order == ["committed", "ends"]


def test_a_commit_moves_the_group_and_is_dated(kafka):
    before = polls(kafka, 1)
    commit(kafka, 0, 95)
    offset = polls(kafka, 1, before).groups["readers"].offsets[0]
    assert (offset.committed, offset.moved_at, offset.last_commit, offset.rate) == (95, T0 + 5000, T0 + 5000, 1.0)


def test_a_rate_forgets_slowly_and_ends_at_0(kafka):
    before = polls(kafka, 1)
    commit(kafka, 0, 95)
    after = polls(kafka, 1, before)
    later = polls(kafka, 1, after)
    assert 0.5 < later.groups["readers"].offsets[0].rate < 1.0
    assert polls(kafka, 60, later).groups["readers"].offsets[0].rate == 0.0


def test_what_does_not_change_keeps_its_object(kafka):
    snapshot = polls(kafka, 3)
    following = polls(kafka, 1, snapshot)
    assert following.groups["readers"].offsets is snapshot.groups["readers"].offsets
    assert following.topics["orders"] is snapshot.topics["orders"]


def test_an_owned_partition_without_a_commit_is_listed_as_unknown(kafka):
    kafka.joins("readers", "orders")
    group = polls(kafka, 1).groups["readers"]
    assert [(o.partition, o.committed) for o in group.offsets] == [(0, 90), (1, None)]
    assert (group.lag, group.unknown) == (10, 1)


def test_an_epoch_that_kafka_tells_is_known_and_stays_when_the_group_is_empty(kafka, monkeypatch):
    kafka.joins("readers", "orders", "consumer")
    ask = kafka.groups.describe
    monkeypatch.setattr(
        kafka.groups, "describe", lambda names: {n: replace(g, epoch=41) for n, g in ask(names).items()}
    )
    snapshot = polls(kafka, 1)
    kafka.leaves("readers")
    assert [polls(kafka, n, snapshot).groups["readers"].generation for n in (0, 1)] == [41, 41]


def test_a_topic_made_anew_starts_without_rates(kafka):
    snapshot = polls(kafka, 3)
    assert snapshot.topics["orders"].partitions[0].in_rate == 0.0
    kafka.mutate.delete_topic("orders")
    kafka.mutate.create_topic("orders", 2)
    assert polls(kafka, 1, snapshot).topics["orders"].partitions[0].in_rate is None


def test_a_cluster_that_fails_keeps_its_last_facts_and_their_time(kafka):
    good = polls(kafka, 2)
    kafka.fault = TimedOut()
    failed = polls(kafka, 3, good)
    assert failed.error == str(TimedOut())
    assert failed.good_at == good.at
    assert failed.groups is not None and failed.groups == good.groups
    assert failed.version == good.version + 3


def test_after_a_failure_rates_are_over_the_whole_gap(kafka):
    good = polls(kafka, 1)
    kafka.fault = TimedOut()
    failed = polls(kafka, 1, good)
    kafka.fault = None
    commit(kafka, 0, 100)
    back = polls(kafka, 1, failed)
    assert back.error is None and back.good_at is None
    assert back.groups["readers"].offsets[0].rate == 1.0  # 10 records in the 10 s since the last good poll


def test_a_cluster_that_never_answered_has_no_facts(kafka):
    kafka.fault = TimedOut()
    snapshot = polls(kafka, 2)
    assert (snapshot.groups, snapshot.good_at, snapshot.error) == ({}, None, str(TimedOut()))


def test_one_group_that_cannot_be_read_keeps_its_offsets_and_says_why(kafka, monkeypatch):
    kafka.all_groups["other"] = FakeGroup()
    before = polls(kafka, 1)
    ask = kafka.offsets.committed
    monkeypatch.setattr(kafka.offsets, "committed", lambda names: ask(names) | {"readers": Retriable()})
    snapshot = polls(kafka, 1, before)
    assert snapshot.error is None
    assert snapshot.groups["readers"].error == str(Retriable())
    assert snapshot.groups["readers"].offsets == before.groups["readers"].offsets
    assert snapshot.problems == (f"Committed offsets of one group could not be read: {Retriable()}",)


def test_a_partition_whose_end_is_not_told_has_an_unknown_lag_and_no_zero(kafka, monkeypatch):
    ask = kafka.offsets.ends
    broken = TopicPartition("orders", 0)
    monkeypatch.setattr(kafka.offsets, "ends", lambda tps: ask(tps) | {broken: Retriable()})
    group = polls(kafka, 1).groups["readers"]
    assert (group.lag, group.unknown) == (None, 1)


def test_a_group_leaves_after_two_sweeps_and_a_describe(kafka):
    snapshot = polls(kafka, 2)
    del kafka.all_groups["readers"]
    once = polls(kafka, 1, snapshot)
    assert once.groups["readers"].missing == 1
    twice, events = poll(once, kafka, 7, once.at + 5000)
    assert "readers" not in twice.groups
    assert GroupLeft(at=twice.at, group="readers") in events


def test_an_empty_list_is_no_evidence_while_a_describe_finds_the_group(kafka, monkeypatch):
    snapshot = polls(kafka, 2)
    monkeypatch.setattr(kafka.groups, "list", lambda: ({}, ()))
    assert "readers" in polls(kafka, 5, snapshot).groups


def test_a_describe_that_fails_is_no_evidence_either(kafka, monkeypatch):
    snapshot = polls(kafka, 2)
    monkeypatch.setattr(kafka.groups, "list", lambda: ({}, ()))
    monkeypatch.setattr(kafka.groups, "describe", lambda names: {name: TimedOut() for name in names})
    assert "readers" in polls(kafka, 5, snapshot).groups
    monkeypatch.setattr(kafka.groups, "describe", lambda names: {name: UnknownGroup() for name in names})
    assert "readers" not in polls(kafka, 2, snapshot).groups


def test_nobody_leaves_while_a_broker_did_not_list_its_groups(kafka, monkeypatch):
    snapshot = polls(kafka, 2)
    listing = {"other": GroupListing("other", "classic", "Empty", "consumer", 1)}
    monkeypatch.setattr(kafka.groups, "list", lambda: (listing, (TimedOut(),)))
    following = polls(kafka, 4, snapshot)
    assert "readers" in following.groups
    assert following.problems[0] == f"A broker did not list its groups: {TimedOut()}"


def test_samples_reach_back_three_minutes_and_the_trend_one_hour(kafka):
    snapshot = None
    for n in range(12 * 65):
        commit(kafka, 0, n)
        snapshot = polls(kafka, 1, snapshot)
    group = snapshot.groups["readers"]
    assert len(group.samples) == 37
    assert group.samples[-1][0] - group.samples[0][0] == 180_000
    assert len(group.trend) == 60


def test_what_rarely_changes_is_asked_again_in_time(kafka):
    snapshot = polls(kafka, 2)
    kafka.all_topics["orders"].logs[0].start = 50
    kafka.all_topics["orders"].config["retention.ms"] = "1000"
    snapshot = polls(kafka, 12, snapshot)
    assert snapshot.topics["orders"].partitions[0].start == 50
    assert snapshot.topics["orders"].retention_ms == 1000


def test_it_tells_what_happened_between_two_polls(kafka):
    before = polls(kafka, 2)
    commit(kafka, 0, 10)
    kafka.joins("readers", "orders")
    kafka.mutate.create_topic("new", 1)
    kafka.all_groups["fresh"] = FakeGroup()
    middle, events = poll(before, kafka, 7, before.at + 5000)
    at = middle.at
    assert TopicCreated(at=at, topic="new") in events
    assert GroupAppeared(at=at, group="fresh") in events
    assert MembersChanged(at=at, group="readers", joined=("consumer-0",), left=()) in events
    commit(kafka, 0, 5)
    kafka.mutate.delete_topic("new")
    after, events = poll(middle, kafka, 7, at + 5000)
    assert OffsetsRewound(at=after.at, group="readers", topic="orders", partition=0, before=10, after=5) in events
    assert TopicDeleted(at=after.at, topic="new") in events


def test_a_snapshot_survives_the_way_through_redis(kafka):
    kafka.joins("readers", "orders")
    snapshot = polls(kafka, 3)
    assert decode(encode(snapshot)) == snapshot


def test_rebalances_on_record_are_a_verdict_without_a_change_between_polls(kafka):
    snapshot, _ = poll(None, kafka, 7, T0, {"readers": 12})
    assert snapshot.groups["readers"].verdict.code == "rebalancing_often"
