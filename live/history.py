"""What a group was like at the polls before: three minutes of samples and an hour of lag. Pure."""

from __future__ import annotations

from live.snapshot import GroupState

Sample = tuple[int, int | None, int]  # at, lag, sum of committed

SAMPLES_MS = 180_000
TREND_POINTS = 60
MINUTE_MS = 60_000


def sampled(samples: tuple[Sample, ...], newest: Sample) -> tuple[Sample, ...]:
    """With `newest`, without what is too old. Of samples in a row that say the same the first and the last are kept:
    that is all a verdict needs, and an idle group is two samples in redis and not 37.

    Where such a row began before the three minutes, its first is moved along with them.
    """
    at, *said = newest
    if len(samples) > 1 and [*samples[-1][1:]] == [*samples[-2][1:]] == said:
        samples = samples[:-1]
    samples = (*samples, newest)
    oldest = at - SAMPLES_MS
    if samples[0][0] >= oldest:
        return samples
    first = next(i for i, sample in enumerate(samples) if sample[0] >= oldest)
    before, after = samples[first - 1], samples[first]
    flat = before[1:] == after[1:] and after[0] > oldest
    return ((oldest, *after[1:]), *samples[first:]) if flat else samples[first:]


def lengthened(trend: tuple[int | None, ...], lag: int | None, now: int, before: int | None) -> tuple[int | None, ...]:
    """One point a minute. `before`: when the poll before this one began."""
    if trend and before is not None and before // MINUTE_MS == now // MINUTE_MS:
        return trend
    return (*trend[-(TREND_POINTS - 1) :], lag)


def at_rest(group: GroupState) -> bool:
    """Whether for three minutes nothing was committed, nothing arrived, and no member came or went."""
    first, last = group.samples[0], group.samples[-1]
    return (
        len(group.samples) == 2
        and last[0] - first[0] >= SAMPLES_MS
        and last[1:] == first[1:]
        and not group.rebalanced
        and (group.last_commit or 0) < first[0]
    )
