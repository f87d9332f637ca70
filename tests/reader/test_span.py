"""Where a browse begins, and what is said when that is not where it was asked to."""

from __future__ import annotations

import pytest

from reader.errors import BadRequest
from reader.query import Start
from reader.span import spans

BOUNDS = {0: (10, 100), 1: (0, 50)}


@pytest.mark.parametrize(
    ("start", "backward", "found"),
    [
        (Start("newest"), True, BOUNDS),
        (Start("oldest"), False, BOUNDS),  # and what is before is said
        (Start("offset", 20), False, {0: (20, 100), 1: (20, 50)}),
        (Start("from", offsets={0: 60}), False, {0: (60, 100)}),
        (Start("from", offsets={0: 60, 7: 1}), False, {0: (60, 100)}),
        (Start("before", offsets={0: 60, 1: 90}), True, {0: (10, 60), 1: (0, 50)}),
        (Start("before", offsets={0: 3}), True, {0: (10, 10)}),
    ],
)
def test_it_stays_within_the_log(start, backward, found):
    where = spans(start, BOUNDS, {})
    assert (where.backward, where.spans, where.notes) == (backward, found, ())


def test_an_offset_that_no_partition_reached_names_the_ranges():
    with pytest.raises(BadRequest, match="out of range: partition 0 holds 10 to 99, partition 1 holds 0 to 49") as told:
        spans(Start("offset", 101), BOUNDS, {})
    assert told.value.code == "out_of_range"


def test_an_empty_partition_has_no_range():
    with pytest.raises(BadRequest, match="partition 0 is empty, its next offset is 7"):
        spans(Start("offset", 8), {0: (7, 7)}, {})


def test_an_offset_that_retention_deleted_begins_at_the_start_and_says_so():
    where = spans(Start("offset", 5), BOUNDS, {})
    assert where.spans == {0: (10, 100), 1: (5, 50)}
    assert where.deleted == {0: (5, 10)}


def test_partitions_that_end_before_the_offset_are_named():
    assert spans(Start("offset", 70), BOUNDS, {}).notes == (
        "Partition 1 is not as far as offset 70: nothing to show from there.",
    )


def test_a_time_in_the_future_says_that_there_is_nothing():
    where = spans(Start("time", 4_000_000_000_000), BOUNDS, {0: None, 1: None})
    assert where.spans == {0: (100, 100), 1: (50, 50)}
    assert where.notes == ("There is nothing at or after 2096-10-02 07:06:40 UTC.",)


def test_a_time_before_the_log_begins_at_its_start_and_says_so():
    where = spans(Start("time", 1000), BOUNDS, {0: 10, 1: 0})
    assert where.spans == BOUNDS
    assert where.notes == ("The log holds nothing older than 1970-01-01 00:00:01 UTC: shown from its start.",)


def test_a_time_within_the_log_needs_no_words():
    assert spans(Start("time", 1000), BOUNDS, {0: 30, 1: None}).notes == ()


def test_a_time_beyond_the_calendar_is_still_answered():
    assert (
        spans(Start("time", 2**62), BOUNDS, {0: None, 1: None}).notes[0].startswith("There is nothing at or after 46")
    )


def test_an_unknown_start_is_refused():
    with pytest.raises(BadRequest, match="sideways"):
        spans(Start("sideways"), BOUNDS, {})
