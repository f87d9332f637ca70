"""So many records a second and no more. Pure: the clock is a parameter."""

from __future__ import annotations

BURST = 0.25  # seconds' worth that may go at once


class Pace:
    def __init__(self, rate: int, now: float) -> None:
        """`rate`: records a second; 0 is as fast as Kafka takes them."""
        self._rate, self._at = rate, now
        self._full = max(1.0, rate * BURST)
        self._tokens = 1.0

    def take(self, now: float) -> float:
        """0.0: one may go now, and is counted. Otherwise the seconds until one may."""
        if not self._rate:
            return 0.0
        self._tokens = min(self._full, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1.0:
            self._tokens -= 1.0
            return 0.0
        return (1.0 - self._tokens) / self._rate
