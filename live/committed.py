"""What a group has committed, as the next snapshot says it, and what that amounts to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

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
    if same_members and (offsets := same_places(before, committed, clock)) is not None:
        return offsets
    wanted = set(committed)
    for member in members:
        for topic, partitions in member.partitions:
            wanted.update([TopicPartition(topic, p) for p in partitions])
    known = {(o.topic, o.partition): o for o in before}
    offsets = tuple([_offset(known.get(tp), tp, committed.get(tp), clock) for tp in sorted(wanted)])
    return before if len(offsets) == len(before) and all(map(_is, offsets, before)) else offsets


def same_places(
    before: tuple[OffsetState, ...], committed: Mapping[TopicPartition, Committed], clock: Clock
) -> tuple[OffsetState, ...] | None:
    """The rows of a group whose members are the same, None when it is about other partitions than before. To find out
    which partitions those are takes as long as all the rest, and a busy cluster has a hundred thousand of them."""
    offsets, here, moved, now = [], 0, False, clock.now
    for was in before:
        topic, partition, stood, rate = was.topic, was.partition, was.committed, was.rate
        place: Any = topic, partition  # which a TopicPartition equals
        found = committed.get(place)
        if found is None:
            if stood is not None:
                return None  # deleted; whether somebody still owns the partition is another question
            offsets.append(was)
            continue
        here += 1
        offset = found.offset
        if offset == stood and rate == 0.0:
            offsets.append(was)
        elif stood is not None and offset > stood:  # the usual case: without another call for each
            offsets.append(OffsetState(topic, partition, offset, now, now, clock.rate(rate, offset - stood)))
            moved = True
        else:
            row = _offset(was, place, found, clock)
            offsets.append(row)
            moved = moved or row is not was
    if here != len(committed):
        return None
    return tuple(offsets) if moved else before


def _is(one: object, other: object) -> bool:
    return one is other


def _offset(was: OffsetState | None, place: tuple[str, int], found: Committed | None, clock: Clock) -> OffsetState:
    topic, partition = place
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
