"""A viewer who steps: records are sent one by one and none is ever only counted. Reading stops where many wait."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from confluent_kafka import Message

from reader.audience import WAITS_TICK, Audience, Emit
from reader.replies import Frame, Waits
from reader.rows import offset_of, partition_of
from reader.viewer import Batch, Made, Viewer

FULL = 200  # records of one partition that may wait
SETTLING = 1.0  # seconds after which a partition that has shown nothing is not waited for


class Held(Audience):
    """The oldest waiting record goes first, by its timestamp; within a partition the order is Kafka's."""

    def __init__(self, emit: Emit, made: Made, has_room: Callable[[], bool] = lambda: True) -> None:
        super().__init__(emit, made, has_room)
        self.queues: dict[int, deque[tuple[Message, int, int]]] = {}  # record, seen and sampled up to and with it
        self.passed_by: dict[int, tuple[int, int]] = {}  # seen and sampled since the last that matched
        self.began = time.monotonic()
        self.sent: dict[int, int] = {}  # where each partition goes on for the viewer

    def begin(self, positions: dict[int, int]) -> None:
        super().begin(positions)
        self.began, self.sent = time.monotonic(), dict(positions)

    def spread(self, batch: Batch) -> None:
        matching, sampled = set(map(id, batch.matching)), set(map(id, batch.sampled))
        with self.lock:
            self.positions.update(batch.reached)
            for message in batch.records:
                partition = partition_of(message)
                seen, drawn = self.passed_by.get(partition, (0, 0))
                seen, drawn = seen + 1, drawn + (id(message) in sampled)
                if id(message) in matching:
                    self.queues.setdefault(partition, deque()).append((message, seen, drawn))
                    seen = drawn = 0
                self.passed_by[partition] = seen, drawn

    @property
    def full(self) -> set[int]:
        return {partition for partition, queue in self.queues.items() if len(queue) >= FULL}

    def patience(self) -> float:
        with self.lock:
            return 0.0 if any(self.queues.values()) and any(v.credit > 0 for v in self.viewers.values()) else 0.05

    def send(self, is_at_end: bool) -> None:
        now = time.monotonic()
        if now - self.began < SETTLING and not is_at_end and len(self.queues) < len(self.positions):
            return
        with self.lock:
            for viewer in self.viewers.values():
                while viewer.credit > 0 and self.has_room() and (frame := self._next(viewer)):
                    viewer.credit -= 1
                    self.emit(frame)
                if is_at_end and not any(self.queues.values()):
                    self._answer(viewer)
                if now - self.last_waits >= WAITS_TICK and any(self.queues.values()):
                    self.emit(Waits(viewer.id, sum(map(len, self.queues.values())), bool(self.full)))
            if now - self.last_waits >= WAITS_TICK:
                self.last_waits = now

    def _next(self, viewer: Viewer) -> Frame | None:
        waiting = [(queue[0][0].timestamp()[1], p) for p, queue in self.queues.items() if queue]
        if not waiting:
            return None
        partition = min(waiting)[1]
        message, seen, sampled = self.queues[partition].popleft()
        self.sent[partition] = offset_of(message) + 1
        return Frame(viewer.id, (), (self.made(message),), seen, 1, dict(self.sent), sampled=sampled)
