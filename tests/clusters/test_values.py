from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.templatetags import highwater as hw


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1204, "1,204"),
        (-3, "-3"),
        (0.0, "0"),
        (1.25, "1.2"),
        (12.7, "13"),
        (2**63, "9,223,372,036,854,775,808"),
    ],
)
def test_numbers_are_grouped(value, text):
    assert hw.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9949, "9.9 kB"),
        (9999, "10 kB"),
        (219 * 10**9, "219 GB"),
        (999_600, "1.0 MB"),
    ],
)
def test_bytes_are_short_with_the_exact_count_in_the_title(value, text):
    assert hw.plain_bytes(value) == text
    assert f'title="{value:,} bytes"' in hw.bytesize(value)


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 s"),
        (400, "0.4 s"),
        (3000, "3 s"),
        (252_000, "4 min 12 s"),
        (3_600_000, "1 h"),
        (7 * 86_400_000, "7 d"),
        (93_784_000, "1 d 2 h"),
        (-1, "for ever"),
    ],
)
def test_durations_have_two_units_at_most(ms, text):
    assert hw.duration(ms) == text


@pytest.mark.parametrize(
    "write", [hw.dash, hw.number, hw.short, hw.rate, hw.bytesize, hw.duration, hw.ago, hw.clock, hw.clock_ms]
)
def test_unknown_is_a_dash_that_says_why_and_never_zero(write):
    text = write(None, "it did not answer")
    assert "—" in text
    assert "it did not answer" in text
    assert "0" not in text


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_any_timestamp_a_record_can_have_is_shown(at):
    assert str(hw.clock(at)) and str(hw.clock_ms(at))


def test_a_moment_is_told_to_the_second_or_to_the_millisecond():
    assert ">2026-09-21 14:13:20</time>" in hw.clock(1_790_000_000_007)
    assert "data-fine>2026-09-21 14:13:20.007</time>" in hw.clock_ms(1_790_000_000_007)


def test_a_reason_with_markup_is_text():
    assert "<b>" not in hw.dash(None, "<b>")
