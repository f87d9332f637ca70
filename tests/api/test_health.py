from __future__ import annotations

import time

import msgspec
import pytest
from django.db import DatabaseError

from access.models import Binding
from tests.api.conftest import a_snapshot


def test_live_needs_nothing(client, monkeypatch):
    monkeypatch.setattr("console.health.connection", None)
    assert client.get("/health/live").json() == {"status": "ok"}


def test_ready_tells_strangers_no_more_than_whether(client, shown):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": "ok"})


def test_ready_is_503_without_the_database(client, db, monkeypatch):
    class Gone:
        def cursor(self):
            raise DatabaseError("gone")

    monkeypatch.setattr("console.health.connection", Gone())
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")


@pytest.fixture
def viewer(client, cluster, django_user_model):
    user = django_user_model.objects.create(username="v")
    Binding.objects.create(user=user, role="viewer", cluster=cluster)
    client.force_login(user)
    return client


def test_ready_gives_those_who_signed_in_the_age_of_each_cluster(viewer, shown):
    shown(msgspec.structs.replace(a_snapshot([], []), at=int(time.time() * 1000) - 4000))
    answer = viewer.get("/health/ready").json()
    assert answer["status"] == "ok"
    assert 4 <= answer["clusters"][0]["snapshot_age_s"] < 60


def test_ready_is_degraded_and_still_200_when_a_cluster_is_down(viewer, shown):
    shown(a_snapshot([], [], error="No broker answered."))
    answer = viewer.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["clusters"][0]["problem"] == "No broker answered."
