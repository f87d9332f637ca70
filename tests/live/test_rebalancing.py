"""From describe and records to memory, with a cluster and a memory that do as they are told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import DatabaseError

from gateway.errors import Retriable, TimedOut
from gateway.facts import Group, TopicPartition, Writing
from gateway.group_log import CurrentAssignment, GroupEpoch, MemberJoined, TargetEpoch
from gateway.jumps import Jumped
from gateway.rebalance import SEEN, Rebalance
from live import rebalancing
from live.held import Held, sentence, standing
from live.rebalancing import Rebalancing
from tests.fake_cluster import FakeCluster

T0 = 1_790_000_000_000


class Memory:
    def __init__(self) -> None:
        self.kept: list[Rebalance] = []
        self.fault: DatabaseError | None = None

    def newest(self, cluster: int) -> dict[str, Rebalance]:
        return {r.group: r for r in self.kept}

    def store(self, cluster: int, found: list[Rebalance], jumped: list[Jumped]) -> None:
        if self.fault:
            raise self.fault
        self.kept += found


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(rebalancing, "STORE_EVERY", 0)
    monkeypatch.setattr(rebalancing, "AGAIN", 0)


@pytest.fixture
def kafka() -> FakeCluster:
    cluster = FakeCluster()
    cluster.mutate.create_topic("orders", 2)
    cluster.joins("readers", "orders", "consumer")
    return cluster


def begun(kafka: FakeCluster, memory: Memory, end: int = 0) -> Rebalancing:
    found = Rebalancing(7, kafka, memory, lambda group, place: None, lambda: {0: end})
    found.begin()
    found.tick()
    return found


def joins(follower: Rebalancing, kafka: FakeCluster, epoch: int = 3) -> None:
    topic = kafka.topics.describe("orders").id
    for n, event in enumerate(
        (
            MemberJoined("readers", "b", "b", "host", None, ("orders",)),
            GroupEpoch("readers", epoch),
            TargetEpoch("readers", epoch),
            CurrentAssignment("readers", "consumer-0", epoch, "stable", {topic: (0,)}, {}),
            CurrentAssignment("readers", "b", epoch, "stable", {topic: (1,)}, {}),
        )
    ):
        follower.hear(event, T0 + n, f"0:{n}")


def test_the_first_look_is_kept_and_what_follows_is_told_with_names_of_topics(kafka):
    memory = Memory()
    follower = begun(kafka, memory)
    assert [(r.code, r.members[0].owns) for r in memory.kept] == [(SEEN, (("orders", (0, 1)),))]
    joins(follower, kafka)
    follower.tick()
    (_, found) = memory.kept
    assert [(m.topic, m.partition, m.before, m.after) for m in found.moved] == [("orders", 1, "consumer-0", "b")]


def test_a_topic_that_is_not_known_keeps_its_id(kafka):
    memory = Memory()
    follower = begun(kafka, memory)
    follower.hear(GroupEpoch("readers", 3), T0, "0:1")
    follower.hear(TargetEpoch("readers", 3), T0, "0:2")
    follower.hear(CurrentAssignment("readers", "consumer-0", 3, "stable", {"gone": (0,)}, {}), T0, "0:3")
    follower.tick()
    assert memory.kept[-1].members[0].owns == (("gone", (0,)),)


def test_what_is_as_it_was_stored_is_not_stored_again(kafka):
    memory = Memory()
    begun(kafka, memory)
    begun(kafka, memory)
    assert len(memory.kept) == 1


def test_a_database_that_is_away_loses_nothing(kafka):
    memory = Memory()
    follower = begun(kafka, memory)
    memory.fault = DatabaseError("locked")
    joins(follower, kafka)
    follower.tick()
    assert len(memory.kept) == 1
    memory.fault = None
    follower.tick()
    assert [r.code for r in memory.kept] == [SEEN, "joined"]


@pytest.mark.parametrize("answer", [Retriable(), TimedOut()])
def test_a_group_that_could_not_be_described_is_asked_again_before_its_records_count(kafka, monkeypatch, answer):
    memory, ask = Memory(), kafka.groups.describe
    monkeypatch.setattr(kafka.groups, "describe", lambda names: dict.fromkeys(names, answer))
    follower = begun(kafka, memory)
    joins(follower, kafka)
    follower.tick()
    assert memory.kept == []
    monkeypatch.setattr(kafka.groups, "describe", ask)
    follower.tick()
    assert [r.code for r in memory.kept] == [SEEN]


def test_a_classic_group_in_the_middle_of_a_rebalance_is_waited_for(kafka, monkeypatch):
    kafka.all_groups["readers"].kind = "classic"
    memory, ask = Memory(), kafka.groups.describe

    def preparing(names) -> dict[str, Group]:
        return {name: replace(g, state="PreparingRebalance", members=()) for name, g in ask(names).items()}

    monkeypatch.setattr(kafka.groups, "describe", preparing)
    follower = begun(kafka, memory)
    assert memory.kept == []
    monkeypatch.setattr(kafka.groups, "describe", ask)
    follower.tick()
    assert [r.code for r in memory.kept] == [SEEN]


def test_records_older_than_the_description_are_no_news_and_the_group_is_described_again(kafka, monkeypatch):
    memory, ask, asked = Memory(), kafka.groups.describe, []

    def counting(names) -> dict[str, Group]:
        asked.append(list(names))
        return ask(names)

    monkeypatch.setattr(kafka.groups, "describe", counting)
    kafka.joins("readers", "orders", "consumer")
    follower = begun(kafka, memory, end=5)  # the description has both members
    joins(follower, kafka)  # offsets 0 to 4: one of them alone, then both
    follower.tick()
    assert asked == [["readers"], ["readers"]]
    assert [r.code for r in memory.kept] == [SEEN]
    follower.hear(GroupEpoch("readers", 9), T0, "0:5")
    assert follower.under_way == {"readers": T0}


PLACE = TopicPartition("__consumer_offsets", 3)


def test_a_partition_is_held_when_its_stable_offset_does_not_move_behind_the_end():
    first = standing({}, {PLACE: 5}, {PLACE: 9}, T0)
    assert first == {3: (5, T0)}
    assert standing(first, {PLACE: 5}, {PLACE: 12}, T0 + 9000) == {3: (5, T0)}
    assert standing(first, {PLACE: 6}, {PLACE: 12}, T0 + 9000) == {3: (6, T0 + 9000)}
    assert standing(first, {PLACE: 9}, {PLACE: 9}, T0 + 9000) == {}
    assert standing(first, {PLACE: TimedOut()}, {PLACE: 9}, T0 + 9000) == {}


def test_it_says_whose_commits_wait_and_since_when(kafka, monkeypatch):
    monkeypatch.setattr(kafka.offsets, "stable_ends", lambda tps: dict.fromkeys(tps, 5), raising=False)
    monkeypatch.setattr(kafka.offsets, "ends", lambda tps: dict.fromkeys(tps, 9))
    writing = Writing(True, 1, 5, "pay", T0 - 60_000)
    monkeypatch.setattr(kafka.transactions, "writing", lambda tps: dict.fromkeys(tps, writing), raising=False)
    waiting = Held(kafka, [0])
    assert waiting.look(["a", "b"], T0) == ""
    said = waiting.look(["a", "b"], T0 + 10_000)
    assert said.startswith("commits of two groups on partition 0 of __consumer_offsets are held back")
    assert said.endswith("since 14:12:20 UTC")


def test_many_partitions_are_counted():
    assert sentence([1, 2, 7], 1, T0).startswith("commits of one group on three partitions of ")
