"""Whoever takes a change back reads first what has moved since."""

from __future__ import annotations

import pytest

from changes import moves
from changes.kind import Outcome, OutcomeRow, Plan, PlanRow


def said(*rows: tuple[str, object, object]) -> str:
    """(name, as it was read back, as it is now)"""
    outcome = Outcome(tuple(OutcomeRow(name, None, None, left, "ok") for name, left, _ in rows))
    return moves.since(outcome, Plan("t", "", {}, tuple(PlanRow(name, now, None) for name, _, now in rows)))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("p-0", 5, 5)], ""),
        ([], ""),
        ([("p-0", 1000, 4103)], "It moved since: p-0 was left at 1,000 and is at 4,103 now, 3,103 further."),
        ([("p-0", 9, 9), ("p-1", 9, 2)], "1 of 2 moved since: p-1 was left at 9 and is at 2 now, 7 back."),
        ([("p-0", None, 5)], "It moved since: p-0 was left without one and is at 5 now."),
        ([("p-0", 5, None)], "It moved since: p-0 was left at 5 and has none now."),
        ([("retention.ms", "1", "2")], "It moved since: retention.ms was left at 1 and is at 2 now."),
    ],
)
def test_it_says_the_first_and_how_many(rows, expected):
    assert said(*rows) == expected


def test_what_the_way_back_does_not_touch_is_not_counted():
    outcome = Outcome((OutcomeRow("p-0", 1, 2, 2, "ok"),))
    assert moves.since(outcome, Plan("t", "", {}, (PlanRow("p-9", 7, 1),))) == ""
