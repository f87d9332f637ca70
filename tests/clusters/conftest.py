from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client

from access.models import Binding
from clusters.models import Cluster
from live import snapshots
from live.snapshot import Snapshot


@pytest.fixture
def cluster(db) -> Cluster:
    return Cluster.objects.create(name="orders-eu", environment="production", bootstrap="127.0.0.1:1")


@pytest.fixture
def viewer(client: Client, cluster: Cluster) -> Client:
    return sign_in(client, "viewer", cluster)


@pytest.fixture
def admin(client: Client, cluster: Cluster) -> Client:
    return sign_in(client, "admin", cluster, is_superuser=True)


def sign_in(client: Client, role: str, cluster: Cluster | None, names: str = "*", **more: bool) -> Client:
    user = User.objects.create(username=f"{role}-{User.objects.count()}", email="you@example.com", **more)
    if cluster is not None:
        Binding.objects.create(user=user, role=role, cluster=cluster, names=names)
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def poller(monkeypatch) -> Callable[..., None]:
    """`poller(cluster, snapshot)`: what the last poll of a cluster found. Nothing was polled until it is called."""
    held: dict[int, Snapshot] = {}
    monkeypatch.setattr(snapshots, "newest", held.get)
    monkeypatch.setattr(snapshots, "redis_down", lambda: False)

    def found(cluster: Cluster, snapshot: Snapshot) -> None:
        held[cluster.pk] = msgspec.structs.replace(snapshot, cluster=cluster.pk)

    return found
