"""Numbers of records as spans: twenty thousand that were acknowledged in a row are one pair. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Spans = list[list[int]]  # [first, last] each, in order


def spans(numbers: Iterable[int]) -> Spans:
    found: Spans = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def numbers(of: Sequence[Sequence[int]]) -> Iterable[int]:
    for first, last in of:
        yield from range(first, last + 1)
