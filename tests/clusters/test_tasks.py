"""Ticks and polls, with a real redis for the locks."""

from __future__ import annotations

import gc
import logging
import time

import pytest
from django.test import override_settings
from kombu.exceptions import OperationalError

from clusters import tasks
from clusters.models import Cluster
from console.beat import app
from history.models import Journal
from live import bus
from tests.fake_cluster import FakeCluster

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_url")]


@pytest.fixture
def other(cluster) -> Cluster:
    return Cluster.objects.create(name="orders-us", bootstrap="127.0.0.1:1")


@pytest.fixture
def polled(monkeypatch) -> list[str]:
    """Names of clusters as they are polled."""
    names: list[str] = []
    monkeypatch.setattr(tasks, "poll_and_publish", lambda cluster: names.append(cluster.name))
    return names


def test_a_tick_during_a_poll_does_not_poll_again(cluster, polled, monkeypatch):
    def slow(found: Cluster) -> None:
        polled.append(found.name)
        tasks.poll_cluster(found.pk)

    monkeypatch.setattr(tasks, "poll_and_publish", slow)
    tasks.poll_cluster(cluster.pk)
    assert polled == ["orders-eu"]


def test_nor_during_one_that_takes_longer_than_its_lock(cluster, polled, monkeypatch):
    monkeypatch.setattr(tasks, "LOCKED", 0.3)

    def slow(found: Cluster) -> None:
        polled.append(found.name)
        if len(polled) == 1:
            time.sleep(1)
            tasks.poll_cluster(found.pk)

    monkeypatch.setattr(tasks, "poll_and_publish", slow)
    tasks.poll_cluster(cluster.pk)
    assert polled == ["orders-eu"]


def test_a_poll_that_hangs_holds_up_no_other_cluster(cluster, other, polled, monkeypatch):
    def hangs(found: Cluster) -> None:
        polled.append(found.name)
        if found == cluster:
            tasks.poll_cluster(other.pk)

    monkeypatch.setattr(tasks, "poll_and_publish", hangs)
    tasks.poll_cluster(cluster.pk)
    assert polled == ["orders-eu", "orders-us"]


def test_a_poll_that_fails_gives_its_turn_back(cluster, polled, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(tasks, "poll_and_publish", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tasks.poll_cluster(cluster.pk)
    tasks.poll_cluster(cluster.pk)
    assert polled == ["orders-eu"]


def test_the_turn_of_a_worker_that_died_is_void_after_a_while(cluster, polled, monkeypatch):
    monkeypatch.setattr(tasks, "LOCKED", 0.2)
    monkeypatch.setattr(tasks, "_release", lambda _: None)
    tasks.poll_cluster(cluster.pk)
    tasks.poll_cluster(cluster.pk)
    assert len(polled) == 1
    while bus.client().exists(f"hw:polling:{cluster.pk}"):
        time.sleep(0.02)
    tasks.poll_cluster(cluster.pk)
    assert len(polled) == 2


def test_a_cluster_that_was_removed_is_not_polled(cluster, polled):
    pk = cluster.pk
    cluster.delete()
    tasks.poll_cluster(pk)
    assert polled == []


def test_each_cluster_has_a_task_that_is_dropped_when_the_next_is_due(cluster, other, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.poll_cluster, "apply_async", lambda args, **options: sent.append((*args, options)))
    tasks.poll_all()
    assert sent == [(pk, {"expires": tasks.PERIOD}) for pk in (cluster.pk, other.pk)]


def test_nothing_that_is_sent_by_the_clock_outlives_its_period():
    for entry in app.conf.beat_schedule.values():
        every = entry["schedule"]
        assert entry["options"]["expires"] <= (every if isinstance(every, float) else 86_400)  # by the clock: nightly


def one_line(caplog: pytest.LogCaptureFixture) -> str:
    (record,) = [r for r in caplog.records if r.name == tasks.log.name]
    assert record.levelno == logging.WARNING
    assert record.exc_info is None
    assert "\n" not in record.getMessage()
    return record.getMessage()


def test_without_redis_a_poll_is_one_line_in_the_log(cluster, polled, caplog):
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        tasks.poll_cluster(cluster.pk)
    assert polled == []
    assert "redis does not answer" in one_line(caplog)


def test_without_a_queue_a_tick_is_one_line_in_the_log(cluster, caplog, monkeypatch):
    def down(*_, **__) -> None:
        raise OperationalError("Error 111 connecting")

    monkeypatch.setattr(tasks.poll_cluster, "apply_async", down)
    tasks.poll_all()
    assert "the queue is down" in one_line(caplog)


@pytest.fixture
def found(cluster, monkeypatch) -> FakeCluster:
    monkeypatch.setattr(Cluster, "gateway", lambda _: FakeCluster())
    monkeypatch.setattr(tasks.snapshots, "publish", lambda _: True)
    return cluster


def test_the_first_poll_writes_down_which_cluster_it_is(found):
    assert tasks.poll_and_publish(found).problems == ()
    found.refresh_from_db()
    assert found.kafka_id == "fake"


def test_another_cluster_behind_the_same_address_is_said(found):
    found.kafka_id = "registered"
    found.save()
    (problem,) = tasks.poll_and_publish(found).problems
    assert problem.startswith("This is not the cluster that was registered: its id was registered and is fake now.")
    found.refresh_from_db()
    assert found.kafka_id == "registered"


def test_what_a_poll_found_is_kept(found):
    tasks.poll_and_publish(found)
    assert Journal.objects.filter(cluster=found.pk).count() == 1


def test_history_is_worked_up_by_one_at_a_time(cluster, monkeypatch):
    worked = []

    def slow(pk: int, now: int, still: object) -> None:
        worked.append(pk)
        tasks.work_up_history()

    monkeypatch.setattr(tasks.work, "work_up", slow)
    tasks.work_up_history()
    tasks.work_up_history()
    assert worked == [cluster.pk, cluster.pk]


def test_who_works_history_up_for_long_keeps_its_turn(cluster, monkeypatch):
    left = []

    def slow(pk, now, still):
        bus.client().pexpire("hw:history", 5_000)
        still()
        left.append(bus.client().pttl("hw:history"))

    monkeypatch.setattr(tasks.work, "work_up", slow)
    tasks.work_up_history()
    assert left[0] > 500_000


def test_without_redis_history_waits(cluster, caplog):
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        tasks.work_up_history()
    assert "redis does not answer" in one_line(caplog)


def test_the_garbage_collector_rests_during_a_poll_and_is_back_after_one_that_fails(cluster, monkeypatch):
    seen = []

    def fails(*_):
        seen.append(gc.isenabled())
        raise ZeroDivisionError

    monkeypatch.setattr(tasks, "poll", fails)
    with pytest.raises(ZeroDivisionError):
        tasks.poll_and_publish(cluster)
    assert (seen, gc.isenabled()) == ([False], True)
