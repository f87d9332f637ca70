"""How old the oldest unread record is, from the samples of the last three minutes. Pure.

At some moment the sum of the end offsets was what the sum of the committed ones is now: what arrived since is unread.
Over all partitions together that is a mean: one that stands among many that move is told by its own rate of arrivals.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway import words

Samples = tuple[tuple[int, int | None, int], ...]  # (at, lag, sum of committed)


class TimeLag(NamedTuple):
    ms: int | None  # None: not known
    at_least: bool = False  # older than we have watched

    @property
    def words(self) -> str:
        """Empty when it is not known."""
        if self.ms is None:
            return ""
        if self.at_least:
            return f"over {words.duration(self.ms / 1000)}"
        return "0 s" if self.ms == 0 else "< 1 s" if self.ms < 1000 else words.duration(self.ms / 1000)


def time_lag(samples: Samples, oldest_ms: int | None = None) -> TimeLag:
    """`oldest_ms`: what the rates of arrival say of the partition that is furthest behind, if they say anything."""
    mean = _mean(samples)
    if not mean.ms or oldest_ms is None or oldest_ms <= mean.ms:
        return mean
    return TimeLag(oldest_ms)


def _mean(samples: Samples) -> TimeLag:
    if not samples or samples[-1][1] is None:
        return TimeLag(None)
    now, lag, committed = samples[-1]
    if lag == 0:
        return TimeLag(0)
    later: tuple[int, int] | None = None
    for at, lag_then, committed_then in reversed(samples):
        if lag_then is None:
            break
        end = lag_then + committed_then
        if end <= committed:
            if later is None or later[1] <= end:
                return TimeLag(now - at)
            share = (committed - end) / (later[1] - end)
            return TimeLag(round(now - at - share * (later[0] - at)))
        later = (at, end)
    return TimeLag(now - later[0], at_least=True) if later is not None and later[0] < now else TimeLag(None)
