"""The reader process: its death is said, its memory is limited, and it never outlives the one that started it."""

from __future__ import annotations

import os
import resource
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from confluent_kafka import Producer

from gateway.config import ClusterConfig
from live.reader_link import ReaderLink, ReadFailed
from reader.query import Filter, Query, Start
from reader.replies import Failed, Frame, Here, Notice, Started, Waits
from reader.requests import Browse, Cancel, Credit, Fields, Original, Originals, Peek, Record, Stats, Sync, Tail, Try
from tests.reader.conftest import Heard, soon


def a_page(config, topic: str, start: str = "newest", offsets=None) -> Browse:
    return Browse(0, Query(config.fingerprint, topic), Start(start, offsets=offsets or {}), 50)


def rss() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_killed_reader_is_replaced_and_nothing_is_lost_or_repeated(own_link, config, a_topic, tail, bootstrap):
    """Five tails and as many pages under way: all go on in the next reader, the tails where they were."""
    topics = [a_topic(2, 200) for _ in range(5)]
    tails = [tail(own_link, topic.name, filter=Filter("record")) for topic in topics]
    for topic in topics:
        topic.produce(bootstrap, 100)
    with ThreadPoolExecutor(5) as pool:
        pages = [pool.submit(own_link.call, config, a_page(config, topic.name)) for topic in topics for _ in range(3)]
        first = own_link.pid
        os.kill(first, signal.SIGKILL)
        for topic in topics:
            topic.produce(bootstrap, 150)
        assert all(len(page.result()[-2].rows) == 50 for page in pages)
    for heard in tails:
        heard.until(lambda _, heard=heard: heard.seen >= 250)
        assert (heard.seen, heard.accounted) == (250, 250)
        offsets = [(row.partition, row.offset) for frame in heard.frames for row in frame.rows]
        assert len(set(offsets)) == len(offsets)
        assert sum(isinstance(reply, Started) for reply in heard.replies) == 1
    assert own_link.pid != first
    assert [n.code for n in tails[0].replies if isinstance(n, Notice)] in ([], ["restarted"])


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGSEGV])
def test_the_next_reader_answers_who_asks_after_the_death_and_says_so_before_it_goes_on(
    own_link, config, a_topic, tail, bootstrap, death
):
    topic = a_topic(1, 10)
    heard = tail(own_link, topic.name)
    first = own_link.pid
    os.kill(first, death)
    assert len(own_link.call(config, a_page(config, topic.name))[-2].rows) == 10
    assert own_link.pid != first
    topic.produce(bootstrap, 5)
    heard.until(lambda _: heard.seen == 5)
    kinds = [type(reply) for reply in heard.replies if isinstance(reply, Started | Notice | Frame)]
    assert kinds[:2] == [Started, Notice] and set(kinds[2:]) == {Frame}


def test_a_tail_that_was_held_back_has_the_credits_and_questions_it_had(own_link, config, a_topic, tail, bootstrap):
    topic = a_topic(1)
    heard = tail(own_link, topic.name, eager=False, credit=1)
    topic.produce(bootstrap, 10)
    heard.first(Frame)
    os.kill(own_link.pid, signal.SIGKILL)
    heard.first(Notice, code="restarted")
    topic.produce(bootstrap, 10)
    own_link.tell(Sync(heard.id, 7))
    assert heard.first(Waits).matched == 20 - heard.seen
    own_link.tell(Credit(heard.id, 5))
    heard.first(Here, question=7)
    assert heard.accounted == 20


def test_what_is_cancelled_is_answered_at_once_though_kafka_is_silent(own_link):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = ClusterConfig(f"127.0.0.1:{mute.getsockname()[1]}")
        query = Query(silent.fingerprint, "t")
        asked = [
            Browse(0, query, Start("newest"), 5),
            Peek(0, silent.fingerprint, "t", {0: 0}),
            Record(0, silent.fingerprint, "t", 0, 0),
            Original(0, silent.fingerprint, "t", 0, 0),
            Originals(0, query, {0: (0, 10)}),
            Try(0, msgspec.structs.replace(query, filter=Filter(expression="true")), ((0, 0),)),
            Fields(0, query),
        ]
        heard = [Heard(own_link) for _ in asked]
        for each, request in zip(heard, asked, strict=True):
            each.id = own_link.send(silent, request, each)
        assert own_link.call(None, Stats(0))[0].jobs == len(asked)
        for each in heard:
            own_link.tell(Cancel(each.id))
        assert own_link.call(None, Stats(0))[0].jobs == 0  # answered behind them
        assert all(each.first(Failed).code == "cancelled" for each in heard)


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_a_bomb_is_named_and_disturbs_nobody_else(codec, config, a_topic, bootstrap, tail):
    topic, other = a_topic(2, 20, config={"max.message.bytes": "20000000"}), a_topic(1)
    settings = {"message.max.bytes": 200_000_000, "compression.type": codec}
    producer = Producer({"bootstrap.servers": bootstrap, **settings})
    producer.produce(topic.name, bytes(120_000_000), partition=1)
    assert producer.flush(30) == 0
    topic.produce(bootstrap, 20)
    link = ReaderLink(200)
    try:
        heard = tail(link, other.name)
        other.produce(bootstrap, 10)
        before = rss()
        with pytest.raises(ReadFailed) as failed:
            link.call(config, a_page(config, topic.name))
        batch = failed.value.batch
        assert (batch.topic, batch.partition, batch.first, batch.last, batch.codec) == (topic.name, 1, 10, 10, codec)
        assert 120_000_000 <= batch.unpacked <= 130_000_000
        assert f"{topic.name}-1" in str(failed.value)
        assert "offset 10" in str(failed.value)
        assert rss() - before < 20_000_000
        replies = link.call(config, a_page(config, topic.name, "from", {0: 0, 1: batch.last + 1}))
        assert len(replies[-2].rows) == 30
        behind = msgspec.structs.replace(a_page(config, topic.name), beyond={1: (batch.first, batch.last)})
        *_, rows, done = link.call(config, behind)
        assert len(rows.rows) == 30
        assert "Partition 1 is shown from offset 11 on" in done.notes[0]
        other.produce(bootstrap, 10)
        heard.until(lambda _: heard.seen >= 20)
        assert heard.accounted == 20
        torn = tail(link, topic.name, offsets={0: 0, 1: 5})
        said = torn.until(lambda replies: next((r for r in replies if getattr(r, "batch", None)), None))
        assert (said.batch.first, said.batch.last) == (10, 10)
    finally:
        link.close()


def test_a_reader_that_keeps_dying_is_not_started_in_a_circle(own_link, config):
    for n in range(1, 4):
        assert own_link.call(None, Stats(0))
        os.kill(own_link.pid, signal.SIGKILL)
        soon(lambda n=n: own_link.deaths == n and not own_link._burying)
    own_link._not_before = time.monotonic() + 100
    with pytest.raises(ReadFailed, match="again and again"):
        own_link.call(None, Stats(0))


def test_it_ends_with_the_one_that_started_it(own_link, config):
    assert own_link.call(None, Stats(0))
    process = own_link._child.process
    own_link.close()
    process.wait(10)
    assert gone(process.pid)


def test_neither_its_arguments_nor_its_surroundings_hold_a_secret(own_link, monkeypatch):
    monkeypatch.setenv("HIGHWATER_SECRET_KEY", "canary-of-the-surroundings")
    secret = ClusterConfig("127.0.0.1:1", mechanism="PLAIN", username="canary-user", password="canary-password")
    own_link.send(secret, Tail(0, Query(secret.fingerprint, "t")), Heard(own_link))
    pid = own_link.pid
    for name in ("cmdline", "environ"):
        with open(f"/proc/{pid}/{name}", "rb") as file:
            assert b"canary" not in file.read()


def test_an_unreachable_broker_is_answered_within_ten_seconds(link):
    nobody = ClusterConfig("127.0.0.1:1")
    with pytest.raises(ReadFailed) as failed:
        link.call(nobody, Browse(0, Query(nobody.fingerprint, "t"), Start("newest"), 5), timeout=10)
    assert failed.value.code in ("unreachable", "timed_out")
