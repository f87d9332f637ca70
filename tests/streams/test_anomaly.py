from __future__ import annotations

import random
from datetime import datetime

import pytest

from streams.anomaly import LONGEST, WARM, Usual, judge
from streams.watching import BUCKET, SILENT, counted, watched
from tests.streams.test_carts import Held


def scores(values: list[float], floor: float = 0.02) -> list[bool]:
    usual, found = Usual(), []
    for value in values:
        usual, verdict = judge(usual, value, floor)
        found.append(verdict.unusual)
    return found


def test_nothing_is_unusual_while_it_warms_up():
    assert not any(scores([0.0, 1.0] * (WARM // 2)))


def test_a_spike_is_unusual_for_as_long_as_it_lasts_and_no_longer():
    assert scores([0.01] * 20 + [0.6] * 3 + [0.01] * 20) == [False] * 20 + [True] * 3 + [False] * 20


def test_a_spread_that_is_usual_is_not_unusual():
    chance = random.Random(3)
    assert not any(scores([chance.gauss(100, 10) for _ in range(2_000)], floor=3.0))


def test_a_slow_change_is_not_unusual():
    assert not any(scores([100 * 1.01**n for n in range(300)], floor=3.0))


def test_what_stays_is_the_new_usual_after_a_while():
    found = scores([10.0] * 20 + [100.0] * (LONGEST + 30), floor=1.0)
    assert found[20 : 20 + LONGEST] == [True] * LONGEST
    assert not any(found[20 + LONGEST :])


def alerts(buckets: list[tuple[int, int]]) -> list[str]:
    """`buckets`: (lines, errors) one after the other; the keys of the alerts without the time."""
    lines = [
        (n * BUCKET + line, n * BUCKET + line, line < errors)
        for n, (count, errors) in enumerate([*buckets, (1, 0), (1, 0)], 100)
        for line in range(count)
    ]
    return [kind for _, kind in told(lines)]


def told(lines: list[tuple[int, int, bool]]) -> list[tuple[int, str]]:
    """`lines`: own clock, the record's, whether it is an error. (number of the bucket, kind) of each alert."""
    state, found = Held(), {}
    for ts, recorded, is_error in lines:
        for key, value in watched(state, "checkout", is_error, "card refused", ts, recorded):
            found[key] = (int(datetime.fromisoformat(value["start"]).timestamp() * 1000) // BUCKET, value["kind"])
        assert len(state["buckets"]["open"]) <= 8
    return list(found.values())


def steady(first: int, count: int, errors: int = 0, ahead: int = 0) -> list[tuple[int, int, bool]]:
    """A hundred lines a bucket."""
    times = [(first + n) * BUCKET + line * 100 for n in range(count) for line in range(100)]
    return [(at + ahead, at, at % BUCKET // 100 < errors) for at in times]


def test_one_clock_that_is_ahead_neither_blinds_nor_tells_of_silence():
    quiet, burst = steady(100, 20), steady(120, 4, errors=100)
    ahead = (120 * BUCKET + 55_000, 120 * BUCKET, False)
    assert told([*quiet, ahead, *burst, *steady(124, 10)]) == [(n, "error_rate") for n in range(120, 124)]


def test_a_line_that_is_a_little_late_counts_in_its_bucket():
    lines = [(ts, recorded + 4_000, error) for ts, recorded, error in steady(100, 20)]
    late = [(ts, recorded + 4_000, error) for ts, recorded, error in steady(120, 1, errors=100)]
    assert told([*lines, *late, *steady(121, 5)]) == [(120, "error_rate")]


def test_the_last_bucket_before_a_crash_is_told_when_the_service_is_back():
    crash = [*steady(100, 20), *steady(120, 1, errors=100)]
    assert (120, "error_rate") in told([*crash, *steady(200, 3)])


def test_a_burst_of_errors_is_told_once_a_bucket():
    assert alerts([(100, 1)] * 20 + [(100, 40)] * 3 + [(100, 1)] * 5) == ["error_rate"] * 3


@pytest.mark.parametrize(
    ("lines", "errors", "told"),
    [(15, 2, False), (15, 9, True), (4, 1, False), (4, 4, True), (200, 12, False), (200, 30, True)],
)
def test_a_share_of_few_lines_has_to_be_larger(lines, errors, told):
    quiet = [(lines, 0)] * 40
    assert alerts([*quiet, (lines, errors), *quiet]) == ["error_rate"] * told


def test_two_errors_now_and_then_are_no_alert():
    """A day of buckets of fifteen lines of which one in 300 is an error."""
    luck = random.Random(7)
    assert len(alerts([(15, sum(luck.random() < 1 / 300 for _ in range(15))) for _ in range(8_640)])) <= 2


def test_fewer_errors_than_usual_are_no_alert():
    assert alerts([(100, 30)] * 20 + [(100, 0)] * 3) == []


def test_silence_is_told_when_the_service_speaks_again():
    assert alerts([(100, 0)] * 20 + [(0, 0)] * 3 + [(100, 0)] * 3) == ["volume"] * 3


def test_who_comes_back_after_a_silence_writes_as_much_as_before():
    assert alerts([(13, 0)] * 20 + [(0, 0)] * 30 + [(13, 0)] * 20) == []


def test_a_long_silence_is_told_and_then_the_service_begins_anew():
    assert alerts([(100, 0)] * 20 + [(0, 0)] * (SILENT + 20) + [(5, 0)] * 20) == ["volume"] * SILENT


def test_lines_are_counted_by_their_own_minute():
    state = Held()
    keys = [counted(state, "a", "INFO", ts) for ts in (0, 59_999, 60_000, 5)]
    assert [(key, value["count"]) for key, value in keys] == [
        ("a@INFO@1970-01-01T00:00Z", 1),
        ("a@INFO@1970-01-01T00:00Z", 2),
        ("a@INFO@1970-01-01T00:01Z", 1),
        ("a@INFO@1970-01-01T00:00Z", 3),
    ]
