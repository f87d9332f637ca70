from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client

from access import tokens
from access.models import Binding
from clusters.models import Cluster
from live.snapshot import (
    BrokerState,
    GroupState,
    MemberState,
    OffsetState,
    PartitionState,
    Snapshot,
    TopicState,
    Verdict,
)

AT = 1_700_000_000_000
BEHIND = Verdict("falling_behind", "payments-0 is 6 behind.", "Look at it.", AT, "payments", 0, 4)


def a_partition(id: int = 0, start: int | None = 0, end: int | None = 10, **more: Any) -> PartitionState:
    return PartitionState(id, 1, (1,), (1,), start, end, **{"in_rate": 2.0, "size": 100} | more)


def a_topic(name: str, *partitions: PartitionState, **more: Any) -> TopicState:
    return TopicState(name, "id", False, partitions or (a_partition(),), **more)


def a_group(name: str, *offsets: OffsetState, **more: Any) -> GroupState:
    member = MemberState("m-1", "client", "/127.0.0.1", None, tuple((o.topic, (o.partition,)) for o in offsets))
    verdict = more.pop("verdict", Verdict("keeping_up", "It keeps up."))
    return GroupState(name, "classic", more.pop("state", "Stable"), "range", 1, (member,), offsets, verdict, **more)


def a_snapshot(topics: list[TopicState], groups: list[GroupState], **more: Any) -> Snapshot:
    brokers = (BrokerState(1, "localhost", 9092, None, 1, 1, 100),)
    named = {t.name: t for t in topics}, {g.group: g for g in groups}
    return Snapshot(0, "kafka-id", 1, AT, 12, 1, "4.3.1", brokers, *named, **more)


@pytest.fixture
def cluster(db) -> Cluster:
    return Cluster.objects.create(name="orders", bootstrap="127.0.0.1:1")


@pytest.fixture
def shown(cluster, monkeypatch):
    """Make a snapshot the newest one of the cluster."""

    def show(snapshot: Snapshot | None) -> None:
        ours = snapshot and msgspec.structs.replace(snapshot, cluster=cluster.pk)
        monkeypatch.setattr("live.snapshots.newest", lambda pk: ours if pk == cluster.pk else None)
        monkeypatch.setattr("live.snapshots.redis_down", lambda: False)

    show(None)
    return show


@pytest.fixture
def caller(cluster):
    """A client with a token of somebody who has this role on these names."""

    def make(role: str = "viewer", names: str = "*") -> Client:
        user = User.objects.create(username=f"{role}{User.objects.count()}@example.com")
        Binding.objects.create(user=user, role=role, cluster=cluster, names=names)
        return Client(headers={"authorization": f"Bearer {tokens.issue(user, 'test', 1)[1]}"})

    return make
