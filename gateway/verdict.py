"""What is the matter with a group, in one sentence with its evidence. Pure: samples in, a judgement out, no clock, no
memory; each call judges from the last three minutes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from gateway import words
from gateway.lag import Position, Total, time_to_catch_up, total
from gateway.trend import Trend, lag_never_zero, trend

STALLED_PARTITION_S: Final = 45.0  # one partition without movement while the others are at the end
STALLED_BUSY_S: Final = 300.0  # the same while the others are behind too: a slow member reads them in turns
STALLED_GROUP_S: Final = 60.0  # nothing moves at all: longer than the usual commit intervals
WATCH_S: Final = 30.0  # fewer seconds of samples say nothing about a trend
BATCH_S: Final = 10.0  # lag worth so many seconds of arrivals is how batches look, not trouble
GROWTH_SHARE: Final = 0.03  # of the arrivals: less is the beat of two clocks, ours and the group's commits
REBALANCES: Final = 4  # in five minutes


@dataclass(frozen=True, slots=True)
class PartitionSample:
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
class _Case:
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
            p.committed is not None and self.still_for(p) < STALLED_GROUP_S and p.moved_at for p in self.partitions
        )


def judge(
    *,
    now: int,
    kind: str,
    state: str,
    members: int,
    partitions: Sequence[PartitionSample],
    samples: Sequence[tuple[int, int | None, int]],
    rebalances: int = 0,
    retention_ms: Mapping[str, int | None] | None = None,
) -> Judgement:
    """The worst that is true of the group.

    now: ms; state: as Kafka names it; members: how many; samples: (at, lag, sum of committed) of each poll, oldest
    first, up to three minutes, this poll included; rebalances: how many in the last five minutes; retention_ms per
    topic, -1 or None where records are kept for ever or it is not known.
    """
    sums = total(p.position for p in partitions)
    case = _Case(now, state, members, partitions, samples, retention_ms or {}, trend(samples, WATCH_S), sums)
    if kind == "share":
        return Judgement("unknown", "A share group keeps its position record by record: Kafka tells no offset for it.")
    if sums.known == 0:
        return _nothing_known(case)
    found = _lost(case) or _rebalancing(case, rebalances)
    if found is None and members == 0 and not case.moves:
        found = _expiring(case) or _without_members(case)
    return (
        found
        or _stalled_partition(case)
        or _stalled_group(case)
        or _expiring(case)
        or _behind(case)
        or _keeping_up(case)
    )


def _nothing_known(case: _Case) -> Judgement:
    if not case.partitions and case.members == 0:
        return Judgement(
            "idle", "The group has no members and has committed nothing.", "It can be deleted if nobody needs it."
        )
    if all(p.committed is None for p in case.partitions):
        who = f"{words.count(case.members, 'member').capitalize()} connected" if case.members else "No members"
        return Judgement(
            "unknown",
            f"{who}, but nothing has been committed yet.",
            "If it has been running for a while, check that it commits its offsets to Kafka.",
        )
    return Judgement("unknown", "Kafka did not say where the topics of this group end.", "Look at the brokers.")


def _lost(case: _Case) -> Judgement | None:
    worst = max(case.partitions, key=lambda p: p.position.lost)
    if case.total.lost == 0:
        return None
    more = sum(1 for p in case.partitions if p.position.lost) - 1
    others = f" (and in {words.count(more, 'other partition')})" if more else ""
    return Judgement(
        "at_risk",
        f"Retention deleted {words.records(case.total.lost)} that the group had not read: {worst} starts at "
        f"{words.number(worst.start or 0)}, the group stands at {words.number(worst.committed or 0)}{others}.",
        "Start or speed up the consumers, or raise the topic's retention; what is deleted cannot be read any more.",
        topic=worst.topic,
        partition=worst.partition,
        offset=worst.committed,
    )


def _expiring(case: _Case) -> Judgement | None:
    """Retention is at work on the partition (its start has moved) and reaches the group's position soon."""
    soonest: tuple[float, PartitionSample] | None = None
    for p in case.partitions:
        retention = case.retention_ms.get(p.topic)
        lag = p.position.lag
        if not retention or retention < 0 or not p.in_rate or not lag or not p.start or p.committed is None:
            continue
        margin = (p.committed - p.start) / p.in_rate  # the start follows the end at the rate of arrivals
        gains = (p.rate or 0.0) >= p.in_rate
        if margin < 0.1 * retention / 1000 and lag / p.in_rate > 0.5 * retention / 1000 and not gains:
            soonest = min(soonest or (margin, p), (margin, p), key=lambda found: found[0])
    if soonest is None:
        return None
    margin, p = soonest
    return Judgement(
        "at_risk",
        f"Retention reaches the unread records of {p} in about {words.duration(margin)}: "
        f"{words.records(p.position.lag or 0)} wait there.",
        "Start or speed up the consumers, or raise the topic's retention first.",
        topic=p.topic,
        partition=p.partition,
        offset=p.committed,
    )


def _rebalancing(case: _Case, rebalances: int) -> Judgement | None:
    if rebalances < REBALANCES:
        return None
    return Judgement(
        "rebalancing_often",
        f"{words.number(rebalances)} rebalances in five minutes; the members stop reading during each.",
        "Look for members that restart, or that take longer than max.poll.interval.ms over one batch.",
    )


def _without_members(case: _Case) -> Judgement:
    arriving = f" and {words.rate(case.trend.arriving)} arrive" if case.trend.anything_arrives else ""
    if case.lag:
        wait = "waits" if case.lag == 1 else "wait"
        return Judgement(
            "stopped",
            f"No member is running: {words.records(case.lag)} {wait} to be read{arriving}.",
            "Start the consumers; they go on where the group stopped.",
        )
    if arriving:
        return Judgement("stopped", f"No member is running{arriving}.", "Start the consumers.")
    return Judgement("idle", "No member is running, and there is nothing to read.")


def _stalled_partition(case: _Case) -> Judgement | None:
    """One partition stands while the group moves. Stood longest first."""
    if not case.moves or not lag_never_zero(case.samples, case.now, STALLED_PARTITION_S):
        return None
    moving = [p for p in case.partitions if p.moved_at is not None and case.still_for(p) < STALLED_PARTITION_S]
    if not moving:
        return None
    peers_at_end = all((p.position.lag or 0) <= max(BATCH_S * (p.in_rate or 0.0), 10.0) for p in moving)
    limit = STALLED_PARTITION_S if peers_at_end else STALLED_BUSY_S
    standing = [p for p in case.partitions if p.position.lag and case.still_for(p) >= limit and _waited(p, limit)]
    if not standing:
        return None
    p = max(standing, key=case.still_for)
    others = len(standing) - 1
    also = (
        f" {words.count(others, 'other partition').capitalize()} stand{'s' if others == 1 else ''} too."
        if others
        else ""
    )
    return Judgement(
        "stalled",
        f"{p} has not moved for {words.duration(case.still_for(p))}{_while(p.in_rate)}. {_culprit(p, moving)}{also}",
        "Read the record at that offset. If nobody needs it, skip it by a reset of this partition.",
        since=p.moved_at,
        topic=p.topic,
        partition=p.partition,
        offset=p.committed,
    )


def _waited(p: PartitionSample, limit: float) -> bool:
    """Whether the unread records are old enough to blame the reader: a long quiet partition that just got a record
    has not moved for an hour either."""
    return not p.in_rate or (p.position.lag or 0) / p.in_rate >= 0.8 * limit


def _culprit(p: PartitionSample, moving: Sequence[PartitionSample]) -> str:
    at = f"offset {words.number(p.committed or 0)}"
    same = sum(1 for other in moving if p.owner is not None and other.owner == p.owner)
    if same:
        noun = "its other partition" if same == 1 else f"its other {words.count(same, 'partition')}"
        return f"{p.owner} still commits {noun}, so one record is likely poison: {at}."
    if p.owner is not None:
        return f"Other members move, {p.owner} does not: it hangs or cannot get past {at}."
    return f"The rest of the group moves. No member owns this partition; it stands at {at}."


def _stalled_group(case: _Case) -> Judgement | None:
    """Nothing moves although there is something to read and somebody to read it."""
    if not case.lag or not lag_never_zero(case.samples, case.now, STALLED_GROUP_S):
        return None
    behind = [p for p in case.partitions if p.position.lag]
    still = min(case.still_for(p) for p in case.partitions if p.committed is not None)
    if still < STALLED_GROUP_S:
        return None
    p = max(behind, key=lambda sample: sample.position.lag or 0)
    arriving = f" while {words.rate(case.trend.arriving)} arrive" if case.trend.anything_arrives else ""
    rebalance = " The group is in the middle of a rebalance." if case.state not in ("Stable", "Empty") else ""
    subject = f"{words.count(case.members, 'member').capitalize()} {'is' if case.members == 1 else 'are'} connected"
    return Judgement(
        "stalled",
        f"Nothing has been committed for {words.duration(still)}{arriving}. {subject}, and "
        f"{words.records(case.lag)} {'waits' if case.lag == 1 else 'wait'}.{rebalance}",
        "Look at the members' logs: they hang, or read without committing.",
        since=case.now - round(still * 1000),
        topic=p.topic,
        partition=p.partition,
        offset=p.committed,
    )


def _behind(case: _Case) -> Judgement | None:
    growth, arriving = case.trend.growth, case.trend.arriving
    if growth is None or case.lag <= case.batch or growth <= max(0.1, GROWTH_SHARE * arriving):
        return None
    return Judgement(
        "falling_behind",
        f"Lag grows by {words.rate(growth)}: {words.rate(arriving)} arrive, {words.rate(case.trend.reading)} are read. "
        f"{words.records(case.lag)} wait.",
        "Add members (up to the number of partitions) or make the processing of a record faster.",
    )


def _keeping_up(case: _Case) -> Judgement:
    seen, lag = case.trend, case.lag
    unknown = f" {words.count(case.total.unknown, 'partition').capitalize()} not known." if case.total.unknown else ""
    if lag == 0 and not seen.anything_arrives:
        if case.moves or seen.seconds < WATCH_S:
            return Judgement("keeping_up", f"At the end of every partition.{unknown}")
        return Judgement("idle", f"Nothing to read: the group is at the end, and no records arrive.{unknown}")
    if lag > 10 and (seen.seconds < WATCH_S or not case.moves):
        return Judgement(
            "unknown", f"{words.records(lag)} wait. A minute of watching will tell whether they move.{unknown}"
        )
    if lag > case.batch:
        left = time_to_catch_up(lag, seen.arriving, seen.reading)
        when = (
            f"caught up in about {words.duration(left)}" if isinstance(left, float) else "the distance stays the same"
        )
        return Judgement("keeping_up", f"{words.records(lag)} behind; {when} at {words.rate(seen.reading)}.{unknown}")
    way = f"{words.records(lag)} on the way" if lag else "at the end of every partition"
    return Judgement("keeping_up", f"{words.rate(seen.arriving)} arrive and are read; {way}.{unknown}")


def _while(in_rate: float | None) -> str:
    return f" while {words.rate(in_rate)} arrive" if in_rate else ""
