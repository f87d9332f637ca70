"""What a poll asks of partitions on which a group stands, and what becomes of it."""

from __future__ import annotations

import pytest

from gateway.errors import NotAuthorized, TimedOut
from gateway.facts import Committed, TopicPartition
from live.poll import poll
from live.snapshot import Snapshot, decode, encode
from tests.fake_cluster import FakeCluster, FakeGroup

T0 = 1_790_000_000_000
HELD = TopicPartition("orders", 0)


class Watched:
    """A group of one member on one partition, polled every 5 s while ten records a second arrive."""

    def __init__(self) -> None:
        self.kafka, self.snapshot, self.now = FakeCluster(), None, T0
        self.kafka.mutate.create_topic("orders", 1)
        self.kafka.all_groups["readers"] = FakeGroup()
        self.kafka.joins("readers", "orders")
        self.log = self.kafka.log(HELD)
        self.log.end = 1000
        self.reads = True

    def polled(self, times: int, arrive: int = 50) -> Snapshot:
        for _ in range(times):
            self.now += 5000
            if arrive:
                self.log.times.append((self.now, self.log.end))
            self.log.end += arrive
            if self.reads:
                self.commit(self.log.writing.begins if self.log.writing.begins is not None else self.log.end)
            self.snapshot, _ = poll(self.snapshot, self.kafka, 7, self.now)
        assert self.snapshot is not None
        return self.snapshot

    def commit(self, offset: int) -> None:
        self.kafka.all_groups["readers"].offsets[HELD] = Committed(offset)

    @property
    def verdict(self):
        assert self.snapshot is not None
        return self.snapshot.groups["readers"].verdict


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_group_that_reads_costs_no_further_question(watched, monkeypatch):
    for asked in (watched.kafka.offsets, "stable_ends"), (watched.kafka.transactions, "writing"):
        monkeypatch.setattr(*asked, lambda _: pytest.fail("asked"))
    assert watched.polled(20).standing == ()


def test_an_open_transaction_is_named_within_a_minute_and_its_end_ends_the_verdict(watched):
    watched.polled(20)
    watched.kafka.begins(HELD, "settle-7", watched.now)
    begins = watched.log.writing.begins
    codes = [watched.polled(1).groups["readers"].verdict.code for _ in range(14)]
    assert codes[-1] == "blocked" and "stalled" not in codes
    assert codes.index("blocked") <= 12
    assert set(codes[codes.index("blocked") :]) == {"blocked"}
    assert "It is settle-7, producer id 1." in watched.verdict.sentence
    assert (watched.verdict.topic, watched.verdict.partition, watched.verdict.offset) == ("orders", 0, begins)
    assert decode(encode(watched.snapshot)) == watched.snapshot
    watched.kafka.ends(HELD)
    assert watched.polled(4).groups["readers"].verdict.code == "keeping_up"
    assert watched.polled(1).standing == ()


@pytest.mark.parametrize(("transactional", "codes"), [(True, {"keeping_up", "idle"}), (False, {"stalled"})])
def test_the_marker_at_the_end_of_a_transactional_topic_is_no_stall(watched, transactional, codes):
    watched.polled(10)
    if transactional:
        watched.kafka.begins(HELD, "settle-7", watched.now)
        watched.kafka.ends(HELD)
    else:
        watched.log.times.append((watched.now, watched.log.end))
        watched.log.end += 2
    watched.commit(watched.log.end - 1)
    watched.reads = False
    seen = [watched.polled(1, arrive=0).groups["readers"].verdict.code for _ in range(50)]
    assert set(seen[15:]) == codes


def test_without_the_right_to_ask_for_producers_it_is_blocked_all_the_same(watched, monkeypatch):
    monkeypatch.setattr(watched.kafka.transactions, "writing", lambda tps: dict.fromkeys(tps, NotAuthorized()))
    watched.polled(20)
    watched.kafka.begins(HELD, "settle-7", watched.now)
    watched.polled(13)
    assert watched.verdict.code == "blocked"
    assert "settle-7" not in watched.verdict.sentence


def test_without_a_last_stable_offset_it_is_stalled(watched, monkeypatch):
    monkeypatch.setattr(watched.kafka.offsets, "stable_ends", lambda tps: dict.fromkeys(tps, TimedOut()))
    watched.polled(20)
    watched.kafka.begins(HELD, "settle-7", watched.now)
    assert watched.polled(14).groups["readers"].verdict.code == "stalled"


def test_what_expires_within_a_quarter_of_the_retention_is_at_risk(watched):
    """Kafka is asked which offset is three quarters of a week old."""
    watched.kafka.leaves("readers")
    watched.commit(900)
    watched.reads = False
    day = 86_400_000
    watched.log.times = [(watched.now - 6 * day - 60_000, 900), (watched.now - day, 950)]
    watched.polled(1, arrive=0)
    assert watched.verdict.code == "stopped"
    watched.polled(30, arrive=0)
    assert watched.verdict.code == "at_risk"
    assert watched.verdict.sentence == (
        "Retention reaches the unread records of orders-0 within 1 d: 100 records wait there."
    )
    assert [finding.code for finding in watched.verdict.also] == ["stopped"]
    assert watched.snapshot.doomed == (("orders", 0, 950),)
    watched.commit(960)
    watched.polled(20, arrive=0)
    assert watched.verdict.code == "stopped"
    assert watched.verdict.also == ()
