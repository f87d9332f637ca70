"""The same questions for brokers that do not know our versions of the messages (Kafka 2.4 to 3.7), by kafka-python's
own codec: as right, several times slower, one request a group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any
from uuid import UUID

from gateway.ask import Deadline, one, settle
from gateway.errors import KafkaFault, from_code
from gateway.facts import Broker, ClusterInfo, Committed, GroupListing, LogDir, Partition, Topic, TopicPartition
from gateway.messages.list_groups import listing
from gateway.messages.primitives import topic_id
from gateway.wire import Line

Metadata = tuple[ClusterInfo, dict[str, Topic], dict[str, int]]


def metadata(line: Line, client: Any, names: Iterable[str] | None, deadline: Deadline) -> Metadata:
    """As gateway.messages.metadata.response. Raises KafkaFault."""
    found = one(line.start(client, client._get_cluster_metadata, names), deadline)
    brokers = (Broker(b["node_id"], b["host"], b["port"], b.get("rack")) for b in found["brokers"])
    info = ClusterInfo(
        found.get("cluster_id") or "",
        found["controller_id"] if found["controller_id"] >= 0 else None,
        tuple(sorted(brokers, key=lambda broker: broker.id)),
    )
    bad = {t["name"]: t["error_code"] for t in found["topics"] if t["error_code"] and not t["partitions"]}
    return info, {t["name"]: _topic(t) for t in found["topics"] if t["name"] not in bad}, bad


def list_groups(line: Line, client: Any, nodes: Iterable[int]) -> dict[int, Future[tuple[int, list[GroupListing]]]]:
    """By broker, as gateway.messages.list_groups.response. Such brokers do not tell the kind of a group: classic."""

    async def ask(node: int) -> tuple[int, list[GroupListing]]:
        found = await client._async_list_groups([node])
        return 0, [
            listing(
                g["group_id"], g.get("group_type") or "classic", g.get("group_state") or "", g["protocol_type"], node
            )
            for g in found
        ]

    return {node: line.start(client, ask, node) for node in nodes}


def coordinators(line: Line, client: Any, groups: Iterable[str], deadline: Deadline) -> dict[str, int | KafkaFault]:
    cache = client._manager.cluster._coordinators  # it never forgets by itself, and we ask because ours moved
    for key in [key for key in cache if key[1] in set(groups)]:
        cache.pop(key, None)
    return settle({group: line.start(client, client._find_coordinator_id, group) for group in groups}, deadline)


def committed(
    line: Line, client: Any, coordinator_of: Mapping[str, int | KafkaFault], deadline: Deadline
) -> dict[str, dict[TopicPartition, Committed] | KafkaFault]:
    from kafka.protocol.consumer import OffsetFetchRequest

    def ask(group: str, node: int) -> Future[Any]:
        request = OffsetFetchRequest(group_id=group, topics=None, min_version=2, max_version=7)
        return line.send_object(client, request, node)

    nodes = coordinator_of.items()
    futures = {group: ask(group, node) for group, node in nodes if not isinstance(node, KafkaFault)}
    answers: dict[str, dict[TopicPartition, Committed] | KafkaFault] = {
        group: fault for group, fault in nodes if isinstance(fault, KafkaFault)
    }
    for group, outcome in settle(futures, deadline).items():
        if isinstance(outcome, KafkaFault):
            answers[group] = outcome
        else:
            answers[group] = from_code(outcome.error_code) if outcome.error_code else _committed(outcome)
    return answers


def _committed(answer: Any) -> dict[TopicPartition, Committed]:
    return {
        TopicPartition(topic.name, row.partition_index): Committed(
            row.committed_offset,
            row.committed_leader_epoch if row.committed_leader_epoch >= 0 else None,
            (row.metadata or "").rstrip("\0"),
        )
        for topic in answer.topics
        for row in topic.partitions
        if row.committed_offset >= 0 and not row.error_code
    }


def _topic(found: Mapping[str, Any]) -> Topic:
    partitions = (
        Partition(
            p["partition_index"],
            p["leader_id"] if p["leader_id"] >= 0 else None,
            tuple(p["replica_nodes"]),
            tuple(p["isr_nodes"]),
            p["leader_epoch"] if p.get("leader_epoch", -1) >= 0 else None,
        )
        for p in found["partitions"]
    )
    known = topic_id(UUID(str(found["topic_id"])).bytes) if found.get("topic_id") else None
    ordered = tuple(sorted(partitions, key=lambda partition: partition.id))
    return Topic(found["name"], known, bool(found["is_internal"]), ordered)


def log_dirs(line: Line, broker: int, deadline: Deadline) -> tuple[LogDir, ...]:
    """Raises KafkaFault."""
    from kafka.protocol.admin import DescribeLogDirsRequest

    answer = line.request(deadline, DescribeLogDirsRequest(topics=None), broker)
    if code := getattr(answer, "error_code", 0):
        raise from_code(code)
    return tuple(_log_dir(found.to_dict()) for found in answer.results)


def _log_dir(found: Mapping[str, Any]) -> LogDir:
    code, replicas = found["error_code"], {}
    for topic in found["topics"]:
        for p in topic["partitions"]:
            replicas[TopicPartition(topic["name"], p["partition_index"])] = p["partition_size"]
    total, usable = (size if (size := found.get(f"{which}_bytes", -1)) >= 0 else None for which in ("total", "usable"))
    return LogDir(found["log_dir"], str(from_code(code)) if code else None, replicas, total, usable)
