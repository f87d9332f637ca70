from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lag import Position, lags, time_to_catch_up, total

known = st.integers(0, 2**62)
maybe = st.none() | known


@pytest.mark.parametrize(
    ("start", "end", "committed", "lag", "lost", "beyond"),
    [
        (0, 100, 40, 60, 0, False),
        (0, 100, 100, 0, 0, False),
        (0, 100, 120, 0, 0, True),
        (50, 100, 40, 50, 10, False),
        (None, 100, 40, 60, 0, False),
        (0, None, 40, None, 0, False),
        (0, 100, None, None, 0, False),
        (7, 7, 7, 0, 0, False),
    ],
)
def test_it_counts_what_is_left_what_is_lost_and_what_cannot_be(
    start: int | None, end: int | None, committed: int | None, lag: int | None, lost: int, beyond: bool
) -> None:
    position = Position(start, end, committed)
    assert (position.lag, position.lost, position.beyond_end) == (lag, lost, beyond)


def test_it_sums_the_known_and_counts_the_unknown() -> None:
    sums = total([Position(0, 10, 4), Position(0, 10, None), Position(5, 10, 2)])
    assert (sums.lag, sums.known, sums.unknown, sums.lost, sums.partial) == (11, 2, 1, 3, True)


def test_the_sum_of_nothing_known_is_unknown() -> None:
    assert total([Position(0, 10, None)]).lag is None
    assert total([]).lag is None


@pytest.mark.parametrize(
    ("lag", "in_rate", "rate", "seconds"),
    [
        (100, 10.0, 20.0, 10.0),
        (100, 10.0, 10.0, "never"),
        (100, 10.0, 5.0, "never"),
        (0, 10.0, 0.0, 0.0),
        (None, 10.0, 5.0, None),
        (100, None, 5.0, None),
        (100, 10.0, None, None),
    ],
)
def test_it_tells_when_a_group_has_caught_up(
    lag: int | None, in_rate: float | None, rate: float | None, seconds: object
) -> None:
    assert time_to_catch_up(lag, in_rate, rate) == seconds


@given(maybe, maybe, maybe)
def test_lag_is_unknown_or_a_count(start: int | None, end: int | None, committed: int | None) -> None:
    position = Position(start, end, committed)
    assert position.lag is None or position.lag >= 0
    assert (position.lag is None) == (end is None or committed is None)


OFFSET = st.integers(0, 12) | st.integers(0, 2**63 - 1)


@given(st.lists(st.tuples(OFFSET, OFFSET, OFFSET)) | st.lists(st.tuples(*[st.none() | OFFSET] * 3)))
def test_the_lag_of_many_moments_is_that_of_each(moments):
    starts, ends, committed = ([at[i] for at in moments] for i in range(3))
    assert lags(starts, ends, committed) == [Position(*at).lag for at in moments]
