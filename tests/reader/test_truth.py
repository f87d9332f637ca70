"""What is odd in a log is shown as it is: times of no calendar, doubled headers, null and empty, numbers of 64 bits."""

from __future__ import annotations

import json

import pytest
from confluent_kafka import Producer

from console.api.shapes import big, iso
from reader.query import Query, Start
from reader.replies import Done, Rows, Whole
from reader.requests import Browse, Record
from records import wire
from tests.reader.conftest import WITHIN

YEAR_10000 = 253_402_300_800_000  # ms
TIMES = (-5, 1, YEAR_10000, 2**53 + 1, 2**62)
FOREVER = {"message.timestamp.after.max.ms": str(2**63 - 1), "message.timestamp.before.max.ms": str(2**63 - 1)}


@pytest.fixture
def odd(a_topic, bootstrap):
    topic = a_topic(1, config=FOREVER)
    producer = Producer({"bootstrap.servers": bootstrap})
    headers = [("trace", b"first"), ("trace", b"second"), ("none", None), ("empty", b"")]
    for ms in TIMES:
        producer.produce(topic.name, b'{"id": 18446744073709551615}', b"", timestamp=ms, headers=headers)
        assert producer.flush(WITHIN) == 0
    producer.produce(topic.name, None, None, timestamp=5)
    producer.produce(topic.name, b"", b"", timestamp=6)
    assert producer.flush(WITHIN) == 0
    return topic


OLDEST = Start("oldest")


def page(link, config, topic, start=OLDEST, **more):
    replies = link.call(config, Browse(0, Query(config.fingerprint, topic.name), start, 50, **more))
    return next(r for r in replies if isinstance(r, Rows)), next(r for r in replies if isinstance(r, Done))


def test_times_of_no_calendar_are_the_numbers_they_are(link, config, odd):
    rows, done = page(link, config, odd)
    assert [r.timestamp for r in rows.rows if r.offset < len(TIMES)] == list(TIMES)
    sent = json.loads(json.dumps(wire.page(rows, done)))
    assert {row[2] for row in sent["rows"]} >= {-5, YEAR_10000, str(2**53 + 1), str(2**62)}
    assert [iso(ms) for ms in TIMES] == [None, "1970-01-01T00:00:00.001Z", None, None, None]
    assert [big(ms) for ms in TIMES[2:]] == [YEAR_10000, str(2**53 + 1), str(2**62)]


def test_null_and_empty_differ_and_numbers_keep_their_digits(link, config, odd):
    rows, _ = page(link, config, odd)
    last = {r.offset: r for r in rows.rows}
    assert [(last[o].key.kind, last[o].value.kind) for o in (5, 6)] == [("null", "null"), ("empty", "empty")]
    assert last[0].value.text == '{"id": 18446744073709551615}'


def test_doubled_headers_are_all_there_in_their_order(link, config, odd):
    replies = link.call(config, Record(0, config.fingerprint, odd.name, 0, 0))
    headers = next(r for r in replies if isinstance(r, Whole)).headers
    assert [(name, shown.kind, shown.text) for name, shown in headers] == [
        ("trace", "text", "first"),
        ("trace", "text", "second"),
        ("none", "null", ""),
        ("empty", "empty", ""),
    ]


def test_paging_by_odd_times_leaves_no_hole(link, config, odd):
    start, found = Start("newest"), []
    while True:
        rows, done = page(link, config, odd, start)
        found += [r.offset for r in rows.rows]
        if not done.older:
            break
        start = Start("before", offsets=done.older)
    assert found == [6, 5, 4, 3, 2, 1, 0]
