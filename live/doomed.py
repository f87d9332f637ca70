"""Which offsets retention deletes soon, for partitions on which a group is behind: Kafka itself looks them up by
timestamp. The first function is pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from gateway.facts import TopicPartition
from gateway.losses import notice_ms
from gateway.pace import WELL
from live.snapshot import GroupState, Snapshot, TopicState
from live.standing import Ends

Doomed = tuple[tuple[str, int, int], ...]  # (topic, partition, offset): records before it are deleted soon


def behind(groups: Mapping[str, GroupState], topics: Mapping[str, TopicState]) -> dict[TopicPartition, int]:
    """Where a group that is not well has something to read that expires by time -> the retention in ms."""
    found: dict[TopicPartition, int] = {}
    for group in groups.values():
        if not group.lag or group.verdict.code in WELL:
            continue
        for o in group.offsets:
            topic = topics.get(o.topic)
            if topic is None or o.committed is None or not topic.retention_ms or topic.retention_ms < 0:
                continue
            if topic.cleanup is None or "delete" in topic.cleanup:
                found[TopicPartition(o.topic, o.partition)] = topic.retention_ms
    return found


def look(cluster: Any, previous: Snapshot | None, ends: Ends, now: int, asks: Callable[[str], bool]) -> Doomed:
    """Asks `cluster`, a gateway Cluster, for topics that are new here or that `asks` says are due. Raises nothing."""
    if previous is None:
        return ()
    wanted = behind(previous.groups, previous.topics)
    known = {TopicPartition(t, p): offset for t, p, offset in previous.doomed}
    by_retention: defaultdict[int, list[TopicPartition]] = defaultdict(list)
    for tp, retention in wanted.items():
        if tp not in known or asks(tp.topic):
            by_retention[retention].append(tp)
    found = {tp: offset for tp, offset in known.items() if tp in wanted}
    for retention, partitions in by_retention.items():
        answers = cluster.offsets.for_time(partitions, now - retention + notice_ms(retention))
        for tp in partitions:
            answer, end = answers.get(tp), ends.get(tp)
            if answer is None and isinstance(end, int):
                found[tp] = end  # every record is older
            elif isinstance(answer, int):
                found[tp] = answer
    return tuple((*tp, offset) for tp, offset in sorted(found.items()))
