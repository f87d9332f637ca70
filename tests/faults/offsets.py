"""What groups have committed: put there before a test, and read from Kafka's own log after it."""

from __future__ import annotations

from collections import defaultdict

from confluent_kafka import Consumer, TopicPartition

from gateway.cluster import Cluster
from gateway.errors import KafkaFault
from gateway.facts import Outgoing
from gateway.facts import TopicPartition as Place
from gateway.offsets_log import OffsetCommitted, decode
from tests.faults.processes import until

LOG = "__consumer_offsets"


def a_topic(kafka: Cluster, name: str, records: int = 0) -> Place:
    """Its only partition."""

    def made() -> bool:
        try:
            kafka.mutate.create_topic(name, 1, 1, {})
        except KafkaFault as fault:
            return fault.code == "topic_exists"
        return True

    until(made, 30, f"{name} is made")
    for n in range(records):
        kafka.mutate.produce(Outgoing(name, None, b"record %d" % n, partition=0))
    return Place(name, 0)


def put(kafka: Cluster, group: str, place: Place, offset: int) -> None:
    def written() -> bool:
        try:
            return kafka.mutate.alter_offsets(group, {place: offset})[place] is None
        except KafkaFault:
            return False

    until(written, 30, f"{group} has committed")


def committed(kafka: Cluster, group: str, place: Place) -> int:
    def read() -> list[int]:
        answer = kafka.offsets.committed([group])[group]
        return [] if isinstance(answer, KafkaFault) else [answer[place].offset]

    return until(read, 30, f"the offsets of {group} can be read")[0]


def written(bootstrap: str) -> dict[str, list[int]]:
    """Every commit that the log holds, by group, in its order."""
    settings = {"bootstrap.servers": bootstrap, "group.id": "faults-audit", "enable.auto.commit": False}
    consumer = Consumer({**settings, "enable.partition.eof": True})
    found: dict[str, list[int]] = defaultdict(list)
    try:
        partitions = consumer.list_topics(LOG, timeout=20).topics[LOG].partitions
        consumer.assign([TopicPartition(LOG, p, 0) for p in partitions])
        ended = set[int | None]()
        while len(ended) < len(partitions):
            message = consumer.poll(20)
            assert message is not None, "the log cannot be read"
            if message.error() is not None:
                ended.add(message.partition())
                continue
            event = decode(message.key(), message.value())
            if isinstance(event, OffsetCommitted) and event.offset is not None:
                found[event.group].append(event.offset)
    finally:
        consumer.close()
    return found
