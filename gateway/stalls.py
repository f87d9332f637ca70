"""Committed offsets that do not move although there is something to read: one partition's, or a whole group's. Pure.

A stall that was said goes on until its partition moves, whatever its neighbours do meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway import words
from gateway.blocked import only_markers, waits
from gateway.pace import rebalancing
from gateway.samples import BATCH_S, MOVES_WITHIN_S, Case, Judgement, PartitionSample
from gateway.trend import lag_never_zero

STALLED_PARTITION_S: Final = 45.0  # one partition without movement while the others are at the end
STALLED_BUSY_S: Final = 300.0  # the same while the others are behind too: a slow member reads them in turns


def stalled(case: Case) -> Judgement | None:
    limit = STALLED_PARTITION_S if "stalled" not in case.before else 0.0
    behind = [p for p in case.behind if case.still_for(p) >= limit and not waits(p) and not only_markers(p)]
    if not behind:
        return None
    # In a storm of rebalances nothing moves either, and the storm is what to look at.
    return _partition(case, behind) or (None if rebalancing(case) else _group(case, behind))


def _partition(case: Case, behind: Sequence[PartitionSample]) -> Judgement | None:
    """One partition stands while the group moves. Stood longest first."""
    moving = [p for p in case.partitions if p.moved_at is not None and case.still_for(p) < STALLED_PARTITION_S]
    known = _known(case, behind)
    if not moving:
        return None
    limit = STALLED_PARTITION_S if all(map(_at_end, moving)) else STALLED_BUSY_S
    standing = [p for p in behind if case.still_for(p) >= limit and _waited(p, limit)]
    if not lag_never_zero(case.samples, case.now, STALLED_PARTITION_S):
        standing = []
    if known is not None and known not in standing:
        standing.append(known)
    if not standing:
        return None
    p = known or max(standing, key=case.still_for)
    others = len(standing) - 1
    also = (
        f" {words.count(others, 'other partition').capitalize()} stand{'s' if others == 1 else ''} too."
        if others
        else ""
    )
    return Judgement(
        "stalled",
        f"{p} has not moved for {words.duration(case.still_for(p))}{_while(p.in_rate)}. {_culprit(p, moving)}{also}",
        "Read the record at that offset. If nobody needs it, skip it.",
        since=p.moved_at,
        topic=p.topic,
        partition=p.partition,
        offset=p.committed,
    )


def _known(case: Case, behind: Sequence[PartitionSample]) -> PartitionSample | None:
    """The partition whose stall was said at the last look, if it has not moved since."""
    said = case.before.get("stalled")
    if said is None:
        return None
    place = (said.topic, said.partition, said.offset)
    return next((p for p in behind if (p.topic, p.partition, p.committed) == place), None)


def _at_end(p: PartitionSample) -> bool:
    return (p.lag or 0) <= max(BATCH_S * (p.in_rate or 0.0), 10.0)


def _waited(p: PartitionSample, limit: float) -> bool:
    """Whether the unread records are old enough to blame the reader: a long quiet partition that just got a record
    has not moved for an hour either."""
    return not p.in_rate or (p.lag or 0) / p.in_rate >= 0.8 * limit


def _culprit(p: PartitionSample, moving: Sequence[PartitionSample]) -> str:
    at = f"offset {words.number(p.committed or 0)}"
    same = sum(1 for other in moving if p.owner is not None and other.owner == p.owner)
    if same:
        noun = "its other partition" if same == 1 else f"its other {words.count(same, 'partition')}"
        return f"{p.owner} still commits {noun}, so one record is likely poison: {at}."
    if p.owner is not None:
        return f"Other members move, {p.owner} does not: it hangs or cannot get past {at}."
    return f"The rest of the group moves. No member owns this partition; it stands at {at}."


def _group(case: Case, behind: Sequence[PartitionSample]) -> Judgement | None:
    """Nothing moves although there is something to read and somebody to read it."""
    known = _known(case, behind)
    still = min(case.still_for(p) for p in case.partitions if p.committed is not None)
    begins = still >= MOVES_WITHIN_S and lag_never_zero(case.samples, case.now, MOVES_WITHIN_S)
    if not begins and (known is None or still < STALLED_PARTITION_S):
        return None
    p = known or max(behind, key=lambda sample: sample.lag or 0)
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


def _while(in_rate: float | None) -> str:
    return f" while {words.rate(in_rate)} arrive" if in_rate else ""
