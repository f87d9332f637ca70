"""Puts a group of the snapshot before gateway.verdict, which knows samples and no snapshots."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.verdict import PartitionSample, judge
from live.snapshot import GroupState, PartitionState, TopicState, Verdict

Partitions = Mapping[tuple[str, int], PartitionState]


def verdict(
    group: GroupState, topics: Mapping[str, TopicState], partitions: Partitions, now: int, rebalances: int
) -> Verdict:
    """`rebalances`: how many in the last five minutes."""
    owners = {(t, p): m.client_id or m.id for m in group.members for t, ids in m.partitions for p in ids}
    samples = []
    for o in group.offsets:
        log = partitions.get((o.topic, o.partition))
        start, end, in_rate = (log.start, log.end, log.in_rate) if log is not None else (None, None, None)
        owner = owners.get((o.topic, o.partition))
        samples.append(
            PartitionSample(o.topic, o.partition, start, end, o.committed, o.moved_at, in_rate, o.rate, owner)
        )
    judgement = judge(
        now=now,
        kind=group.kind,
        state=group.state,
        members=len(group.members),
        partitions=samples,
        samples=group.samples,
        rebalances=rebalances,
        retention_ms={name: topics[name].retention_ms for name in {o.topic for o in group.offsets} if name in topics},
    )
    return Verdict(*judgement)
