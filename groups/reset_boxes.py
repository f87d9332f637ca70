"""The partitions of a reset's form, to be ticked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from live.snapshot import GroupState, PartitionState, Snapshot


@dataclass(frozen=True, slots=True)
class Box:
    """One partition to tick."""

    topic: str
    partition: int
    committed: int | None
    start: int | None
    end: int | None
    ticked: bool

    @property
    def value(self) -> str:
        return f"{self.topic}:{self.partition}"

    @property
    def lag(self) -> int | None:
        return None if self.committed is None or self.end is None else max(0, self.end - self.committed)


def boxes(snapshot: Snapshot | None, state: GroupState | None, ticked: Iterable[str] | None) -> dict[str, list[Box]]:
    """By topic: all that the group knows of, and whatever was ticked besides.

    Before anything was chosen (None) all partitions with a commit are ticked: the tool's --all-topics.
    """
    committed = {(o.topic, o.partition): o.committed for o in state.offsets} if state else {}
    chosen = None if ticked is None else set(map(split, ticked)) - {None}
    found: dict[str, list[Box]] = defaultdict(list)
    for place in sorted(committed.keys() | (chosen or set())):
        topic, partition = place
        log = _log(snapshot, topic, partition)
        if log is None and place not in committed:
            continue
        on = committed[place] is not None if chosen is None else place in chosen
        start, end = (log.start, log.end) if log else (None, None)
        found[topic].append(Box(topic, partition, committed.get(place), start, end, on))
    return dict(found)


def split(value: str) -> tuple[str, int] | None:
    """ "orders:3" of a ticked box; None for what no box of ours says."""
    topic, _, number = value.rpartition(":")
    return (topic, int(number)) if topic and number.isascii() and number.isdecimal() and len(number) < 11 else None


def _log(snapshot: Snapshot | None, topic: str, partition: int) -> PartitionState | None:
    known = snapshot.topics.get(topic) if snapshot else None
    return next((p for p in known.partitions if p.id == partition), None) if known else None
