"""Which batch it was: found by the headers of those that stand where a reading failed, without unpacking any."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.errors import KafkaFault
from gateway.suspects import Suspect
from reader.errors import BadRequest
from reader.replies import Done, Inspected, Reply, Unsafe
from reader.requests import Inspect
from reader.scan import Broken, Budget

AHEAD = 48 * 1024 * 1024  # bytes that Kafka's client may have unpacked of a partition before we are given them
PATIENCE = 4.0  # seconds
_AT = re.compile(r"(?:message at|at offset) (\d+)")  # how librdkafka says which batch it was, where it does


class Unreadable(BadRequest):
    def __init__(self, sentence: str, batch: Unsafe | None) -> None:
        super().__init__(sentence, "unreadable")
        self.batch = batch


def inspect(request: Inspect, config: ClusterConfig, emit: Callable[[Reply], None], budget: Budget) -> None:
    """Raises KafkaFault."""
    worst = _worst(ahead(config, request.topic, request.offsets))
    emit(Inspected(request.id, None if worst is None else _unsafe(worst)))
    emit(Done(request.id))


def unreadable(config: ClusterConfig, broken: Broken) -> Unreadable:
    """The same with the batch named, where Kafka tells."""
    said = _AT.search(str(broken))
    try:
        found = ahead(config, broken.topic, {broken.partition: broken.offset})
    except KafkaFault:
        found = []
    at = int(said[1]) if said else -1
    batch = next((b for b in found if b.first <= at <= b.last), None) or _worst([b for b in found if b.why])
    if batch is None:
        where = f"at or behind offset {broken.offset:,} of partition {broken.partition}"
        return Unreadable(f"A batch {where} cannot be read: {broken}.", None)
    why = batch.why or f"{batch.packed:,} bytes of {batch.codec} would become {batch.unpacked or 0:,} or more"
    return Unreadable(f"{_named(batch)} cannot be read: {why}.", _unsafe(batch))


def ahead(config: ClusterConfig, topic: str, offsets: Mapping[int, int]) -> list[Suspect]:
    """The batches that may have been unpacked. Raises KafkaFault."""
    cluster = Cluster(config, read_only=True, timeout=PATIENCE)
    try:
        cluster.topics.describe(topic)  # tells who leads
        return cluster.suspects.ahead(topic, offsets, AHEAD)
    finally:
        cluster.close()


def _worst(found: list[Suspect]) -> Suspect | None:
    """The first that is broken; where none is, the one out of which the most comes."""
    return max(found, key=lambda batch: (bool(batch.why), batch.unpacked or 0), default=None)


def _named(batch: Suspect) -> str:
    """The batch at orders-3, offsets 48,153,183 to 48,153,190"""
    offsets = f"offset {batch.first:,}" if batch.first == batch.last else f"offsets {batch.first:,} to {batch.last:,}"
    return f"The batch at {batch.topic}-{batch.partition}, {offsets},"


def _unsafe(batch: Suspect) -> Unsafe:
    return Unsafe(
        batch.topic,
        batch.partition,
        batch.first,
        batch.last,
        batch.records,
        batch.codec,
        batch.packed,
        batch.unpacked,
        batch.why,
    )
