"""What an older broker does not understand is asked by kafka-python's codec: the answers are the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.facts import Committed, TopicPartition
from gateway.messages import find_coordinator, list_groups, log_dirs, metadata, offset_fetch
from gateway.wire import Line

TP = TopicPartition("contract-older", 1)
GROUPS = [f"contract-older-{n}" for n in range(12)]


@pytest.fixture
def cluster(bootstrap: str) -> Iterator[Cluster]:
    made = Cluster(ClusterConfig(bootstrap))
    made.mutate.create_topic(TP.topic, 2, 1)
    for n, group in enumerate(GROUPS):
        assert made.mutate.alter_offsets(group, {TP: n}) == {TP: None}
    yield made
    for group in GROUPS:
        made.mutate.delete_group(group)
    made.mutate.delete_topic(TP.topic)
    made.close()


def test_the_fallback_gives_the_same_answers(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> list[object]:
        listed, faults = cluster.groups.list()
        ours = {name: listed[name] for name in GROUPS}
        return [
            cluster.brokers.info(),
            cluster.topics.list()[TP.topic],
            (ours, faults),
            cluster.offsets.committed([*GROUPS, "contract-none"]),
            cluster.groups.describe(GROUPS),
            [
                (d.path, d.error, d.replicas[TP], d.total_bytes) for d in cluster.brokers.log_dirs(1)
            ],  # others come and go
        ]

    newest = ask()
    cluster.close()
    speaks = Line.speaks
    unknown = (find_coordinator, list_groups, log_dirs, metadata, offset_fetch)
    monkeypatch.setattr(Line, "speaks", lambda self, client, m: m not in unknown and speaks(self, client, m))
    assert ask() == newest


def test_many_blocks_in_flight_are_all_answered(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offset_fetch, "BLOCK", 1)
    found = cluster.offsets.committed(GROUPS)
    assert [found[group] for group in GROUPS] == [{TP: Committed(n)} for n in range(len(GROUPS))]


def test_a_coordinator_that_moved_is_looked_up_again(cluster: Cluster) -> None:
    cluster._clients.coordinators.learn(dict.fromkeys(GROUPS, 77))  # a broker that is not there
    cluster.offsets.committed(GROUPS)  # finds out
    assert len(cluster.offsets.committed(GROUPS)[GROUPS[3]]) == 1
