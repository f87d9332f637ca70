from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NoLeader
from gateway.facts import TopicPartition
from gateway.reset import STRATEGIES, Row, Standing, clamp, plan

TP = TopicPartition("orders", 0)


def a_row(strategy: str, value: int | None, standing: Standing) -> Row:
    (row,) = plan(strategy, value, {TP: standing})
    return row


@pytest.mark.parametrize(
    ("strategy", "value", "standing", "new", "replayed", "skipped"),
    [
        ("earliest", None, Standing(10, 100, 60), 10, 50, 0),
        ("latest", None, Standing(10, 100, 60), 100, 0, 40),
        ("time", None, Standing(10, 100, 60, at_time=30), 30, 30, 0),
        ("time", None, Standing(10, 100, 60, at_time=None), 100, 0, 40),
        ("offset", 70, Standing(10, 100, 60), 70, 0, 10),
        ("offset", 500, Standing(10, 100, 60), 100, 0, 40),
        ("offset", 3, Standing(10, 100, 60), 10, 50, 0),
        ("shift", -20, Standing(10, 100, 60), 40, 20, 0),
        ("shift", 20, Standing(10, 100, 60), 80, 0, 20),
        ("shift", 900, Standing(10, 100, 60), 100, 0, 40),
        ("shift", -900, Standing(10, 100, 60), 10, 50, 0),
        ("earliest", None, Standing(10, 100, 4), 10, 0, 0),  # 4..9 are gone: nothing is read again
        ("latest", None, Standing(10, 100, 120), 100, 0, 0),  # beyond the end: nothing is skipped
        ("earliest", None, Standing(10, 100, None), 10, 0, 0),
        ("current", None, Standing(10, 100, 60), 60, 0, 0),
        ("current", None, Standing(10, 100, None), 100, 0, 0),
        ("current", None, Standing(10, 100, 120), 120, 0, 0),  # as the tool: where it is, in the log or not
        ("given", None, Standing(10, 100, 60, given=70), 70, 0, 10),
        ("given", None, Standing(10, 100, 60, given=3), 10, 50, 0),
        ("given", None, Standing(10, 100, 60, given=500), 100, 0, 40),
    ],
)
def test_it_says_where_the_group_will_stand(
    strategy: str, value: int | None, standing: Standing, new: int, replayed: int, skipped: int
) -> None:
    row = a_row(strategy, value, standing)
    assert (row.now, row.new, row.replayed, row.skipped, row.refusal) == (
        standing.committed,
        new,
        replayed,
        skipped,
        "",
    )


def test_it_says_aloud_what_it_clamped() -> None:
    assert a_row("offset", 999_999, Standing(10, 1000, 60)).note == "999,999 is beyond the end: moved back to 1,000."
    assert a_row("offset", 3, Standing(10, 100, 60)).note == "3 has been deleted by retention: moved up to 10."
    assert a_row("shift", -90, Standing(10, 100, 60)).note == "-30 is before the first offset: moved up to 10."
    assert a_row("time", None, Standing(10, 100, 60)).note == "No record is that new: the end."
    assert a_row("offset", 50, Standing(10, 100, 60)).note == ""


def test_it_tests_the_end_first_as_the_official_tool_does() -> None:
    torn = Standing(start=100, end=50, committed=None)  # start asked after the end: retention was between
    assert clamp(70, torn)[0] == 50


def test_it_refuses_to_shift_from_nothing() -> None:
    row = a_row("shift", 5, Standing(0, 10, None))
    assert row.new is None
    assert "nothing to shift from" in row.refusal


def test_it_refuses_a_partition_for_which_no_offset_is_given() -> None:
    row = a_row("given", None, Standing(0, 10, 5))
    assert (row.new, row.refusal) == (None, "No offset is given for this partition.")


def test_a_partition_that_could_not_be_read_is_refused_and_hides_no_other() -> None:
    other = TopicPartition("orders", 1)
    rows = plan("latest", None, {TP: NoLeader(), other: Standing(0, 5, 1)})
    assert [(row.new, bool(row.refusal)) for row in rows] == [(None, True), (5, False)]


def test_rows_come_in_the_order_of_topic_and_number() -> None:
    standing = Standing(0, 5, 1)
    keys = [TopicPartition("b", 0), TopicPartition("a", 10), TopicPartition("a", 2)]
    assert [row.partition for row in plan("latest", None, dict.fromkeys(keys, standing))] == sorted(keys)


@pytest.mark.parametrize(("strategy", "value"), [("offset", None), ("shift", None), ("backwards", 1)])
def test_it_refuses_what_is_no_strategy(strategy: str, value: int | None) -> None:
    with pytest.raises(ValueError, match=strategy):
        plan(strategy, value, {})


@given(
    st.sampled_from(STRATEGIES),
    st.integers(-(2**62), 2**62),
    st.integers(0, 2**40),
    st.integers(0, 2**40),
    st.none() | st.integers(0, 2**41),
    st.floats(0, 1),
)
def test_the_new_offset_is_always_inside_the_log(
    strategy: str, value: int, start: int, length: int, committed: int | None, at: float
) -> None:
    end = start + length
    row = a_row(strategy, value, Standing(start, end, committed, start + int(length * at), value))
    if row.new is None:
        assert strategy == "shift"
        assert committed is None
    elif strategy == "current" and committed is not None:
        assert (row.new, row.replayed, row.skipped) == (committed, 0, 0)
    else:
        assert start <= row.new <= end
        assert row.replayed <= length
        assert row.skipped <= length
        assert not (row.replayed and row.skipped)
