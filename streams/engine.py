"""How our programs run on Quix Streams.

Exactly-once: outputs, state changes and offsets are one transaction. A transactional id that stays the same lets a
restarted process fence its own dead transaction at once, where a random one would hold readers up for a minute.
"""

from __future__ import annotations

import argparse
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType
from quixstreams import Application
from quixstreams.dataframe import StreamingDataFrame
from quixstreams.kafka.configuration import ConnectionConfig
from quixstreams.models import Topic, TopicConfig
from quixstreams.models.serializers import Deserializer, JSONSerializer

from streams import connecting
from streams.reading import believed
from streams.written import LARGEST, SLACK

TICK_EVERY = 0.5  # seconds
REPLICAS = -1  # as many as the brokers keep by default (KIP-464)


class Same(Deserializer):  # type: ignore[misc] # the engine is not in the environment that is type-checked
    """One key for all records of a partition: state then belongs to the partition, and timers can see every user."""

    def __call__(self, value: bytes, ctx: Any) -> str:
        return "partition"


def arguments(program: str) -> argparse.ArgumentParser:
    parser = connecting.arguments(program)
    parser.add_argument(
        "--state", required=True, help="a folder for its state; it is rebuilt from Kafka when it is gone"
    )
    parser.add_argument("--partitions", type=int, default=6, help="of the topics it makes")
    return parser


def application(program: str, asked: argparse.Namespace) -> Application:
    logging.getLogger("quixstreams").setLevel(logging.WARNING)
    return Application(
        broker_address=ConnectionConfig.from_librdkafka_dict(connecting.reached(asked)),
        consumer_group=program,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=0.25,
        state_dir=Path(asked.state) / asked.instance,
        consumer_extra_config={
            "client.id": f"{program}-{asked.instance}",
            # A killed process is missed after 6 s, not after 45.
            "session.timeout.ms": 6_000,
            "heartbeat.interval.ms": 2_000,
            "fetch.queue.backoff.ms": 5,
        },
        producer_extra_config={
            "client.id": f"{program}-{asked.instance}",
            "transactional.id": f"{program}-{asked.instance}",
            "transaction.timeout.ms": 30_000,
            "linger.ms": 5,
            "message.max.bytes": LARGEST,
            "compression.type": "lz4",
        },
        consumer_poll_timeout=0.2,
        broker_availability_timeout=0,  # it waits for a broker as long as it takes
        loglevel="WARNING",
    )


def source(app: Application, name: str, partitions: int, key: str | Deserializer = "bytes") -> Topic:
    """What is read, as bytes. Made where nothing has written to it yet: by themselves brokers make one partition."""
    config = TopicConfig(partitions, REPLICAS)
    return app.topic(
        name,
        value_deserializer="bytes",
        key_deserializer=key,
        timestamp_extractor=_by_this_clock,
        config=config,
    )


def _by_this_clock(value: Any, headers: Any, timestamp: int, kind: Any) -> int:
    return believed(timestamp, int(time.time() * 1000))


def outputs(app: Application, partitions: int, *upserted: str, appended: Sequence[str] = ()) -> dict[str, Topic]:
    """Topics by name, for `produce`. Of each key of the upserted ones the newest record is what counts."""

    def made(name: str, config: TopicConfig) -> Topic:
        whole = JSONSerializer(dumps=lambda told: told["value"])
        return app.topic(name, key_serializer="str", key_deserializer="str", value_serializer=whole, config=config)

    return {name: made(name, upserts(partitions)) for name in upserted} | {
        name: made(name, TopicConfig(partitions, REPLICAS, extra_config={"max.message.bytes": str(LARGEST)}))
        for name in appended
    }


def room(app: Application, topic: str) -> int:
    """Bytes of a value that this topic takes; one that was there before us may take less than those that we make."""
    admin = AdminClient(app.config.broker_address.as_librdkafka_dict())
    (found,) = admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)], request_timeout=30).values()
    return min(LARGEST, int(found.result(30)["max.message.bytes"].value)) - SLACK


def produce(told: StreamingDataFrame, topics: dict[str, Topic]) -> None:
    """`told`: Told. One step for all topics: the engine copies a value for each branch of a stream.

    Headers of what was read are left behind: with them a small record may be too large to be written.
    """
    told = told.set_headers(lambda *_: [])
    told.to_topic(lambda one, *_: topics[one["to"]], key=lambda one: one["key"])


def repartitioned(group: str, source: str, by: str) -> str:
    """The topic that the engine would make to group `source` by another key."""
    return f"repartition__{group}--{source}--{by}"


def upserts(partitions: int) -> TopicConfig:
    """A topic in which the newest record of a key is what counts, for as long as brokers keep records by default: keys
    are minutes and carts, and there would be more and more of them."""
    return TopicConfig(partitions, REPLICAS, extra_config={"cleanup.policy": "compact,delete"})


def tick(client: dict[str, str], topic: str, record: Callable[[], bytes]) -> None:
    """Tell every partition now and then that time passes, so that what waits in a quiet one is seen to."""

    def run() -> None:
        name = f"ticks-{os.getpid()}"
        producer = Producer(client | {"client.id": name, "enable.idempotence": "true"})
        while True:
            time.sleep(TICK_EVERY)
            known = producer.list_topics(topic, timeout=5).topics[topic].partitions
            for partition in known:
                producer.produce(topic, record(), key=b"tick", partition=partition)
            producer.poll(0)

    threading.Thread(target=keep, args=(run,), name="ticks", daemon=True).start()


def keep(run: Callable[[], None]) -> None:
    """A broker that is away for a while ends no thread."""
    while True:
        try:
            run()
        except (KafkaException, BufferError, KeyError) as error:  # away, full, or the topic is not there yet
            print(f"ticks: {error}", flush=True)
            time.sleep(TICK_EVERY)
