"""Polls with only what matters here, and what a reader must then find, worked out the slow way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from history import entry
from history.levels import FINE
from history.read import Samples
from history.rows import Slot
from live.snapshot import OffsetState, PartitionState, Snapshot
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic

T0 = 1_789_776_000_000  # the begin of a day
Logs = Mapping[tuple[str, int], tuple[int | None, int | None]]  # (end, start)
Groups = Mapping[str, Mapping[tuple[str, int], int | None]]


def a_poll(at: int, logs: Logs, groups: Groups, cluster: int = 1, **known: object) -> Snapshot:
    parts: dict[str, list[PartitionState]] = {}
    for (topic, p), (end, start) in sorted(logs.items()):
        parts.setdefault(topic, []).append(a_partition(p, end=end, start=start))
    topics = [(name, *found) for name, found in parts.items()]
    read = [
        a_group(
            name,
            offsets=tuple(OffsetState(t, p, committed) for (t, p), committed in sorted(offsets.items())),
            samples=((at, None, 0),),
        )
        for name, offsets in groups.items()
    ]
    return a_snapshot(*(a_topic(*one) for one in topics), *read, cluster=cluster, at=at, **known)


def a_slot(polls: Sequence[Snapshot]) -> Slot:
    """As the journal holds them: the first whole, the others as changes."""
    bodies = [entry.whole(polls[0])]
    bodies += [entry.changes(before, now) for before, now in pairwise(polls)]
    begin = polls[0].at - polls[0].at % FINE.slot_ms
    return Slot(begin, tuple(poll.at for poll in polls), tuple(entry.read(body) for body in bodies))


def lag(end: int | None, start: int | None, committed: int | None) -> int | None:
    return None if end is None or committed is None else max(0, end - max(committed, start or 0))


def truth(polls: Sequence[Snapshot], group: str, topic: str = "") -> list[tuple[int | None, ...]]:
    """(lag, committed, end, known, unknown) of each poll."""
    found = []
    for poll in polls:
        logs = {(t.name, p.id): p for t in poll.topics.values() for p in t.partitions}
        state = poll.groups.get(group)
        rows = [o for o in state.offsets if topic in ("", o.topic)] if state else []
        known = []
        for o in rows:
            log = logs.get((o.topic, o.partition))
            if log is not None and (behind := lag(log.end, log.start, o.committed)) is not None:
                known.append((behind, o.committed, log.end))
        sums = tuple(map(sum, zip(*known, strict=True))) if known else (None, None, None)
        found.append((*sums, len(known), len(rows) - len(known)) if rows else (None,) * 5)
    return found


def read_back(samples: Samples) -> list[tuple[int | None, ...]]:
    return list(zip(*samples.columns, strict=True))
