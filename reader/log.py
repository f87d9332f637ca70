"""A topic's partitions as they are now: its id, and where each begins and ends."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.cluster import Cluster
from gateway.errors import KafkaFault, NoLeader, UnknownTopic
from gateway.facts import TopicPartition
from reader.errors import BadRequest
from reader.scan import Span


@dataclass(frozen=True, slots=True)
class Log:
    id: str  # "" from brokers that give none
    partitions: int  # that the topic has
    bounds: dict[int, Span]  # start and end offset of those that were asked for and can be read
    notes: tuple[str, ...]  # sentences about those that cannot


def log_of(cluster: Cluster, topic: str, wanted: tuple[int, ...] = (), expected: str = "") -> Log:
    """`expected`: the id that the topic had when this reading began.

    Raises KafkaFault (UnknownTopic, Unreachable ...); BadRequest for a partition the topic does not have, `deleted` or
    `recreated` for a topic that is not the one it was.
    """
    try:
        found = cluster.topics.describe(topic)
    except UnknownTopic:
        if not expected:
            raise
        raise BadRequest(f"{topic} was deleted since this page was read. What it held is gone.", "deleted") from None
    if expected and found.id and found.id != expected:
        raise BadRequest(
            f"{topic} was deleted and created again since this page was read: it is another topic now,"
            " and the offsets of the old one mean nothing in it.",
            "recreated",
        )
    there = {p.id: p for p in found.partitions}
    missing = sorted(set(wanted) - set(there))
    if missing:
        raise BadRequest(f"There is no partition {missing[0]}: {topic} has {len(there)}, counted from 0.")
    chosen = sorted(wanted or there)
    asked = [TopicPartition(topic, p) for p in chosen if there[p].leader is not None]
    starts = cluster.offsets.starts(asked)
    ends = cluster.offsets.ends(asked)
    faults: dict[int, KafkaFault] = {p: NoLeader() for p in chosen if there[p].leader is None}
    bounds: dict[int, Span] = {}
    for tp in asked:
        start, end = starts[tp], ends[tp]
        if isinstance(start, KafkaFault):
            faults[tp.partition] = start
        elif isinstance(end, KafkaFault):
            faults[tp.partition] = end
        else:
            bounds[tp.partition] = (start, max(start, end))
    if not bounds and faults and not all(isinstance(f, NoLeader) for f in faults.values()):
        raise next(f for f in faults.values() if not isinstance(f, NoLeader))
    return Log(found.id or "", len(there), bounds, tuple(_left_out(p, faults[p]) for p in sorted(faults)))


def at_time(cluster: Cluster, topic: str, bounds: dict[int, Span], ms: int) -> dict[int, int | None]:
    """The first offset at or after a time; None where there is none. Raises KafkaFault."""
    found = cluster.offsets.for_time([TopicPartition(topic, p) for p in bounds], ms)
    offsets: dict[int, int | None] = {}
    for tp, offset in found.items():
        if isinstance(offset, KafkaFault):
            raise offset
        offsets[tp.partition] = offset
    return offsets


def _left_out(partition: int, fault: KafkaFault) -> str:
    if isinstance(fault, NoLeader):
        return f"Partition {partition} has no leader: its records are left out."
    return f"Partition {partition} cannot be read, its records are left out: {fault}"
