"""A sparkline as the path of an SVG of 96 x 22. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

WIDTH, TOP, FOOT = 96.0, 2.0, 20.0
FEWEST = 10  # minutes that fill the width while the hour is not full yet


@lru_cache(maxsize=5_000)  # a trend is lengthened once a minute, and its list is looked at more often
def path(trend: Sequence[int | None]) -> str:
    """Lag once a minute, the newest at the right edge. A gap where it was not known; "" for less than two points."""
    if sum(point is not None for point in trend) < 2:
        return ""
    highest = max(point for point in trend if point is not None) or 1
    step = WIDTH / (max(len(trend), FEWEST) - 1)
    left = WIDTH - step * (len(trend) - 1)
    parts, pen = [], "M"
    for n, point in enumerate(trend):
        if point is None:
            pen = "M"
            continue
        parts.append(f"{pen}{left + n * step:.1f} {FOOT - (FOOT - TOP) * point / highest:.1f}")
        pen = "L"
    return " ".join(parts)
