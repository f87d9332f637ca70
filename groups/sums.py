"""The figures over all partitions of a group. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from groups.lanes import Lane
from groups.timelag import TimeLag, of_group
from live.snapshot import GroupState, TopicState


@dataclass(frozen=True, slots=True)
class Sums:
    """Over all partitions of the group. Rates in records/s."""

    lag: int | None
    known: int  # partitions whose lag is known
    count: int
    arriving: float | None  # where the lag is known, or everywhere if it is nowhere
    committed: float | None
    time_lag: TimeLag
    expires_ms: int | None  # until retention deletes something unread; -1: never; None: not known
    expires_why: str


def sums(group: GroupState, rows: list[Lane], topics: Mapping[str, TopicState]) -> Sums:
    known = [r.lag for r in rows if r.lag is not None]
    # Beside the lag stands what arrives where the lag is of; what nobody has ever committed in is a changelog, mostly.
    arriving = [r.in_rate for r in [r for r in rows if r.lag is not None] or rows if r.in_rate is not None]
    rates = [r.rate for r in rows if r.rate is not None]
    age = of_group(group.samples, [r.time_lag for r in rows])
    lag = sum(known) if known else None
    expires, why = _expires(rows, topics, age)
    return Sums(
        lag=lag,
        known=len(known),
        count=len(rows),
        arriving=sum(arriving) if arriving else None,
        committed=sum(rates) if rates else None,
        time_lag=age,
        expires_ms=expires,
        expires_why=why,
    )


def _expires(rows: list[Lane], topics: Mapping[str, TopicState], age: TimeLag) -> tuple[int | None, str]:
    """By the age of the oldest unread record; if that is not exact and retention has begun to delete, by its distance
    to the group."""
    unread = [r for r in rows if r.lag]
    if not unread:
        return None, "nothing is unread"
    times: list[int] = []
    for r in unread:
        topic = topics.get(r.topic)
        retention = topic.retention_ms if topic is not None else None
        if retention is None:
            return None, "the retention of a topic is not known"
        if retention < 0 or (topic is not None and topic.cleanup == "compact"):
            continue
        if r.time_lag.exact and r.time_lag.ms is not None:
            times.append(max(0, retention - r.time_lag.ms))
        elif r.start and r.in_rate and r.committed is not None:
            times.append(max(0, min(retention, round((r.committed - r.start) / r.in_rate * 1000))))
        elif age.ms is not None and not age.at_least:
            times.append(max(0, retention - age.ms))
        else:
            return None, "the oldest unread record is older than we have watched"
    return (min(times), "") if times else (-1, "")
