"""Follows `__consumer_offsets` of one cluster from its end: tells redis of commits, the newest of each partition, and
memory of rebalances and of offsets that went back.

What was before is the poll's business: nothing is replayed. What is lost on the way the next poll heals.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time

import redis
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from django.db import DatabaseError, close_old_connections

from gateway.closing import close_later
from gateway.cluster import Cluster
from gateway.errors import KafkaFault, NotAuthorized, UnknownTopic
from gateway.facts import TopicPartition as Place
from gateway.offsets_log import TOPIC
from live import bus
from live.hearing import Hearing
from live.held import Held
from live.memory import Memory
from live.models import Lease

log = logging.getLogger(__name__)

TICK = 0.05  # seconds between two frames
MANY = 20  # records at once
BREATH = 0.02  # seconds after that many, at most: at 40,000 commits a second each group's would wake it up by itself
QUIET = 0.2  # seconds that it waits for a record when there is nothing to tell
BEAT = 2.0  # seconds between two renewals of lease and status
HELD_EVERY = 10.0  # seconds between two looks for open transactions
STATUS_S = 10  # seconds after which a status that nobody renews is gone
REASON_S = 30  # the same for why it does not follow: longer than a pause and the next attempt together
PROVEN = 1.0  # seconds without an error after which reading is allowed: a refusal comes with the first fetch
BACKOFF = (0.5, 1.0, 2.0, 5.0, 10.0)
SETTINGS = {
    "group.id": "highwater-follower",  # a name the client insists on: it assigns, and neither joins nor commits
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "latest",
    "isolation.level": "read_committed",
    "allow.auto.create.topics": False,
    "fetch.queue.backoff.ms": 5,
    "fetch.min.bytes": 65_536,  # a busy log comes in a few large answers, at half the price of many small ones;
    "fetch.wait.max.ms": 25,  # a lone commit waits so long for more
    "queued.min.messages": 20_000,
    "queued.max.messages.kbytes": 16_384,
}
FORBIDDEN = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED)


class Follower(threading.Thread):
    """One cluster, one thread, one consumer that belongs to it. Ends only when `stop` is called."""

    def __init__(self, pk: int, cluster: Cluster, memory: Memory) -> None:
        super().__init__(name=f"follower-{pk}", daemon=True)
        self.pk, self.cluster, self._memory = pk, cluster, memory
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        self._lease = f"follower:{pk}"
        self._stopping = threading.Event()
        self._down = threading.Event()  # the client lost every broker
        self._failures = 0  # since it last followed

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                if not self._leads():
                    self._stopping.wait(BEAT)
                    continue
                self._follow()
            except Exception as error:
                pause = BACKOFF[min(self._failures, len(BACKOFF) - 1)]
                self._failures += 1
                self._say_why(error)
                self._stopping.wait(pause)
        self._give_back()

    def _follow(self) -> None:
        hearing = Hearing(self.pk, self.cluster, self._memory, lambda: {p.partition: p.offset for p in self._ends()})
        consumer = Consumer({**self.cluster.config.for_confluent(), **SETTINGS, "error_cb": self._on_error})
        try:
            ends = self._ends()
            consumer.assign(ends)  # first: what is written while groups are described is heard afterwards
            hearing.rebalancing.begin()
            self._loop(consumer, hearing, Held(self.cluster, [end.partition for end in ends]))
        finally:
            close_later(consumer)

    def _ends(self) -> list[TopicPartition]:
        """Absolute offsets: a consumer that is asked for "the end" needs half a second to find it."""
        ids = [p.id for p in self.cluster.topics.describe(TOPIC).partitions]
        ends = self.cluster.offsets.ends([Place(TOPIC, p) for p in ids])
        for end in ends.values():
            if isinstance(end, KafkaFault):
                raise end
        return [TopicPartition(tp.topic, tp.partition, end) for tp, end in ends.items()]

    def _loop(self, consumer: Consumer, hearing: Hearing, held: Held) -> None:
        told, beat, said, looked, begun, waiting = 0.0, 0.0, 0.0, 0.0, time.monotonic(), ""
        while not self._stopping.is_set():
            now = time.monotonic()
            if now - beat >= BEAT:
                if not self._leads():
                    return  # somebody else took over
                self._check(consumer)
                hearing.tell_who_rebalances()
                beat = now
            if now - looked >= HELD_EVERY:
                waiting, looked = held.look(hearing.rebalancing.groups), now
            if now - begun >= PROVEN and now - said >= BEAT:
                self._status(f"live: {waiting}" if waiting else "live")
                self._failures = 0
                said = now
            if hearing.news and now - told >= TICK:
                told = told + TICK if now - told < 2 * TICK else now  # twenty a second, and not nineteen
                hearing.tell()
            hearing.rebalancing.tick()
            first = consumer.poll(max(0.01, told + TICK - now) if hearing.news else QUIET)
            if first is not None:
                batch = [first, *consumer.consume(5000, 0)]
                hearing.take(batch, _refused)
                if len(batch) > MANY:
                    time.sleep(max(0.005, min(BREATH, told + TICK - time.monotonic())))

    def _check(self, consumer: Consumer) -> None:
        """After the client said that all brokers are gone: whether one answers again."""
        if self._down.is_set():
            consumer.get_watermark_offsets(TopicPartition(TOPIC, 0), timeout=1.0)
            self._down.clear()

    def _on_error(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            self._down.set()

    def _leads(self) -> bool:
        close_old_connections()
        return Lease.take(self._lease, self._holder) is not None

    def _give_back(self) -> None:
        try:
            Lease.give_back(self._lease, self._holder)
        except DatabaseError:
            log.info("The lease %s ends by itself in a few seconds.", self._lease)
        finally:
            close_old_connections()

    def _say_why(self, error: Exception) -> None:
        if isinstance(error, NotAuthorized):
            self._status(f"forbidden: reading {TOPIC} is not allowed to the user Highwater signs in with")
        elif isinstance(error, UnknownTopic):
            self._status("waiting: no group has committed anything on this cluster yet")
        elif isinstance(error, (KafkaFault, KafkaException)):
            why = error.args[0].str() if isinstance(error, KafkaException) else str(error)
            log.warning("Cluster %d: following stopped, trying again. %s", self.pk, why)
            self._status(f"unreachable: {why}")
        else:
            log.exception("Cluster %d: following failed, trying again.", self.pk, exc_info=error)
            self._status("failed: the follower met an error and starts again")

    def _status(self, text: str) -> None:
        try:
            bus.client().set(bus.follower_key(self.pk), text, ex=STATUS_S if text.startswith("live") else REASON_S)
        except redis.RedisError:
            return  # without redis nobody could read it either


def _refused(error: KafkaError) -> None:
    if error.code() in FORBIDDEN:
        raise NotAuthorized()
    if error.fatal() or error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        raise KafkaException(error)
