"""One endless read of a topic, shared by everybody who looks at the same query.

The thread polls for the first record, then takes all that is there: `consume` with a timeout waits the timeout out.
A frame goes to a viewer at most every 33 ms. What a viewer cannot be sent is counted, never dropped unsaid.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from gateway.config import ClusterConfig
from gateway.errors import KafkaFault, from_kafka
from reader.consumer import layout, opened, watermarks
from reader.decode.decoder import Decoder
from reader.errors import BadRequest
from reader.filters import Unanswered, predicate
from reader.protocol import Failed, Notice, Query, Reply, Started
from reader.rows import offset_of, partition_of
from reader.viewer import Viewer
from reader.watch import Watch

Emit = Callable[[Reply], None]
TICK = 0.033  # seconds between two frames
QUIET_TICK = 0.25  # the same, when there are counts and no rows
WAIT_MS = 100


class Tail:
    """Viewers come and go from other threads; the consumer belongs to this tail's own."""

    def __init__(self, query: Query, config: ClusterConfig, offsets: dict[int, int], emit: Emit) -> None:
        self.query, self.config, self.asked, self.emit = query, config, offsets, emit
        self.unanswered = Unanswered()
        self.matches = predicate(query.filter, Decoder(query.reading), self.unanswered)
        self.lock = threading.Lock()
        self.viewers: dict[int, Viewer] = {}
        self.positions: dict[int, int] = {}
        self.ended: Failed | None = None
        self.new_partitions: tuple[int, ...] = ()
        self.last_frame = 0.0
        self.watch = Watch(config, query.topic, self._notice, self._end, self._grow)
        self.thread = threading.Thread(target=self._run, name=f"tail {query.topic}", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def join(self, id: int, credit: int) -> bool:
        """False when the tail has ended meanwhile: start another."""
        with self.lock:
            if self.ended is not None:
                return False
            self.viewers[id] = Viewer(id, credit, self.positions)
            if self.positions:
                self.emit(Started(id, dict(self.positions)))
            return True

    def leave(self, id: int) -> bool:
        """True when nobody looks any more: then the tail ends."""
        with self.lock:
            self.viewers.pop(id, None)
            if not self.viewers and self.ended is None:
                self.ended = Failed(0, "left", "Nobody looks.")
            return self.ended is not None

    def credit(self, id: int, frames: int) -> None:
        with self.lock:
            if viewer := self.viewers.get(id):
                viewer.credit += frames

    def _run(self) -> None:
        try:
            with opened(self.config, wait_ms=WAIT_MS, committed=self.query.committed) as consumer:
                self._begin(consumer)
                self.watch.thread.start()
                while self.ended is None:
                    self._turn(consumer)
        except (KafkaFault, KafkaException) as error:
            fault = from_kafka(error)
            self._end(fault.code, str(fault))
        except BadRequest as bad:
            self._end(bad.code, str(bad))
        finally:
            self.watch.stopped.set()

    def _begin(self, consumer: Consumer) -> None:
        found = layout(consumer, self.query.topic, self.query.partitions)
        bounds = watermarks(consumer, self.query.topic, found.readable)
        positions = {p: min(max(self.asked.get(p, high), low), high) for p, (low, high) in bounds.items()}
        consumer.assign([TopicPartition(self.query.topic, p, offset) for p, offset in positions.items()])
        with self.lock:
            self.positions = positions
            for viewer in self.viewers.values():
                viewer.next = dict(positions)
                self.emit(Started(viewer.id, dict(positions)))
        for p, offset in self.asked.items():
            if p in positions and offset < positions[p]:
                self._gap(p, offset, positions[p])

    def _turn(self, consumer: Consumer) -> None:
        if self.new_partitions:
            added, self.new_partitions = self.new_partitions, ()
            # Everything in a partition that came while we looked is new: from its first record.
            consumer.incremental_assign([TopicPartition(self.query.topic, p, 0) for p in added])
        first = consumer.poll(self._patience())
        if first is not None:
            self._take(consumer, [first, *consumer.consume(1000, 0)])
        self._send()

    def _patience(self) -> float:
        with self.lock:
            due = any(v.seen and v.credit > 0 for v in self.viewers.values())
        return max(0.0, self.last_frame + TICK - time.monotonic()) if due else 0.1

    def _take(self, consumer: Consumer, batch: list[Message]) -> None:
        records: list[Message] = []
        for message in batch:
            if (error := message.error()) is None:
                records.append(message)
                self.positions[partition_of(message)] = offset_of(message) + 1
            elif error.code() != KafkaError._PARTITION_EOF:
                self._trouble(consumer, message, error)
        before = self.unanswered.count
        matching = records if self.matches is None else [m for m in records if self.matches(m)]
        with self.lock:
            for viewer in self.viewers.values():
                viewer.take(
                    len(records), matching, self.positions, self.unanswered.count - before, self.unanswered.first
                )

    def _send(self) -> None:
        now = time.monotonic()
        if now - self.last_frame < TICK:
            return
        with self.lock:
            for viewer in self.viewers.values():
                if (viewer.has_rows or now - self.last_frame >= QUIET_TICK) and (frame := viewer.frame()):
                    self.last_frame = now
                    self.emit(frame)

    def _trouble(self, consumer: Consumer, message: Message, error: KafkaError) -> None:
        """An error in place of a record. Those about the way to the broker heal by themselves; the watch tells."""
        partition, code = message.partition(), error.code()
        if code in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE) and partition is not None:
            low, high = watermarks(consumer, self.query.topic, (partition,))[partition]
            was = self.positions.get(partition, low)
            if was > high and not self.watch.is_same():
                return  # another topic by now: the watch ends this tail
            self._gap(partition, was, low)
            self.positions[partition] = low
            # `seek` refuses a partition that has failed; taking it away and giving it back does not.
            consumer.incremental_unassign([TopicPartition(self.query.topic, partition)])
            consumer.incremental_assign([TopicPartition(self.query.topic, partition, low)])
        elif code in (KafkaError._BAD_MSG, KafkaError._BAD_COMPRESSION, KafkaError._NOT_IMPLEMENTED):
            offset = self.positions.get(partition) if partition is not None else None
            where = f"partition {partition} at offset {offset:,}" if offset is not None else f"partition {partition}"
            self._notice("unreadable", f"The batch in {where} cannot be read: {error.str()}", partition, offset)
        elif code not in (KafkaError._UNKNOWN_PARTITION, KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART):
            fault = from_kafka(error)
            self._notice(fault.code, str(fault), partition)

    def _gap(self, partition: int, first: int, now: int) -> None:
        sentence = (
            f"Retention deleted offsets {first:,} to {now - 1:,} of partition {partition} before they could be read."
        )
        if now < first:
            sentence = f"Partition {partition} was cut back: it held offset {first:,}, now it begins at {now:,}."
        self._notice("gap", sentence, partition, now)

    def _grow(self, partitions: tuple[int, ...]) -> None:
        if not self.query.partitions:
            self.new_partitions = partitions
            names = ", ".join(map(str, partitions))
            self._notice("partitions", f"The topic has new partitions, tailed from their start: {names}.", None)

    def _notice(self, code: str, sentence: str, partition: int | None = None, offset: int | None = None) -> None:
        with self.lock:
            for id in self.viewers:
                self.emit(Notice(id, code, sentence, partition, offset))

    def _end(self, code: str, sentence: str) -> None:
        with self.lock:
            if self.ended is None:
                self.ended = Failed(0, code, sentence)
                for viewer in self.viewers.values():
                    if frame := viewer.frame():
                        self.emit(frame)
                    self.emit(Failed(viewer.id, code, sentence))
