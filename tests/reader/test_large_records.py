"""Records of 10 and 50 MB: shown by their beginnings, within the reader's memory, and a page of them is there soon."""

from __future__ import annotations

import os

import pytest
from confluent_kafka import Producer

from reader.query import Query, Start
from reader.replies import Done, Rows, Whole
from reader.requests import Browse, Peek, Record, Stats

MB = 1_000_000
SIZES = [10, 10, 10, 50, 10, 10, 50, 10, 10, 10]


@pytest.fixture(scope="module")
def name(bootstrap) -> str:
    from tests.reader.conftest import Topic

    topic = Topic(bootstrap, 2, {"max.message.bytes": "60000000"})
    producer = Producer({"bootstrap.servers": bootstrap, "message.max.bytes": 60_000_000, "batch.num.messages": 1})
    for n, size in enumerate(SIZES):
        value = b'{"n":%d,"pad":"%s"}' % (n, b"x" * (size * MB))
        producer.produce(topic.name, value, partition=n % 2, timestamp=1_700_000_000_000 + n)
        assert producer.flush(60) == 0
    yield topic.name
    topic.delete()


@pytest.mark.parametrize("start", ["newest", "oldest"])
def test_a_page_of_500_ends_where_its_bytes_do_and_says_so(own_link, config, name, start):
    replies = own_link.call(config, Browse(0, Query(config.fingerprint, name), Start(start), 500))
    pid, figures = own_link.pid, own_link.call(None, Stats(0))[0]
    rows = next(reply for reply in replies if isinstance(reply, Rows)).rows
    done = replies[-1]
    assert isinstance(done, Done)
    assert not done.complete
    assert 1 <= len(rows) < len(SIZES)
    assert {row.value.cut for row in rows} == {True}
    assert {row.value.size // MB for row in rows} <= {10, 50}
    assert all(len(row.value.text) <= 4096 for row in rows)
    assert figures.rss < figures.limit
    more = done.older if start == "newest" else done.newer
    replies = own_link.call(
        config,
        Browse(0, Query(config.fingerprint, name), Start("before" if start == "newest" else "from", offsets=more), 500),
    )
    following = next(reply for reply in replies if isinstance(reply, Rows)).rows
    assert following
    assert not {(r.partition, r.offset) for r in rows} & {(r.partition, r.offset) for r in following}
    os.kill(pid, 0)
    assert own_link.pid == pid


def test_one_is_shown_by_its_beginning(own_link, config, name):
    whole = own_link.call(config, Record(0, config.fingerprint, name, 1, 1))[0]
    assert isinstance(whole, Whole)
    assert whole.row.value.size > 50 * MB
    assert whole.row.value.cut
    assert len(whole.row.value.text) <= 1024 * 1024
    assert len(whole.value_bytes) == 64 * 1024
    rows = own_link.call(config, Peek(0, config.fingerprint, name, {0: 3, 1: 1}))[0].rows
    assert [row.value.size // MB for row in rows] == [50, 50]
    assert own_link.deaths == 0


def test_a_tail_counts_all_of_them(own_link, config, tail, name):
    heard = tail(own_link, name, offsets={0: 0, 1: 0})
    heard.until(lambda _: heard.seen == len(SIZES))
    assert heard.accounted == len(SIZES)
    figures = own_link.call(None, Stats(0))[0]
    assert figures.rss < figures.limit
    assert own_link.deaths == 0
