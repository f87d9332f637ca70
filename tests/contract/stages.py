"""Where the contract is played: a cluster, and consumers that join its groups."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.facts import Group
from tests.fake_cluster import FakeCluster

JOINED_WITHIN = 30.0  # seconds


class Stage(Protocol):
    name: str
    cluster: Any
    read_only: Any

    def member(self, group: str, topic: str, protocol: str) -> contextlib.AbstractContextManager[None]:
        """While it lasts, a consumer of that protocol (classic | consumer) is in the group and owns every partition."""


class RealStage:
    name = "real"

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self.cluster = Cluster(ClusterConfig(bootstrap))
        self.read_only = Cluster(ClusterConfig(bootstrap), read_only=True)

    @contextlib.contextmanager
    def member(self, group: str, topic: str, protocol: str) -> Iterator[None]:
        from confluent_kafka import Consumer

        consumer = Consumer(
            {"bootstrap.servers": self._bootstrap, "group.id": group, "group.protocol": protocol, "log_level": 2}
            | {"enable.auto.commit": False, "client.id": "contract"}
        )
        try:
            consumer.subscribe([topic])
            every = len(self.cluster.topics.describe(topic).partitions)
            eventually(lambda: _polled(consumer, every) and self._owns(group, every))
            yield
        finally:
            consumer.close()

    def _owns(self, group: str, every: int) -> bool:
        found = self.cluster.groups.describe([group])[group]
        return isinstance(found, Group) and found.state == "Stable" and len(found.owners()) == every


class FakeStage:
    name = "fake"

    def __init__(self) -> None:
        self.cluster = FakeCluster()
        self.read_only = FakeCluster(read_only=True)

    @contextlib.contextmanager
    def member(self, group: str, topic: str, protocol: str) -> Iterator[None]:
        self.cluster.joins(group, topic, protocol)
        yield
        self.cluster.leaves(group)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + JOINED_WITHIN
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def _polled(consumer: Any, every: int) -> bool:
    consumer.poll(0.1)
    return len(consumer.assignment()) == every
