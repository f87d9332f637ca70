"""Many records to Kafka by one idempotent producer of their own, and an exact count of what was acknowledged.

The broker keeps, for each producer and partition, the number of the last record it has taken. With the producer's id
that is a count which nobody else's records can blur, and which outlives this process: `Transactions.written_by`.
librdkafka tells its id only in its statistics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.ask import Deadline
from gateway.closing import close_later
from gateway.config import ClusterConfig
from gateway.errors import KafkaFault, TimedOut, Unreachable, from_kafka
from gateway.facts import Outgoing, TopicPartition

#: A record that was not acknowledged for so long is given up, in ms. A frozen process that wakes up later than that
#: sends nothing of what it still held.
GIVE_UP_MS = 20_000
LARGEST = 17 * 1024 * 1024  # bytes of a request: the broker's own limit is what decides
QUEUE_KB = 32 * 1024
QUEUE_RECORDS = 20_000


class _Eos(msgspec.Struct):
    producer_id: int = -1
    producer_epoch: int = -1


class _Statistics(msgspec.Struct):
    eos: _Eos = msgspec.field(default_factory=_Eos)


@dataclass(slots=True)
class Written:
    """What was acknowledged in one partition."""

    count: int
    first: int
    last: int


class Writer:
    """For one thread. `written`: by partition; `refused`: records that are certainly not there; `unsure`: may be."""

    def __init__(self, config: ClusterConfig, deadline: Deadline) -> None:
        """Raises KafkaFault when Kafka gives no producer id in time."""
        from confluent_kafka import Producer

        self.written: dict[TopicPartition, Written] = {}
        self.refused = self.unsure = 0
        self.why: KafkaFault | None = None  # the first record that was not taken
        self.torn: TopicPartition | None = None  # its offsets went back: it is another log by now
        self.producer_id = self.epoch = -1
        self.epochs = 0
        self._producer: Any = Producer(
            config.for_confluent()
            | {
                "allow.auto.create.topics": False,
                "acks": "all",
                "enable.idempotence": True,
                "partitioner": "murmur2_random",  # as the Java client: a key lands where its fellows are
                "compression.type": "lz4",
                "linger.ms": 5,
                "message.timeout.ms": GIVE_UP_MS,
                # What a deleted topic did not take waits so long before it is tried on what has its name by then.
                "retry.backoff.ms": 1000,
                "message.max.bytes": LARGEST,
                "queue.buffering.max.kbytes": QUEUE_KB,
                "queue.buffering.max.messages": QUEUE_RECORDS,
                "statistics.interval.ms": 100,
                "stats_cb": self._identify,
            }
        )
        while self.producer_id < 0:
            if self.why is not None or deadline.left() <= 0:
                self.close()
                raise self.why or TimedOut("Kafka gave no producer id in time.")
            self.settle(0.02)

    @property
    def acknowledged(self) -> int:
        return sum(part.count for part in self.written.values())

    @property
    def under_way(self) -> int:
        """Handed over and not settled."""
        return len(self._producer)

    def write(self, record: Outgoing) -> bool:
        """False when the queue is full: `settle` and try again. Raises KafkaFault for a record that can't be sent."""
        where = {} if record.partition is None else {"partition": record.partition}
        when = {} if record.timestamp is None else {"timestamp": record.timestamp}
        try:
            self._producer.produce(
                record.topic,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                on_delivery=self._settled,
                **where,
                **when,
            )
        except BufferError:
            return False
        except Exception as failure:
            raise from_kafka(failure) from None
        return True

    def settle(self, seconds: float = 0.0) -> None:
        """Hear what was acknowledged, waiting at most so long. That Kafka takes nothing more is `why`, too."""
        try:
            self._producer.poll(seconds)
        except Exception as fatal:
            self.why = self.why or from_kafka(fatal)

    def give_up(self, *, under_way: bool) -> None:
        """What was not sent is dropped, and counted as refused. `under_way`: what was sent is not waited for either,
        and counted as unsure."""
        self._producer.purge(in_queue=True, in_flight=under_way, blocking=False)
        self._producer.poll(0.1)
        if under_way:
            self.unsure += len(self._producer)

    def close(self) -> None:
        """What is under way is no longer heard of."""
        close_later(self._producer)
        self._producer = None  # it calls us, and we held it: together we would wait for the garbage collector

    def _settled(self, error: Any, message: Any) -> None:
        if error is not None:
            fault = from_kafka(error)
            purged = error.name() == "_PURGE_QUEUE"
            # A timeout may mean "never sent" as well; the broker's own count tells.
            if not purged and (error.name() == "_PURGE_INFLIGHT" or isinstance(fault, TimedOut | Unreachable)):
                self.unsure += 1
            else:
                self.refused += 1
            if self.why is None and not error.name().startswith("_PURGE"):
                self.why = fault
            return
        tp, offset = TopicPartition(message.topic(), message.partition()), message.offset()
        part = self.written.get(tp)
        if part is None:
            self.written[tp] = Written(1, offset, offset)
            return
        if offset <= part.last:
            self.torn = tp
        part.count += 1
        part.last = offset

    def _identify(self, statistics: str) -> None:
        eos = msgspec.json.decode(statistics, type=_Statistics).eos
        if (eos.producer_id, eos.producer_epoch) != (self.producer_id, self.epoch) and eos.producer_id >= 0:
            self.producer_id, self.epoch = eos.producer_id, eos.producer_epoch
            self.epochs += 1
