from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.levels import DAY, FINE, HOUR, MINUTE, MINUTES, QUARTERS
from history.points import MOST, Point, points, step_for
from history.read import Samples, level_for
from tests.history.polls import T0

NOW = T0 + 100 * DAY


def some(*rows: tuple[int, int | None], level=FINE, known: int | None = 1, end: int = 100) -> Samples:
    """(seconds, lag); the end rises by 10 a second."""
    made = Samples(level)
    for seconds, lag in rows:
        top = end + 10 * seconds
        values = (lag, None if lag is None else top - lag, None if lag is None else top, known, 0)
        made.take([T0 + seconds * 1000], [[value] for value in values])
    return made


def lags(found: list[Point]) -> list[tuple[int, int | None]]:
    return [((point.at - T0) // 1000, point.lag) for point in found]


@pytest.mark.parametrize(
    ("length", "ago", "level", "step"),
    [
        (HOUR, HOUR, FINE, 5_000),
        (6 * HOUR, 6 * HOUR, FINE, 30_000),
        (DAY, DAY, MINUTES, 2 * MINUTE),
        (7 * DAY, 7 * DAY, QUARTERS, 15 * MINUTE),
        (30 * DAY, 30 * DAY, QUARTERS, HOUR),
        (HOUR, 3 * DAY, MINUTES, 5_000),  # older than polls are kept
        (HOUR, 40 * DAY, QUARTERS, 5_000),
        (HOUR, 200 * DAY, QUARTERS, 5_000),
    ],
)
def test_each_range_is_read_from_the_level_that_suits_it(length, ago, level, step):
    assert step_for(length) == step
    assert level_for(NOW - ago, NOW, step) is level


def test_a_time_in_which_nobody_looked_is_a_gap_and_not_a_line():
    found = points(some((0, 1), (5, 2), (50, 3), (55, 4)), T0)
    assert lags(found) == [(0, 1), (5, 2), (5, None), (50, 3), (55, 4)]
    assert found[2].at == T0 + 5001
    assert found[3].rate_in is None


def test_unknown_stays_unknown():
    assert lags(points(some((0, 1), (5, None), (10, 3)), T0)) == [(0, 1), (5, None), (10, 3)]


def test_a_peak_survives_and_the_last_value_is_exact():
    rows = [(n * 5, 7) for n in range(24)]
    rows[3], rows[21] = (15, 900), (105, 500)
    found = points(some(*rows), T0, 60_000)
    assert lags(found) == [(55, 900), (105, 500), (115, 7)]


def test_rates_are_over_half_a_minute_and_unknown_for_the_first_point():
    found = points(some(*[(n * 5, 50) for n in range(10)]), T0)
    assert found[0].rate_in is None
    assert {point.rate_in for point in found[1:]} == {10.0}
    assert {point.rate_out for point in found[1:]} == {10.0}


def test_what_lies_before_the_range_gives_its_first_rate():
    found = points(some((0, 1), (5, 1)), T0 + 5000)
    assert [(point.at, point.rate_in) for point in found] == [(T0 + 5000, 10.0)]


def test_an_offset_that_goes_back_is_no_rate():
    found = points(some((0, 10), (5, 4000)), T0)
    assert (found[1].rate_in, found[1].rate_out) == (10.0, None)


def test_sums_over_other_partitions_are_not_compared():
    both = some((0, 10))
    both.take([T0 + 5000], [[10], [99_990], [100_000], [2], [0]])
    assert points(both, T0)[1].rate_in is None


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.none() | st.integers(0, 10**12)), unique_by=lambda row: row[0]),
    st.sampled_from([0, 30_000, 60_000]),
)
def test_no_point_is_made_up_and_no_peak_is_lost(rows, step):
    rows = sorted(rows)
    found = points(some(*rows), T0, step)
    known = {lag for _, lag in rows if lag is not None}
    assert {point.lag for point in found} - {None} <= known
    assert max((point.lag for point in found if point.lag is not None), default=None) == max(known, default=None)
    assert [point.at for point in found] == sorted(point.at for point in found)
    if rows:
        assert (found[-1].at, found[-1].lag) == (T0 + rows[-1][0] * 1000, rows[-1][1])
    assert len(found) <= 2 * MOST or not step
