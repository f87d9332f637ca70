"""An expression tried on records, with the engine that filters."""

from __future__ import annotations

import pytest

from live.reader_link import ReadFailed
from reader.query import Filter, Query
from reader.replies import Done, Tried
from reader.requests import Try
from reader.trial import MOST, rounds


def tried(link, config, topic, expression, places):
    query = Query(config.fingerprint, topic.name, filter=Filter(expression=expression))
    replies = link.call(config, Try(0, query, tuple(places)))
    assert isinstance(replies[-1], Done)
    return {(v.partition, v.offset): v for v in next(r for r in replies if isinstance(r, Tried)).verdicts}


@pytest.fixture
def topic(a_topic, bootstrap):
    topic = a_topic(2, 1000, '{{"n":{n}}}')
    topic.produce(bootstrap, 2, "text")
    return topic


def test_each_record_is_true_false_unanswered_or_gone(link, config, topic):
    said = tried(link, config, topic, "value.n > 10", [(0, 0), (0, 499), (1, 3), (1, 500), (1, 9999), (0, 500)])
    assert {place: v.answer for place, v in said.items()} == {
        (0, 0): "false", (0, 499): "true", (1, 3): "false",
        (1, 500): "unanswered", (1, 9999): "gone", (0, 500): "unanswered",
    }  # fmt: skip
    why = said[(1, 500)]
    assert (why.sentence, why.column, why.length) == ("A text has no field n.", 7, 1)
    assert said[(1, 9999)].sentence == "This record is not there any more."


def test_only_so_many_at_once(link, config, topic):
    with pytest.raises(ReadFailed, match=f"^An expression is tried on at most {MOST} records"):
        tried(link, config, topic, "true", [(0, n) for n in range(MOST + 1)])


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], []),
        ([(0, 5)], [{0: (5, 6)}]),
        ([(0, 5), (0, 8), (1, 7)], [{0: (5, 9), 1: (7, 8)}]),
        ([(0, 5), (0, 900), (1, 7)], [{0: (5, 6), 1: (7, 8)}, {0: (900, 901)}]),
        ([(0, 2000), (7, 1)], []),
    ],
)
def test_what_lies_far_apart_is_read_apart(wanted, expected):
    assert list(rounds(wanted, {0: (0, 1000), 1: (0, 1000)})) == expected
