"""What became of transactions, from the headers of batches: who was aborted, who waits, where markers stand.

Pure. The rule is that of Kafka's own consumers: a producer's batches belong to an aborted transaction from its first
offset on until the producer's next marker.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.batches import Batch
from reader.scan import Span

MARKERS = ("commit", "abort", "marker")


@dataclass(frozen=True, slots=True)
class Piece:
    """Neighbouring offsets of one fate. A batch may hold fewer records than offsets: compaction."""

    first: int
    last: int
    kind: str  # "" | aborted | open | commit | abort | marker
    producer: int = -1
    timestamp: int = -1


def settled(batches: Iterable[Batch], aborted: Iterable[tuple[int, int]]) -> list[Piece]:
    """Of batches below the last stable offset, without a hole between them."""
    begun = sorted(((first, producer) for producer, first in aborted), reverse=True)
    doomed: set[int] = set()
    pieces = []
    for batch in batches:
        while begun and begun[-1][0] <= batch.last:
            doomed.add(begun.pop()[1])
        if batch.marker:
            doomed.discard(batch.producer)
            pieces.append(_piece(batch, batch.marker))
        else:
            pieces.append(_piece(batch, "aborted" if batch.transactional and batch.producer in doomed else ""))
    return pieces


def unsettled(batches: Sequence[Batch], begun: dict[int, int]) -> list[Piece]:
    """Of batches from the last stable offset on. `begun`: where the open transaction of each producer begins."""
    ends: dict[int, str] = {}  # by producer, how its transaction ended, read from the end
    pieces = []
    for batch in reversed(batches):
        kind = batch.marker
        if kind:
            ends[batch.producer] = kind
        elif batch.transactional:
            ours = begun.get(batch.producer)
            if ours is not None and batch.first >= ours:
                kind = "open"
            elif ends.get(batch.producer) == "abort":
                kind = "aborted"
        pieces.append(_piece(batch, kind))
    return pieces[::-1]


class Fates:
    """The pieces of one partition, as far as they were looked at."""

    def __init__(self, pieces: Iterable[Piece], looked: Iterable[Span], stable: int | None) -> None:
        """`looked`: what was looked at; `stable`: the last stable offset, None is not known."""
        self.pieces = sorted({p.first: p for p in pieces}.values(), key=lambda p: p.first)
        self.starts = [p.first for p in self.pieces]
        self.looked = tuple(looked)
        self.stable = stable

    def of(self, offset: int) -> Piece | None:
        """None: not looked at, or nothing is there."""
        at = bisect_right(self.starts, offset) - 1
        return self.pieces[at] if at >= 0 and self.pieces[at].last >= offset else None

    def reasons(self, span: Span, committed: bool) -> list[Piece]:
        """Why these offsets gave no record, as neighbouring pieces: kinds are those of Piece, `gone` and `unknown`."""
        found: list[Piece] = []
        first, end = span
        while first < end:
            piece = self._reason(first, end, committed)
            if found and found[-1].kind == piece.kind and piece.kind not in MARKERS:
                found[-1] = Piece(found[-1].first, piece.last, piece.kind)
            else:
                found.append(piece)
            first = piece.last + 1
        return found

    def _reason(self, first: int, end: int, committed: bool) -> Piece:
        """Of the offset `first` and those behind it that share its fate."""
        piece = self.of(first)
        if piece is None:
            at = bisect_right(self.starts, first)
            last = min(self.pieces[at].first if at < len(self.pieces) else end, end) - 1
            seen = next((stop for start, stop in self.looked if start <= first < stop), None)
            piece = Piece(first, last, "unknown") if seen is None else Piece(first, min(last, seen - 1), "gone")
        last, kind = min(piece.last, end - 1), piece.kind
        if kind in MARKERS:
            return Piece(first, last, kind, piece.producer, piece.timestamp)
        if committed and self.stable is not None and last >= self.stable:
            if first >= self.stable:
                return Piece(first, last, "open")
            last = self.stable - 1
        if kind == "" or (kind in ("aborted", "open") and not committed):
            kind = "gone"  # the batch is there, the record is not
        return Piece(first, last, kind)


def _piece(batch: Batch, kind: str) -> Piece:
    return Piece(batch.first, batch.last, kind, batch.producer, batch.timestamp)
