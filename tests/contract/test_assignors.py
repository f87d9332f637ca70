"""Our assignors against real groups: three members of each assignor on one broker, two of them there first."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer

from gateway.assignors import ASSIGNORS, in_order
from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.facts import Group, TopicPartition
from tests.contract.stages import eventually

TOPICS = {"a": range(7), "b": range(4)}
REAL = {  # the real thing -> ours
    ("classic", "range"): "range",
    ("classic", "roundrobin"): "roundrobin",
    ("classic", "cooperative-sticky"): "sticky",
    ("consumer", "range"): "range",
    ("consumer", "uniform"): "uniform",
}
SETTLED = 90.0  # seconds


class Crew:
    """The groups, one of each assignor, polled in turn by this thread."""

    def __init__(self, bootstrap: str) -> None:
        self.cluster, self._bootstrap = Cluster(ClusterConfig(bootstrap)), bootstrap
        self.prefix = f"assign-{uuid.uuid4().hex[:6]}"
        self._consumers: list[Consumer] = []
        for topic, partitions in TOPICS.items():
            self.cluster.mutate.create_topic(f"{self.prefix}-{topic}", len(partitions), 1)

    @property
    def topics(self) -> dict[str, range]:
        return {f"{self.prefix}-{topic}": partitions for topic, partitions in TOPICS.items()}

    def group(self, real: tuple[str, str]) -> str:
        return f"{self.prefix}-{'-'.join(real)}"

    def join(self, number: int, static: bool) -> None:
        for real in REAL:
            protocol, assignor = real
            config: dict[str, Any] = {"bootstrap.servers": self._bootstrap, "group.id": self.group(real)}
            config |= {"client.id": f"worker-{number}", "group.protocol": protocol, "log_level": 2}
            config |= {"enable.auto.commit": False}
            config["group.remote.assignor" if protocol == "consumer" else "partition.assignment.strategy"] = assignor
            if static:
                config["group.instance.id"] = f"instance-{number}"
            self._consumers.append(Consumer(config))
            self._consumers[-1].subscribe(list(self.topics))

    def settled(self, members: int) -> dict[tuple[str, str], Group]:
        """Each group as it is once all is handed out. As soon as it is so."""
        deadline = time.monotonic() + SETTLED
        while True:
            for consumer in self._consumers:
                consumer.poll(0)
            found = {real: self._now(self.group(real)) for real in REAL}
            if all(group and len(group.members) == members and len(group.owners()) == 11 for group in found.values()):
                return {real: group for real, group in found.items() if group}
            assert time.monotonic() < deadline, found
            time.sleep(0.05)

    def _now(self, group: str) -> Group | None:
        found = self.cluster.groups.describe([group])[group]
        return found if isinstance(found, Group) and found.state == "Stable" else None

    def close(self) -> None:
        for consumer in self._consumers:
            consumer.close()
        for topic in self.topics:
            self.cluster.mutate.delete_topic(topic)
        self.cluster.close()


@pytest.fixture(scope="module")
def assigned(bootstrap: str) -> Iterator[tuple[Crew, Any, Any]]:
    """(the crew, the groups of two members, the same when a third has joined)"""
    crew = Crew(bootstrap)
    eventually(lambda: set(crew.topics) <= set(crew.cluster.topics.list()))
    try:
        crew.join(1, static=False)
        crew.join(2, static=True)
        before = crew.settled(2)
        crew.join(3, static=False)
        yield crew, before, crew.settled(3)
    finally:
        crew.close()


def owned(group: Group) -> dict[str, list[TopicPartition]]:
    return {m.id: sorted(TopicPartition(t, p) for t, ids in m.assignment.items() for p in ids) for m in group.members}


def moved(before: dict[str, list[TopicPartition]], after: dict[str, list[TopicPartition]]) -> int:
    """How many partitions have another owner."""
    return sum(len(set(mine) - set(before.get(member, ()))) for member, mine in after.items())


@pytest.mark.parametrize("real", REAL, ids="-".join)
def test_it_hands_out_as_kafka_does(assigned: tuple[Crew, Any, Any], real: tuple[str, str]) -> None:
    crew, before, after = assigned
    now = owned(before[real])
    group = after[real]
    assert group.assignor == real[1]
    ours = ASSIGNORS[REAL[real]](in_order({m.id: m.instance_id for m in group.members}), crew.topics, now)
    theirs = owned(group)
    if REAL[real] in ("range", "roundrobin"):
        assert {member: sorted(mine) for member, mine in ours.items()} == theirs
    else:
        assert sorted(map(len, ours.values())) == sorted(map(len, theirs.values()))
        assert moved(now, ours) == moved(now, theirs)
