"""How old the oldest unread record is: exact where its timestamp was looked up, else about. Pure.

About, for a partition: the time in which its lag arrives. For a group: at some moment of the last three minutes the sum
of the end offsets was what the sum of the committed ones is now: what arrived since is unread. Over all partitions
together that is a mean: one that stands among many that move is told by its own rate of arrivals.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gateway import words
from live.age import worth_ms
from live.overlay import Peeked

Samples = tuple[tuple[int, int | None, int], ...]  # (at, lag, sum of committed)

FRESH_MS = 8000  # a look-up tells the time lag of a group that has moved on since for so long
AHEAD_MS = 2000  # two clocks may differ by so much
OLDEST = 1_104_537_600_000  # 2005: there was no Kafka; a timestamp before it is none


class TimeLag(NamedTuple):
    ms: int | None  # None: not known
    at_least: bool = False  # older than we have watched
    exact: bool = False  # by the timestamp of the record
    why: str = ""  # the timestamp was looked up, and says nothing

    @property
    def words(self) -> str:
        """Empty when it is not known."""
        if self.ms is None:
            return ""
        if self.at_least:
            return f"over {words.duration(self.ms / 1000)}"
        return "0 s" if self.ms == 0 else "< 1 s" if self.ms < 1000 else words.duration(self.ms / 1000)

    @property
    def marked(self) -> str:
        """The same, with "about" where it is not exact."""
        return self.words if self.exact or self.at_least or not self.ms or self.ms < 1000 else f"about {self.words}"


def of_partition(
    lag: int | None, in_rate: float | None, committed: int | None, peeked: Peeked | None, now: int
) -> TimeLag:
    """`now` in ms."""
    if lag == 0:
        return TimeLag(0, exact=True)
    if lag and peeked is not None and not peeked.why:
        if peeked.holds(committed):
            return TimeLag(0, exact=True) if peeked.found is None else _aged(peeked, now)
        moved_on = committed is not None and committed > peeked.asked
        if moved_on and peeked.found is not None and now - peeked.at < FRESH_MS:
            return _aged(peeked, peeked.at)
    return TimeLag(worth_ms(lag, in_rate))


def _aged(peeked: Peeked, now: int) -> TimeLag:
    written = peeked.timestamp
    if written is None or written < 0:
        return TimeLag(None, why="the next record carries no timestamp")
    if written > now + AHEAD_MS:
        return TimeLag(None, why="the next record is dated in the future: a clock is wrong, often its producer's")
    if written < OLDEST:
        return TimeLag(None, why="the next record is dated before there was Kafka: its producer sets no real time")
    age = max(0, now - written)
    return TimeLag(age if age < 10_000 else age // 1000 * 1000, exact=True)


def of_group(samples: Samples, partitions: Iterable[TimeLag]) -> TimeLag:
    """The oldest of its partitions; exact when that one is and no other could be older."""
    ages = list(partitions)
    oldest = max((age for age in ages if age.ms is not None), key=lambda age: age.ms or 0, default=None)
    if oldest is not None and ages and all(age.exact for age in ages):
        return oldest
    about = time_lag(samples, None if oldest is None else oldest.ms)
    return oldest if oldest is not None and oldest.exact and (about.ms or 0) <= (oldest.ms or 0) else about


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
