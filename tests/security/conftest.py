from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from access.models import Binding
from clusters.models import Cluster
from gateway.errors import Unreachable
from live import reader_link
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

CANARY = "canary-6b1f3c0e-do-not-show"
NAME = "a-name"  # of the topic and of the group


@pytest.fixture
def cluster(db) -> Cluster:
    cluster = Cluster(name="orders", bootstrap="127.0.0.1:1", mechanism="PLAIN", username="console")
    cluster.set_secrets(password=CANARY, key_pem=CANARY)
    cluster.save()
    return cluster


@pytest.fixture(autouse=True)
def away(monkeypatch):
    """No broker and no reader: the walk is about who gets in, and it shows that no page needs Kafka to say so."""

    def unreachable(*args: object, **kwargs: object) -> None:
        raise Unreachable

    def unread(*args: object, **kwargs: object) -> None:
        raise reader_link.ReadFailed("unreachable", "No broker answered.")

    monkeypatch.setattr(Cluster, "gateway", unreachable)
    monkeypatch.setattr(reader_link, "call", unread)


@pytest.fixture
def snapshot(cluster, monkeypatch) -> Snapshot:
    part = PartitionState(0, 1, (1,), (1,), 0, 10, 1.0, 100)
    offset = OffsetState(NAME, 0, 4, 1_700_000_000_000, 1_700_000_000_000, 1.0)
    member = MemberState("m-1", "client", "/127.0.0.1", None, ((NAME, (0,)),))
    group = GroupState(
        NAME, "classic", "Stable", "range", 1, (member,), (offset,), Verdict("keeping_up", "It keeps up.")
    )
    snapshot = Snapshot(
        cluster.pk,
        "kafka-id",
        1,
        1_700_000_000_000,
        12,
        1,
        "4.3.1",
        (BrokerState(1, "localhost", 9092, None, 1, 1, 100),),
        {NAME: TopicState(NAME, None, False, (part,), 1000, -1, "delete")},
        {NAME: group},
    )
    monkeypatch.setattr("live.snapshots.newest", lambda pk: snapshot if pk == cluster.pk else None)
    monkeypatch.setattr("live.snapshots.redis_down", lambda: False)
    return snapshot


@pytest.fixture
def actor(cluster):
    """`actor("viewer")`; "nobody", "stranger" (admin of other names), "administrator" (no role on data), "all"."""

    def make(kind: str) -> User:
        user = User.objects.create(username=f"{kind}@example.com", email=f"{kind}@example.com")
        user.is_superuser = kind in ("administrator", "all")
        user.save()
        if kind in ("viewer", "operator", "admin"):
            Binding.objects.create(user=user, role=kind, cluster=cluster)
        elif kind == "stranger":
            Binding.objects.create(user=user, role="admin", cluster=cluster, names="other-*")
        elif kind == "all":
            Binding.objects.create(user=user, role="admin", cluster=cluster)
        return user

    return make
