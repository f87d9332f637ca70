from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from access.models import Binding
from clusters.models import Cluster
from live import snapshots
from tests.chromium import browser
from tests.reader.conftest import a_topic

__all__ = ["a_topic", "browser"]


@pytest.fixture
def cluster(transactional_db, bootstrap, monkeypatch) -> Cluster:
    """The real broker. Nothing was polled: these pages ask Kafka."""
    monkeypatch.setattr(snapshots, "newest", lambda pk: None)
    monkeypatch.setattr(snapshots, "redis_down", lambda: False)
    return Cluster.objects.create(name="real", bootstrap=bootstrap)


@pytest.fixture
def viewer(cluster) -> Client:
    client = Client(headers={"host": "localhost"})
    user = User.objects.create(username="viewer", email="viewer@example.com")
    Binding.objects.create(user=user, role="viewer", cluster=cluster, names="reader-*")
    client.force_login(user)
    return client
