"""The time that lies between two polls, and how rates are smoothed over it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

SMOOTH_OVER_MS = 30_000
STILL = 0.005  # records/s below which a rate is 0


@dataclass(slots=True)
class Clock:
    now: int  # ms
    before: int | None  # when the last good poll began; None: this is the first
    _weight: float = field(init=False)
    _each: float = field(init=False)  # records/s that one record is worth

    def __post_init__(self) -> None:
        passed = max(1, self.now - self.before) if self.before is not None else 1
        self._weight = 1 - math.exp(-passed / SMOOTH_OVER_MS)
        self._each = 1000 / passed

    def rate(self, smoothed: float | None, gained: int) -> float | None:
        """Records/s, an exponential mean over about 30 s; `gained` is never negative. None before there are two polls
        to compare."""
        if self.before is None:
            return None
        measured = gained * self._each
        if smoothed is None:
            return _short(measured)
        mean = smoothed + self._weight * (measured - smoothed)
        return _short(mean) if mean >= STILL else 0.0


def _short(rate: float) -> float:
    """To three digits. `round` takes three times as long, and a busy cluster has a hundred thousand rates."""
    return int(rate * 1000 + 0.5) / 1000
