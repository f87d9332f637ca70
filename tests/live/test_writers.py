"""What polls learn of producers: who they are, where they write, when they last did."""

from __future__ import annotations

import time
import uuid

import pytest

from gateway.errors import NotAuthorized, Unreachable
from gateway.facts import TopicPartition, Wrote
from live import writers
from live.poll import poll
from live.snapshot import Snapshot, WroteState, decode, encode
from live.sweep import due
from live.writers import DAY_MS, EPOCH, folded, look, written
from tests.contract.stages import RealStage, eventually
from tests.fake_cluster import FakeCluster

T0 = 1_790_000_000_000
ORDERS, MAILS = TopicPartition("orders", 0), TopicPartition("mails", 0)


class Polled:
    """Two topics of two partitions each, polled every five seconds."""

    def __init__(self) -> None:
        self.kafka, self.now, self.snapshot = FakeCluster(), T0, None
        for topic in ("orders", "mails", "__consumer_offsets"):
            self.kafka.mutate.create_topic(topic, 2)

    def poll(self) -> Snapshot:
        self.now += 5000
        self.snapshot, _ = poll(self.snapshot, self.kafka, 7, self.now)
        assert decode(encode(self.snapshot)) == self.snapshot
        return self.snapshot

    def producers(self) -> dict[int, tuple[str | None, str | None, dict[str, int | None]]]:
        return {p.id: (p.transaction, p.group, {w.topic: w.at for w in p.wrote}) for p in self.poll().producers}


@pytest.fixture
def polled() -> Polled:
    return Polled()


def test_producers_are_known_by_number_by_name_and_by_the_group_they_commit_for(polled):
    polled.kafka.writes(ORDERS, 5, T0)
    polled.kafka.writes(ORDERS, 6, T0, "settle-1")
    polled.kafka.writes(MAILS, 7, T0, "mailer-x", "mailer")
    polled.kafka.writes(ORDERS, 7, T0 + 1, "mailer-x", "mailer")
    assert polled.producers() == {
        5: (None, None, {"orders": T0}),
        6: ("settle-1", None, {"orders": T0}),
        7: ("mailer-x", "mailer", {"mails": T0, "orders": T0 + 1}),
    }


@pytest.mark.parametrize("clock", [T0 - 3 * DAY_MS, T0 + DAY_MS, -1])
def test_when_it_wrote_is_what_was_seen_and_not_what_a_clock_says_that_is_off(polled, clock):
    polled.kafka.writes(ORDERS, 5, clock)
    assert polled.producers()[5][2] == {"orders": None}
    polled.kafka.writes(ORDERS, 5, clock)
    at = polled.now + 5000
    assert polled.producers()[5][2] == {"orders": at}
    for _ in range(12):
        polled.poll()
    polled.kafka.writes(MAILS, 5, clock)
    polled.poll()  # sees that something arrives there
    assert polled.producers()[5][2] == {"orders": at, "mails": None}


def test_what_may_not_be_read_stays_as_it_was_and_says_why_until_it_may(polled, monkeypatch):
    polled.kafka.writes(ORDERS, 5, T0)
    polled.poll()
    remembered = polled.kafka.producers.remembered
    one_of = {TopicPartition("orders", 1): NotAuthorized()}
    monkeypatch.setattr(polled.kafka.producers, "remembered", lambda tps: remembered(tps) | one_of, raising=False)
    polled.kafka.writes(ORDERS, 9, T0)
    for _ in range(2):
        assert polled.producers() == {5: (None, None, {"orders": T0})}
        assert polled.snapshot.untold == (("orders", str(NotAuthorized())),)
    assert not polled.snapshot.problems  # it is no trouble of the cluster
    monkeypatch.undo()
    polled.kafka.writes(ORDERS, 9, T0)
    assert set(polled.producers()) == {5, 9} and polled.snapshot.untold == ()


def test_names_that_cannot_be_read_say_why_and_are_asked_for_again(polled, monkeypatch):
    monkeypatch.setattr(polled.kafka.producers, "names", lambda ids: ({}, (Unreachable(),)), raising=False)
    polled.kafka.writes(ORDERS, 6, T0, "settle-1")
    assert polled.producers()[6][0] is None
    assert polled.snapshot.producers[0].transactional
    assert polled.snapshot.untold == (("", str(Unreachable())),)
    monkeypatch.undo()
    assert polled.producers()[6][0] == "settle-1" and polled.snapshot.untold == ()


def test_a_name_that_is_known_is_not_asked_for_again(polled, monkeypatch):
    polled.kafka.writes(MAILS, 7, T0, "mailer-x", "mailer")
    polled.poll()
    asked = []
    for question in "names", "groups":
        monkeypatch.setattr(
            polled.kafka.producers, question, lambda ids, *_: (asked.extend(ids), ({}, ()))[1], raising=False
        )
    polled.kafka.writes(MAILS, 7, T0)
    assert polled.producers()[7][:2] == ("mailer-x", "mailer") and asked == []


def test_a_topic_made_anew_has_none_of_the_old_ones_and_a_deleted_one_leaves_none(polled):
    polled.kafka.writes(ORDERS, 5, T0)
    polled.kafka.writes(MAILS, 5, T0)
    polled.poll()
    for topic in "orders", "mails":
        polled.kafka.mutate.delete_topic(topic)
    polled.kafka.mutate.create_topic("orders", 2)
    assert polled.producers() == {}


def test_where_nothing_arrives_is_asked_seldom_and_what_is_known_ends_after_a_day(polled, monkeypatch):
    polled.kafka.writes(ORDERS, 5, T0)
    for _ in range(100):
        polled.poll()
    asked, remembered = [], polled.kafka.producers.remembered
    monkeypatch.setattr(
        polled.kafka.producers, "remembered", lambda tps: (asked.extend(tps), remembered(tps))[1], raising=False
    )
    for _ in range(24):
        assert set(polled.producers()) == {5}
    assert len(asked) == 2 * 4  # each of four partitions twice
    monkeypatch.setattr(polled.kafka.producers, "remembered", lambda tps: {}, raising=False)
    polled.now = T0 + DAY_MS
    assert set(polled.producers()) == set()


def test_many_partitions_are_spread_over_a_round_of_polls(polled):
    every = {f"t{n}": 50 for n in range(40)}
    for name, partitions in every.items():
        polled.kafka.mutate.create_topic(name, partitions)
        polled.kafka.writes(TopicPartition(name, 0), 5, T0)
    topics, asked = polled.kafka.topics.list(), []
    remembered = polled.kafka.producers.remembered
    polled.kafka.producers.remembered = lambda tps: (asked.append(len(tps)), remembered(tps))[1]
    for turn in range(11):  # 2,006 partitions
        look(polled.kafka, None, topics, T0, lambda name, n, turn=turn: due(name, turn, n))
    assert sum(asked) == 40 * 50 + 4 and max(asked) < 600


def test_of_too_many_the_named_and_those_that_wrote_last_are_kept(monkeypatch):
    monkeypatch.setattr(writers, "KEPT", 3)
    marks = {(id, "orders"): WroteState("orders", T0 + id, 1, T0) for id in range(6)}
    found = folded(marks, {1: ("settle-1", None)}, {1})
    assert [p.id for p in found] == [1, 4, 5]


@pytest.mark.parametrize(
    ("before", "epoch", "sequence", "at", "rate"),
    [
        (41, 0, 90, T0 + 5000, 10.0),  # fifty records in five seconds
        (91, 0, 90, T0, 0.0),
        (91, 1, 9, T0 + 5000, None),  # how many it wrote in the last epoch was not seen
        (91, 0, 9, T0 + 5000, None),  # another partition was forgotten
        (EPOCH + 41, 1, 90, T0 + 5000, 10.0),
    ],
)
def test_sequence_numbers_count_what_it_wrote_since_the_last_look(before, epoch, sequence, at, rate):
    known = {(5, "orders"): WroteState("orders", T0, before, T0)}
    found = written(known, {"orders": [(Wrote(5, epoch, sequence, -1, True),)]}, T0 + 5000)
    assert (found[5, "orders"].at, found[5, "orders"].rate) == (at, rate)


def test_a_real_broker_tells_of_a_real_program(bootstrap):
    stage, topic, snapshot = RealStage(bootstrap), f"writers-{uuid.uuid4().hex[:8]}", None
    stage.cluster.mutate.create_topic(topic, 1, 1)
    eventually(lambda: topic in stage.cluster.topics.list())
    name = stage.program(f"{topic}-readers", TopicPartition(topic, 0))
    stage.producer(TopicPartition(topic, 0))

    def found() -> set[tuple[str | None, str | None]]:
        nonlocal snapshot
        snapshot, _ = poll(snapshot, stage.cluster, 7, round(time.time() * 1000))
        return {(p.transaction, p.group) for p in snapshot.producers if p.wrote[0].topic == topic}

    eventually(lambda: found() == {(name, f"{topic}-readers"), (None, None)})
    stage.cluster.mutate.delete_topic(topic)
    eventually(lambda: not found())
    stage.cluster.close()
