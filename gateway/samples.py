"""What a verdict is made from, and what it is: plain values, so that whoever watches a group can call it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from gateway.lag import Position, Total, unread
from gateway.trend import Trend

LEAVES_MS: Final = 5000  # a poll: a member that leaves commits first, and we may hear of both in either order
MOVES_WITHIN_S: Final = 60.0  # longer than the usual commit intervals
BATCH_S: Final = 10.0  # lag worth so many seconds of arrivals is how batches look, not trouble


class Standing(NamedTuple):
    """What else Kafka tells of a partition on which a group with members stands below the end. Times in ms."""

    stable: int | None = None  # last stable offset: where the oldest open transaction begins, else the end
    since: int = 0  # when the last stable offset was first seen there
    arrived: int | None = None  # when the end was last seen to move; None: not since a group stands there
    transactional: bool | None = None  # whether transactions were written there; None: Kafka did not tell
    producer: int | None = None  # the producer id whose transaction is open
    transaction: str | None = None  # its transactional id
    started: int | None = None  # when that transaction began


class PartitionSample(NamedTuple):  # not a dataclass, see gateway.lag.Position
    """One partition of a group now. Offsets as in gateway.lag; `moved_at` in ms: when `committed` was last seen to
    change, None when not since we watch; rates in records/s, smoothed over about 30 s; `owner` as people know it;
    `size` in bytes; `doomed`: what lies before this offset is deleted within gateway.losses.notice_ms, None: not asked.
    """

    topic: str
    partition: int
    start: int | None
    end: int | None
    committed: int | None
    moved_at: int | None = None
    in_rate: float | None = None
    rate: float | None = None
    owner: str | None = None
    size: int | None = None
    doomed: int | None = None
    standing: Standing | None = None

    @property
    def lag(self) -> int | None:
        return unread(self.start, self.end, self.committed)

    @property
    def position(self) -> Position:
        return Position(self.start, self.end, self.committed)

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}"


class Judgement(NamedTuple):
    """In the order of live.snapshot.Finding. `since` in ms: when what is said began, or was first said."""

    code: str
    sentence: str
    next: str = ""
    since: int | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None


class Retention(NamedTuple):
    """Of a topic; None where it is not known, -1 for ever."""

    ms: int | None = None
    bytes: int | None = None


class People(NamedTuple):
    """The members of a group."""

    members: int = 0
    idle: int = 0  # of them, who own no partition
    unowned: tuple[tuple[str, int], ...] = ()  # partitions that nobody owns, of topics of which somebody owns others
    simple: bool = False  # nobody has joined it: its reader assigns its partitions itself, or has not come yet
    changed_at: int | None = None  # ms: when members or their partitions last changed, None when not since we watch


def summed(partitions: Sequence[PartitionSample]) -> tuple[Total, list[PartitionSample]]:
    """Their lag in all, and those that have any. In one pass: a poll judges tens of thousands of partitions."""
    lag = known = lost = 0
    behind = []
    for p in partitions:
        start, committed = p.start, p.committed
        one = unread(start, p.end, committed)
        if one is not None:
            known += 1
            if one:
                lag += one
                behind.append(p)
        if start is not None and committed is not None and start > committed:
            lost += start - committed
    return Total(lag if known else None, known, len(partitions) - known, lost), behind


@dataclass(frozen=True, slots=True)
class Case:
    now: int
    state: str
    people: People
    partitions: Sequence[PartitionSample]
    samples: Sequence[tuple[int, int | None, int]]
    retention: Mapping[str, Retention]
    trend: Trend
    total: Total
    behind: Sequence[PartitionSample]  # those of the partitions that have something to read
    rebalances: int = 0
    before: Mapping[str, Judgement] = field(default_factory=dict)  # by code: what was said at the last look

    def still_for(self, sample: PartitionSample) -> float:
        """Seconds without movement; as long as we have watched when it was never seen to move."""
        return (self.now - (self.watched_since if sample.moved_at is None else sample.moved_at)) / 1000

    @property
    def watched_since(self) -> int:
        return self.samples[0][0] if self.samples else self.now

    @property
    def calm_for(self) -> float:
        """Seconds since members or their partitions last changed; as long as we have watched when they never did."""
        changed = self.people.changed_at
        return (self.now - (self.watched_since if changed is None else changed)) / 1000

    @property
    def members(self) -> int:
        return self.people.members

    @property
    def lag(self) -> int:
        return self.total.lag or 0

    @property
    def batch(self) -> float:
        """The lag that comes of committing in batches alone."""
        return max(10.0, max(BATCH_S, 1.2 * self.trend.gap) * self.trend.arriving)

    @property
    def moves(self) -> bool:
        return any(
            p.committed is not None and self.still_for(p) < MOVES_WITHIN_S and p.moved_at for p in self.partitions
        )

    @property
    def alive(self) -> bool:
        """Somebody reads for the group: a member, or who commits without being one. One commit without members is no
        reader: it may be the last of a member that left, or a reset."""
        if self.people.members or not self.moves:
            return self.people.members > 0
        left = (self.people.changed_at or 0) + LEAVES_MS
        committed = [done for at, _, done in self.samples if at >= left]
        return sum(1 for one, next in pairwise(committed) if next != one) >= 2
