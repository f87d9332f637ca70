"""How many bytes partitions take, from the brokers that lead them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gateway.errors import KafkaFault
from gateway.facts import Topic, TopicPartition

if TYPE_CHECKING:
    from gateway.cluster import Cluster


def sizes(cluster: Cluster, topics: Iterable[Topic]) -> dict[TopicPartition, int] | None:
    """Bytes of each leader's replica. None when a partition has no leader or a broker did not tell."""
    led_by = {TopicPartition(topic.name, p.id): p.leader for topic in topics for p in topic.partitions}
    found: dict[TopicPartition, int] = {}
    for broker in set(led_by.values()):
        if broker is None:
            return None
        try:
            directories = cluster.brokers.log_dirs(broker)
        except KafkaFault:
            return None
        for directory in directories:
            found |= {tp: size for tp, size in directory.replicas.items() if led_by.get(tp) == broker}
    return found
