"""Snapshots with defaults, for tests that say only what matters to them."""

from __future__ import annotations

import time
from typing import Any

from live.snapshot import BrokerState, GroupState, PartitionState, Snapshot, TopicState, Verdict


def now_ms() -> int:
    return int(time.time() * 1000)


def a_partition(id: int = 0, **known: Any) -> PartitionState:
    facts: dict[str, Any] = {"leader": 1, "replicas": (1, 2), "isr": (1, 2), "start": 0, "end": 10, "size": 100}
    return PartitionState(id, **(facts | {"in_rate": 1.0} | known))


def a_topic(name: str = "orders", *partitions: PartitionState, **known: Any) -> TopicState:
    facts: dict[str, Any] = {
        "id": None,
        "internal": False,
        "retention_ms": 1000,
        "retention_bytes": -1,
        "cleanup": "delete",
    }
    return TopicState(name, partitions=partitions or (a_partition(),), **(facts | known))


def a_group(group: str = "readers", code: str = "keeping_up", sentence: str = "keeps up", **known: Any) -> GroupState:
    facts: dict[str, Any] = {"kind": "classic", "state": "Stable", "assignor": "range", "coordinator": 1}
    facts |= {"members": (), "offsets": (), "verdict": Verdict(code, sentence)}
    return GroupState(group, **(facts | known))


def a_broker(id: int = 1, **known: Any) -> BrokerState:
    facts: dict[str, Any] = {"host": "kafka", "port": 9092, "rack": None, "leaders": 3, "replicas": 6, "size": 2048}
    return BrokerState(id, **(facts | known))


def a_snapshot(*parts: TopicState | GroupState | BrokerState, cluster: int = 1, **known: Any) -> Snapshot:
    """`a_snapshot(a_topic("orders"), a_group("readers"), at=...)`; one broker unless brokers are given."""
    facts: dict[str, Any] = {
        "kafka_id": "id",
        "version": 1,
        "at": now_ms(),
        "took_ms": 5,
        "controller": 1,
        "kafka_version": "4.3",
    }
    return Snapshot(
        cluster,
        brokers=tuple(p for p in parts if isinstance(p, BrokerState)) or (a_broker(),),
        topics={p.name: p for p in parts if isinstance(p, TopicState)},
        groups={p.group: p for p in parts if isinstance(p, GroupState)},
        **(facts | known),
    )
