from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from access.models import Binding
from clusters.models import Cluster
from lab.consumers import service


@pytest.fixture
def cluster(transactional_db, bootstrap) -> Cluster:
    return Cluster.objects.create(name="real", bootstrap=bootstrap)


@pytest.fixture
def operator(cluster) -> User:
    user = User.objects.create(username="operator", email="operator@example.com")
    Binding.objects.create(user=user, role="operator", cluster=cluster, names="*")
    return user


@pytest.fixture(autouse=True)
def rung(monkeypatch) -> list:
    """Doorbells are written down; a test is the worker itself."""
    rung: list = []
    monkeypatch.setattr(service, "send", rung.append)
    return rung
