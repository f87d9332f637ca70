"""How many dead letters go back where: read, counted by their headers, nothing written."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from changes.kind import Refusal
from live.reader_batches import Batches
from live.reader_link import ReadFailed
from reader.query import Filter, Query
from reader.replies import Batch, Done
from reader.requests import Originals
from records.changes.origin import attempts_of, origin_of
from records.changes.source import Spans

if TYPE_CHECKING:
    from gateway.cluster import Cluster

SECONDS = 8.0  # that a dry run takes at most; what it has not looked at then is said
SILENT = 10.0


@dataclass(slots=True)
class Tally:
    by_origin: Counter[str] = field(default_factory=Counter)
    without: int = 0  # no header tells
    too_often: int = 0  # sent back so often already that they are left
    looked_at: int = 0
    complete: bool = False


def tally(cluster: Cluster, topic: str, where: Spans, filter: Filter, committed: bool, header: str, most: int) -> Tally:
    """Raises Refusal."""
    found, began = Tally(), time.monotonic()
    query = Query(cluster.config.fingerprint, topic, filter=filter, committed=committed, unmask=True)
    spans = {p: span for p, span in where.items() if span[0] < span[1]}
    with Batches(cluster.config, Originals(0, query, spans, bodies=False)) as batches:
        while time.monotonic() - began < SECONDS:
            try:
                answer = batches.take(SILENT)
            except ReadFailed as failed:
                raise Refusal(f"{topic} could not be read: {failed}") from None
            if answer is None:
                raise Refusal(f"{topic} could not be read: the reader said nothing for {SILENT:.0f} s.")
            match answer[1]:
                case Done():
                    found.complete = True
                    return found
                case Batch() as batch:
                    found.looked_at += batch.seen
                    for record in batch.records:
                        _count(found, record.headers, header, most)
                    batches.more()
    return found


def _count(found: Tally, headers: tuple[tuple[str, bytes | None], ...], header: str, most: int) -> None:
    origin = origin_of(headers, header)
    if origin is None:
        found.without += 1
    elif attempts_of(headers) >= most:
        found.too_often += 1
    else:
        found.by_origin[origin] += 1
