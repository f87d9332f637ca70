"""A poll leaves out what it can know from the one before. Here it is held against the one that leaves out nothing."""

from __future__ import annotations

from unittest import mock

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import TimedOut
from gateway.facts import Committed, Member, TopicPartition
from live import topics
from live.history import SAMPLES_MS, sampled
from live.poll import poll
from live.snapshot import Snapshot
from live.sweep import CONFIGS_EVERY, LOG_DIRS_EVERY
from tests.fake_cluster import FakeCluster, FakeGroup

T0 = 1_790_000_000_000
GROUPS, TOPICS, PARTITIONS = ("billing", "search"), ("orders", "views"), 2

group, topic, partition = st.sampled_from(GROUPS), st.sampled_from(TOPICS), st.integers(0, PARTITIONS - 1)
steps = st.one_of(
    st.tuples(st.just("commits"), group, topic, partition, st.integers(-3, 20)),
    st.tuples(st.just("forgets"), group, topic, partition),
    st.tuples(st.just("arrive"), topic, partition, st.integers(1, 20)),
    st.tuples(st.just("expire"), topic, partition, st.integers(1, 5)),
    st.tuples(st.just("joins"), group, topic),
    st.tuples(st.just("leaves"), group),
    st.tuples(st.just("unheard")),
    st.tuples(st.just("down")),
    st.tuples(st.just("at_once")),
    st.tuples(st.just("quiet"), st.sampled_from([1, 3, 40, 70])),
)


class Played:
    """A cluster that goes through the same steps each time, polled every five seconds."""

    def __init__(self, cluster: int) -> None:
        self.kafka, self.now, self.snapshot, self.cluster = FakeCluster(), T0, None, cluster
        for name in TOPICS:
            self.kafka.mutate.create_topic(name, PARTITIONS)
            self.kafka.all_topics[name].id = name  # not a random one
        for name in GROUPS:
            self.kafka.all_groups[name] = FakeGroup()

    def polled(self, times: int = 1) -> Snapshot:
        for _ in range(times):
            self.now += 5000
            self.snapshot, _ = poll(self.snapshot, self.kafka, self.cluster, self.now)
        return msgspec.structs.replace(self.snapshot, took_ms=0, cluster=0)

    def does(self, what: str, *more) -> Snapshot:
        return getattr(self, what)(*more) or self.polled()

    def commits(self, group: str, topic: str, partition: int, by: int) -> None:
        offsets, tp = self.kafka.all_groups[group].offsets, TopicPartition(topic, partition)
        offsets[tp] = Committed(max(0, (offsets[tp].offset if tp in offsets else 0) + by))

    def forgets(self, group: str, topic: str, partition: int) -> None:
        self.kafka.all_groups[group].offsets.pop(TopicPartition(topic, partition), None)

    def arrive(self, topic: str, partition: int, records: int) -> None:
        self.kafka.all_topics[topic].logs[partition].end += records

    def expire(self, topic: str, partition: int, records: int) -> None:
        log = self.kafka.all_topics[topic].logs[partition]
        log.start = min(log.end, log.start + records)

    def joins(self, group: str, topic: str) -> None:
        members = self.kafka.all_groups[group].members
        members.append(Member(f"m-{len(members)}", "m", "host", None, {topic: tuple(range(PARTITIONS))}))

    def leaves(self, group: str) -> None:
        del self.kafka.all_groups[group].members[-1:]

    def unheard(self) -> Snapshot:
        """One poll in which a broker does not list its groups, while records arrive."""
        self.arrive("orders", 0, 5)
        with mock.patch.object(self.kafka.groups, "list", return_value=({}, (TimedOut(),))):
            return self.polled()

    def down(self) -> Snapshot:
        self.kafka.fault = TimedOut()
        failed = self.polled()
        self.kafka.fault = None
        return failed

    def at_once(self) -> Snapshot:
        """One poll so soon after the last that no rate has come down by what it is rounded to."""
        self.now += 20 - 5000
        return self.polled()

    def quiet(self, polls: int) -> Snapshot:
        return self.polled(polls)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, min_size=1, max_size=12))
def test_a_poll_that_leaves_out_what_it_knows_gives_the_same_snapshot(played):
    short, long = Played(1), Played(2)
    for step in played:
        known = short.does(*step)
        with (
            mock.patch("live.recall.of", return_value={}),
            mock.patch("live.committed.same_places", return_value=None),
            mock.patch("live.topics._stands_still", never),
            mock.patch.multiple("live.groups", unmoved=never, settled=never),
        ):
            assert known == long.does(*step)


def never(*_) -> bool:
    return False


def test_an_idle_group_takes_every_shortcut():
    """Or the test above would compare the long way with itself."""
    played = Played(3)
    played.does("arrive", "orders", 0, 3)
    played.does("commits", "billing", "orders", 0, 3)
    played.quiet(130)
    with (
        mock.patch("live.groups.measure", side_effect=AssertionError("added up")),
        mock.patch("live.groups.judge.verdict", side_effect=AssertionError("judged")),
        mock.patch("live.groups.next_offsets", side_effect=AssertionError("compared")),
        mock.patch("live.topics._partition", wraps=topics._partition) as made,
    ):
        assert played.quiet(12).groups["billing"].verdict.code == "idle"
    every = len(TOPICS) * PARTITIONS
    assert made.call_count == every * (12 // LOG_DIRS_EVERY + 12 // CONFIGS_EVERY)


samples = st.lists(st.tuples(st.sampled_from([None, 0, 5]), st.sampled_from([10, 20])), min_size=1, max_size=90)


@given(samples)
def test_the_samples_that_are_kept_tell_all_that_was_sampled(said):
    kept, every = (), []
    for n, (lag, committed) in enumerate(said):
        newest = (T0 + n * 5000, lag, committed)
        every.append(newest)
        kept = sampled(kept, newest)
    window = [s for s in every if s[0] >= every[-1][0] - SAMPLES_MS]
    assert (kept[0], kept[-1]) == (window[0], window[-1])
    assert set(kept) <= set(window)
    for at, *what in window:
        before = max(s for s in kept if s[0] <= at)
        assert [*before[1:]] == what
