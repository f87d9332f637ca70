from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from access.models import Binding
from clusters.models import Cluster
from lab.producers.faults import service, sweeping
from live import snapshots


@pytest.fixture
def cluster(transactional_db, monkeypatch) -> Cluster:
    """Nobody listens there: a fault touches no cluster."""
    monkeypatch.setattr(snapshots, "newest", lambda pk: None)
    monkeypatch.setattr(snapshots, "redis_down", lambda: False)
    return Cluster.objects.create(name="real", bootstrap="127.0.0.1:1", environment="production")


@pytest.fixture
def operator(cluster) -> User:
    user = User.objects.create(username="operator", email="operator@example.com")
    Binding.objects.create(user=user, role="operator", cluster=cluster, names="*")
    return user


@pytest.fixture
def signed_in(operator) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(operator)
    return client


@pytest.fixture(autouse=True)
def rung(monkeypatch) -> list:
    """Doorbells are written down; a test is the worker itself."""
    rung: list = []
    monkeypatch.setattr(service, "send", rung.append)
    monkeypatch.setattr(sweeping, "send", rung.append)
    return rung
