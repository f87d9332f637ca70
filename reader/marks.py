"""Looks at the batches behind offsets for what a consumer is not told: who was aborted, who is open, what a gap is.

It costs a Fetch or two for a page. What would cost more than its bounds is not looked at, and then not known.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.batches import Batch, Stretch
from gateway.cluster import Cluster
from gateway.errors import KafkaFault
from gateway.facts import TopicPartition
from reader.scan import Span
from reader.trace import Fates, Piece, settled, unsettled

NEAR = 500  # offsets that are looked through rather than jumped over
ROUNDS = 40
SECONDS = 1.0
FIRST, LATER = 8 * 1024, 256 * 1024  # bytes of each partition in one look


@dataclass(slots=True)
class _Walk:
    """One stretch of a partition, looked through from its start; `at`: how far."""

    at: int
    end: int
    batches: list[Batch] = field(default_factory=list)
    aborted: set[tuple[int, int]] = field(default_factory=set)

    def take(self, seen: Stretch, stop: int) -> bool:
        """Whether there is more to look at before `stop`."""
        self.aborted.update(seen.aborted)
        self.batches += [b for b in seen.batches if b.last >= self.at]
        before, self.at = self.at, max([self.at, *(b.last + 1 for b in seen.batches)])
        if self.at == before:  # nothing is there
            self.at = max(self.at, stop)
        return self.at < stop


class Marks:
    def __init__(self, cluster: Cluster, topic: str) -> None:
        self.cluster, self.topic = cluster, topic
        self.until = time.monotonic() + SECONDS
        self.rounds = ROUNDS
        self.each = FIRST
        self.stable: dict[int, int] = {}
        self.end: dict[int, int] = {}
        self.trouble = ""  # the first fault

    def fates(self, wanted: dict[int, list[Span]]) -> dict[int, Fates]:
        """`wanted`: by partition, offsets whose fate is asked for. Raises nothing."""
        stretches = {p: joined(spans) for p, spans in wanted.items()}
        pieces: dict[int, list[Piece]] = {p: [] for p in stretches}
        looked: dict[int, list[Span]] = {p: [] for p in stretches}
        while any(stretches.values()):
            walks = {p: _Walk(*spans.pop(0)) for p, spans in stretches.items() if spans}
            began = {p: walk.at for p, walk in walks.items()}
            self._walk(walks, committed=True)
            for p, walk in walks.items():
                pieces[p] += settled(walk.batches, walk.aborted)
                looked[p].append((began[p], walk.at))
        self._behind(wanted, pieces, looked)
        return {p: Fates(pieces[p], looked[p], self.stable.get(p)) for p in wanted}

    def _walk(self, walks: dict[int, _Walk], committed: bool) -> None:
        """Each to its end; committed ones to the last stable offset at most."""
        going = {p: walk for p, walk in walks.items() if walk.at < walk.end}
        while going and self.rounds > 0 and time.monotonic() < self.until:
            self.rounds -= 1
            seen = self.cluster.batches.look(self.topic, {p: w.at for p, w in going.items()}, self.each, committed)
            self.each = LATER
            for p, stretch in seen.items():
                if isinstance(stretch, KafkaFault):
                    self.trouble = self.trouble or str(stretch)
                    del going[p]
                    continue
                self.end[p] = stretch.end
                if stretch.stable >= 0:
                    self.stable[p] = stretch.stable
                stop = going[p].end
                if committed:
                    stop = min(stop, max(self.stable.get(p, stop), going[p].at))
                if not going[p].take(stretch, stop):
                    del going[p]

    def _behind(
        self, wanted: dict[int, list[Span]], pieces: dict[int, list[Piece]], looked: dict[int, list[Span]]
    ) -> None:
        """What lies at and behind the last stable offset, to the end of the log: markers say how transactions ended."""
        walks = {}
        for p, spans in wanted.items():
            stable, end = self.stable.get(p), self.end.get(p, 0)
            if stable is not None and stable < end and max(stop for _, stop in spans) > stable:
                first = min(start for start, stop in spans if stop > stable)
                walks[p] = _Walk(max(first, stable), end)
        if not walks:
            return
        began = {p: walk.at for p, walk in walks.items()}
        self._walk(walks, committed=False)
        begun = self.cluster.transactions.open_since(TopicPartition(self.topic, p) for p in walks)
        for p, walk in walks.items():
            known = begun[TopicPartition(self.topic, p)]
            if isinstance(known, KafkaFault):
                self.trouble = self.trouble or str(known)
                known = {}
            pieces[p] += unsettled(walk.batches, known)
            looked[p].append((began[p], walk.at))


def joined(spans: Iterable[Span]) -> list[Span]:
    """In order, those that are near each other as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start - found[-1][1] <= NEAR:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
