"""Consumers that wait for the next page: made once, used by one thread at a time, for one cluster's config each.

Measured: a consumer that is given other partitions while its Fetch is under way is answered no sooner than that one is,
so one is lent again only after it has rested longer than the broker may hold a Fetch. A TLS handshake makes new ones
dear; what failed once is never lent again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaException, TopicPartition

from gateway.closing import close_later
from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from reader.consumer import made

WAIT_MS = 10  # how long the broker may hold a Fetch that finds nothing
REST = 0.03  # seconds
KEPT = 4  # parked consumers of one kind
PARKED = 24  # of all kinds: each reserves some MB of our memory limit, used or not
IDLE = 60.0  # seconds after which one is closed
CLUSTERS = 32

Kind = tuple[str, bool, int]  # the config's fingerprint, committed records only, bytes of one partition in a Fetch


@dataclass(slots=True)
class _Parked:
    consumer: Consumer
    since: float = field(default_factory=time.monotonic)


class Pool:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parked: dict[Kind, list[_Parked]] = {}  # the longest parked first
        self._clusters: dict[str, Cluster] = {}
        self._sweeper: threading.Thread | None = None

    def cluster(self, config: ClusterConfig) -> Cluster:
        """For questions about the log; thread-safe."""
        with self._lock:
            found = self._clusters.pop(config.fingerprint, None) or Cluster(config, read_only=True)
            self._clusters[config.fingerprint] = found
            old = self._clusters.pop(next(iter(self._clusters))) if len(self._clusters) > CLUSTERS else None
        if old is not None:
            old.close()
        return found

    @contextmanager
    def borrowed(
        self, config: ClusterConfig, topic: str, *, committed: bool = False, each: int = 1024 * 1024
    ) -> Iterator[Consumer]:
        """One that knows the topic, for the calling thread. After an exception it is closed."""
        kind = (config.fingerprint, committed, each)
        consumer = self._rested(kind)
        if consumer is None:
            consumer = made(config, wait_ms=WAIT_MS, committed=committed, each=each)
            with suppress(KafkaException):  # brings up the connection in 3 ms; list_topics on a new client sleeps 50
                consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=1.0)
        try:
            with suppress(KafkaException):  # whatever is wrong is told by the reading itself
                consumer.list_topics(topic, timeout=2.0)
            yield consumer
            consumer.unassign()
        except BaseException:
            close_later(consumer)
            raise
        self._park(kind, consumer)

    @property
    def parked(self) -> int:
        with self._lock:
            return sum(map(len, self._parked.values()))

    def _rested(self, kind: Kind) -> Consumer | None:
        with self._lock:
            waiting = self._parked.get(kind, [])
            if waiting and time.monotonic() - waiting[0].since >= REST:
                return waiting.pop(0).consumer
        return None

    def _park(self, kind: Kind, consumer: Consumer) -> None:
        with self._lock:
            waiting = self._parked.setdefault(kind, [])
            waiting.append(_Parked(consumer))
            full = waiting if len(waiting) > KEPT else None
            if full is None and sum(map(len, self._parked.values())) > PARKED:
                full = min((one for one in self._parked.values() if one), key=lambda one: one[0].since)
            extra = full.pop(0).consumer if full else None
            if self._sweeper is None:
                self._sweeper = threading.Thread(target=self._sweep, name="parked consumers", daemon=True)
                self._sweeper.start()
        if extra is not None:
            close_later(extra)

    def _sweep(self) -> None:
        while True:
            time.sleep(IDLE / 4)
            for consumer in self.aged(time.monotonic() - IDLE):
                close_later(consumer)

    def aged(self, before: float) -> list[Consumer]:
        """Those parked before a moment of the monotonic clock; they are ours no more."""
        with self._lock:
            old = [p.consumer for waiting in self._parked.values() for p in waiting if p.since < before]
            kept = {kind: [p for p in waiting if p.since >= before] for kind, waiting in self._parked.items()}
            self._parked = {kind: waiting for kind, waiting in kept.items() if waiting}
        return old


pool = Pool()  # of this reader
