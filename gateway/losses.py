"""Records that retention deletes before a group has read them: gone already, or soon. Pure."""

from __future__ import annotations

from gateway import words
from gateway.samples import Case, Judgement, PartitionSample


def lost(case: Case) -> Judgement | None:
    if case.total.lost == 0:
        return None
    worst = max(case.partitions, key=lambda p: p.position.lost)
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


def expiring(case: Case) -> Judgement | None:
    """Retention is at work on the partition (its start has moved) and reaches the group's position soon."""
    soonest: tuple[float, PartitionSample] | None = None
    for p in case.partitions:
        if not p.in_rate or not p.start or p.committed is None:
            continue
        retention, lag = case.retention_ms.get(p.topic), p.position.lag
        if not retention or retention < 0 or not lag:
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
