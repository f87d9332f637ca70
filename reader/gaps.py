"""Offsets of a page that hold no record, and where among its rows they stand. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reader.scan import Span
from reader.shown import Gap, Row
from reader.trace import MARKERS, Fates


def within(gaps: Iterable[Span], span: Span) -> list[Span]:
    """The parts of gaps that lie in a span, in order; neighbours as one."""
    found: list[Span] = []
    for first, end in sorted(gaps):
        first, end = max(first, span[0]), min(end, span[1])
        if first >= end:
            continue
        if found and found[-1][1] >= first:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((first, end))
    return found


def explained(
    gaps: Mapping[int, Sequence[Span]], fates: Mapping[int, Fates], *, committed: bool, markers: bool
) -> list[Gap]:
    """`markers`: also those of transactions, which every transaction leaves."""
    found = []
    for partition, spans in gaps.items():
        for span in spans:
            for piece in fates[partition].reasons(span, committed):
                if markers or piece.kind not in MARKERS:
                    time = piece.timestamp if piece.timestamp >= 0 else None
                    found.append(Gap(partition, piece.first, piece.last, piece.kind, 0, piece.producer, time))
    return found


def placed(gaps: Iterable[Gap], rows: Sequence[Row], backward: bool) -> list[Gap]:
    """Each before the next row of its partition, else behind the last one, else at the end: `at` is the number of the
    row that it stands before."""
    where: dict[int, list[tuple[int, int]]] = {}
    for at, row in enumerate(rows):
        where.setdefault(row.partition, []).append((row.offset, at))
    found = []
    for gap in gaps:
        ours = where.get(gap.partition, [])
        following = next((at for offset, at in ours if (offset < gap.first if backward else offset > gap.last)), None)
        at = following if following is not None else ours[-1][1] + 1 if ours else len(rows)
        found.append(Gap(gap.partition, gap.first, gap.last, gap.why, at, gap.producer, gap.timestamp))
    return sorted(found, key=lambda g: (g.at, g.partition, -g.first if backward else g.first))
