"""Three groups of real consumers, each a process of its own, in every trouble that consumers have, and what the console
made of it. What really happened is told by the consumers' own callbacks and by their own commits.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from confluent_kafka import Producer

from clusters.names import encode
from gateway.cluster import Cluster
from gateway.facts import TopicPartition
from tests.consumers import consumers
from tests.faults.cast import MORE, PARTITIONS, Cast
from tests.faults.console import CLUSTER, Console
from tests.faults.offsets import put
from tests.faults.plot import Told
from tests.faults.processes import until
from tests.servers import Kafka

CLASSIC = {"session_timeout_ms": 6000, "topic_metadata_refresh_interval_ms": 1000}
RANGE = CLASSIC | {"partition_assignment_strategy": "range"}
COOPERATIVE = CLASSIC | {"partition_assignment_strategy": "cooperative-sticky"}
CONSUMER = {"group_protocol": "consumer"}
PLACE = TopicPartition("faults-log", 0)
GROUPS = RANGE_GROUP, COOPERATIVE_GROUP, CONSUMER_GROUP = "drama-range", "drama-cooperative", "drama-consumer"
TROUBLES = [("joined", "A"), ("joined", "B"), ("joined", "C"), ("timed_out", "C"), ("timed_out", "B"), ("joined", "B")]


def classic(cast: Cast, settings: dict[str, object]) -> None:
    for n in range(3):
        cast.enters("ABC"[n], **settings)
        cast.share(*"ABC"[: n + 1])
    cast.is_killed("C")
    cast.share("A", "B")
    cast.freezes("B")
    cast.share("A")
    cast.thaws("B")
    cast.share("A", "B")
    cast.gets_poison("A")
    cast.grows()
    cast.share("A", "B", total=MORE)


def upgraded(cast: Cast) -> None:
    cast.enters("D", **CONSUMER)
    cast.share("A", "B", "D", total=MORE)
    cast.leaves("A")
    cast.share("B", "D", total=MORE)
    cast.leaves("B")
    cast.share("D", total=MORE)


def consumer(cast: Cast) -> None:
    """Kafka lets no session of this protocol be shorter than 45 s, so two of them run out at once."""
    for n in range(3):
        cast.enters("ABC"[n], **CONSUMER)
        cast.share(*"ABC"[: n + 1])
    cast.gets_poison("A")
    cast.is_killed("C")
    cast.freezes("B")
    cast.share("A")
    cast.thaws("B")
    cast.share("A", "B")
    cast.grows()
    cast.share("A", "B", total=MORE)


@pytest.mark.timeout(300)
def test_the_timeline_is_what_happened(console: Console, kafka: Cluster, broker: Kafka) -> None:
    def told(cast: Cast) -> Told:
        return Told.of(console.ask(f"/clusters/{CLUSTER}/groups/{cast.group}/timeline").json()["rebalances"])

    put(kafka, "drama-before", PLACE, 1)
    until(lambda: console.snapshot_of("drama-before"), 20, "a poll has seen it")
    with console.socket("/groups/drama-before/") as lanes:
        lanes.hear(lambda m: m["t"] == "full" and m["status"] == "live", 30)  # what is not followed is not exact
    with consumers(broker.bootstrap) as start, records(kafka) as stopped:
        casts = {group: Cast(broker.bootstrap, start, group) for group in GROUPS}
        eager, cooperative, newer = casts.values()
        with ThreadPoolExecutor(3) as stage:
            acts = [
                stage.submit(lambda: (classic(eager, RANGE), upgraded(eager))),
                stage.submit(classic, cooperative, COOPERATIVE),
                stage.submit(consumer, newer),
            ]
            for act in acts:
                act.result()
        whole = [*TROUBLES, ("joined", "D"), ("left", "A"), ("left", "B")]
        until(lambda: len(told(eager).came_and_went()) >= len(whole), 15, "all is told")
        assert told(eager).came_and_went() == whole
        assert told(cooperative).came_and_went() == TROUBLES
        assert sorted(told(newer).came_and_went()) == sorted(TROUBLES)
        assert {"partitions", "upgraded"} <= set(told(eager).codes)
        for cast in casts.values():
            assert "partitions" in told(cast).codes
            assert "deployed" not in told(cast).codes
            wrong = told(cast).wrong(cast)
            assert not wrong, "\n".join(wrong)
        for cast in casts.values():
            topic, partition, offset = cast.poison
            until(lambda cast=cast: verdict(console, cast.group)["code"] == "stalled", 60, f"{cast.group} is stalled")
            said = verdict(console, cast.group)["sentence"]
            assert said.startswith(f"{topic}-{partition} has not moved for ") and f"offset {offset:,}" in said
        stopped.set()
        for cast in casts.values():
            until(lambda cast=cast: committed(console, cast.group) == cast.committed(), 30, "their own commits")
            topic, partition, offset = cast.poison
            assert cast.committed()[topic, partition] == offset


def verdict(console: Console, group: str) -> dict[str, str]:
    return (console.snapshot_of(group) or {})["verdict"]


def committed(console: Console, group: str) -> dict[tuple[str, int], int]:
    rows = console.ask(f"/clusters/{CLUSTER}/groups/{encode(group)}").json()["partitions"]
    return {(row["topic"], row["partition"]): row["committed"] for row in rows if row["committed"] is not None}


@contextmanager
def records(kafka: Cluster) -> Iterator[threading.Event]:
    """The groups' topics, to which somebody writes until the event is set, ten records a second to each partition."""
    for topic in GROUPS:
        kafka.mutate.create_topic(topic, PARTITIONS, 1)
    producer, ended = Producer({"bootstrap.servers": kafka.config.bootstrap}), threading.Event()

    def write() -> None:
        while not ended.wait(0.1):
            for topic in GROUPS:
                for partition in range(PARTITIONS):
                    producer.produce(topic, b"fine", partition=partition)
            producer.poll(0)
        producer.flush(10)

    writing = threading.Thread(target=write, daemon=True)
    writing.start()
    try:
        yield ended
    finally:
        ended.set()
        writing.join(15)
