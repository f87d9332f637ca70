from __future__ import annotations

import pytest

from groups.reset_records import edges, span


@pytest.mark.parametrize(
    ("now", "new", "found"),
    [
        (60, 20, (20, 59)),
        (20, 60, (20, 59)),
        (60, 60, None),
        (None, 20, None),
        (4, 20, (10, 19)),  # 4 to 9 are deleted
        (4, 10, None),
        (120, 90, (90, 99)),  # 100 to 119 never were
        (60, 61, (60, 60)),
    ],
)
def test_it_is_about_records_that_exist(now: int | None, new: int, found: tuple[int, int] | None) -> None:
    assert edges(now, new, 10, 100) == found


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (0, 720_000, "12 min"),
        (0, 93_784_005, "1 d 2 h"),
        (5, 5, "less than 1 s"),
        (5, 4, None),  # clocks of producers differ: no span is better than a wrong one
        (None, 5, None),
        (5, None, None),
    ],
)
def test_it_says_how_long_the_producers_took(first: int | None, last: int | None, words: str | None) -> None:
    found = span(first, last)
    assert (found and found["words"]) == words
