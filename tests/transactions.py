"""Transactions that have ended when they say so: a broker answers once it has decided, and writes the markers later."""

from __future__ import annotations

import time
from typing import Literal

from confluent_kafka import Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

_WITHIN = 20.0  # seconds
End = Literal["commit", "abort"]


class Writer:
    """Writes to partition 0 of one topic, in transactions of its own."""

    def __init__(self, bootstrap: str, topic: str, name: str = "") -> None:
        self._admin = AdminClient({"bootstrap.servers": bootstrap})
        self._producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": f"{topic}{name}"})
        self._producer.init_transactions(_WITHIN)
        self._place = TopicPartition(topic, 0)
        self._last = -1

    def write(self, *texts: str, key: str | None = None, end: End | None = None) -> None:
        """A transaction, left open without an end."""
        self._producer.begin_transaction()
        for text in texts:
            self._producer.produce(self._place.topic, text, key, 0, on_delivery=self._delivered)
        assert self._producer.flush(_WITHIN) == 0
        if end:
            self.end(end)

    def end(self, how: End) -> None:
        getattr(self._producer, f"{how}_transaction")(_WITHIN)
        deadline = time.monotonic() + _WITHIN
        while self._after() < self._last + 2:  # its marker stands behind its last record
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def _after(self) -> int:
        """The end of the log, that no open transaction hides."""
        asked = self._admin.list_offsets({self._place: OffsetSpec.latest()}, request_timeout=_WITHIN)
        offset: int = asked[self._place].result(_WITHIN).offset
        return offset

    def _delivered(self, error: object, message: Message) -> None:
        assert error is None, error
        self._last = message.offset() or 0
