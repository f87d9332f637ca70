"""After a restart the hour before is there: from chunks, from the journal, and with gaps where nobody looked."""

from __future__ import annotations

import pytest

from history import journal, trends
from history.levels import MINUTE
from history.work import work_up
from tests.history.polls import T0, a_poll

pytestmark = pytest.mark.django_db
LOGS = {("orders", 0): (1000, 0)}


def keep(minutes: range, *, worked_up: int | None = None) -> None:
    """Polls every 30 s in which the group `g` has minute x 2 and then minute x 2 + 1 to read, and `rests` 500."""
    before = None
    for minute in minutes:
        for half in (0, 1):
            offset = 1000 - minute * 2 - half
            poll = a_poll(
                T0 + minute * MINUTE + half * 30_000,
                LOGS,
                {"g": {("orders", 0): offset}, "rests": {("orders", 0): 500}},
            )
            journal.record(before, poll)
            before = poll
    if worked_up is not None:
        work_up(1, T0 + worked_up * MINUTE)


@pytest.mark.parametrize("worked_up", [None, 20, 100])
def test_a_trend_is_the_last_lag_of_each_minute_wherever_it_is_kept(worked_up):
    keep(range(30), worked_up=worked_up)
    found = trends.recent(1, ["g", "rests", "nobody"], T0 + 30 * MINUTE, 59)
    assert found == {"g": tuple(m * 2 + 1 for m in range(30)), "rests": (500,) * 30}


def test_what_is_older_is_left_off_and_where_nobody_looked_is_a_gap():
    keep(range(10))
    keep(range(14, 20), worked_up=18)
    found = trends.recent(1, ["g"], T0 + 22 * MINUTE, 15)
    assert found == {"g": (15, 17, 19, *[None] * 4, *(m * 2 + 1 for m in range(14, 20)), None, None)}


def test_nothing_is_kept_of_another_cluster():
    keep(range(3))
    assert trends.recent(2, ["g"], T0 + 3 * MINUTE, 59) == {}
