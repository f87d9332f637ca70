"""What was processed once, twice or never, from what the members wrote when they processed it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from lab.consumers.ledger import Ledger, Span, births

#: What may befall a member that another goes on for, the gravest first.
ENDS = ("killed", "died", "breach", "lost", "stopped", "revoked")


@dataclass(frozen=True, slots=True)
class Part:
    """Counts of records. Together they are what was written to the partition."""

    partition: int
    written: int
    once: int
    more: int  # processed twice or more often
    never: int  # passed by a commit and not processed: nobody will come back for them
    unread: int  # not committed and not processed: still to come
    by: tuple[tuple[str, int], ...]  # who processed how many, each time counted


@dataclass(frozen=True, slots=True)
class Cause:
    """Why so many records were doubled or lost: what befell the one who had them."""

    kind: str  # doubled | lost
    who: str
    what: str  # of ENDS, or "" for nothing that is known
    at: int | None  # ms
    next: str  # who processed them again; "" for lost ones
    records: int
    ranges: tuple[tuple[int, int, int], ...]  # partition, first offset, end


@dataclass(frozen=True, slots=True)
class Proof:
    parts: tuple[Part, ...]
    causes: tuple[Cause, ...]
    foreign: int

    def total(self, name: str) -> int:
        return sum(getattr(part, name) for part in self.parts)

    @property
    def written(self) -> int:
        return self.total("written")

    @property
    def once(self) -> int:
        return self.total("once")

    @property
    def more(self) -> int:
        return self.total("more")

    @property
    def never(self) -> int:
        return self.total("never")

    @property
    def unread(self) -> int:
        return self.total("unread")


def prove(ledger: Ledger) -> Proof:
    stands = ledger.stands()
    parts, found = [], dict[tuple[str, str, int, str], list[tuple[int, int, int]]]()
    for partition in range(ledger.partitions):
        mine = sorted((s for s in ledger.spans if s.partition == partition), key=lambda s: s.began)
        # Acknowledgements travel slower than records: what was processed was written.
        written = max([ledger.wrote.get(partition, 0), *(s.end for s in mine)])
        counts, committed = Counter[str](), stands.get(partition, 0)
        for first, end, doers in pieces(mine, written):
            if len(doers) == 1:
                counts["once"] += end - first
            elif doers:
                counts["more"] += end - first
                key = "doubled", doers[0].who, doers[0].life, doers[1].who
                found.setdefault(key, []).append((partition, first, end))
            else:
                passed = min(end, max(first, committed))
                counts["never"] += passed - first
                counts["unread"] += end - passed
                if passed > first:
                    who, life = _who_passed(ledger, partition, passed)
                    found.setdefault(("lost", who, life, ""), []).append((partition, first, passed))
        by = Counter[str]()
        for span in mine:
            by[span.who] += span.end - span.first
        whole = {name: counts[name] for name in ("once", "more", "never", "unread")}
        parts.append(Part(partition, written, **whole, by=tuple(sorted(by.items()))))
    causes = [_cause(ledger, *key, ranges) for key, ranges in found.items()]
    return Proof(tuple(parts), tuple(sorted(causes, key=lambda c: (c.at or 0, c.who))), ledger.foreign)


def pieces(spans: list[Span], written: int) -> Iterator[tuple[int, int, list[Span]]]:
    """[0, written) cut where somebody begins or ends: first, end, those who processed it in the order of `spans`."""
    cuts = sorted({0, written, *(s.first for s in spans), *(s.end for s in spans)})
    for first, end in pairwise(cuts):
        yield first, end, [s for s in spans if s.first <= first and end <= s.end]


def _who_passed(ledger: Ledger, partition: int, offset: int) -> tuple[str, int]:
    """The first whose commit left this offset behind; when no member told of one, who processed what lies before it."""
    past = [c for c in ledger.commits if c.partition == partition and c.offset >= offset]
    if past:
        first = min(past, key=lambda c: (c.at, c.offset))
        return first.who, first.life
    before = [s for s in ledger.spans if s.partition == partition and s.end <= offset]
    last = max(before, key=lambda s: (s.end, -s.began), default=None)
    return (last.who, last.life) if last else ("", 0)


def _cause(ledger: Ledger, kind: str, who: str, life: int, then: str, ranges: list[tuple[int, int, int]]) -> Cause:
    """What ended this life, or the worst that happened in it."""
    lived = [event for event, of in births(ledger.events) if event.who == who and of == life and event.what in ENDS]
    worst = min(lived, key=lambda event: (ENDS.index(event.what), -event.at), default=None)
    records = sum(end - first for _, first, end in ranges)
    what, at = (worst.what, worst.at) if worst else ("", None)
    return Cause(kind, who, what, at, then, records, tuple(ranges))
