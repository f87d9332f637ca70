"""When the next unread record of a partition was written: looked up for groups that somebody watches, where they may
read the topic. Only the record's offset and timestamp are kept.

While a group stands its next record stays the same and is looked up once; where it moves, every few seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from live import reader_link
from live.age import worth_ms
from live.overlay import Overlay, Peeked, Place
from live.snapshot import GroupState, Snapshot
from reader.replies import Done, Rows
from reader.requests import Peek

MOST = 50  # partitions of one topic in one look, the furthest behind first
YOUNG_MS = 2000  # what is said to be younger is not worth a look
TIMEOUT = 5.0  # seconds


def wanted(group: GroupState, snapshot: Snapshot, overlay: Overlay) -> dict[str, dict[int, int]]:
    """By topic: the committed offset of each partition whose next record has to be looked up."""
    known = overlay.peeked.get(group.group, {})
    found: dict[str, list[tuple[int, int, int]]] = {}
    topics = {o.topic for o in group.offsets} & snapshot.topics.keys()
    logs = {(topic, p.id): p for topic in topics for p in snapshot.topics[topic].partitions}
    for o in group.offsets:
        log = logs.get((o.topic, o.partition))
        end = overlay.end((o.topic, o.partition), log)
        if log is None or end is None or o.committed is None or end <= o.committed:
            continue
        age = worth_ms(end - o.committed, log.in_rate)
        if age is not None and age < YOUNG_MS:
            continue
        peeked = known.get((o.topic, o.partition))
        # Where there was no record, one may have come since.
        if peeked is None or peeked.found is None or not peeked.holds(o.committed):
            found.setdefault(o.topic, []).append((end - o.committed, o.partition, o.committed))
    return {topic: {p: at for _, p, at in sorted(rows, reverse=True)[:MOST]} for topic, rows in found.items()}


def look(config: Any, topic: str, offsets: Mapping[int, int], now: int) -> dict[Place, Peeked]:
    """Asks the reader, and waits. `config` is a gateway ClusterConfig."""
    request = Peek(id=0, cluster=config.fingerprint, topic=topic, offsets=dict(offsets))
    try:
        replies = reader_link.call(config, request, timeout=TIMEOUT)
    except reader_link.ReadFailed as failed:
        return {(topic, p): Peeked(at, now, None, why=str(failed)) for p, at in offsets.items()}
    rows = {row.partition: row for reply in replies if isinstance(reply, Rows) for row in reply.rows}
    whole = all(reply.complete for reply in replies if isinstance(reply, Done))
    why = "" if whole else "its next record was not found within five seconds"
    return {
        (topic, p): Peeked(at, now, rows[p].offset, rows[p].timestamp) if p in rows else Peeked(at, now, None, why=why)
        for p, at in offsets.items()
    }
