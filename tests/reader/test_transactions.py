"""Transactions, compaction and retention as a page shows them, on a real broker."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer, TopicPartition

from reader.query import Query, Start
from reader.replies import Done, Rows
from reader.requests import Browse
from tests.reader.conftest import WITHIN, soon
from tests.transactions import Writer


def page(link, config, topic, start, limit=50, *, markers=False, **more):
    """(rows, gaps, done)"""
    query = {name: more.pop(name) for name in ("partitions", "committed", "filter") if name in more}
    asked = Browse(0, Query(config.fingerprint, topic.name, **query), start, limit, markers=markers, **more)
    replies = link.call(config, asked)
    rows = next(reply for reply in replies if isinstance(reply, Rows))
    return rows.rows, rows.gaps, next(reply for reply in replies if isinstance(reply, Done))


def said(rows):
    return [(r.offset, r.value.text, r.mark) for r in rows]


def lies(gaps):
    return [(g.first, g.last, g.why, g.at) for g in gaps]


@pytest.fixture
def written(a_topic, bootstrap):
    """0 committed, 1 its marker, 2-3 aborted, 4 its marker, 5 without a transaction, 6 open, 7 without, 8 behind it and
    aborted, 9 its marker."""
    topic = a_topic(1)
    first = Writer(bootstrap, topic.name)
    first.write("kept", end="commit")
    first.write("dropped", "dropped too", end="abort")
    topic.produce(bootstrap, 1, "plain")
    other = Writer(bootstrap, topic.name, "-open")
    other.write("waits")
    topic.produce(bootstrap, 1, "behind")
    first.write("dropped later", end="abort")
    yield topic
    other.end("abort")


def test_everything_is_shown_with_what_became_of_it(link, config, written):
    rows, gaps, _ = page(link, config, written, Start("oldest"), markers=True)
    assert said(rows) == [
        (0, "kept", ""),
        (2, "dropped", "aborted"),
        (3, "dropped too", "aborted"),
        (5, "plain", ""),
        (6, "waits", "open"),
        (7, "behind", ""),
        (8, "dropped later", "aborted"),
    ]
    assert lies(gaps) == [(1, 1, "commit", 1), (4, 4, "abort", 3), (9, 9, "abort", 7)]


def test_markers_are_left_out_unless_wished_for(link, config, written):
    assert page(link, config, written, Start("newest"))[1] == ()


def test_committed_records_alone_say_what_is_left_out_and_why(link, config, written):
    rows, gaps, done = page(link, config, written, Start("newest"), committed=True)
    assert said(rows) == [(5, "plain", ""), (0, "kept", "")]
    assert lies(gaps) == [(6, 8, "open", 0), (2, 3, "aborted", 1)]
    assert done.complete


def test_a_page_that_ends_inside_of_a_transaction_knows_how_it_ended(link, config, written):
    rows, _, done = page(link, config, written, Start("oldest"), 2)
    assert said(rows) == [(0, "kept", ""), (2, "dropped", "aborted")]
    rows, _, _ = page(link, config, written, Start("from", offsets=done.newer), 1)
    assert said(rows) == [(3, "dropped too", "aborted")]


def test_what_was_compacted_away_is_a_gap_and_the_newest_page_is_not_empty(link, config, a_topic, bootstrap):
    settings = {
        "cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.0",
        "min.compaction.lag.ms": "0", "delete.retention.ms": "0",
    }  # fmt: skip
    topic = a_topic(1, config=settings)
    producer = Producer({"bootstrap.servers": bootstrap})
    for n in range(40):
        producer.produce(topic.name, f"{n}", "same" if n < 30 else f"key {n}")
        producer.flush(WITHIN)

    def read(start, **more):
        return page(link, config, topic, start, **more)

    def is_compacted():
        producer.produce(topic.name, "x", "later")  # closes the segment
        producer.flush(WITHIN)
        return read(Start("oldest"))[0][0].offset == 29

    soon(is_compacted)
    rows, gaps, _ = read(Start("oldest"), until=Start("offset", 40))
    assert [r.offset for r in rows] == list(range(29, 40))
    assert lies(gaps) == [(0, 28, "gone", 0)]
    rows, gaps, done = read(Start("newest"), until=Start("offset", 20))
    assert (rows, lies(gaps), done.older) == ((), [(0, 19, "gone", 0)], {})
    rows, gaps, _ = read(Start("newest"), limit=5, until=Start("offset", 30))
    assert [r.offset for r in rows] == [29]


def test_what_retention_deleted_is_a_gap_at_the_start_of_the_log(link, config, a_topic):
    topic = a_topic(1, 50)
    topic.admin.delete_records([TopicPartition(topic.name, 0, 20)])
    soon(lambda: page(link, config, topic, Start("oldest"), 1)[0][0].offset == 20)
    assert lies(page(link, config, topic, Start("oldest"), 5)[1]) == [(0, 19, "deleted", 0)]
    assert lies(page(link, config, topic, Start("offset", 7), 5)[1]) == [(7, 19, "deleted", 0)]
    assert lies(page(link, config, topic, Start("from", offsets={0: 3}), 5)[1]) == [(3, 19, "deleted", 0)]
    rows, gaps, _ = page(link, config, topic, Start("newest"), 50)
    assert (len(rows), lies(gaps)) == (30, [(0, 19, "deleted", 30)])
    assert page(link, config, topic, Start("newest"), 10)[1] == ()  # not there yet


def test_pages_of_a_log_with_gaps_touch_and_repeat_nothing(link, config, written):
    start, offsets = Start("newest"), []
    while True:
        rows, gaps, done = page(link, config, written, start, 2, markers=True)
        offsets += [r.offset for r in rows]
        offsets += [o for g in gaps for o in range(g.first, g.last + 1)]
        if not done.older:
            break
        start = Start("before", offsets=done.older)
    assert sorted(offsets) == list(range(10))


@pytest.mark.parametrize("backward", [True, False])
def test_a_range_has_two_ends_and_paging_stays_between_them(link, config, a_topic, backward):
    topic = a_topic(3, 300)
    base = 1_700_000_000_000
    ends = {"since": Start("time", base + 60), "until": Start("time", base + 240)}
    start, found = (Start("newest") if backward else ends["since"]), []
    while True:
        rows, _, done = page(link, config, topic, start, 50, **ends)
        found += [r.value.text for r in rows]
        following = done.older if backward else done.newer
        if not following:
            break
        start = Start("before" if backward else "from", offsets=following)
    expected = [f"record {n}" for n in range(60, 240)]
    assert found == (expected[::-1] if backward else expected)


def test_a_range_of_offsets(link, config, a_topic):
    topic = a_topic(2, 40)
    rows, _, done = page(link, config, topic, Start("offset", 5), until=Start("offset", 8))
    assert sorted((r.partition, r.offset) for r in rows) == [(p, o) for p in (0, 1) for o in (5, 6, 7)]
    assert done.newer == {}


def test_one_offset_for_each_partition(link, config, a_topic):
    topic = a_topic(3, 90)
    rows, _, _ = page(link, config, topic, Start("from", offsets={0: 28, 2: 29}))
    assert [(r.partition, r.offset) for r in rows] == [(0, 28), (0, 29), (2, 29)]


def test_a_topic_that_was_made_again_is_not_paged_on(link, config, a_topic, bootstrap):
    topic = a_topic(1, 20)
    _, _, done = page(link, config, topic, Start("newest"), 5)
    assert done.topic_id
    further = {"start": Start("before", offsets=done.older), "topic_id": done.topic_id}
    assert page(link, config, topic, **further)[0]
    topic.delete()

    def answer():
        try:
            page(link, config, topic, **further)
        except Exception as error:
            return error.code
        return ""

    soon(lambda: answer() == "deleted")
    topic.create()
    topic.produce(bootstrap, 30, "new {n}")
    assert answer() == "recreated"
    rows, _, _ = page(link, config, topic, Start("newest"), 1)
    assert rows[0].value.text == "new 29"
