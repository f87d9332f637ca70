"""Topics of the next snapshot: what the sweep found, joined with what earlier ones knew. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.errors import KafkaFault
from gateway.facts import ConfigEntry, LogDir, Partition, Topic, TopicPartition
from live.clock import Clock
from live.snapshot import PartitionState, TopicState
from live.sweep import Sweep

Sizes = Mapping[int, Mapping[TopicPartition, int]]  # broker -> bytes of its replicas; absent: not asked this time


def fold(previous: Mapping[str, TopicState], found: Sweep, clock: Clock) -> dict[str, TopicState]:
    sizes = {b: _sizes(dirs) for b, dirs in found.log_dirs.items() if not isinstance(dirs, KafkaFault)}
    return {n: _topic(previous.get(n), topic, found, sizes, clock) for n, topic in sorted(found.topics.items())}


def _topic(before: TopicState | None, topic: Topic, found: Sweep, sizes: Sizes, clock: Clock) -> TopicState:
    if before is not None and before.id != topic.id:
        before = None  # deleted and made anew: nothing of the old one holds
    if before is not None and not sizes and _stands_still(before, topic, found):
        return before
    known = {p.id: p for p in before.partitions} if before else {}
    partitions = tuple(_partition(topic.name, known.get(p.id), p, found, sizes, clock) for p in topic.partitions)
    config = found.configs.get(topic.name)
    if before is not None and (config is None or isinstance(config, KafkaFault)):
        kept = (before.retention_ms, before.retention_bytes, before.cleanup)
    else:
        kept = _config(config) if isinstance(config, tuple) else (None, None, None)
    state = TopicState(topic.name, topic.id, topic.internal, partitions, *kept)
    return before if before is not None and before == state else state


def _stands_still(before: TopicState, topic: Topic, found: Sweep) -> bool:
    """Whether what the sweep found is what is known, and every rate is 0. To see that takes a tenth of working out what
    is new, and most topics are so at most polls."""
    name, ends, starts = topic.name, found.ends, found.starts
    if name in found.configs or len(before.partitions) != len(topic.partitions):
        return False
    for was, now in zip(before.partitions, topic.partitions, strict=True):
        place: Any = name, was.id  # which a TopicPartition equals
        if (
            was.in_rate != 0.0
            or ends.get(place) != was.end
            or starts.get(place, was.start) != was.start
            or (was.id, was.leader, was.replicas, was.isr) != (now.id, now.leader, now.replicas, now.isr)
        ):
            return False
    return True


def _partition(
    topic: str, before: PartitionState | None, partition: Partition, found: Sweep, sizes: Sizes, clock: Clock
) -> PartitionState:
    tp: Any = topic, partition.id  # which a TopicPartition equals
    end = found.ends.get(tp)
    end = end if isinstance(end, int) else None
    start = found.starts.get(tp)
    measured = sizes.get(partition.leader, {}).get(tp) if partition.leader is not None else None
    if before is None:
        before = PartitionState(partition.id, partition.leader, partition.replicas, partition.isr)
    start = start if isinstance(start, int) else before.start
    size = measured if measured is not None else before.size
    rate = before.in_rate
    if end is not None and before.end is not None and end >= before.end:
        rate = rate if rate == 0.0 and end == before.end else clock.rate(rate, end - before.end)
    elif end is not None:
        rate = None
    state = PartitionState(partition.id, partition.leader, partition.replicas, partition.isr, start, end, rate, size)
    return before if state == before else state


def _config(entries: tuple[ConfigEntry, ...]) -> tuple[int | None, int | None, str | None]:
    values = {entry.name: entry.value for entry in entries}
    return _number(values.get("retention.ms")), _number(values.get("retention.bytes")), values.get("cleanup.policy")


def _number(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return None


def _sizes(dirs: tuple[LogDir, ...]) -> dict[TopicPartition, int]:
    return {tp: size for directory in dirs for tp, size in directory.replicas.items()}
