"""What a group had committed at one moment: packed for the database, compared with another moment. Pure.

Packed it is msgpack, topic by topic: [name, topic id, [partition, ...], [offset, ...]]; 50 partitions take 300 bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from gateway.facts import TopicPartition
from live.snapshot import GroupState, PartitionState, Snapshot

IN_LOG, GONE, BEYOND, ANEW, NO_TOPIC, UNKNOWN = "in the log", "deleted", "beyond the end", "made anew", "no topic", ""


class Topic(msgspec.Struct, frozen=True, array_like=True):
    name: str
    id: str | None  # None: Kafka did not tell; then a topic made anew can't be told from the old one
    partitions: tuple[int, ...]
    offsets: tuple[int, ...]


_decoder = msgspec.msgpack.Decoder(tuple[Topic, ...])


@dataclass(frozen=True, slots=True)
class Saved:
    offsets: Mapping[TopicPartition, int]
    ids: Mapping[str, str | None] = field(default_factory=dict)  # topic -> its id

    def pack(self) -> bytes:
        by_topic: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for tp, offset in sorted(self.offsets.items()):
            by_topic[tp.topic].append((tp.partition, offset))
        topics = [
            Topic(name, self.ids.get(name), tuple(p for p, _ in pairs), tuple(o for _, o in pairs))
            for name, pairs in by_topic.items()
        ]
        return msgspec.msgpack.encode(topics)

    @property
    def topics(self) -> list[str]:
        return sorted({tp.topic for tp in self.offsets})


def unpack(body: bytes) -> Saved:
    topics = _decoder.decode(body)
    offsets = {TopicPartition(t.name, p): o for t in topics for p, o in zip(t.partitions, t.offsets, strict=True)}
    return Saved(offsets, {t.name: t.id for t in topics})


def digest(body: bytes) -> str:
    """Equal for equal offsets."""
    return sha256(body).hexdigest()[:32]


def of_snapshot(snapshot: Snapshot, group: GroupState | None) -> Saved:
    """As the newest poll has it; empty for a group that is not there."""
    offsets = group.offsets if group is not None else ()
    known = {TopicPartition(o.topic, o.partition): o.committed for o in offsets if o.committed is not None}
    names = {tp.topic for tp in known}
    return Saved(known, {name: snapshot.topics[name].id for name in names if name in snapshot.topics})


@dataclass(frozen=True, slots=True)
class Row:
    """One partition of a comparison. `was` and `now`: None where nothing was committed."""

    topic: str
    partition: int
    was: int | None
    now: int | None
    log: str  # what became of the record at `was`: IN_LOG | GONE | BEYOND | ANEW | NO_TOPIC | UNKNOWN
    start: int | None
    end: int | None

    @property
    def name(self) -> str:
        return f"{self.topic}-{self.partition}"

    @property
    def place(self) -> str:
        return f"{self.topic}:{self.partition}"

    @property
    def difference(self) -> int | None:
        return None if self.was is None or self.now is None else self.now - self.was

    @property
    def can_go_back(self) -> bool:
        return self.was is not None and self.log not in (ANEW, NO_TOPIC)


def compare(was: Saved, now: Saved, snapshot: Snapshot | None) -> list[Row]:
    """By topic and partition. Without a snapshot nothing is known of the logs."""
    rows = []
    for tp in sorted(set(was.offsets) | set(now.offsets)):
        before = was.offsets.get(tp)
        log = _log(snapshot, tp)
        state = "" if before is None or snapshot is None else _state(before, was.ids.get(tp.topic), tp, snapshot, log)
        start, end = (log.start, log.end) if log is not None else (None, None)
        rows.append(Row(tp.topic, tp.partition, before, now.offsets.get(tp), state, start, end))
    return rows


def _log(snapshot: Snapshot | None, tp: TopicPartition) -> PartitionState | None:
    topic = snapshot.topics.get(tp.topic) if snapshot is not None else None
    return next((p for p in topic.partitions if p.id == tp.partition), None) if topic is not None else None


def _state(offset: int, id: str | None, tp: TopicPartition, snapshot: Snapshot, log: PartitionState | None) -> str:
    topic = snapshot.topics.get(tp.topic)
    if topic is None or log is None:
        return NO_TOPIC
    if id is not None and topic.id is not None and id != topic.id:
        return ANEW
    if log.start is None or log.end is None:
        return UNKNOWN
    return GONE if offset < log.start else BEYOND if offset > log.end else IN_LOG
