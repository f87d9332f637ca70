"""What the members of an experiment wrote, merged as it comes in: which offsets each processed, what each committed,
what befell it. A few hundred rows for hundreds of thousands of records. Pure; kept as JSON with the experiment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

TOLD = ("assigned", "revoked", "lost")
EVENTS = 2000  # that are kept of members; what would be more is counted
NOISE = ("error", "refused")  # may come with every poll
NOISES = 100
BROKEN = ("failed", "died")  # what the generator says, and what is said of it


@dataclass(slots=True)
class Span:
    """Offsets that one life of a member processed one after the other: `first` up to `end`, which is not in it."""

    who: str
    life: int  # the nth time that it was started
    partition: int
    first: int
    end: int
    began: int  # ms, when the first was processed
    ended: int  # ms, when the last was


@dataclass(frozen=True, slots=True)
class Event:
    at: int  # ms
    who: str
    what: str
    partitions: tuple[int, ...] = ()
    said: str = ""


@dataclass(slots=True)
class Commit:
    """The newest of one life of a member in one partition."""

    who: str
    life: int
    partition: int
    at: int
    offset: int


@dataclass
class Ledger:
    partitions: int
    spans: list[Span] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    stood: dict[int, tuple[int, int]] = field(default_factory=dict)  # by partition, when its owner began there
    wrote: dict[int, int] = field(default_factory=dict)  # records acknowledged, by partition: offsets begin with 0
    foreign: int = 0  # records that are not ours, or do not hold what was written there
    unkept: int = 0  # events beyond EVENTS and NOISES
    committed: dict[int, int] = field(default_factory=dict)  # by Kafka's own word, when it ended
    _open: dict[tuple[str, int, int], Span] = field(default_factory=dict, repr=False, compare=False)
    _commits: dict[tuple[str, int, int], Commit] = field(default_factory=dict, repr=False, compare=False)

    def heard(self, who: str, life: int, line: list[Any]) -> None:
        """One line of a member or, under the name "", of the generator."""
        at, what, *more = line
        if what == "did":
            self._did(who, life, at, *more)
        elif what == "committed":
            for partition, offset in more[0]:
                self._committed(who, life, at, partition, offset)
        elif what == "begins":
            self.stood |= {partition: (at, offset) for partition, offset in more[0]}
        elif what == "wrote":
            self.wrote = {int(p): n for p, n in more[0].items()}
        elif what in TOLD:
            self.tell(at, who, what, tuple(more[0]))
        else:
            self.tell(at, who, what, said=str(more[0]) if more else "")

    def tell(self, at: int, who: str, what: str, partitions: tuple[int, ...] = (), said: str = "") -> None:
        noisy = what in NOISE and sum(event.what in NOISE for event in self.events) >= NOISES
        if who and (noisy or len(self.events) >= EVENTS):
            self.unkept += 1
            return
        self.events.append(Event(at, who, what, partitions, said))

    def owners(self, alive: set[str]) -> dict[int, list[str]]:
        """By partition, who of those alive was told that it is theirs."""
        held: dict[str, set[int]] = {who: set() for who in alive}
        for event in self.events:
            if event.who not in held:
                continue
            if event.what == "started":
                held[event.who] = set()
            elif event.what == "assigned":
                held[event.who] |= set(event.partitions)
            elif event.what in TOLD:
                held[event.who] -= set(event.partitions)
        return {p: sorted(w for w, mine in held.items() if p in mine) for p in range(self.partitions)}

    @property
    def unfilled(self) -> Event | None:
        """What ended the generator before its time."""
        return next((e for e in self.events if not e.who and e.what in BROKEN), None)

    @property
    def filled(self) -> bool:
        """Whether the generator said that it ends, and in order."""
        return any(not e.who and e.what == "closed" for e in self.events)

    def done(self) -> int:
        """Records processed, each time counted."""
        return sum(span.end - span.first for span in self.spans)

    def stands(self) -> dict[int, int]:
        """The offset that the group goes on from: Kafka's word in the end, else the newest that a member told of."""
        newest = dict(self.stood)
        for commit in self.commits:
            if commit.at >= newest.get(commit.partition, (0, 0))[0]:
                newest[commit.partition] = commit.at, commit.offset
        return {p: offset for p, (_, offset) in newest.items()} | self.committed

    def _did(self, who: str, life: int, at: int, partition: int, offset: int, sequence: int | None) -> None:
        if sequence != offset * self.partitions + partition:
            self.foreign += 1
            return
        key = who, life, partition
        span = self._open.get(key)
        if span is not None and span.end == offset:
            span.end, span.ended = offset + 1, at
            return
        self._open[key] = span = Span(who, life, partition, offset, offset + 1, at, at)
        self.spans.append(span)

    def _committed(self, who: str, life: int, at: int, partition: int, offset: int) -> None:
        key = who, life, partition
        commit = self._commits.get(key)
        if commit is None:
            self._commits[key] = commit = Commit(who, life, partition, at, offset)
            self.commits.append(commit)
        commit.at, commit.offset = at, offset

    def as_json(self) -> dict[str, Any]:
        return {
            "partitions": self.partitions,
            "spans": [[s.who, s.life, s.partition, s.first, s.end, s.began, s.ended] for s in self.spans],
            "events": [[e.at, e.who, e.what, list(e.partitions), e.said] for e in self.events],
            "commits": [[c.who, c.life, c.partition, c.at, c.offset] for c in self.commits],
            "stood": [[p, at, offset] for p, (at, offset) in self.stood.items()],
            "wrote": list(self.wrote.items()),
            "committed": list(self.committed.items()),
            "foreign": self.foreign,
            "unkept": self.unkept,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Ledger:
        return cls(
            kept["partitions"],
            [Span(*row) for row in kept["spans"]],
            [Event(at, who, what, tuple(partitions), said) for at, who, what, partitions, said in kept["events"]],
            [Commit(*row) for row in kept["commits"]],
            {p: (at, offset) for p, at, offset in kept["stood"]},
            dict(kept["wrote"]),
            kept["foreign"],
            kept["unkept"],
            dict(kept["committed"]),
        )


def births(events: list[Event]) -> Iterator[tuple[Event, int]]:
    """Each event with the life it belongs to: 1 for the first time a member was started."""
    lives: dict[str, int] = {}
    for event in events:
        if event.what == "started":
            lives[event.who] = lives.get(event.who, 0) + 1
        yield event, lives.get(event.who, 0)
