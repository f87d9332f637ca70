"""Samples as the points of a chart: few enough to draw, with gaps where nobody looked, and with rates. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from history.read import Samples

MOST = 750
RATE_MS = 30_000  # polls are too close together: a group that commits every 10 s would seem to stop and go
SECOND = 1_000
STEPS = [SECOND * n for n in (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)]


@dataclass(frozen=True, slots=True)
class Point:
    at: int  # ms
    lag: int | None = None  # the largest since the point before
    committed: int | None = None
    end: int | None = None
    rate_in: float | None = None  # records/s, since the point before or over 30 s
    rate_out: float | None = None
    known: int | None = None
    unknown: int | None = None  # partitions whose lag was not known, at most at once since the point before


def step_for(length: int, most: int = MOST) -> int:
    """ms between two points so that `length` has at most `most`."""
    return next((step for step in STEPS if length <= step * most), STEPS[-1])


def points(samples: Samples, since: int, step: int = 0) -> list[Point]:
    """From `since` on; what is before it only gives the first rate. Without `step` there is a point for each sample."""
    made = list(_with_gaps(_bucketed(samples, step) if step else _all(samples), max(step * 1.9, samples.level.gap_ms)))
    return [_rated(made, i) for i, point in enumerate(made) if point.at >= since]


def _all(samples: Samples) -> Iterator[Point]:
    for i in range(len(samples.t)):
        yield _point(samples, i)


def _point(samples: Samples, i: int) -> Point:
    return Point(
        samples.t[i],
        samples.lag[i],
        samples.committed[i],
        samples.end[i],
        known=samples.known[i],
        unknown=samples.unknown[i],
    )


def _bucketed(samples: Samples, step: int) -> Iterator[Point]:
    """One point for each stretch of `step`: as of its last sample, with the largest lag. The very last is exact."""
    begin, count = 0, len(samples.t)
    while begin < count:
        bucket, stop = samples.t[begin] // step, begin + 1
        while stop < count and samples.t[stop] // step == bucket:
            stop += 1
        last = _point(samples, stop - 1)
        peak = max(range(begin, stop), key=lambda i: -1 if samples.lag[i] is None else samples.lag[i])  # type: ignore[arg-type, return-value]
        unknown = max((n for n in samples.unknown[begin:stop] if n is not None), default=None)
        if stop == count and peak != stop - 1:
            yield _point(samples, peak)
            yield last
        else:
            known = max((n for n in samples.known[begin:stop] if n is not None), default=None)
            yield Point(last.at, samples.lag[peak], last.committed, last.end, None, None, last.known or known, unknown)
        begin = stop


def _with_gaps(found: Iterator[Point], gap_ms: float) -> Iterator[Point]:
    before: Point | None = None
    for point in found:
        if before is not None and point.at - before.at > gap_ms:
            yield Point(before.at + 1)
        yield point
        before = point


def _rated(made: list[Point], i: int) -> Point:
    point, j = made[i], i - 1
    if j < 0 or not _comparable(made[j], point):
        return point
    while j > 0 and point.at - made[j - 1].at <= RATE_MS and _comparable(made[j - 1], point):
        j -= 1
    before, seconds = made[j], (point.at - made[j].at) / 1000
    return Point(
        point.at,
        point.lag,
        point.committed,
        point.end,
        _rate(before.end, point.end, seconds),
        _rate(before.committed, point.committed, seconds),
        point.known,
        point.unknown,
    )


def _comparable(before: Point, now: Point) -> bool:
    """Sums over another number of partitions are other sums."""
    return before.known is not None and before.known == now.known


def _rate(before: int | None, now: int | None, seconds: float) -> float | None:
    """None where it went back: a reset or a topic made anew is not a rate."""
    if before is None or now is None or now < before or seconds <= 0:
        return None
    return round((now - before) / seconds, 3)
