"""Stretches of a topic byte for byte, in batches: for changes that write them elsewhere. Memory stays flat.

No batch is sent without a credit, and while there is none nothing is read beyond what librdkafka holds (16 MB).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from confluent_kafka import Message

from gateway.config import ClusterConfig
from reader.consumer import layout, opened
from reader.decode.decoder import decoder
from reader.errors import BadRequest
from reader.filters import predicate
from reader.replies import Batch, Done, Reply
from reader.requests import Originals
from reader.rows import as_it_is, headers_of, offset_of, partition_of
from reader.scan import Budget, Cancelled, scan
from reader.shown import Copied

WAIT_MS = 50
BYTES = 1024 * 1024  # of records in one batch, and the record that went over it
RECORDS = 5000
SKIPPED = 20_000  # records that the filter held back, after which a batch goes out all the same


def originals(request: Originals, config: ClusterConfig, emit: Callable[[Reply], None], budget: Budget) -> None:
    """Raises KafkaFault, BadRequest (too_large: names the record)."""
    query = request.query
    matches = predicate(query.filter, decoder(query, config))
    budget.records, budget.bytes, budget.seconds = 2**62, 2**62, math.inf
    budget.credit.release(request.credit)
    batch = _Filling(request, emit, budget)

    def take(message: Message) -> bool:
        wanted = matches is None or matches(message)
        batch.add(message, wanted)
        return True

    with opened(config, wait_ms=WAIT_MS, committed=query.committed) as consumer:
        found = layout(consumer, query.topic, tuple(request.spans))
        if found.leaderless:
            raise BadRequest(f"Partition {found.leaderless[0]} has no leader now: it cannot be read.", "no_leader")
        batch.next |= scan(consumer, query.topic, request.spans, take, budget)
    batch.send()
    emit(Done(request.id, budget.scanned, batch.matched))


class _Filling:
    def __init__(self, request: Originals, emit: Callable[[Reply], None], budget: Budget) -> None:
        self.request, self.emit, self.budget = request, emit, budget
        self.next = {p: start for p, (start, _) in request.spans.items()}
        self.records: list[Copied] = []
        self.size = self.seen = self.matched = 0

    def add(self, message: Message, wanted: bool) -> None:
        partition, offset = partition_of(message), offset_of(message)
        self.seen += 1
        if wanted:
            self.matched += 1
            self.records.append(self._copied(message, partition, offset))
            self.size += self._bytes(self.records[-1])
        self.next[partition] = offset + 1
        if self.size >= BYTES or len(self.records) >= RECORDS or self.seen >= SKIPPED:
            self.send()

    def send(self) -> None:
        while not self.budget.credit.acquire(timeout=0.1):
            if self.budget.cancelled.is_set():
                raise Cancelled
        self.emit(Batch(self.request.id, tuple(self.records), self.seen, dict(self.next)))
        self.records, self.size, self.seen = [], 0, 0

    def _copied(self, message: Message, partition: int, offset: int) -> Copied:
        if not self.request.bodies:
            return Copied(partition, offset, None, None, None, tuple(headers_of(message)))
        try:
            whole = as_it_is(self.request.id, message)
        except BadRequest as bad:
            raise BadRequest(f"Partition {partition}, offset {offset:,}: {bad}", bad.code) from None
        return Copied(partition, offset, whole.timestamp, whole.key, whole.value, whole.headers)

    @staticmethod
    def _bytes(record: Copied) -> int:
        named = sum(len(name) + len(value or b"") for name, value in record.headers)
        return len(record.key or b"") + len(record.value or b"") + named + 64
