"""The reader process: its death is said, its memory is limited, and it never outlives the one that started it."""

from __future__ import annotations

import os
import signal

import pytest
from confluent_kafka import Producer

from gateway.config import ClusterConfig
from live.reader_link import ReaderLink, ReadFailed
from reader.protocol import Browse, Failed, Query, Start, Started, Stats, Tail
from tests.reader.conftest import Heard, soon


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_killed_reader_ends_its_tails_with_a_word_and_the_next_request_finds_a_new_one(
    own_link, config, a_topic, tail
):
    topic = a_topic(1, 3)
    heard = tail(own_link, topic.name)
    heard.first(Started)
    os.kill(own_link._child.process.pid, signal.SIGKILL)
    assert heard.first(Failed).code == "reader_stopped"
    own_link._not_before = 0.0  # the pause before a new start is not what is proved here
    replies = own_link.call(config, Browse(0, Query(config.fingerprint, topic.name), Start("newest"), 5))
    assert len(replies[0].rows) == 3


def test_a_tail_that_went_on_after_a_death_lost_and_repeated_nothing(own_link, config, a_topic, tail, bootstrap):
    topic = a_topic(2)
    first = tail(own_link, topic.name)
    first.first(Started)
    topic.produce(bootstrap, 500)
    first.until(lambda _: first.seen >= 100)
    os.kill(own_link._child.process.pid, signal.SIGKILL)
    first.first(Failed)
    own_link._not_before = 0.0
    topic.produce(bootstrap, 300)
    second = tail(own_link, topic.name, offsets=first.frames[-1].next)
    second.until(lambda _: first.seen + second.seen == 800)
    assert first.accounted + second.accounted == 800


def test_a_decompression_bomb_ends_the_reader_and_not_us(config, a_topic, bootstrap):
    topic = a_topic(1)
    settings = {"message.max.bytes": 200_000_000, "compression.type": "gzip"}
    producer = Producer({"bootstrap.servers": bootstrap, **settings})
    producer.produce(topic.name, bytes(120_000_000))
    assert producer.flush(30) == 0
    link = ReaderLink(200)
    try:
        with pytest.raises(ReadFailed) as failed:
            link.call(config, Browse(0, Query(config.fingerprint, topic.name), Start("newest"), 5))
        assert failed.value.code == "reader_stopped"
        assert "memory" in str(failed.value)
    finally:
        link.close()


def test_a_reader_that_keeps_dying_is_not_started_in_a_circle(own_link, config):
    assert own_link.call(config, Stats(0))
    os.kill(own_link._child.process.pid, signal.SIGKILL)
    soon(lambda: own_link._child is None)
    with pytest.raises(ReadFailed, match="being started again"):
        own_link.call(config, Stats(0))


def test_it_ends_with_the_one_that_started_it(own_link, config):
    assert own_link.call(config, Stats(0))
    process = own_link._child.process
    own_link.close()
    process.wait(10)
    assert gone(process.pid)


def test_neither_its_arguments_nor_its_surroundings_hold_a_secret(own_link, monkeypatch):
    monkeypatch.setenv("HIGHWATER_SECRET_KEY", "canary-of-the-surroundings")
    secret = ClusterConfig("127.0.0.1:1", mechanism="PLAIN", username="canary-user", password="canary-password")
    own_link.send(secret, Tail(0, Query(secret.fingerprint, "t")), Heard(own_link))
    pid = own_link._child.process.pid
    for name in ("cmdline", "environ"):
        with open(f"/proc/{pid}/{name}", "rb") as file:
            assert b"canary" not in file.read()


def test_an_unreachable_broker_is_answered_within_ten_seconds(link):
    nobody = ClusterConfig("127.0.0.1:1")
    with pytest.raises(ReadFailed) as failed:
        link.call(nobody, Browse(0, Query(nobody.fingerprint, "t"), Start("newest"), 5), timeout=10)
    assert failed.value.code in ("unreachable", "timed_out")
