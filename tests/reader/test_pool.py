"""Parked consumers: lent again once they have rested, few of a kind, closed when they failed or grew old."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest
from confluent_kafka import Consumer, TopicPartition

import reader.consumer
from gateway import closing
from reader.consumer import opened
from reader.pool import KEPT, REST, Pool
from reader.scan import Budget, scan
from tests.reader.conftest import soon


def test_a_rested_one_is_lent_again_and_reads_another_topic(config, a_topic):
    pool, first, second = Pool(), a_topic(3, 30), a_topic(2, 40, "other {n}")
    found = []

    def take(message) -> bool:
        found.append(message.value().decode())
        return True

    with pool.borrowed(config, first.name) as one:
        scan(one, first.name, dict.fromkeys(range(3), (0, 10)), take, Budget())
    assert sorted(found) == sorted(f"record {n}" for n in range(30))
    found.clear()
    time.sleep(REST)
    with pool.borrowed(config, second.name) as again:
        assert again is one
        scan(again, second.name, dict.fromkeys(range(2), (0, 20)), take, Budget())
    assert sorted(found) == sorted(f"other {n}" for n in range(40))


def test_one_whose_last_fetch_may_be_under_way_is_not_lent(config, a_topic):
    pool, topic = Pool(), a_topic(1)
    with pool.borrowed(config, topic.name) as one:
        one.assign([TopicPartition(topic.name, 0, 0)])
    with pool.borrowed(config, topic.name) as other:
        assert other is not one


def test_another_isolation_is_another_kind(config, a_topic):
    pool, topic = Pool(), a_topic(1)
    with pool.borrowed(config, topic.name) as one:
        pass
    time.sleep(REST)
    with pool.borrowed(config, topic.name, committed=True) as other:
        assert other is not one


def test_what_failed_is_closed_and_never_lent(config, a_topic):
    pool, topic = Pool(), a_topic(1)
    with pytest.raises(ValueError, match="mine"), pool.borrowed(config, topic.name) as one:
        raise ValueError("mine")
    assert pool.parked == 0
    with pytest.raises(RuntimeError, match="closed"):
        soon(lambda: one.assignment() is None)


def test_what_failed_and_cannot_be_closed_holds_nobody_up(config, a_topic, monkeypatch):
    """As librdkafka does now and then after a broken batch."""
    closed_on: list[threading.Thread] = []

    class Stuck(Consumer):
        def close(self) -> None:
            closed_on.append(threading.current_thread())
            super().close()

    monkeypatch.setattr(reader.consumer, "Consumer", Stuck)
    monkeypatch.setattr(closing, "RESTS", 0.0)
    for lent in (Pool().borrowed(config, a_topic(1).name), opened(config, wait_ms=10)):
        with pytest.raises(ValueError, match="mine"), lent:
            raise ValueError("mine")
    soon(lambda: len(closed_on) == 2)
    assert threading.current_thread() not in closed_on


def test_few_are_kept_and_old_ones_are_given_up(config, a_topic):
    pool, topic = Pool(), a_topic(1)
    with ExitStack() as stack:
        for _ in range(KEPT + 2):
            stack.enter_context(pool.borrowed(config, topic.name))
    assert pool.parked == KEPT
    assert pool.aged(time.monotonic() - 60) == []
    for consumer in pool.aged(time.monotonic()):
        consumer.close()
    assert pool.parked == 0


def test_of_many_kinds_the_longest_parked_goes(config, a_topic, monkeypatch):
    monkeypatch.setattr("reader.pool.PARKED", 3)
    pool, topic = Pool(), a_topic(1)
    seen = []
    for each in range(5):
        with pool.borrowed(config, topic.name, each=1024 + each) as one:
            seen.append(one)
        assert pool.parked <= 3
    for gone in seen[:2]:
        with pytest.raises(RuntimeError, match="closed"):
            soon(lambda gone=gone: gone.assignment() is None)
    time.sleep(REST)
    with pool.borrowed(config, topic.name, each=1024 + 4) as again:
        assert again is seen[4]
