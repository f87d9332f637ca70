"""The rows of a page with what became of their transactions, and its gaps with their reasons."""

from __future__ import annotations

import msgspec

from gateway.cluster import Cluster
from reader.gaps import explained
from reader.marks import Marks
from reader.requests import Browse
from reader.scan import Span
from reader.shown import Gap, Row
from reader.trace import Piece

_MARKED = ("aborted", "open")


def explain(
    cluster: Cluster, request: Browse, rows: list[Row], gaps: dict[int, list[Span]]
) -> tuple[list[Row], list[Gap], tuple[str, ...]]:
    """(rows, gaps that are not placed yet, sentences about what could not be found out)"""
    wanted: dict[int, list[Span]] = {p: list(spans) for p, spans in gaps.items() if spans}
    for row in rows:
        wanted.setdefault(row.partition, []).append((row.offset, row.offset + 1))
    marks = Marks(cluster, request.query.topic)
    fates = marks.fates(wanted)
    told = [_marked(row, fates[row.partition].of(row.offset)) for row in rows]
    found = explained(gaps, fates, committed=request.query.committed, markers=request.markers)
    notes = (f"Whether transactions were committed could not be found out: {marks.trouble}",) if marks.trouble else ()
    return told, found, notes


def _marked(row: Row, piece: Piece | None) -> Row:
    return row if piece is None or piece.kind not in _MARKED else msgspec.structs.replace(row, mark=piece.kind)
