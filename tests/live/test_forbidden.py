"""A user of Kafka who may look at everything and read nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AclOperation, AdminClient, NewTopic, ResourceType

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from history import memory
from live import bus
from live.follower import Follower
from live.poll import poll
from tests.live.conftest import until
from tests.locked import PASSWORD, USER, LockedKafka

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]
PK = 4_000_003


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Cluster]:
    """The cluster as the user reaches it; the group `readers` has committed 3 of 10 on `orders`."""
    server = LockedKafka(tmp_path / "kafka")
    admin = AdminClient({"bootstrap.servers": server.bootstrap})
    admin.create_topics([NewTopic("orders", 1, 1)])["orders"].result(30)
    consumer = Consumer({"bootstrap.servers": server.bootstrap, "group.id": "readers"})
    consumer.commit(offsets=[TopicPartition("orders", 0, 0)], asynchronous=False)
    consumer.close()
    server.allow(AclOperation.DESCRIBE, ResourceType.TOPIC, ResourceType.GROUP)
    config = ClusterConfig(server.signed_in, mechanism="PLAIN", username=USER, password=PASSWORD)
    cluster = Cluster(config)
    yield cluster
    cluster.close()
    server.kill()


def status() -> str:
    return (bus.client().get(bus.follower_key(PK)) or b"").decode()


def test_without_read_on_consumer_offsets_it_says_so_and_the_poll_knows_all(watcher):
    follower = Follower(PK, watcher, memory)
    bus.client().delete(bus.follower_key(PK))
    follower.start()
    told: set[str] = set()
    until(lambda: told.add(status()) or follower._failures >= 3)
    follower.stop()
    follower.join(15)
    (said,) = told - {""}
    assert said == "forbidden: reading __consumer_offsets is not allowed to the user Highwater signs in with"
    snapshot, _ = poll(None, watcher, PK, 1_790_000_000_000)
    assert snapshot.error is None
    assert snapshot.groups["readers"].lag == 0
