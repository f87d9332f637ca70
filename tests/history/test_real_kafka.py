"""With a real broker: what is read is what was produced and committed, poll by poll."""

from __future__ import annotations

import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from clusters.models import Cluster as Watched
from clusters.tasks import poll_and_publish
from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from history import journal, read
from history.levels import FINE
from history.read import What
from history.work import work_up
from live import bus, snapshots
from live.poll import poll
from tests.history.polls import a_poll

pytestmark = pytest.mark.django_db
GROUP, TOPIC = "history-reader", "history-topic"


def test_what_is_read_is_what_was_committed(bootstrap):
    """Twenty polls, faster than in production; between two of them records arrive and offsets move, back as well."""
    gateway = Cluster(ClusterConfig(bootstrap))
    gateway.mutate.create_topic(TOPIC, 2, 1, {})
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": GROUP, "enable.auto.commit": False})
    producer, previous, truth = Producer({"bootstrap.servers": bootstrap}), None, []
    steps = [(n * 7 % 5, n if n != 12 else 3) for n in range(1, 21)]  # records, offset; at the 12th a step back
    end = 0
    for records, offset in steps:
        for n in range(records + 20 * (end == 0)):
            producer.produce(TOPIC, f"{n}".encode(), partition=0)
        end += records + 20 * (end == 0)
        producer.flush(10)
        consumer.commit(offsets=[TopicPartition(TOPIC, 0, offset)], asynchronous=False)
        snapshot, _ = poll(previous, gateway, 1, int(time.time() * 1000))
        journal.record(previous, snapshot)
        truth.append((snapshot.at, end - offset, offset, end))
        previous = snapshot
    consumer.close()

    def found() -> list[tuple[int | None, ...]]:
        samples = read.samples(1, What(GROUP, TOPIC, 0), truth[0][0], truth[-1][0], FINE)
        return list(zip(samples.t, samples.lag, samples.committed, samples.end, strict=True))

    assert found() == truth
    work_up(1, truth[-1][0] + 600_000)
    assert found() == truth
    samples = read.samples(1, What(GROUP), truth[0][0], truth[-1][0], FINE)
    assert samples.lag == [lag for _, lag, _, _ in truth]


@pytest.mark.django_db(transaction=True)
def test_the_first_poll_after_a_restart_goes_on_with_the_lag_of_the_hour_before(bootstrap, monkeypatch):
    cluster, other = (Watched.objects.create(name=name, bootstrap=bootstrap) for name in ("restarted", "new"))
    gateway = Cluster(ClusterConfig(bootstrap))
    gateway.mutate.create_topic("history-restart", 1, 1, {})
    gateway.mutate.alter_offsets("history-restarted", {("history-restart", 0): 0})
    now, before = int(time.time() * 1000), None
    for minutes, lag in ((3, 7), (2, 5)):
        past = a_poll(
            now - minutes * 60_000, {("t", 0): (10, 0)}, {"history-restarted": {("t", 0): 10 - lag}}, cluster.pk
        )
        journal.record(before, past)
        before = past
    monkeypatch.setattr(snapshots, "newest", lambda pk: None)
    monkeypatch.setattr(snapshots, "publish", lambda snapshot: True)
    monkeypatch.setattr(bus, "followed", lambda pk: True)
    trend = poll_and_publish(cluster).groups["history-restarted"].trend
    assert (*trend[:3], trend[-1]) == (7, 5, None, 0)
    assert poll_and_publish(other).groups["history-restarted"].trend == (0,)
