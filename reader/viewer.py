"""What one viewer of a tail has not been sent yet: the newest rows, and an exact count of those that went by.

Memory does not depend on how slow the viewer is: when 200 messages wait, the oldest becomes a number.
"""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import Message

from reader.protocol import Frame, Passed
from reader.rows import offset_of, partition_of, row

ROWS = 200  # at most so many rows in one frame


class Viewer:
    def __init__(self, id: int, credit: int, offsets: dict[int, int]) -> None:
        """`offsets`: where each partition was when this viewer came."""
        self.id, self.credit = id, credit
        self.next = dict(offsets)
        self.waiting: list[Message] = []
        self.passed: dict[int, Passed] = {}
        self.seen = self.matched = self.unanswered = 0
        self.why = ""

    def take(
        self, seen: int, matching: Sequence[Message], reached: dict[int, int], unanswered: int = 0, why: str = ""
    ) -> None:
        """`reached`: the next offset of each partition after these messages; `why` the first was `unanswered`."""
        self.unanswered += unanswered
        self.why = why
        self.seen += seen
        self.matched += len(matching)
        self.next.update(reached)
        waiting = [*self.waiting, *matching]
        for message in waiting[:-ROWS]:
            partition, offset = partition_of(message), offset_of(message)
            before = self.passed.get(partition)
            self.passed[partition] = (
                Passed(partition, before.count + 1, before.first, offset)
                if before
                else Passed(partition, 1, offset, offset)
            )
        self.waiting = waiting[-ROWS:]

    @property
    def has_rows(self) -> bool:
        return bool(self.waiting)

    def frame(self) -> Frame | None:
        """What waits, for one credit. None when there is no credit or nothing was read."""
        if self.credit <= 0 or not self.seen:
            return None
        frame = Frame(
            self.id,
            tuple(self.passed[p] for p in sorted(self.passed)),
            tuple(row(message) for message in self.waiting),
            self.seen,
            self.matched,
            dict(self.next),
            self.unanswered,
            self.why if self.unanswered else "",
        )
        self.credit -= 1
        self.waiting, self.passed, self.seen, self.matched, self.unanswered = [], {}, 0, 0, 0
        return frame
