"""What an address asks for, or the one sentence that says what would be right."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.errors import BadRequest
from reader.query import Filter, Start
from records.reading import offsets, reading


@pytest.mark.parametrize(
    ("asked", "start"),
    [
        ({}, None),
        ({"start": "live"}, None),
        ({"start": "newest"}, Start("newest")),
        ({"start": "offset:17"}, Start("offset", 17)),
        ({"start": "time:2026-11-03T14:30:00Z"}, Start("time", 1793716200000)),
        ({"start": "time:2026-11-03T14:30:00.250+02:00"}, Start("time", 1793709000250)),
        ({"start": "time:2026-11-03T14:30:00"}, Start("time", 1793716200000)),
        ({"start": "offset:0:17,3:42"}, Start("from", offsets={0: 17, 3: 42})),
        ({"start": "time:1969-12-31T23:59:59.999Z"}, Start("time", -1)),
        ({"from": "0:17,3:42"}, Start("from", offsets={0: 17, 3: 42})),
        ({"before": "1:9"}, Start("before", offsets={1: 9})),
    ],
)
def test_where_to_start(asked, start):
    assert reading(asked).start == start


def test_the_rest_of_the_address():
    asked = reading({"partition": "3, 0,3", "filter": "x", "case": "1", "committed": "1", "limit": "500"})
    assert (asked.partitions, asked.filter, asked.committed, asked.limit) == ((0, 3), Filter("x", True), True, 500)
    assert reading({"where": " value.n > 1 "}).filter == Filter(expression="value.n > 1")


def test_a_range_keeps_its_ends_while_it_is_paged():
    asked = {"start": "offset:5", "until": "time:2026-11-03T14:30:00Z", "before": "0:9", "topic": "abc"}
    browse = reading(asked | {"markers": "1"}).browse("c", "t")
    assert (browse.start, browse.since, browse.until) == (
        Start("before", offsets={0: 9}),
        Start("offset", 5),
        Start("time", 1793716200000),
    )
    assert (browse.topic_id, browse.markers) == ("abc", True)


def test_without_an_end_a_start_is_a_place_and_no_limit():
    assert reading({"start": "offset:5"}).since is None
    assert reading({"start": "newest", "until": "offset:5"}).since is None


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"start": "sideways"}, "A start is live"),
        ({"start": "offset:-1"}, "from 0 up"),
        ({"start": "offset:٣"}, "from 0 up"),
        ({"start": "offset:9223372036854775808"}, "from 0 up"),
        ({"start": "time:yesterday"}, "2026-11-03T14:30:00Z"),
        ({"until": "newest"}, "A range ends at"),
        ({"until": "live"}, "A range ends at"),
        ({"start": "offset:9", "until": "offset:9"}, "ends before it begins"),
        ({"start": "offset:0:1,x:2"}, "partition:offset"),
        ({"from": "0"}, "partition:offset"),
        ({"before": "x:1"}, "partition:offset"),
        ({"partition": "0,x"}, "Partitions are numbers"),
        ({"partition": "2147483648"}, "Partitions are numbers"),
        ({"limit": "0"}, "1 to 500"),
        ({"limit": "501"}, "1 to 500"),
        ({"filter": "x" * 100_000}, "at most 1,000"),
        ({"where": "value.n > "}, "missing at the end"),
        ({"where": "x" * 100_000}, "at most 4,000"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(asked, sentence):
    with pytest.raises(BadRequest, match=sentence) as refused:
        reading(asked)
    assert len(str(refused.value)) < 200


@given(
    st.dictionaries(st.sampled_from(["start", "from", "before", "partition", "limit", "filter"]), st.text(max_size=30))
)
def test_any_address_is_understood_or_refused(asked):
    with suppress(BadRequest):
        reading(asked)


@given(st.dictionaries(st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1), max_size=5))
def test_offsets_survive_the_address(by_partition):
    assert offsets(",".join(f"{p}:{o}" for p, o in by_partition.items())) == by_partition


def test_a_batch_to_be_skipped_is_named_by_its_offsets():
    assert reading({"beyond": "3:10-180,0:5-5"}).beyond == {3: (10, 180), 0: (5, 5)}
    for wrong in ("3", "3:10", "3:180-10", "a:1-2", "3:-1-2"):
        with pytest.raises(BadRequest, match="partition:first-last"):
            reading({"beyond": wrong})
