"""Records that a group cannot read any more, or soon not: deleted by retention, gone with a topic made anew. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from gateway import words
from gateway.samples import Case, Judgement, PartitionSample

DAY_MS: Final = 86_400_000
FULL: Final = 0.75  # of retention.bytes: a group that far behind is in the last quarter of what is kept
STILL_FULL: Final = 0.65  # the same once it was said


class Left(NamedTuple):
    seconds: float
    about: bool  # False: it is at most so long
    sample: PartitionSample


def notice_ms(retention_ms: int) -> int:
    """How long before the deletion of unread records it is said: a quarter of the retention, a day at most."""
    return min(DAY_MS, retention_ms // 4)


def lost(case: Case) -> Judgement | None:
    if case.total.lost == 0:
        return _still_losing(case)
    worst = max(case.partitions, key=lambda p: p.position.lost)
    more = sum(1 for p in case.partitions if p.position.lost) - 1
    others = f" (and in {words.count(more, 'other partition')})" if more else ""
    return Judgement(
        "lost",
        f"Retention deleted {words.records(case.total.lost)} that the group had not read: {worst} starts at "
        f"{words.number(worst.start or 0)}, the group stands at {words.number(worst.committed or 0)}{others}.",
        "Start or speed up the consumers, or raise the topic's retention; what is deleted cannot be read any more.",
        topic=worst.topic,
        partition=worst.partition,
        offset=worst.start,
    )


def _still_losing(case: Case) -> Judgement | None:
    """A group that retention has caught reads on at the edge, and is caught again with the next segment."""
    if "lost" not in case.before:
        return None
    left = _soonest(case)
    if left is None:
        return None
    p = left.sample
    return Judgement(
        "lost",
        f"Retention deleted records that the group had not read, and is close behind it: {p} starts at "
        f"{words.number(p.start or 0)}, the group stands at {words.number(p.committed or 0)}.",
        "Speed up the consumers or raise the topic's retention; what is deleted cannot be read any more.",
        topic=p.topic,
        partition=p.partition,
        offset=p.committed,
    )


def beyond_end(case: Case) -> Judgement | None:
    """A rate of arrivals tells that two polls in a row agreed on the end: right after an election a new leader may name
    one that is too small."""
    beyond = [p for p in case.partitions if p.in_rate is not None and _is_beyond(p)]
    if not beyond:
        return None
    p = max(beyond, key=lambda sample: (sample.committed or 0) - (sample.end or 0))
    more = f" So {_are(len(beyond) - 1)}." if len(beyond) > 1 else ""
    return Judgement(
        "beyond_end",
        f"The group stands at {words.number(p.committed or 0)} on {p}, which ends at {words.number(p.end or 0)}: the "
        f"topic was made anew, or lost records.{more}",
        "Reset the partition to its start or end. Until then a consumer goes where its auto.offset.reset says, and "
        "what arrives meanwhile may be skipped.",
        topic=p.topic,
        partition=p.partition,
    )


def _is_beyond(p: PartitionSample) -> bool:
    return p.end is not None and p.committed is not None and p.committed > p.end


def _are(others: int) -> str:
    return f"{'is' if others == 1 else 'are'} {words.count(others, 'other partition')}"


def expiring(case: Case) -> Judgement | None:
    """Retention reaches the group's position soon, by time or by size, and the group does not outrun it."""
    left = _soonest(case)
    if left is None:
        return None
    p, lag = left.sample, left.sample.lag or 0
    when = f"{'in about' if left.about else 'within'} {words.duration(left.seconds)}"
    return Judgement(
        "at_risk",
        f"Retention reaches the unread records of {p} {when}: "
        f"{words.records(lag)} {'waits' if lag == 1 else 'wait'} there.",
        "Start or speed up the consumers, or raise the topic's retention first.",
        topic=p.topic,
        partition=p.partition,
        offset=p.committed,
    )


def _soonest(case: Case) -> Left | None:
    said = "at_risk" in case.before or "lost" in case.before
    found = [left for p in case.behind for left in _ends(case, p, said)]
    return min(found, key=lambda left: left.seconds) if found else None


def _ends(case: Case, p: PartitionSample, said: bool) -> list[Left]:
    retention = case.retention.get(p.topic)
    if retention is None or p.start is None or not (p.in_rate or p.doomed):
        return []  # nothing arrives that would push it out, and Kafka was not asked
    by_time = _by_time(p, retention.ms, said) if retention.ms is not None and retention.ms > 0 else None
    by_size = _by_size(p, retention.bytes, said) if retention.bytes is not None and retention.bytes > 0 else None
    lag = p.lag or 0
    return [left for left in (by_time, by_size) if left is not None and not _outruns(p, lag, left.seconds)]


def _outruns(p: PartitionSample, lag: int, seconds: float) -> bool:
    gain = (p.rate or 0.0) - (p.in_rate or 0.0)
    return gain > 0 and lag / gain < seconds


def _by_time(p: PartitionSample, retention_ms: int, said: bool) -> Left | None:
    start, committed = p.start or 0, p.committed or 0
    if p.doomed is not None:  # Kafka looked it up by timestamp
        notice = notice_ms(retention_ms) / 1000
        if committed >= p.doomed:
            return None
        if start == 0:  # nothing was deleted yet, so the age of the first record is not known
            return Left(notice, False, p)
        return Left(notice * max(0, committed - start) / max(1, p.doomed - start), True, p)
    if not p.in_rate or not start:
        return None
    slack = 2.0 if said else 1.0
    margin = max(0, committed - start) / p.in_rate  # the start follows the end at the rate of arrivals
    age = (p.lag or 0) / p.in_rate
    near = margin < 0.1 * slack * retention_ms / 1000 and age > 0.5 / slack * retention_ms / 1000
    return Left(margin, True, p) if near and (p.rate or 0.0) < 1.1 * p.in_rate else None


def _by_size(p: PartitionSample, retention_bytes: int, said: bool) -> Left | None:
    kept = (p.end or 0) - (p.start or 0)
    if not p.size or not p.in_rate or kept <= 0:
        return None
    each = p.size / kept
    unread = (p.lag or 0) * each
    seconds = max(0.0, retention_bytes - unread) / (each * p.in_rate)
    near = unread >= (STILL_FULL if said else FULL) * retention_bytes and seconds < DAY_MS / 1000
    return Left(seconds, True, p) if near else None
