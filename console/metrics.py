"""Prometheus text, under the names that KMinion's users already graph, and a few of our own.

What is not known has no series: a lag of 0 is a promise, and an absent series can be alerted on. Written by hand, as
twenty thousand series pass through it at each scrape. The label `highwater_cluster` tells clusters apart: the plain
`cluster` and `cluster_id` are KMinion's, or whoever scrapes sets them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import redis
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from access.policy import allow, visible
from clusters.models import Cluster
from console.api.build import find_partition, position
from live import bus, snapshots
from live.shared import left
from live.snapshot import Snapshot

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "kminion_kafka_"
HELP = {
    "cluster_info": "Kafka cluster information",
    "broker_info": "Kafka broker information",
    "topic_info": "Info labels for a given topic",
    "topic_partition_high_water_mark": "End offset of a partition",
    "topic_partition_low_water_mark": "Start offset of a partition",
    "topic_high_water_mark_sum": "Sum of the end offsets of a topic's partitions",
    "topic_low_water_mark_sum": "Sum of the start offsets of a topic's partitions",
    "consumer_group_info": "1 when the group is stable, else 0",
    "consumer_group_members": "Members of a group",
    "consumer_group_topic_offset_sum": "Sum of a group's committed offsets on a topic",
    "consumer_group_topic_partition_lag": "Records a group has left to read on a partition",
    "consumer_group_topic_lag": "Records a group has left to read on a topic, where that is known for every partition",
}
GROUPS = {
    "highwater_group_verdict": "1 for each verdict that is true of a group now; main is true for the worst of them",
}
OURS = {
    "highwater_snapshot_age_seconds": "Age of what these metrics say of the cluster",
    "highwater_poll_seconds": "How long the newest poll of the cluster took",
    "highwater_poll_ok": "1 when the newest poll of the cluster worked, else 0",
    "highwater_follower_live": "1 while commits are seen as they happen, 0 while groups are only polled",
}

Sample = tuple[str, str, float]  # metric, labels, value
Seen = Callable[[str], bool]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    lines: dict[str, list[str]] = {PREFIX + name: [] for name in HELP} | {name: [] for name in (*GROUPS, *OURS)}
    for cluster in Cluster.objects.all():
        if not allow(request.user, "cluster.view", cluster):
            continue
        snapshot = snapshots.newest(cluster.pk)
        if snapshot is None:
            continue
        own = f'highwater_cluster="{escape(cluster.slug)}"'
        for name, labels, value in _own(snapshot, own):
            lines[name].append(f"{name}{{{labels}}} {value}")
        if snapshot.error is None:
            topics, groups = (visible(request.user, action, cluster) for action in ("topic.view", "group.view"))
            for name, labels, value in kafka(snapshot, own, topics, groups):
                lines[PREFIX + name].append(f"{PREFIX}{name}{{{labels}}} {value}")
            for name, labels, value in _verdicts(snapshot, own, groups):
                lines[name].append(f"{name}{{{labels}}} {value}")
    return HttpResponse(render(lines), content_type=CONTENT_TYPE)


def render(lines: dict[str, list[str]]) -> str:
    parts = []
    for name, samples in lines.items():
        if samples:
            meaning = (GROUPS | OURS).get(name) or HELP[name.removeprefix(PREFIX)]
            parts.append(f"# HELP {name} {meaning}\n# TYPE {name} gauge")
            parts.extend(samples)
    return "\n".join(parts) + "\n"


def kafka(snapshot: Snapshot, own: str, topics: Seen, groups: Seen) -> Iterator[Sample]:
    """KMinion's series without their prefix. `own` is the label of the cluster."""
    version = f'cluster_version="{escape(snapshot.kafka_version or "")}"'
    controller = "" if snapshot.controller is None else snapshot.controller
    cluster_id = f'cluster_id="{escape(snapshot.kafka_id or "")}"'
    info = f'{own},broker_count="{len(snapshot.brokers)}",{cluster_id},{version},controller_id="{controller}"'
    yield "cluster_info", info, 1
    for b in snapshot.brokers:
        where = f'address="{escape(b.host)}",broker_id="{b.id}",port="{b.port}",rack_id="{escape(b.rack or "")}"'
        yield "broker_info", f'{own},{where},is_controller="{str(b.id == snapshot.controller).lower()}"', 1
    yield from _topics(snapshot, own, topics)
    yield from _groups(snapshot, own, topics, groups)


def _topics(snapshot: Snapshot, own: str, seen: Seen) -> Iterator[Sample]:
    for topic in snapshot.topics.values():
        if not seen(topic.name):
            continue
        labels, parts = f'{own},topic_name="{escape(topic.name)}"', topic.partitions
        replication = max((len(p.replicas) for p in parts), default=0)
        counts = f'partition_count="{len(parts)}",replication_factor="{replication}"'
        yield "topic_info", f'{labels},{counts},cleanup_policy="{escape(topic.cleanup or "")}"', 1
        ends = [(p.id, p.end) for p in parts if p.end is not None]
        starts = [(p.id, p.start) for p in parts if p.start is not None]
        for name, marks in (("high_water_mark", ends), ("low_water_mark", starts)):
            for partition, mark in marks:
                yield f"topic_partition_{name}", f'{labels},partition_id="{partition}"', mark
            if len(marks) == len(parts):
                yield f"topic_{name}_sum", labels, sum(mark for _, mark in marks)


def _groups(snapshot: Snapshot, own: str, topics: Seen, groups: Seen) -> Iterator[Sample]:
    for group in snapshot.groups.values():
        if not groups(group.group):
            continue
        labels = f'{own},group_id="{escape(group.group)}"'
        protocol = f'protocol="{escape(group.assignor)}",protocol_type="{escape(group.protocol_type)}"'
        coordinator = "" if group.coordinator is None else group.coordinator
        state = f'state="{escape(group.state)}",coordinator_id="{coordinator}",kind="{escape(group.kind)}"'
        yield "consumer_group_info", f"{labels},{protocol},{state}", int(group.state.lower() == "stable")
        yield "consumer_group_members", labels, len(group.members)
        lags: dict[str, list[int | None]] = {}
        committed: dict[str, list[int | None]] = {}
        for offset in group.offsets:
            if topics(offset.topic):
                lag = position(offset, find_partition(snapshot, offset.topic, offset.partition)).lag
                lags.setdefault(offset.topic, []).append(lag)
                committed.setdefault(offset.topic, []).append(offset.committed)
                if lag is not None:
                    where = f'topic_name="{escape(offset.topic)}",partition_id="{offset.partition}"'
                    yield "consumer_group_topic_partition_lag", f"{labels},{where}", lag
        for share in group.shares:
            lag = left(share, find_partition(snapshot, share.topic, share.partition))
            if lag is not None and topics(share.topic):
                where = f'topic_name="{escape(share.topic)}",partition_id="{share.partition}"'
                yield "consumer_group_topic_partition_lag", f"{labels},{where}", lag
        for name, sums in (("topic_lag", lags), ("topic_offset_sum", committed)):
            for topic, values in sums.items():
                known = [value for value in values if value is not None]
                if len(known) == len(values):
                    yield f"consumer_group_{name}", f'{labels},topic_name="{escape(topic)}"', sum(known)


def _verdicts(snapshot: Snapshot, own: str, groups: Seen) -> Iterator[Sample]:
    for group in snapshot.groups.values():
        if groups(group.group):
            labels = f'{own},group_id="{escape(group.group)}"'
            yield "highwater_group_verdict", f'{labels},verdict="{group.verdict.code}",main="true"', 1
            for finding in group.verdict.also:
                yield "highwater_group_verdict", f'{labels},verdict="{finding.code}",main="false"', 1


def _own(snapshot: Snapshot, own: str) -> Iterator[Sample]:
    yield "highwater_snapshot_age_seconds", own, round(time.time() - (snapshot.good_at or snapshot.at) / 1000, 3)
    yield "highwater_poll_seconds", own, snapshot.took_ms / 1000
    yield "highwater_poll_ok", own, int(snapshot.error is None)
    state = _follower(snapshot.cluster)
    if state is not None:
        yield "highwater_follower_live", own, int(state.startswith(b"live"))


def _follower(cluster: int) -> bytes | None:
    """None when it cannot be known: Redis, through which it reports, does not answer."""
    try:
        return bus.client().get(bus.follower_key(cluster)) or b""
    except redis.RedisError:
        return None


def escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
