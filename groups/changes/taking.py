"""Taking single commits away, and what Kafka says to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import KafkaFault, UnknownGroup
from gateway.facts import TopicPartition

if TYPE_CHECKING:
    from gateway.cluster import Cluster


def take_away(cluster: Cluster, group: str, takes: list[TopicPartition]) -> dict[TopicPartition, KafkaFault | None]:
    """Per partition None or why not. What is not there is gone: the group too, with its last offset."""
    try:
        return cluster.mutate.delete_offsets(group, takes)
    except UnknownGroup:
        return dict.fromkeys(takes)
    except KafkaFault as fault:
        return dict.fromkeys(takes, fault)
