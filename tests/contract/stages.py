"""Where the contract is played: a cluster, and consumers that join its groups."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.facts import Group, Outgoing, TopicPartition
from tests.fake_cluster import FakeCluster

JOINED_WITHIN = 30.0  # seconds


class Stage(Protocol):
    name: str
    brokers: tuple[int, ...]  # their ids
    cluster: Any
    read_only: Any

    def member(
        self, group: str, topic: str, protocol: str, instance: str | None = None
    ) -> contextlib.AbstractContextManager[None]:
        """While it lasts, a consumer of that protocol (classic | consumer | share) is in the group and owns every
        partition. Its rack is r1, where its protocol tells one. A share group has begun to read: each partition got a
        record."""

    def transaction(self, tp: TopicPartition) -> contextlib.AbstractContextManager[str]:
        """While it lasts, a transaction of one record is open on the partition; gives its transactional id. Then it is
        committed."""

    def program(self, group: str, tp: TopicPartition) -> str:
        """A program that reads the topic of `tp` as `group` has written one record there, exactly once; its
        transactional id."""

    def producer(self, tp: TopicPartition) -> None:
        """An idempotent producer without a transactional id has written one record."""


class RealStage:
    name = "real"

    def __init__(self, bootstrap: str, config: ClusterConfig | None = None) -> None:
        """`bootstrap` for the consumers that join, `config` for the cluster under test where that is reached
        otherwise."""
        self.bootstrap = bootstrap
        self.brokers = tuple(range(1, 1 + bootstrap.count(":")))
        self.cluster = Cluster(config or ClusterConfig(bootstrap))
        self.read_only = Cluster(config or ClusterConfig(bootstrap), read_only=True)

    @contextlib.contextmanager
    def member(self, group: str, topic: str, protocol: str, instance: str | None = None) -> Iterator[None]:
        from confluent_kafka import Consumer, ShareConsumer

        config = {"bootstrap.servers": self.bootstrap, "group.id": group, "client.id": "contract", "log_level": 2}
        every = len(self.cluster.topics.describe(topic).partitions)
        consumer: Any
        if protocol == "share":
            self._from_the_start(group, topic, every)
            consumer, polled = ShareConsumer(config), lambda: _given(consumer) and self._begun(group, every)
        else:
            own = {"group.protocol": protocol, "enable.auto.commit": False, "client.rack": "r1"}
            own |= {"group.instance.id": instance} if instance else {}
            consumer, polled = Consumer(config | own), lambda: _polled(consumer, every)
        try:
            consumer.subscribe([topic])
            eventually(lambda: polled() and self._owns(group, every))
            yield
        finally:
            consumer.close()

    @contextlib.contextmanager
    def transaction(self, tp: TopicPartition) -> Iterator[str]:
        from confluent_kafka import Producer

        name = f"contract-{uuid.uuid4().hex[:8]}"
        producer = Producer({"bootstrap.servers": self.bootstrap, "transactional.id": name, "log_level": 2})
        producer.init_transactions(JOINED_WITHIN)
        producer.begin_transaction()
        producer.produce(tp.topic, b"held", partition=tp.partition)
        producer.flush(JOINED_WITHIN)
        yield name
        producer.commit_transaction(JOINED_WITHIN)

    def program(self, group: str, tp: TopicPartition) -> str:
        from confluent_kafka import Consumer, Producer
        from confluent_kafka import TopicPartition as Place

        name, at = f"contract-{uuid.uuid4().hex[:8]}", {"bootstrap.servers": self.bootstrap, "log_level": 2}
        consumer, producer = Consumer(at | {"group.id": group}), Producer(at | {"transactional.id": name})
        producer.init_transactions(JOINED_WITHIN)
        producer.begin_transaction()
        producer.produce(tp.topic, b"v", partition=tp.partition)
        producer.send_offsets_to_transaction([Place(*tp, 0)], consumer.consumer_group_metadata())
        producer.commit_transaction(JOINED_WITHIN)
        consumer.close()
        return name

    def producer(self, tp: TopicPartition) -> None:
        from confluent_kafka import Producer

        producer = Producer({"bootstrap.servers": self.bootstrap, "enable.idempotence": True, "log_level": 2})
        producer.produce(tp.topic, b"v", partition=tp.partition)
        producer.flush(JOINED_WITHIN)

    def _from_the_start(self, group: str, topic: str, every: int) -> None:
        from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

        entry = ConfigEntry("share.auto.offset.reset", "earliest", incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.GROUP, group, incremental_configs=[entry])
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        admin.incremental_alter_configs([resource])[resource].result(10)
        for partition in range(every):
            self.cluster.mutate.produce(Outgoing(topic, None, b"v", partition=partition))

    def _begun(self, group: str, every: int) -> bool:
        found = self.cluster.offsets.shared([group])[group]
        return isinstance(found, dict) and len(found) == every

    def _owns(self, group: str, every: int) -> bool:
        found = self.cluster.groups.describe([group])[group]
        return isinstance(found, Group) and found.state == "Stable" and len(found.owners()) == every


class FakeStage:
    name = "fake"
    brokers = (1,)

    def __init__(self) -> None:
        self.cluster = FakeCluster()
        self.read_only = FakeCluster(read_only=True)

    @contextlib.contextmanager
    def member(self, group: str, topic: str, protocol: str, instance: str | None = None) -> Iterator[None]:
        self.cluster.joins(group, topic, protocol, instance)
        yield
        self.cluster.leaves(group)

    @contextlib.contextmanager
    def transaction(self, tp: TopicPartition) -> Iterator[str]:
        self.cluster.begins(tp, "contract-fake", round(time.time() * 1000))
        yield "contract-fake"
        self.cluster.ends(tp)

    def program(self, group: str, tp: TopicPartition) -> str:
        self.cluster.writes(tp, 2, round(time.time() * 1000), "contract-program", group)
        return "contract-program"

    def producer(self, tp: TopicPartition) -> None:
        self.cluster.writes(tp, 3, round(time.time() * 1000))


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + JOINED_WITHIN
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def _given(consumer: Any) -> bool:
    """Polled once. What it is given counts as accepted with the next poll."""
    return consumer.poll(0.2) is not None


def _polled(consumer: Any, every: int) -> bool:
    consumer.poll(0.1)
    return len(consumer.assignment()) == every
