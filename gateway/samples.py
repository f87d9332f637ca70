"""What a verdict is made from, and what it is: plain values, so that whoever watches a group can call it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from gateway.lag import Position, Total
from gateway.trend import Trend

MOVES_WITHIN_S: Final = 60.0  # longer than the usual commit intervals
BATCH_S: Final = 10.0  # lag worth so many seconds of arrivals is how batches look, not trouble


class PartitionSample(NamedTuple):  # not a dataclass, see gateway.lag.Position
    """One partition of a group now. Offsets as in gateway.lag; `moved_at` in ms: when `committed` was last seen to
    change, None when not since we watch; rates in records/s, smoothed over about 30 s; `owner` as people know it."""

    topic: str
    partition: int
    start: int | None
    end: int | None
    committed: int | None
    moved_at: int | None = None
    in_rate: float | None = None
    rate: float | None = None
    owner: str | None = None

    @property
    def position(self) -> Position:
        return Position(self.start, self.end, self.committed)

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}"


class Judgement(NamedTuple):
    """In the order of live.snapshot.Verdict. `since` in ms where the evidence has a beginning."""

    code: str
    sentence: str
    next: str = ""
    since: int | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    now: int
    state: str
    members: int
    partitions: Sequence[PartitionSample]
    samples: Sequence[tuple[int, int | None, int]]
    retention_ms: Mapping[str, int | None]
    trend: Trend
    total: Total

    def still_for(self, sample: PartitionSample) -> float:
        """Seconds without movement; as long as we have watched when it was never seen to move."""
        watched_since = self.samples[0][0] if self.samples else self.now
        return (self.now - (watched_since if sample.moved_at is None else sample.moved_at)) / 1000

    @property
    def lag(self) -> int:
        return self.total.lag or 0

    @property
    def batch(self) -> float:
        """The lag that comes of committing in batches alone."""
        return max(10.0, max(BATCH_S, 1.2 * self.trend.gap) * self.trend.arriving)

    @property
    def moves(self) -> bool:
        return any(
            p.committed is not None and self.still_for(p) < MOVES_WITHIN_S and p.moved_at for p in self.partitions
        )
