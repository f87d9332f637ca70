"""Groups of the next snapshot: committed offsets, members, lag and verdict. Pure.

What did not change keeps its object, which is what makes 20,000 offsets cheap.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gateway.errors import KafkaFault, UnknownGroup
from gateway.facts import Committed, Group, GroupListing, TopicPartition
from live import judge
from live.age import worth_ms
from live.clock import Clock
from live.snapshot import GroupState, MemberState, OffsetState, PartitionState, TopicState, Verdict
from live.sweep import Sweep, due

SAMPLES_MS = 180_000
TREND_POINTS = 60
MINUTE_MS = 60_000
REBALANCES_MS = 300_000
JUDGE_EVERY = 3  # polls, for a group at which nothing happened that matters
WELL = ("keeping_up", "idle")
UNJUDGED = Verdict("unknown", "Not looked at yet.")

Logs = Mapping[tuple[str, int], PartitionState]


def fold(
    previous: Mapping[str, GroupState], found: Sweep, topics: Mapping[str, TopicState], clock: Clock, turn: int
) -> dict[str, GroupState]:
    """`turn` counts the polls."""
    groups: dict[str, GroupState] = {}
    logs = {(t.name, p.id): p for t in topics.values() for p in t.partitions}
    for name, listing in found.listings.items():
        before = previous.get(name)
        group = _group(before, listing, found, logs, clock)
        if before is None or _needs_judging(before, group) or due(name, turn, JUDGE_EVERY):
            group = msgspec.structs.replace(group, verdict=judge.verdict(group, topics, logs, clock.now))
        groups[name] = group
    for name, group in previous.items():
        if name in groups:
            continue
        if found.unheard:
            groups[name] = group  # its coordinator may be the broker that did not answer
        elif not group.missing or not _is_gone(found.described.get(name)):
            groups[name] = msgspec.structs.replace(group, missing=group.missing + 1)
    return dict(sorted(groups.items()))


def _needs_judging(before: GroupState, group: GroupState) -> bool:
    """Whatever may be the beginning or the end of trouble is looked at at once; the rest waits for its turn."""
    return (
        (before.verdict.code not in WELL and group.offsets is not before.offsets)
        or group.members is not before.members
        or (group.state, group.unknown) != (before.state, before.unknown)
        or len(group.offsets) != len(before.offsets)
    )


def _is_gone(described: Group | KafkaFault | None) -> bool:
    """Whether Kafka itself says that there is no such group. Any other failure is not an answer."""
    return described.state == "Dead" if isinstance(described, Group) else isinstance(described, UnknownGroup)


def _group(
    before: GroupState | None, listing: GroupListing, found: Sweep, logs: Logs, clock: Clock
) -> GroupState:
    described = found.described.get(listing.group)
    fault = str(described) if isinstance(described, KafkaFault) else None
    if isinstance(described, Group):
        members = members_of(before.members if before else (), described)
        state, assignor = described.state, described.assignor
    else:
        members = () if before is None or (fault is None and listing.state == "Empty") else before.members
        state, assignor = listing.state, before.assignor if before else ""
    committed = found.committed.get(listing.group, {})
    if isinstance(committed, KafkaFault):
        fault = str(committed)
        offsets = before.offsets if before else ()
    else:
        offsets = _offsets(before.offsets if before else (), committed, members, clock)
    lag, unknown, total, last, oldest_ms = measure(offsets, logs)
    samples = before.samples if before else ()
    trend = before.trend if before else ()
    if not trend or not samples or samples[-1][0] // MINUTE_MS != clock.now // MINUTE_MS:
        trend = (*trend[-(TREND_POINTS - 1) :], lag)
    oldest = clock.now - SAMPLES_MS
    first = next((i for i, sample in enumerate(samples) if sample[0] >= oldest), len(samples))
    return GroupState(
        group=listing.group,
        kind=listing.kind,
        state=state,
        assignor=assignor,
        coordinator=listing.coordinator,
        members=members,
        offsets=offsets,
        verdict=before.verdict if before else UNJUDGED,
        trend=trend,
        samples=(*samples[first:], (clock.now, lag, total)),
        generation=before.generation if before else None,
        error=fault,
        lag=lag,
        unknown=unknown,
        last_commit=last,
        oldest_ms=oldest_ms,
        rebalanced=_rebalanced(before, members, clock.now),
    )


def members_of(before: tuple[MemberState, ...], described: Group) -> tuple[MemberState, ...]:
    """`before` itself when nothing changed."""
    members = tuple(
        MemberState(m.id, m.client_id, m.host, m.instance_id, _owned(m.assignment))
        for m in sorted(described.members, key=lambda m: (m.client_id, m.id))
    )
    return before if members == before else members


def _rebalanced(before: GroupState | None, members: tuple[MemberState, ...], now: int) -> tuple[int, ...]:
    if before is None:
        return ()
    kept = before.rebalanced
    if kept and kept[0] < now - REBALANCES_MS:
        kept = tuple(at for at in kept if at >= now - REBALANCES_MS)
    return (*kept, now) if members is not before.members else kept


def _owned(assignment: Mapping[str, tuple[int, ...]]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple(sorted((topic, tuple(sorted(partitions))) for topic, partitions in assignment.items()))


def _offsets(
    before: tuple[OffsetState, ...],
    committed: Mapping[TopicPartition, Committed],
    members: tuple[MemberState, ...],
    clock: Clock,
) -> tuple[OffsetState, ...]:
    wanted = set(committed)
    for member in members:
        for topic, partitions in member.partitions:
            wanted.update([TopicPartition(topic, p) for p in partitions])
    if len(before) == len(wanted) and all((o.topic, o.partition) in wanted for o in before):
        offsets = tuple([_offset(was, was.topic, was.partition, committed, clock) for was in before])
        return before if all(map(_is, offsets, before)) else offsets
    known = {(o.topic, o.partition): o for o in before}
    return tuple([_offset(known.get((t, p)), t, p, committed, clock) for t, p in sorted(wanted)])


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


def measure(offsets: tuple[OffsetState, ...], logs: Logs) -> tuple[int | None, int, int, int | None, int | None]:
    """(lag, partitions whose lag is not known, sum of committed, newest commit, ms since the oldest unread arrived)"""
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
    return lag if known else None, len(offsets) - known, total, last, ages
