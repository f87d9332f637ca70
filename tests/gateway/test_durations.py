from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.durations import DAY, HOUR, LONGEST, MINUTE, SECOND, WEEK, iso, parse, said


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("PT2H30M", 2 * HOUR + 30 * MINUTE),
        ("P1D", DAY),
        ("P1DT2H3M4.5S", DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND + 500),
        ("pt0s", 0),
        ("P2W", 2 * WEEK),
        ("2h 30m", 2 * HOUR + 30 * MINUTE),
        ("2h30m", 2 * HOUR + 30 * MINUTE),
        (" 90 min ", 90 * MINUTE),
        ("1 Day and 4 hours", DAY + 4 * HOUR),
        ("1 d, 4 h", DAY + 4 * HOUR),
        ("45 s", 45 * SECOND),
    ],
)
def test_it_reads_what_a_person_writes(text: str, ms: int) -> None:
    assert parse(text) == ms


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1M", "P1Y", "2", "soon", "2 fortnights", "-2h", "2h later", "h2", "²h"]
)
def test_it_refuses_what_has_no_one_length(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse(text)


def test_it_refuses_what_no_log_holds() -> None:
    with pytest.raises(ValueError, match="more than a hundred years"):
        parse("9999999999999999999999 weeks")


@pytest.mark.parametrize(
    ("ms", "tool", "person"),
    [
        (0, "PT0S", "0 ms"),
        (2 * HOUR + 30 * MINUTE, "PT2H30M", "2 h 30 min"),
        (DAY, "P1D", "1 d"),
        (9 * DAY + SECOND + 50, "P9DT1.05S", "9 d 1 s"),
        (500, "PT0.5S", "500 ms"),
    ],
)
def test_it_writes_for_the_tools_and_for_people(ms: int, tool: str, person: str) -> None:
    assert (iso(ms), said(ms)) == (tool, person)


def test_it_leaves_the_small_units_out() -> None:
    assert said(DAY + 2 * HOUR + MINUTE, 2) == "1 d 2 h"


@given(st.integers(0, LONGEST))
def test_what_it_writes_it_reads_back(ms: int) -> None:
    assert parse(iso(ms)) == ms
