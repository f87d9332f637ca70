"""What the viewers of a tail have not been sent yet: the newest rows, and an exact count of those that went by.

Those who were last sent something at the same moment wait for the same: one `Waiting` serves them all, so that a frame
is made once however many look. Memory depends on nobody being slow: when 200 messages or 4 MB wait, the oldest becomes
a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from confluent_kafka import Message

from reader.replies import Frame, Passed
from reader.rows import offset_of, partition_of
from reader.shown import Row

Made = Callable[[Message], Row]
ROWS = 200  # at most so many rows in one frame
BYTES = 4 * 1024 * 1024  # of values that wait


@dataclass(slots=True)
class Batch:
    """What was read at once. Of `records`, those whose key is in the sample; of these, those the filter let through."""

    records: Sequence[Message]
    sampled: Sequence[Message]
    matching: Sequence[Message]
    reached: dict[int, int]  # the next offset of each partition after them
    unanswered: int = 0  # for how many of them the filter's expression had no answer
    why: str = ""  # of the first of these

    def since(self, floor: dict[int, int]) -> Batch:
        """Only the records from `floor` on."""

        def later(messages: Sequence[Message]) -> list[Message]:
            return [message for message in messages if offset_of(message) >= floor.get(partition_of(message), 0)]

        reached = {p: max(floor.get(p, 0), at) for p, at in self.reached.items()}
        records = later(self.records)
        whole = len(records) == len(self.records)
        return Batch(
            records, later(self.sampled), later(self.matching), reached, self.unanswered if whole else 0, self.why
        )


class Waiting:
    def __init__(self, offsets: dict[int, int], floor: dict[int, int] | None = None) -> None:
        """`offsets`: where each partition was when the viewers came; before `floor` others have told them already."""
        self.next = dict(offsets)
        self.floor = floor or {}
        self.rows: list[Message] = []
        self.passed: dict[int, Passed] = {}
        self.seen = self.sampled = self.matched = self.unanswered = 0
        self.why = ""

    def take(self, batch: Batch) -> None:
        if self.floor:
            batch = batch.since(self.floor)
        self.seen += len(batch.records)
        self.sampled += len(batch.sampled)
        self.matched += len(batch.matching)
        if batch.unanswered and not self.unanswered:
            self.why = batch.why
        self.unanswered += batch.unanswered
        self.next.update(batch.reached)
        self.rows += batch.matching
        self._let_go()

    def _let_go(self) -> None:
        over = max(0, len(self.rows) - ROWS)
        held = sum(map(len, self.rows[over:]))
        while held > BYTES and over < len(self.rows) - 1:
            held -= len(self.rows[over])
            over += 1
        if over:
            self.passed = joined(self.passed, counted(self.rows[:over]))
            del self.rows[:over]

    def after(self, earlier: Waiting) -> None:
        """Take over what its viewers have not been sent yet from where they waited before."""
        self.seen += earlier.seen
        self.sampled += earlier.sampled
        self.matched += earlier.matched
        if earlier.unanswered:
            self.unanswered, self.why = self.unanswered + earlier.unanswered, earlier.why
        if self.passed:  # then what is older than these passes too
            self.passed = joined(joined(earlier.passed, counted(earlier.rows)), self.passed)
        else:
            self.passed, self.rows = earlier.passed, [*earlier.rows, *self.rows]
            self._let_go()

    def frame(self, ids: Sequence[int], made: Made) -> Frame:
        """All of it, for these viewers."""
        return Frame(
            ids[0],
            tuple(self.passed[p] for p in sorted(self.passed)),
            tuple(map(made, self.rows)),
            self.seen,
            self.matched,
            dict(self.next),
            self.unanswered,
            self.why,
            sampled=self.sampled,
            others=tuple(ids[1:]),
        )


def counted(messages: Sequence[Message]) -> dict[int, Passed]:
    counts: dict[int, tuple[int, int, int]] = {}
    for message in messages:
        partition, offset = partition_of(message), offset_of(message)
        count, first, _ = counts.get(partition, (0, offset, offset))
        counts[partition] = (count + 1, first, offset)
    return {partition: Passed(partition, *known) for partition, known in counts.items()}


def joined(earlier: dict[int, Passed], later: dict[int, Passed]) -> dict[int, Passed]:
    if not earlier:
        return later
    both = {}
    for p in earlier.keys() & later.keys():
        both[p] = Passed(p, earlier[p].count + later[p].count, earlier[p].first, later[p].last)
    return earlier | later | both


@dataclass(slots=True)
class Viewer:
    id: int
    credit: int
    waiting: Waiting
    questions: list[int] = field(default_factory=list)  # of Sync, not yet answered
