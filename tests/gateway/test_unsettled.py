"""Verdicts on groups that settle records one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.samples import Judgement
from gateway.unsettled import share_group

NOW = 1_790_000_000_000


def judged(
    left: int | None, *minutes: int | None, members: int = 2, before: Judgement | None = None, now: int = NOW
) -> Judgement:
    return share_group(now=now, members=members, left=left, minutes=minutes, before=before)


@pytest.mark.parametrize(
    ("left", "members", "code", "sentence"),
    [
        (0, 2, "keeping_up", "Every record is settled. Two members connected."),
        (0, 0, "idle", "No member is running, and every record is settled."),
        (7, 2, "keeping_up", "7 records not settled yet: on the way, or waiting. Two members connected."),
        (1, 0, "stopped", "No member is running: 1 record not settled."),
        (None, 1, "unknown", "One member connected, and none has begun to read."),
        (None, 0, "idle", "No member is running, and none has begun to read."),
    ],
)
def test_what_is_left_and_who_is_there_make_the_verdict(
    left: int | None, members: int, code: str, sentence: str
) -> None:
    assert judged(left, members=members)[:2] == (code, sentence)


def test_it_falls_behind_when_what_is_left_grew_in_each_of_five_minutes() -> None:
    found = judged(600, 100, 200, 300, 400, 500)
    assert (found.code, found.since) == ("falling_behind", NOW)
    assert found.sentence == "600 records not settled, 500 more than five minutes ago, and it grows."
    assert judged(600, 200, 300, 400, 500).code == "keeping_up"  # not long enough
    assert judged(600, 100, 200, 150, 400, 500).code == "keeping_up"  # not in each
    assert judged(600, None, 200, 300, 400, 500).code == "keeping_up"


def test_it_goes_on_being_behind_until_less_is_left_than_a_minute_ago() -> None:
    before = judged(600, 100, 200, 300, 400, 500)
    still = judged(600, 200, 300, 400, 500, 600, before=before, now=NOW + 60_000)
    assert (still.code, still.since) == ("falling_behind", NOW)
    assert judged(599, 200, 300, 400, 500, 600, before=still).code == "keeping_up"


def test_stopped_is_dated_once() -> None:
    first = judged(5, members=0)
    assert judged(9, members=0, before=first, now=NOW + 5000).since == first.since == NOW


@given(
    st.none() | st.integers(0, 2**60),
    st.lists(st.none() | st.integers(0, 2**60), max_size=60),
    st.integers(0, 9),
    st.sampled_from(["", "stopped", "falling_behind", "keeping_up"]),
)
def test_whatever_it_is_told_it_judges(left: int | None, minutes: list[int | None], members: int, said: str) -> None:
    before = Judgement(said, "", since=None) if said else None
    found = judged(left, *minutes, members=members, before=before)
    assert found.sentence and (found.code == "stopped") == (not members and bool(left))
