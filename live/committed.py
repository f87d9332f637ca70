"""What a group has committed, as the next snapshot says it, and what that amounts to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gateway.facts import Committed, TopicPartition
from live.age import worth_ms
from live.clock import Clock
from live.snapshot import MemberState, OffsetState, PartitionState

Logs = Mapping[tuple[str, int], PartitionState]


class Measured(NamedTuple):
    lag: int | None  # None: of no partition is it known
    unknown: int  # partitions whose lag is not known
    committed: int  # sum
    last_commit: int | None
    oldest_ms: int | None  # since the oldest unread record arrived, about


def next_offsets(
    before: tuple[OffsetState, ...],
    committed: Mapping[TopicPartition, Committed],
    members: tuple[MemberState, ...],
    same_members: bool,
    clock: Clock,
) -> tuple[OffsetState, ...]:
    """`before` itself when nothing changed, and in any case the same objects for what did not."""
    # Most groups commit nothing between two polls: to see that takes a third of what making the rows takes.
    if same_members and stand_still(before, committed):
        return before
    wanted = set(committed)
    for member in members:
        for topic, partitions in member.partitions:
            wanted.update([TopicPartition(topic, p) for p in partitions])
    if len(before) == len(wanted) and all((o.topic, o.partition) in wanted for o in before):
        offsets = tuple([_offset(was, was.topic, was.partition, committed, clock) for was in before])
        return before if all(map(_is, offsets, before)) else offsets
    known = {(o.topic, o.partition): o for o in before}
    return tuple([_offset(known.get((t, p)), t, p, committed, clock) for t, p in sorted(wanted)])


def stand_still(before: tuple[OffsetState, ...], committed: Mapping[TopicPartition, Committed]) -> bool:
    """Whether exactly what was committed before still is, and every rate has come down to 0."""
    known = 0
    for o in before:
        found = committed.get((o.topic, o.partition))  # type: ignore[call-overload]  # a TopicPartition equals its tuple
        if found is None:
            if o.committed is not None:
                return False
        elif found.offset != o.committed or o.rate != 0.0:
            return False
        else:
            known += 1
    return known == len(committed)


def _is(one: object, other: object) -> bool:
    return one is other


def _offset(
    was: OffsetState | None, topic: str, partition: int, committed: Mapping[TopicPartition, Committed], clock: Clock
) -> OffsetState:
    found = committed.get((topic, partition))  # type: ignore[call-overload]  # a TopicPartition equals its tuple
    offset = found.offset if found is not None else None
    if was is None:
        # Seen for the first time: it is a commit that we saw only when we were already looking.
        seen = clock.now if clock.before is not None and offset is not None else None
        return OffsetState(topic, partition, offset, seen, seen)
    if offset == was.committed:
        rate = was.rate if offset is None or was.rate == 0.0 else clock.rate(was.rate, 0)
        return was if rate == was.rate else OffsetState(topic, partition, offset, was.last_commit, was.moved_at, rate)
    if offset is None:
        return OffsetState(topic, partition, None)
    gained = offset - was.committed if was.committed is not None else 0
    rate = clock.rate(was.rate, gained) if gained >= 0 else 0.0
    return OffsetState(topic, partition, offset, clock.now, clock.now, rate)


def measure(offsets: tuple[OffsetState, ...], logs: Logs) -> Measured:
    lag = total = known = 0
    last: int | None = None
    ages: int | None = None
    for o in offsets:
        committed = o.committed
        if o.last_commit is not None and (last is None or o.last_commit > last):
            last = o.last_commit
        if committed is None:
            continue
        total += committed
        log = logs.get((o.topic, o.partition))
        if log is not None and log.end is not None:
            known += 1
            oldest = committed if log.start is None or log.start < committed else log.start
            if log.end > oldest:
                lag += log.end - oldest
                age = worth_ms(log.end - oldest, log.in_rate)
                if age is not None and (ages is None or age > ages):
                    ages = age
    return Measured(lag if known else None, len(offsets) - known, total, last, ages)
