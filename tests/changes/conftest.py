"""A user who may do everything, a registered cluster on the real broker, topics and groups of this folder's own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client

from clusters.models import Cluster
from gateway.cluster import Cluster as Gateway
from gateway.errors import KafkaFault, UnknownTopic
from gateway.facts import Outgoing, TopicPartition
from tests.changes.oracle import Oracle
from tests.changes.people import a_user
from tests.servers import or_skip
from topics.changes.facts import until

Setup = Callable[..., str]


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """Doorbells are written down; a test rings `run.apply` itself, as a worker would."""
    rung: list[uuid.UUID] = []
    for place in ("changes.service.send", "changes.run.send", "changes.sweeping.send", "changes.armed.send"):
        monkeypatch.setattr(place, rung.append)
    return rung


@pytest.fixture
def rung(_no_queue: list[uuid.UUID]) -> list[uuid.UUID]:
    return _no_queue


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    return or_skip(lambda: Oracle.at(tmp_path_factory.mktemp("oracle")))


@pytest.fixture
def cluster(db: None, bootstrap: str) -> Cluster:
    return Cluster.objects.create(name=f"local-{uuid.uuid4().hex[:6]}", bootstrap=bootstrap)


@pytest.fixture
def user(cluster: Cluster) -> Any:
    return a_user(cluster, "admin")


@pytest.fixture
def gateway(cluster: Cluster) -> Gateway:
    return cluster.gateway()


@pytest.fixture
def a_topic(gateway: Gateway) -> Iterator[Setup]:
    made: list[str] = []

    def make(partitions: int = 2, records: int = 10, **config: str) -> str:
        """`records` in each partition, a second apart, the first at 1,700,000,000,000 ms."""
        name = f"changes-{uuid.uuid4().hex[:8]}"
        gateway.mutate.create_topic(name, partitions, 1, {"retention.ms": "-1", **config})
        made.append(name)
        assert until(lambda: _led(gateway, name), bool)
        for number in range(records):
            for partition in range(partitions):
                at = 1_700_000_000_000 + number * 1000
                gateway.mutate.produce(Outgoing(name, b"k", b"v%d" % number, partition=partition, timestamp=at))
        return name

    yield make
    for name in made:
        with suppress(KafkaFault):
            gateway.mutate.delete_topic(name)


def _led(gateway: Gateway, name: str) -> bool:
    """A topic made a moment ago is not known to every broker yet, or has no leaders."""
    try:
        return all(partition.leader is not None for partition in gateway.topics.describe(name).partitions)
    except UnknownTopic:
        return False


@pytest.fixture
def a_group(gateway: Gateway) -> Iterator[Setup]:
    made: list[str] = []

    def make(topic: str, *offsets: int | None) -> str:
        """A group that committed these offsets on partitions 0, 1, ...; None: nothing there."""
        name = f"changes-{uuid.uuid4().hex[:8]}"
        commits = {TopicPartition(topic, p): offset for p, offset in enumerate(offsets) if offset is not None}
        assert not any(gateway.mutate.alter_offsets(name, commits).values())
        made.append(name)
        return name

    yield make
    for name in made:
        with suppress(KafkaFault):
            gateway.mutate.delete_group(name)


@pytest.fixture
def committed(gateway: Gateway) -> Callable[[str], dict[int, int]]:
    def look(group: str) -> dict[int, int]:
        """Partition -> offset."""
        answer = gateway.offsets.committed([group])[group]
        assert isinstance(answer, dict), answer
        return {tp.partition: c.offset for tp, c in answer.items()}

    return look


@pytest.fixture
def topic(a_topic: Setup) -> str:
    return a_topic()


@pytest.fixture
def group(topic: str, a_group: Setup) -> str:
    return a_group(topic, 4, 6)


@pytest.fixture
def name(gateway: Gateway) -> Iterator[str]:
    """Of a group that is not there yet."""
    free = f"changes-{uuid.uuid4().hex[:8]}"
    yield free
    with suppress(KafkaFault):
        gateway.mutate.delete_group(free)


@pytest.fixture
def person(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client
