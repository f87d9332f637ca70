"""One endless read of a topic, shared by everybody who looks at the same query.

The thread polls for the first record, then takes all that is there: `consume` with a timeout waits the timeout out.
What a viewer cannot be sent is counted, never dropped unsaid. A tail that began in the past leaves its viewers to the
one at the end as soon as it gets there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from gateway.config import ClusterConfig
from gateway.errors import KafkaFault, from_kafka
from reader.astray import OUT_OF_RANGE, Astray
from reader.audience import Audience, Emit
from reader.columns import rows
from reader.consumer import layout, opened, watermarks
from reader.crumbs import Crumb
from reader.decode.decoder import decoder
from reader.errors import BadRequest
from reader.filters import Unanswered, predicate
from reader.held import Held
from reader.inspect import unreadable
from reader.query import Query
from reader.rows import offset_of, partition_of
from reader.sample import sampler
from reader.scan import UNREADABLE, Broken
from reader.viewer import Batch
from reader.watch import Watch

WAIT_MS = 100


class Tail:
    """The consumer belongs to this tail's own thread; `audience` is for everybody."""

    def __init__(
        self,
        query: Query,
        config: ClusterConfig,
        offsets: dict[int, int],
        emit: Emit,
        crumb: Crumb,
        has_room: Callable[[], bool],
        *,
        hold: bool = False,
        caught_up: Callable[[Tail], bool],
        moved: Callable[[Tail], None],
    ) -> None:
        """`caught_up`: all ends were reached, said until it gives True; `moved`: the successor may take over."""
        self.query, self.config, self.asked, self.crumb = query, config, offsets, crumb
        self.caught_up, self.moved = caught_up, moved
        self.unanswered = Unanswered()
        trees = decoder(query, config)
        self.samples = sampler(query.one_in)
        self.matches = predicate(query.filter, trees, self.unanswered)
        self.is_held = hold
        self.audience = (Held if hold else Audience)(emit, rows(query, trees), has_room)
        self.paused: set[int] = set()
        self.ends_reached: set[int] = set()
        self.astray = Astray(query.topic)
        self.let_go: set[int] = set()  # partitions with a batch that cannot be read
        self.is_at_end = self.is_settled = False
        self.successor: Tail | None = None
        self.border: dict[int, int] = {}  # from here on the successor reads
        self.new_partitions: tuple[int, ...] = ()
        audience = self.audience
        self.watch = Watch(config, query.topic, audience.notice, audience.end, self._grow)
        self.thread = threading.Thread(target=self._run, name=f"tail {query.topic}", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def leave_to(self, other: Tail) -> bool:
        """From our own thread, at the ends: read on up to where `other` is, then leave the viewers to it.

        False when it does not stand yet, or knows other partitions than we do.
        """
        if border := self.audience.announce(other.audience):
            self.border, self.successor = border, other
        return bool(border)

    def _run(self) -> None:
        try:
            with opened(self.config, wait_ms=WAIT_MS, committed=self.query.committed) as consumer:
                self._begin(consumer)
                self.watch.thread.start()
                while self.audience.ended is None:
                    self._turn(consumer)
        except (KafkaFault, KafkaException) as error:
            fault = from_kafka(error)
            self.audience.end(fault.code, str(fault))
        except BadRequest as bad:
            self.audience.end(bad.code, str(bad))
        finally:
            self.watch.stopped.set()
            self.crumb.end()

    def _begin(self, consumer: Consumer) -> None:
        found = layout(consumer, self.query.topic, self.query.partitions)
        bounds = watermarks(consumer, self.query.topic, found.readable)
        positions = {p: min(max(self.asked.get(p, high), low), high) for p, (low, high) in bounds.items()}
        self.crumb.at(self.query.topic, positions)
        consumer.assign([TopicPartition(self.query.topic, p, offset) for p, offset in positions.items()])
        self.audience.begin(positions)
        for p, offset in self.asked.items():
            if p in positions and offset < positions[p]:
                self._gap(p, offset, positions[p])

    def _turn(self, consumer: Consumer) -> None:
        if self.new_partitions:
            added, self.new_partitions = self.new_partitions, ()
            # Everything in a partition that came while we looked is new: from its first record.
            self.crumb.at(self.query.topic, self.audience.positions | dict.fromkeys(added, 0))
            consumer.incremental_assign([TopicPartition(self.query.topic, p, 0) for p in added])
        first = consumer.poll(self.audience.patience())
        if first is not None:
            self._take(consumer, [first, *consumer.consume(1000, 0)])
        if isinstance(self.audience, Held):
            self._pace(consumer, self.audience.full)
        positions = self.audience.positions
        self.is_at_end = self.is_at_end or self.ends_reached >= positions.keys()
        if self.is_at_end and not self.is_settled:
            self.is_settled = self.caught_up(self)
        if self.successor is not None and all(positions[p] >= at for p, at in self.border.items()):
            self.moved(self)
        else:
            self.audience.send(self.is_at_end)

    def _pace(self, consumer: Consumer, full: set[int]) -> None:
        if full != self.paused:
            consumer.pause([TopicPartition(self.query.topic, p) for p in full - self.paused])
            consumer.resume([TopicPartition(self.query.topic, p) for p in self.paused - full])
            self.paused = full

    def _take(self, consumer: Consumer, messages: list[Message]) -> None:
        records: list[Message] = []
        reached: dict[int, int] = {}
        for message in messages:
            if (error := message.error()) is None:
                partition, offset = partition_of(message), offset_of(message)
                border = self.border.get(partition, offset + 1)
                if offset < border:
                    records.append(message)
                reached[partition] = min(offset + 1, border)
            elif error.code() == KafkaError._PARTITION_EOF:
                # Also past what holds no records: markers of transactions, what compaction took.
                partition, offset = partition_of(message), offset_of(message)
                reached[partition] = min(offset, self.border.get(partition, offset))
                self.ends_reached.add(partition)
            else:
                self._trouble(consumer, message, error, reached)
        before = self.unanswered.count
        sampled = records if self.samples is None else list(filter(self.samples, records))
        matching = sampled if self.matches is None else list(filter(self.matches, sampled))
        unanswered, why = self.unanswered.count - before, self.unanswered.first
        self.crumb.reached(reached)
        self.audience.spread(Batch(records, sampled, matching, reached, unanswered, why))

    def _trouble(self, consumer: Consumer, message: Message, error: KafkaError, reached: Mapping[int, int]) -> None:
        """An error in place of a record, behind what was `reached` since the positions were told.

        Those about the way to the broker heal by themselves; the watch tells."""
        partition, code = message.partition(), error.code()
        if partition in self.let_go:  # what the client had queued of it
            return
        positions, notice = self.audience.positions, self.audience.notice
        if code in OUT_OF_RANGE and partition is not None:
            low, high = watermarks(consumer, self.query.topic, (partition,))[partition]
            was = max(reached.get(partition, 0), positions.get(partition, low))
            if was > high and not self.watch.is_same():
                return  # another topic by now: the watch ends this tail
            if low <= was <= high:
                if not self.astray.sent_back(consumer, partition, was):
                    self._unreadable(consumer, partition, error)
                return
            self._gap(partition, was, low)
            positions[partition] = low
            consumer.incremental_unassign([TopicPartition(self.query.topic, partition)])
            consumer.incremental_assign([TopicPartition(self.query.topic, partition, low)])
        elif code in UNREADABLE and partition is not None:
            self._unreadable(consumer, partition, error)
        elif code not in (KafkaError._UNKNOWN_PARTITION, KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART):
            fault = from_kafka(error)
            notice(fault.code, str(fault), partition)

    def _unreadable(self, consumer: Consumer, partition: int, error: KafkaError) -> None:
        """Kafka's client would try again for ever: the partition is let go, the others are read on."""
        offset = self.audience.positions.get(partition)
        if offset is None:
            return
        self.let_go.add(partition)
        consumer.incremental_unassign([TopicPartition(self.query.topic, partition)])
        self.ends_reached.add(partition)
        bad = unreadable(self.config, Broken(self.query.topic, partition, offset, error.str()))
        self.audience.notice("unreadable", str(bad), partition, offset, bad.batch)

    def _gap(self, partition: int, first: int, now: int) -> None:
        sentence = (
            f"Retention deleted offsets {first:,} to {now - 1:,} of partition {partition} before they could be read."
        )
        if now < first:
            sentence = f"Partition {partition} was cut back: it held offset {first:,}, now it begins at {now:,}."
        self.audience.notice("gap", sentence, partition, now)

    def _grow(self, partitions: tuple[int, ...]) -> None:
        if not self.query.partitions:
            self.new_partitions = partitions
            names = ", ".join(map(str, partitions))
            self.audience.notice("partitions", f"The topic has new partitions, tailed from their start: {names}.")
