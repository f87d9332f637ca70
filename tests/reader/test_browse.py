"""Pages of records from a real broker."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer

from live.reader_link import ReadFailed
from reader.errors import BadRequest
from reader.query import Filter, Query, Start
from reader.replies import Bytes, Done, Rows, Whole
from reader.requests import Browse, Original, Peek, Record
from reader.rows import as_it_is
from tests.transactions import Writer


def read(link, config, topic, start, limit=50, **query):
    """(rows, done)"""
    replies = link.call(config, Browse(0, Query(config.fingerprint, topic.name, **query), start, limit))
    rows = [row for reply in replies if isinstance(reply, Rows) for row in reply.rows]
    return rows, next(reply for reply in replies if isinstance(reply, Done))


@pytest.fixture
def topic(a_topic):
    return a_topic(3, 500)


def test_newest_is_merged_by_time_over_partitions(link, config, topic):
    rows, done = read(link, config, topic, Start("newest"))
    assert [r.value.text for r in rows] == [f"record {n}" for n in range(499, 449, -1)]
    assert done.complete


def test_paging_back_shows_every_record_once(link, config, topic):
    start, found = Start("newest"), []
    while True:
        rows, done = read(link, config, topic, start, 70)
        found += [r.value.text for r in rows]
        if not done.older:
            break
        start = Start("before", offsets=done.older)
    assert found == [f"record {n}" for n in range(499, -1, -1)]


def test_paging_on_shows_every_record_once(link, config, topic):
    start, found = Start("oldest"), []
    while True:
        rows, done = read(link, config, topic, start, 70)
        if not rows:
            break
        found += [r.value.text for r in rows]
        start = Start("from", offsets=done.newer)
    assert found == [f"record {n}" for n in range(500)]


def test_a_filter_looks_further_back(link, config, topic):
    rows, done = read(link, config, topic, Start("newest"), 10, filter=Filter("record 7"))
    assert [r.value.text for r in rows] == [f"record {n}" for n in range(79, 69, -1)]
    assert done.scanned > 400


def test_a_filter_without_a_hit_reads_everything_and_says_so(link, config, topic):
    rows, done = read(link, config, topic, Start("newest"), filter=Filter("nowhere"))
    assert (rows, done.scanned, done.matched, done.complete, done.older) == ([], 500, 0, True, {})


def test_a_time_begins_at_its_record(link, config, topic):
    rows, _ = read(link, config, topic, Start("time", 1_700_000_000_000 + 123), 3)
    assert [r.value.text for r in rows] == ["record 123", "record 124", "record 125"]


def test_one_partition_alone(link, config, topic):
    rows, _ = read(link, config, topic, Start("oldest"), 2, partitions=(1,))
    assert [(r.partition, r.offset, r.value.text) for r in rows] == [(1, 0, "record 1"), (1, 1, "record 4")]


@pytest.mark.parametrize("committed", [False, True])
def test_it_ends_at_a_transaction_marker_and_does_not_wait_for_more(link, config, a_topic, bootstrap, committed):
    topic = a_topic(1)
    writer = Writer(bootstrap, topic.name)
    writer.write("kept", end="commit")
    writer.write("dropped", end="abort")
    rows, done = read(link, config, topic, Start("newest"), committed=committed)
    assert [r.value.text for r in rows] == (["kept"] if committed else ["dropped", "kept"])
    assert done.complete
    assert done.older == {}


@pytest.mark.parametrize(
    ("start", "query", "sentence"),
    [
        (Start("offset", 10_000), {}, "out of range: partition 0 holds 0 to 166"),
        (Start("oldest"), {"partitions": (8,)}, "There is no partition 8"),
        (Start("oldest"), {"filter": Filter("x" * 1001)}, "at most 1,000"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(link, config, topic, start, query, sentence):
    with pytest.raises(ReadFailed, match=sentence):
        read(link, config, topic, start, **query)


def test_an_unknown_topic_is_not_created_by_asking(link, config, topic):
    topic.name += "-other"
    with pytest.raises(ReadFailed) as refused:
        read(link, config, topic, Start("newest"))
    assert refused.value.code == "unknown_topic"
    assert topic.name not in topic.admin.list_topics(timeout=10).topics


def test_peek_gives_the_first_record_at_or_after_each_offset(link, config, topic):
    replies = link.call(config, Peek(0, config.fingerprint, topic.name, {0: 2, 1: 166, 2: 9999}))
    assert [(r.partition, r.offset) for r in replies[0].rows] == [(0, 2), (1, 166)]


def test_a_peek_at_committed_records_passes_over_the_others(link, config, a_topic, bootstrap):
    topic = a_topic(1)
    writer = Writer(bootstrap, topic.name)
    writer.write("aborted", end="abort")
    writer.write("kept", end="commit")
    writer.write("open")

    def peek(offset: int, committed: bool) -> list[str]:
        replies = link.call(config, Peek(0, config.fingerprint, topic.name, {0: offset}, committed))
        return [row.value.text for row in replies[0].rows]

    assert (peek(0, True), peek(0, False)) == (["kept"], ["aborted"])
    assert (peek(3, True), peek(3, False)) == ([], ["open"])
    writer.end("abort")


def test_one_record_comes_whole_with_all_its_headers(link, config, a_topic, bootstrap):
    topic = a_topic(1)
    producer = Producer({"bootstrap.servers": bootstrap})
    headers = [("a", b"1"), ("a", None), ("b", b"\xff")]
    producer.produce(topic.name, b'{"big":' + b"7" * 70_000 + b"}", b"\x00\x01", headers=headers)
    producer.flush(20)
    whole = next(r for r in link.call(config, Record(0, config.fingerprint, topic.name, 0, 0)) if isinstance(r, Whole))
    assert whole.row.value.kind == "json"
    assert (len(whole.row.value.text), whole.row.value.cut) == (70_008, False)
    assert [(name, shown.kind, shown.text) for name, shown in whole.headers] == [
        ("a", "text", "1"), ("a", "null", ""), ("b", "binary", "ff"),
    ]  # fmt: skip
    assert (whole.key_bytes, len(whole.value_bytes)) == (b"\x00\x01", 64 * 1024)


@pytest.mark.parametrize("key", [None, b"", b"\x00\xff"])
@pytest.mark.parametrize("value", [None, b"", b"\xfe" * 300_000])
def test_an_original_is_byte_for_byte_what_was_written(link, config, a_topic, bootstrap, key, value):
    topic = a_topic(1)
    producer = Producer({"bootstrap.servers": bootstrap})
    headers = [("a", b"1"), ("a", None), ("ä", b"\xff"), ("", b"")]
    producer.produce(topic.name, value, key, headers=headers, timestamp=1_700_000_000_123)
    producer.flush(20)
    (found, _) = link.call(config, Original(0, config.fingerprint, topic.name, 0, 0))
    assert (found.key, found.value, list(found.headers)) == (key, value, headers)
    assert found.timestamp == 1_700_000_000_123


def test_an_original_that_is_too_large_is_refused(monkeypatch):
    class Written:
        key, value, headers = (lambda self: b"12"), (lambda self: b"345"), (lambda self: [("h", b"6"), ("h", None)])
        timestamp = lambda self: (0, -1)  # noqa: E731

    assert as_it_is(7, Written()) == Bytes(7, b"12", b"345", (("h", b"6"), ("h", None)), None)
    monkeypatch.setattr("reader.rows.LARGEST", 5)
    with pytest.raises(BadRequest, match="The record has 6 bytes; at most 5 are copied"):
        as_it_is(7, Written())


def test_a_record_outside_the_log_names_the_range(link, config, topic):
    with pytest.raises(ReadFailed, match="Partition 0 holds offsets 0 to 166; 167 is outside"):
        link.call(config, Record(0, config.fingerprint, topic.name, 0, 167))
