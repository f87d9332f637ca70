"""The partitions of a reset's form, to be ticked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from live.snapshot import GroupState, PartitionState, Snapshot

Place = tuple[str, int]  # topic, partition


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
    places = committed.keys() | (chosen or set())
    logs = _logs(snapshot, {topic for topic, _ in places})
    for place in sorted(places):
        topic, partition = place
        log = logs.get(place)
        if log is None and place not in committed:
            continue
        on = committed[place] is not None if chosen is None else place in chosen
        start, end = (log.start, log.end) if log else (None, None)
        found[topic].append(Box(topic, partition, committed.get(place), start, end, on))
    return dict(found)


def split(value: str) -> Place | None:
    """ "orders:3" of a ticked box; None for what no box of ours says."""
    topic, _, number = value.rpartition(":")
    return (topic, int(number)) if topic and number.isascii() and number.isdecimal() and len(number) < 11 else None


def _logs(snapshot: Snapshot | None, topics: set[str]) -> dict[Place, PartitionState]:
    known = (snapshot.topics[topic] for topic in topics if topic in snapshot.topics) if snapshot else ()
    return {(topic.name, partition.id): partition for topic in known for partition in topic.partitions}
