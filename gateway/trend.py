"""What the last minutes of a group's samples say about its lag. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple


class GroupSample(NamedTuple):
    """The group at one poll: ms, lag over the known partitions (None: unknown), sum of its committed offsets."""

    at: int
    lag: int | None
    committed: int


@dataclass(frozen=True, slots=True)
class Trend:
    seconds: float  # how long the samples have watched without a break
    arriving: float  # records/s written to the group's partitions
    reading: float  # records/s by which its commits advance
    gap: float  # the longest stretch between two commits in seconds, the present one included
    growth: float | None  # records/s by which the lag's low points rise; None when watched too shortly

    @property
    def anything_arrives(self) -> bool:
        return self.arriving > 0


def trend(samples: Sequence[tuple[int, int | None, int]], watch: float) -> Trend:
    """`watch`: seconds of samples below which growth is not known."""
    run = _unbroken([GroupSample(*sample) for sample in samples])
    if len(run) < 2:
        return Trend(0.0, 0.0, 0.0, 0.0, None)
    first, last = run[0], run[-1]
    seconds = (last.at - first.at) / 1000
    if seconds <= 0:
        return Trend(0.0, 0.0, 0.0, 0.0, None)
    reading = (last.committed - first.committed) / seconds
    # lag + committed is the sum of the ends, so arrivals need no look at the ends.
    arriving = max(0.0, (_lag(last) + last.committed - _lag(first) - first.committed) / seconds)
    gap = _gap(run)
    # Each half of the time must hold a commit, or its lowest lag is only where the group was in its rhythm.
    known = seconds >= max(watch, 2.4 * gap)
    return Trend(seconds, arriving, max(0.0, reading), gap, _growth(run, seconds) if known else None)


def lag_never_zero(samples: Sequence[tuple[int, int | None, int]], now: int, seconds: float) -> bool:
    """Whether something was unread at every sample of the last `seconds`, and the samples reach back that far."""
    run = [GroupSample(*sample) for sample in samples]
    since = now - seconds * 1000
    return bool(run) and run[0].at <= since + 5000 and all(s.lag is None or s.lag > 0 for s in run if s.at >= since)


def _unbroken(samples: Sequence[GroupSample]) -> list[GroupSample]:
    """The newest samples that can be compared: commits that went back (a reset) or ends that did (a topic made anew, a
    partition that could not be read) begin a new history."""
    run: list[GroupSample] = []
    for sample in samples:
        if sample.lag is None:
            continue
        if run:
            before = run[-1]
            reset = sample.committed < before.committed
            shrunk = sample.committed + _lag(sample) < before.committed + _lag(before)
            if reset or shrunk:
                run = []
        run.append(sample)
    return run


def _gap(run: Sequence[GroupSample]) -> float:
    longest, moved_at = 0, run[0].at
    for before, sample in pairwise(run):
        longest = max(longest, sample.at - moved_at)
        if sample.committed != before.committed:
            moved_at = sample.at
    return longest / 1000


def _growth(run: Sequence[GroupSample], seconds: float) -> float:
    """Between the lowest lag of the older half and that of the newer one. Commits in batches make the lag saw; its low
    points stay where they are unless the group really falls behind."""
    middle = run[0].at + (run[-1].at - run[0].at) / 2
    older = min((s for s in run if s.at <= middle), key=_lag)
    newer = min((s for s in run if s.at > middle), key=_lag)
    return (_lag(newer) - _lag(older)) / max(seconds / 2, (newer.at - older.at) / 1000)


def _lag(sample: GroupSample) -> int:
    return sample.lag or 0
