"""A search: every record of given spans is read, those that match are handed out, and what could not be read is said.

Batches of a thousand, one look over all of one (`reader.screen`), and positions from librdkafka itself: nothing is made
for a record that does not match. It ends at the ends it was given, never because a poll came back empty.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec
from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from gateway.config import ClusterConfig
from gateway.errors import NotAuthorized, TimedOut, from_kafka
from reader.astray import OUT_OF_RANGE, Astray
from reader.columns import KEPT, columns
from reader.consumer import layout, opened, watermarks
from reader.decode.decoder import decoder
from reader.errors import BadRequest
from reader.filters import Unanswered, predicate
from reader.inspect import unreadable
from reader.replies import Done, Found, Notice, Reply
from reader.requests import Search
from reader.rows import kept, offset_of, partition_of
from reader.scan import UNREADABLE, Broken, Budget, Cancelled
from reader.screen import ERROR, joined, screen
from reader.shown import Kept
from reader.subject import Subject
from reader.watch import Watch

BATCH = 1000  # records
WAIT_MS = 10
EVERY = 0.2  # seconds between two Found
FULL = 1024 * 1024  # characters of finds after which a Found does not wait
LARGE = 16 * FULL  # of finds in one batch, after which the others are cut at SHORT: a message has an end
SHORT = 1024  # bytes
BRIEF = 128  # characters of a column then
CHECKED = 100  # records, of which an expression may take milliseconds each, between two looks at whether to stop
SILENCE = (
    10.0  # seconds without a word after which it is asked who leads; and again, for how long Kafka may stay silent
)


def search(request: Search, config: ClusterConfig, emit: Callable[[Reply], None], budget: Budget) -> None:
    """Raises KafkaFault, BadRequest, Cancelled."""
    budget.credit.release(request.credit)
    _Searching(request, config, emit, budget).run()


class _Searching:
    def __init__(self, request: Search, config: ClusterConfig, emit: Callable[[Reply], None], budget: Budget) -> None:
        self.request, self.config, self.emit, self.budget = request, config, emit, budget
        self.topic = request.query.topic
        self.decoder, self.unanswered = decoder(request.query, config), Unanswered()
        self.matches = predicate(request.query.filter, self.decoder, self.unanswered)
        self.beside, self.briefly = (columns(request.query.columns, limit) for limit in (KEPT, BRIEF))
        self.screen = screen(request.query.filter, self.decoder, self.unanswered)
        self.astray = Astray(self.topic)
        self.open = {p: end for p, (start, end) in request.spans.items() if start < end}
        self.next = {p: start for p, (start, _) in request.spans.items()}
        self.told = dict(self.next)
        self.records: list[Kept] = []
        self.scanned = self.bytes = self.held = 0  # since the last Found
        self.all_scanned = self.all_matched = 0
        self.left_out: list[str] = []
        self.gone: BadRequest | None = None
        self.last = self.heard = time.monotonic()

    def run(self) -> None:
        watch = Watch(self.config, self.topic, lambda *_: None, self._end, lambda _: None)
        watch.id = self.request.topic_id
        with opened(self.config, wait_ms=WAIT_MS, committed=self.request.query.committed) as consumer:
            self._begin(consumer)
            watch.thread.start()
            try:
                while self.open:
                    self._turn(consumer)
            finally:
                watch.stopped.set()
        if not watch.is_same():
            raise BadRequest(f"The topic {self.topic} was deleted while it was searched.", "deleted")
        self._send()
        counts = (self.all_scanned, self.all_matched, not self.left_out)
        why = (self.unanswered.count, self.unanswered.first)
        self.emit(Done(self.request.id, *counts, notes=tuple(self.left_out), unanswered=why[0], why=why[1]))

    def _end(self, code: str, sentence: str) -> None:
        self.gone = BadRequest(sentence, code)

    def _begin(self, consumer: Consumer) -> None:
        for p in layout(consumer, self.topic, tuple(self.open)).leaderless:
            self._leave_out(p, f"Partition {p} has no leader: it was not read from offset {self.next[p]:,} on.")
        self.budget.crumb.at(self.topic, {p: self.next[p] for p in self.open})
        consumer.assign([TopicPartition(self.topic, p, self.next[p]) for p in self.open])

    def _turn(self, consumer: Consumer) -> None:
        batch = consumer.consume(BATCH, 0.1)
        if self.gone is not None:
            raise self.gone
        if self.budget.cancelled.is_set():
            raise Cancelled
        now = time.monotonic()
        if batch:
            self.heard = now
            self._take(consumer, batch)
        elif now - self.heard > SILENCE:
            self._ask(consumer)
        if now - self.last >= EVERY or self.held >= FULL:
            self._send()

    def _take(self, consumer: Consumer, batch: Sequence[Message]) -> None:
        reached = {at.partition: at.offset for at in consumer.position(self._assigned()) if at.offset >= 0}
        for p, offset in reached.items():
            self.next[p] = max(self.next[p], min(offset, self.open[p]))
        self.budget.crumb.reached(self.next)
        over = [p for p, offset in reached.items() if offset >= self.open[p]]
        if over or any(map(ERROR, batch)):
            batch = self._inside(consumer, batch)
        self.scanned += len(batch)
        batch = self._may_match(batch)
        for start in range(0, len(batch), CHECKED):
            if self.budget.cancelled.is_set():
                raise Cancelled
            self._look(batch[start : start + CHECKED])
        self._finish(consumer, [p for p in over if p in self.open])

    def _look(self, batch: Sequence[Message]) -> None:
        for message in batch if self.matches is None else filter(self.matches, batch):
            large = self.held >= LARGE
            limit = min(SHORT, self.request.preview) if large else self.request.preview
            found = kept(message, self.decoder, limit)
            if self.request.query.columns:
                beside = (self.briefly if large else self.beside)(Subject(message, self.decoder))
                found = Kept(msgspec.structs.replace(found.row, columns=beside), found.headers)
            self.records.append(found)
            texts = (found.row.key, found.row.value, *(held for _, held in found.headers), *found.row.columns)
            self.held += sum(len(shown.text) for shown in texts)

    def _may_match(self, batch: Sequence[Message]) -> Sequence[Message]:
        if self.screen is None:
            self.bytes += sum(map(len, batch))
            return batch
        data = joined(batch)
        self.bytes += len(data)
        return self.screen(batch, data)

    def _assigned(self) -> list[TopicPartition]:
        return [TopicPartition(self.topic, p) for p in self.open]

    def _inside(self, consumer: Consumer, batch: Sequence[Message]) -> list[Message]:
        """The records before their ends. What stands in place of a record is dealt with."""
        inside, troubles = [], []
        for message in batch:
            if (error := message.error()) is not None:
                troubles.append((message, error))
            elif offset_of(message) < self.open.get(partition_of(message), 0):
                inside.append(message)
        # Of each partition the first: after a broken batch the client takes its insides for more of them.
        for message, error in {m.partition(): (m, e) for m, e in reversed(troubles)}.values():
            self._trouble(consumer, message, error)
        return inside

    def _finish(self, consumer: Consumer, partitions: Sequence[int]) -> None:
        for p in partitions:
            self.next[p] = self.open.pop(p)
        if partitions:
            consumer.incremental_unassign([TopicPartition(self.topic, p) for p in partitions])

    def _leave_out(self, partition: int, sentence: str) -> None:
        """The rest of this partition: its position stays, so another search can go on from there."""
        del self.open[partition]
        self._say("left_out", sentence, partition)

    def _say(self, code: str, sentence: str, partition: int) -> None:
        self.left_out.append(sentence)
        self.emit(Notice(self.request.id, code, sentence, partition, self.next[partition]))

    def _trouble(self, consumer: Consumer, message: Message, error: KafkaError) -> None:
        partition, code = message.partition(), error.code()
        if partition is None or partition not in self.open:
            return
        if code == KafkaError._PARTITION_EOF:
            self._reached_end(consumer, partition, offset_of(message))
        elif code in OUT_OF_RANGE:
            low, _ = watermarks(consumer, self.topic, (partition,))[partition]
            if self.next[partition] < low:
                self._jump(consumer, partition, low, "deleted", "Retention deleted {what} before they could be read.")
            elif not self.astray.sent_back(consumer, partition, self.next[partition]):
                self._unreadable(consumer, partition, error)
        elif code in UNREADABLE:
            self._unreadable(consumer, partition, error)
        elif isinstance(fault := from_kafka(error), NotAuthorized):
            raise fault
        # Others are about the way to the broker: they heal, or silence tells.

    def _unreadable(self, consumer: Consumer, partition: int, error: KafkaError) -> None:
        """Goes on behind the batch, where Kafka tells which it is."""
        named = unreadable(self.config, Broken(self.topic, partition, self.next[partition], error.str()))
        if named.batch is not None:
            why = f"cannot be read: {named.batch.why or error.str()}"
            self._jump(consumer, partition, named.batch.last + 1, "unreadable", "{what} " + why)
            return
        consumer.incremental_unassign([TopicPartition(self.topic, partition)])
        self._leave_out(partition, f"{named} The rest of the partition was not read.")

    def _reached_end(self, consumer: Consumer, partition: int, offset: int) -> None:
        """Nothing more is below the end: compacted away, a marker; or not to be read yet, or cut off."""
        end = self.open[partition]
        self.next[partition] = max(self.next[partition], offset)
        if offset >= end:
            self._finish(consumer, [partition])
            return
        why = "a transaction is open there" if self.request.query.committed else "the partition was cut back"
        consumer.incremental_unassign([TopicPartition(self.topic, partition)])
        self._leave_out(partition, f"Offsets {offset:,} to {end - 1:,} of partition {partition} were not read: {why}.")

    def _jump(self, consumer: Consumer, partition: int, to: int, code: str, sentence: str) -> None:
        """Go on behind what cannot be read. `seek` refuses a partition that has failed; giving it back does not."""
        start, end = self.next[partition], self.open[partition]
        what = f"offset {start:,}" if to - start == 1 else f"offsets {start:,} to {min(to, end) - 1:,}"
        said = sentence.format(what=f"{what} of partition {partition}")
        self._say(code, said[0].upper() + said[1:], partition)
        self.next[partition] = min(max(to, start), end)
        if self.next[partition] >= end:
            self._finish(consumer, [partition])
            return
        consumer.incremental_unassign([TopicPartition(self.topic, partition)])
        consumer.incremental_assign([TopicPartition(self.topic, partition, self.next[partition])])

    def _ask(self, consumer: Consumer) -> None:
        """Kafka is silent: leave out what nobody leads; where everything is led, wait as long again."""
        leaderless = layout(consumer, self.topic, tuple(self.open)).leaderless
        for p in leaderless:
            consumer.incremental_unassign([TopicPartition(self.topic, p)])
            self._leave_out(p, f"Partition {p} has no leader: it was not read from offset {self.next[p]:,} on.")
        if not leaderless and time.monotonic() - self.heard > 2 * SILENCE:
            raise TimedOut()

    def _send(self) -> None:
        moved = {p: offset for p, offset in self.next.items() if offset != self.told[p]}
        if not moved and not self.records:
            return
        while not self.budget.credit.acquire(timeout=0.1):
            if self.budget.cancelled.is_set() or self.gone is not None:
                raise self.gone or Cancelled
        self.emit(Found(self.request.id, tuple(self.records), self.scanned, self.bytes, moved))
        self.all_scanned += self.scanned
        self.all_matched += len(self.records)
        self.told.update(moved)
        self.records, self.scanned, self.bytes, self.held = [], 0, 0, 0
        self.last = time.monotonic()
