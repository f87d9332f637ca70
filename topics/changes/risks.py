"""What new settings of a topic would do to the records that are in it, in sentences."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from changes.disk import sizes
from changes.words import bytes_said, count, lasting
from gateway.facts import ConfigEntry, Topic
from topics.changes.facts import partitions_of

if TYPE_CHECKING:
    from gateway.cluster import Cluster

FOREVER = -1


def risks(cluster: Cluster, topic: Topic, entries: Mapping[str, ConfigEntry], new: Mapping[str, str]) -> Iterator[str]:
    now = {name: entry.value for name, entry in entries.items()}
    deletes = "delete" in new.get("cleanup.policy", now.get("cleanup.policy") or "")
    if deletes and _less(new.get("retention.ms"), now.get("retention.ms")):
        yield _older(cluster, topic, int(new["retention.ms"]))
    if deletes and _less(new.get("retention.bytes"), now.get("retention.bytes")):
        yield _larger(cluster, topic, int(new["retention.bytes"]))
    policy, was = new.get("cleanup.policy"), now.get("cleanup.policy") or ""
    if policy and "compact" in policy and "compact" not in was:
        yield "Compaction keeps only the newest record of each key, and records without a key will be refused."
    if policy and "delete" in policy and "delete" not in was:
        yield "Records older than the retention time will be deleted from then on."
    if _less(new.get("max.message.bytes"), now.get("max.message.bytes")):
        yield f"Producers of batches over {bytes_said(int(new['max.message.bytes']))} will be refused."
    replicas = min((len(p.replicas) for p in topic.partitions), default=0)
    if (wanted := _int(new.get("min.insync.replicas"))) is not None and wanted > replicas:
        yield f"The topic has {count(replicas, 'replica')}: producers with acks=all could not write any more."
    if new.get("unclean.leader.election.enable") == "true":
        yield "A replica that is behind may become leader: acknowledged records can be lost."


def _less(new: str | None, now: str | None) -> bool:
    """-1 is for ever, so it is more than any number."""
    was, wanted = _int(now), _int(new)
    return wanted is not None and was is not None and wanted != FOREVER and (was == FOREVER or wanted < was)


def _int(text: str | None) -> int | None:
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None


def _older(cluster: Cluster, topic: Topic, retention_ms: int) -> str:
    tps = partitions_of(topic)
    kept = cluster.offsets.for_time(tps, int(time.time() * 1000) - retention_ms)
    starts, ends = cluster.offsets.starts(tps), cluster.offsets.ends(tps)
    gone, known = 0, 0
    for tp in tps:
        start, end, first = starts.get(tp), ends.get(tp), kept.get(tp)
        if isinstance(start, int) and isinstance(end, int) and (first is None or isinstance(first, int)):
            gone, known = gone + max(0, (end if first is None else first) - start), known + 1
    partial = "" if known == len(tps) else f" (counted on {known} of {len(tps)} partitions)"
    if not gone:
        return f"No record is older than {lasting(retention_ms)} now{partial}; from then on they go after that time."
    said = f"About {count(gone, 'record')} older than {lasting(retention_ms)} will be deleted{partial}"
    return f"{said}, as whole segments, within minutes."


def _larger(cluster: Cluster, topic: Topic, retention_bytes: int) -> str:
    bytes_of = sizes(cluster, [topic])
    if bytes_of is None:
        return "How much data is over the new size could not be learned."
    over = sum(max(0, size - retention_bytes) for size in bytes_of.values())
    said = (
        f"about {bytes_said(over)} will be deleted, as whole segments, within minutes"
        if over
        else "none of the data is over it now"
    )
    return f"Each partition keeps at most {bytes_said(retention_bytes)}: {said}."
