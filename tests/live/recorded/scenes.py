"""What goes wrong with consumers, played by real ones on a real broker. Each scene is a topic, what is written to it,
and a group; it happens in one process of its own. Seconds are counted from the moment the recording begins.
"""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

SESSION_MS = 6000


@dataclass
class Stage:
    """One scene's clock, topic and group."""

    bootstrap: str
    name: str
    began: float
    until: float

    @property
    def at(self) -> float:
        return time.time() - self.began

    @property
    def over(self) -> bool:
        return self.at >= self.until

    def between(self, begin: float, end: float) -> bool:
        return begin <= self.at < end

    def consumer(self, client: str, **settings: object) -> Consumer:
        own = {"bootstrap.servers": self.bootstrap, "group.id": self.name, "client.id": client, "log_level": 2}
        rest = {"auto.offset.reset": "earliest", "auto.commit.interval.ms": 1000, "session.timeout.ms": SESSION_MS}
        found = Consumer({**own, **rest, "topic.metadata.refresh.interval.ms": 60_000, **settings})
        found.subscribe([self.name])
        return found

    def produce(self, rate: float, partition: Callable[[int], int] = lambda n: -1) -> None:
        """Until the scene is over; a topic that is away is waited for."""
        settings = {"message.timeout.ms": 3000, "allow.auto.create.topics": False, "log_level": 2}
        producer, sent = Producer({"bootstrap.servers": self.bootstrap, **settings}), 0
        while not self.over:
            while sent < self.at * rate:
                with suppress(KafkaException):
                    producer.produce(self.name, f"record {sent}".encode(), str(sent), partition(sent))
                sent += 1
            producer.poll(0.1)
        producer.flush(1)


def reads(
    stage: Stage, client: str, begin: float = 0.0, end: float = 1e9, pause: Callable[[], float] = lambda: 0.0
) -> None:
    """A usual consumer, `pause` seconds for a record."""
    while stage.at < begin:
        time.sleep(0.1)
    consumer = stage.consumer(client)
    while not stage.over and stage.at < end:
        for message in consumer.consume(20, 0.2):
            if message.error() is None and (wait := pause()):
                time.sleep(wait)
    consumer.close()


def batches(stage: Stage) -> None:
    """Commits every 20 s."""
    consumer, committed = stage.consumer("batch", **{"enable.auto.commit": False}), 0.0
    while not stage.over:
        consumer.consume(200, 0.2)
        if stage.at - committed > 20:
            committed = stage.at
            commit(consumer)
    consumer.close()


def slow(stage: Stage) -> None:
    """From 60 s to 180 s it reads four of ten records that arrive (30 a second), then as fast as it can."""
    reads(stage, "slow", pause=lambda: 1 / 12 if stage.between(60, 180) else 0.0)


def poison(stage: Stage) -> None:
    """From 60 s to 200 s it does not get past one record of partition 1, and goes on with the others."""
    consumer, done, stuck = stage.consumer("settler", **{"enable.auto.commit": False}), {}, None
    while not stage.over:
        for message in consumer.consume(50, 0.5):
            if message.error() is not None:
                continue
            if message.partition() == 1 and stage.between(60, 200):
                if stuck is None:
                    stuck = TopicPartition(stage.name, 1, message.offset())
                    consumer.pause([stuck])
                continue
            done[message.partition()] = message.offset() + 1
        if stuck is not None and stage.at >= 200:
            consumer.seek(stuck)
            consumer.resume([stuck])
            stuck = None
        if done:
            offsets = [TopicPartition(stage.name, p, offset) for p, offset in done.items()]
            consumer.commit(offsets=offsets, asynchronous=False)
            done = {}
    consumer.close()


def hangs(stage: Stage) -> None:
    """From 60 s to 180 s it stays a member and reads nothing."""
    consumer, paused = stage.consumer("hangs"), False
    while not stage.over:
        if stage.between(60, 180) != paused:
            paused = not paused
            (consumer.pause if paused else consumer.resume)(consumer.assignment())
        consumer.consume(50, 0.2)
    consumer.close()


def restarts(stage: Stage) -> None:
    """Deployed twice: away for 6 s each time."""
    for begin, end in ((0, 60), (66, 120), (126, 1e9)):
        reads(stage, f"deploy-{begin}", begin, end)


def away(stage: Stage) -> None:
    """Stopped from 60 s to 150 s."""
    for begin, end in ((0, 60), (150, 1e9)):
        reads(stage, f"away-{begin}", begin, end)


def killed(stage: Stage) -> None:
    """SIGKILL at 60 s, started anew at 150 s."""
    process = multiprocessing.get_context("spawn").Process
    for begin, end in ((0, 60), (150, 1e9)):
        while stage.at < begin:
            time.sleep(0.1)
        victim = process(target=reads, args=(stage, f"victim-{begin}"))
        victim.start()
        while not stage.over and stage.at < end:
            time.sleep(0.1)
        victim.kill()


def crashes(stage: Stage) -> None:
    """A member that comes every 20 s and dies before it has committed, from 60 s on."""
    reads(stage, "well", 0, 60)
    for n in itertools.count():
        while not stage.over and stage.at < 90 + 20 * n:
            time.sleep(0.1)
        if stage.over:
            return
        consumer = stage.consumer(f"crash-{n}", **{"enable.auto.commit": False})
        until = stage.at + 6
        while stage.at < until:
            consumer.consume(10, 0.2)
        consumer.close()


def storm(stage: Stage) -> None:
    """A member that joins and leaves every 20 s, from 60 s to 180 s, beside one that stays."""
    while stage.at < 60:
        time.sleep(0.1)
    while stage.between(60, 180):
        until = stage.at + 10
        consumer = stage.consumer("flutters")
        while stage.at < until:
            consumer.consume(10, 0.2)
        consumer.close()
        time.sleep(10)


def stays(stage: Stage) -> None:
    reads(stage, "stays")


def never_commits(stage: Stage) -> None:
    consumer = stage.consumer("mute", **{"enable.auto.commit": False})
    while not stage.over:
        consumer.consume(50, 0.2)
    consumer.close()


def committed_only(stage: Stage) -> None:
    consumer = stage.consumer("committed", **{"isolation.level": "read_committed"})
    while not stage.over:
        consumer.consume(100, 0.2)
    consumer.close()


def producer_of(stage: Stage, name: str) -> Producer:
    settings = {"bootstrap.servers": stage.bootstrap, "log_level": 2, "transaction.timeout.ms": 300_000}
    producer = Producer({**settings, "transactional.id": f"{stage.name}-{name}"})
    producer.init_transactions(30)
    return producer


def transact(stage: Stage, producer: Producer) -> None:
    """Five records on each of two partitions, committed."""
    producer.begin_transaction()
    for n in range(10):
        producer.produce(stage.name, b"x", partition=n % 2)
    producer.commit_transaction(10)
    time.sleep(0.5)


def transactions(stage: Stage) -> None:
    """Two a second on every partition; between 60 s and 160 s one stays open on partition 0 while others go on."""
    hangs, goes_on, held = producer_of(stage, "hangs"), producer_of(stage, "goes-on"), False
    while not stage.over:
        if stage.between(60, 160) != held:
            held = not held
            if held:
                hangs.begin_transaction()
                hangs.produce(stage.name, b"held", partition=0)
                hangs.flush(5)
            else:
                hangs.commit_transaction(10)
        transact(stage, goes_on)


def ended(stage: Stage) -> None:
    """Transactions until 60 s; then nothing, and an offset for the last marker of each partition is left."""
    producer = producer_of(stage, "ends")
    while stage.at < 60:
        transact(stage, producer)


def grows(stage: Stage) -> None:
    """Two partitions become four at 70 s; the consumer, which looks once a minute, hears of it at 120 s."""
    admin = AdminClient({"bootstrap.servers": stage.bootstrap, "log_level": 2})
    while stage.at < 70:
        time.sleep(0.1)
    admin.create_partitions([NewPartitions(stage.name, 4)])[stage.name].result(20)


def made_anew(stage: Stage) -> None:
    """Deleted at 60 s and made anew, with a consumer that stays."""
    admin = AdminClient({"bootstrap.servers": stage.bootstrap, "log_level": 2})
    while stage.at < 60:
        time.sleep(0.1)
    admin.delete_topics([stage.name])[stage.name].result(20)
    for _ in range(20):
        time.sleep(1)
        with suppress(KafkaException):  # it is still being deleted
            return create(admin, stage.name, 2, {})


def beyond(stage: Stage) -> None:
    """Somebody commits an offset that the log does not reach, at 60 s, with no consumer there."""
    from gateway.cluster import Cluster
    from gateway.config import ClusterConfig
    from gateway.facts import TopicPartition as Place

    reads(stage, "well", 0, 50)
    while stage.at < 60:
        time.sleep(0.1)
    Cluster(ClusterConfig(stage.bootstrap)).mutate.alter_offsets(stage.name, {Place(stage.name, 0): 999_999})


def commit(consumer: Consumer) -> None:
    try:
        consumer.commit(asynchronous=False)
    except KafkaException:  # nothing was read since the last one
        return


def create(admin: AdminClient, name: str, partitions: int, config: dict[str, str]) -> None:
    admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result(30)


@dataclass(frozen=True)
class Scene:
    plays: tuple[Callable[[Stage], None], ...]  # each in a thread of its own
    partitions: int = 2
    rate: float = 30.0  # records/s; 0: `plays` writes
    partition: Callable[[int], int] = lambda n: -1
    config: dict[str, str] = field(default_factory=dict)


def most_to_one(n: int) -> int:
    return n // 5 % 4 if n % 5 == 0 else 2


SCENES: dict[str, Scene] = {
    "batches": Scene((batches,), 3, 60.0),
    "slow": Scene((slow,), 3),
    "poison": Scene((poison,), 3),
    "hangs": Scene((hangs,)),
    "restarts": Scene((restarts,)),
    "away": Scene((away,)),
    "killed": Scene((killed,)),
    "crashes": Scene((crashes,)),
    "storm": Scene((stays, storm)),
    "mute": Scene((never_commits,)),
    "blocked": Scene((transactions, committed_only), rate=0.0),
    "ended": Scene((ended, committed_only), rate=0.0),
    "grows": Scene((grows, stays)),
    "made-anew": Scene((made_anew, stays)),
    "beyond": Scene((beyond,)),
    "expires": Scene(
        (lambda stage: reads(stage, "leaves", 0, 30),), config={"retention.ms": "120000", "segment.ms": "10000"}
    ),
    "spare": Scene((stays, lambda stage: reads(stage, "spare-1"), lambda stage: reads(stage, "spare-2"))),
    "skewed": Scene((stays,), 4, 40.0, most_to_one),
    "quiet": Scene((stays,), 2, 1 / 40),
}
