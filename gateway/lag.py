"""The arithmetic of lag. Pure. Unknown stays None through every sum: it is never 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import sub
from typing import Literal, NamedTuple

# Below this advance over the producers (records/s) a catch-up would take so long that a figure would be a guess.
_NO_GAIN = 0.05


def unread(start: int | None, end: int | None, committed: int | None) -> int | None:
    """See `Position.lag`. On its own for those who have the three numbers already: a judgement asks dozens of times."""
    if end is None or committed is None:
        return None
    oldest = committed if start is None or start < committed else start
    return end - oldest if end > oldest else 0


class Position(NamedTuple):  # not a dataclass: a judgement makes dozens, and a tuple costs a third
    """A group on one partition: log start, end (high watermark) and committed offset, each None where not known."""

    start: int | None
    end: int | None
    committed: int | None

    @property
    def lag(self) -> int | None:
        """Records left to read that still exist. An upper bound: transaction markers and compaction use up offsets too.

        Committed before the log start, what retention deleted is not counted: see `lost`.
        """
        return unread(self.start, self.end, self.committed)

    @property
    def lost(self) -> int:
        """Records that retention deleted before the group read them."""
        if self.start is None or self.committed is None:
            return 0
        return max(0, self.start - self.committed)

    @property
    def beyond_end(self) -> bool:
        """Committed further than the log reaches: the topic was recreated, or lost records in an unclean election."""
        return self.end is not None and self.committed is not None and self.committed > self.end


def lags(starts: Sequence[int | None], ends: Sequence[int | None], committed: Sequence[int | None]) -> list[int | None]:
    """`Position.lag` at each of many moments, in a fifth of the time where all is known and not before the start."""
    try:
        if min(committed, default=0) >= max(starts, default=0):  # type: ignore[type-var, operator]
            gaps = list(map(sub, ends, committed))
            return [gap if gap > 0 else 0 for gap in gaps] if min(gaps, default=0) < 0 else gaps
    except TypeError:
        pass  # something is not known
    return list(map(unread, starts, ends, committed))


@dataclass(frozen=True, slots=True)
class Total:
    lag: int | None  # sum over the known partitions; None when none is known
    known: int
    unknown: int
    lost: int

    @property
    def partial(self) -> bool:
        return self.known > 0 and self.unknown > 0


def total(positions: Iterable[Position]) -> Total:
    lag = known = unknown = lost = 0
    for position in positions:
        one = position.lag
        if one is None:
            unknown += 1
        else:
            known += 1
            lag += one
        lost += position.lost
    return Total(lag if known else None, known, unknown, lost)


def time_to_catch_up(lag: int | None, in_rate: float | None, rate: float | None) -> float | Literal["never"] | None:
    """Seconds until the lag is gone at these rates (records/s), "never" at these rates, or None when not known."""
    if lag is None:
        return None
    if lag == 0:
        return 0.0
    if in_rate is None or rate is None:
        return None
    gain = rate - in_rate
    return lag / gain if gain > _NO_GAIN else "never"
