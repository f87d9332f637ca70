"""Latencies as counts in buckets that grow by a twentieth: percentiles of millions in a hundred numbers. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping

STEP = math.log(1.05)


class Spread:
    """Percentiles are right to 2.5 %; below a microsecond everything is one."""

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self.counts: dict[int, int] = {int(bucket): n for bucket, n in (counts or {}).items()}

    def add(self, ms: float) -> None:
        bucket = round(math.log(max(ms, 0.001)) / STEP)
        self.counts[bucket] = self.counts.get(bucket, 0) + 1

    def merge(self, other: Mapping[int, int]) -> None:
        for bucket, n in other.items():
            self.counts[int(bucket)] = self.counts.get(int(bucket), 0) + n

    def percentile(self, share: float) -> float | None:
        """ms; None of nothing."""
        total = sum(self.counts.values())
        passed = 0
        for bucket in sorted(self.counts):
            passed += self.counts[bucket]
            if passed >= total * share:
                return math.exp(bucket * STEP)
        return None
