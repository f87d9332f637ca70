"""From a snapshot to what the API answers with. Pure. `seen` is a predicate over topic names: others appear nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from console.api import kinds, shapes
from console.api.shapes import big, iso
from gateway.lag import Position, Total, total
from groups.timelag import time_lag
from live.snapshot import Finding, GroupState, OffsetState, PartitionState, Snapshot, TopicState, Verdict
from topics.producers import Writer, writers

Seen = Callable[[str], bool]


def as_of(snapshot: Snapshot) -> str | None:
    """When what is said was true."""
    return iso(snapshot.good_at or snapshot.at)


def topic_item(topic: TopicState) -> shapes.TopicItem:
    return shapes.TopicItem(**_topic(topic))


def topic(topic: TopicState, snapshot: Snapshot, sees_group: Seen) -> shapes.Topic:
    hidden = {name for name in snapshot.groups if not sees_group(name)}
    return shapes.Topic(
        **_topic(topic),
        partitions=[_partition(p) for p in topic.partitions],
        producers=[_producer(w) for w in writers(snapshot.producers, topic.name, hidden).rows],
        producers_unknown=dict(snapshot.untold).get(topic.name),
        as_of=as_of(snapshot),
    )


def _producer(writer: Writer) -> shapes.ProducerItem:
    return shapes.ProducerItem(
        big(writer.id) or 0, writer.transactional, writer.transaction, writer.group, writer.rate, iso(writer.at)
    )


def group_item(group: GroupState, snapshot: Snapshot, seen: Seen) -> shapes.GroupItem:
    offsets = [offset for offset in group.offsets if seen(offset.topic)]
    age, shared = time_lag(group.samples, group.oldest_ms), kinds.shared(group, snapshot, seen)
    lag = lag_of(offsets, snapshot) if shared is None else kinds.left(shared)
    return shapes.GroupItem(
        group=group.group,
        kind=group.kind,
        protocol_type=group.protocol_type,
        state=group.state,
        verdict=verdict(group.verdict, seen),
        members=len(group.members),
        topics=sorted({o.topic for o in (shared or offsets)}),
        lag=big(lag.lag),
        unknown_partitions=lag.unknown,
        time_lag_ms=age.ms,
        time_lag_at_least=age.at_least,
        last_commit=_last_commit(offsets),
    )


def group(group: GroupState, snapshot: Snapshot, seen: Seen) -> shapes.Group:
    offsets = [offset for offset in group.offsets if seen(offset.topic)]
    age, shared = time_lag(group.samples, group.oldest_ms), kinds.shared(group, snapshot, seen)
    lag = lag_of(offsets, snapshot) if shared is None else kinds.left(shared)
    owners = {
        (topic, partition): member.id
        for member in group.members
        for topic, partitions in member.partitions
        for partition in partitions
    }
    return shapes.Group(
        group=group.group,
        kind=group.kind,
        protocol_type=group.protocol_type,
        state=group.state,
        assignor=group.assignor,
        coordinator=group.coordinator,
        generation=group.generation,
        target_epoch=group.target_epoch,
        verdict=verdict(group.verdict, seen),
        topics=sorted({o.topic for o in (shared or offsets)}),
        lag=big(lag.lag),
        unknown_partitions=lag.unknown,
        time_lag_ms=age.ms,
        time_lag_at_least=age.at_least,
        last_commit=_last_commit(offsets),
        partitions=[_committed(offset, snapshot, owners.get((offset.topic, offset.partition))) for offset in offsets],
        members=[kinds.member(m, seen) for m in group.members],
        shares=shared,
        topology={name: [t for t in topics if seen(t)] for name, topics in group.topology}
        if group.kind == "streams"
        else None,
        error=group.error,
        as_of=as_of(snapshot),
    )


def verdict(verdict: Verdict, seen: Seen) -> shapes.VerdictShape:
    return shapes.VerdictShape(
        *_finding(verdict, seen), also=[shapes.FindingShape(*_finding(f, seen)) for f in verdict.also]
    )


def _finding(of: Verdict | Finding, seen: Seen) -> tuple[Any, ...]:
    """The evidence names a topic, so it is kept from those who may not know of that topic; the judgement is not."""
    if of.topic is not None and not seen(of.topic):
        return of.code, "It is about a topic that is hidden from you.", "", iso(of.since), None, None, None
    return of.code, of.sentence, of.next, iso(of.since), of.topic, of.partition, big(of.offset)


def position(offset: OffsetState, partition: PartitionState | None) -> Position:
    return Position(partition and partition.start, partition and partition.end, offset.committed)


def find_partition(snapshot: Snapshot, topic: str, partition: int) -> PartitionState | None:
    """Ids have no gaps in Kafka, but a partition that the poll could not read may be missing."""
    state = snapshot.topics.get(topic)
    if state is None:
        return None
    parts = state.partitions
    if partition < len(parts) and parts[partition].id == partition:
        return parts[partition]
    return next((p for p in parts if p.id == partition), None)


def lag_of(offsets: list[OffsetState], snapshot: Snapshot) -> Total:
    return total(position(o, find_partition(snapshot, o.topic, o.partition)) for o in offsets)


def _topic(topic: TopicState) -> dict[str, object]:
    parts = topic.partitions
    lengths = [p.end - p.start for p in parts if p.end is not None and p.start is not None]
    sizes = [p.size for p in parts if p.size is not None]
    rates = [p.in_rate for p in parts if p.in_rate is not None]
    return {
        "topic": topic.name,
        "id": topic.id,
        "internal": topic.internal,
        "partition_count": len(parts),
        "replication_factor": max((len(p.replicas) for p in parts), default=0),
        "records": big(sum(lengths)) if len(lengths) == len(parts) else None,
        "size": sum(sizes) if len(sizes) == len(parts) else None,
        "in_rate": sum(rates) if len(rates) == len(parts) else None,
        "retention_ms": topic.retention_ms,
        "retention_bytes": topic.retention_bytes,
        "cleanup": topic.cleanup,
        "under_replicated": sum(len(p.isr) < len(p.replicas) for p in parts),
    }


def _partition(p: PartitionState) -> shapes.PartitionItem:
    return shapes.PartitionItem(p.id, p.leader, p.replicas, p.isr, big(p.start), big(p.end), p.in_rate, p.size)


def _committed(offset: OffsetState, snapshot: Snapshot, owner: str | None) -> shapes.CommittedItem:
    partition = find_partition(snapshot, offset.topic, offset.partition)
    return shapes.CommittedItem(
        offset.topic,
        offset.partition,
        big(partition.start) if partition else None,
        big(offset.committed),
        big(partition.end) if partition else None,
        big(position(offset, partition).lag),
        owner,
        iso(offset.last_commit),
        offset.rate,
    )


def _last_commit(offsets: list[OffsetState]) -> str | None:
    return iso(max((o.last_commit for o in offsets if o.last_commit is not None), default=None))
