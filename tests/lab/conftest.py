from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from access.models import Binding
from clusters.models import Cluster
from live import snapshots


@pytest.fixture
def cluster(transactional_db, bootstrap, monkeypatch) -> Cluster:
    """The real broker."""
    monkeypatch.setattr(snapshots, "newest", lambda pk: None)
    monkeypatch.setattr(snapshots, "redis_down", lambda: False)
    return Cluster.objects.create(name="real", bootstrap=bootstrap)


@pytest.fixture
def operator(cluster) -> User:
    user = User.objects.create(username="operator", email="operator@example.com")
    Binding.objects.create(user=user, role="operator", cluster=cluster)
    return user


@pytest.fixture
def signed_in(operator) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(operator)
    return client
