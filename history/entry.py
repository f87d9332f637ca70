"""What a poll adds to the journal: everything, or only what is not as it was in the poll before. Pure.

The parts of one topic or group can be read without the others. What a snapshot keeps as the same object is skipped, so
the cost follows what moved and not what there is.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from live.snapshot import GroupState, OffsetState, Snapshot, TopicState

GONE = -1  # in place of a committed offset: the group has nothing to do with the partition any more


LogRows = list[tuple[int, int | None, int | None]]  # partition, end, start
CommittedRows = dict[str, list[tuple[int, int | None]]]  # topic -> (partition, committed)


class Entry(msgspec.Struct, frozen=True, array_like=True):
    whole: bool  # everything there is: what is absent does not exist
    logs: dict[str, msgspec.Raw]  # topic -> LogRows
    groups: dict[str, msgspec.Raw]  # group -> CommittedRows


_encode = msgspec.msgpack.Encoder().encode
_entry = msgspec.msgpack.Decoder(Entry).decode
_logs = msgspec.msgpack.Decoder(LogRows).decode
_committed = msgspec.msgpack.Decoder(CommittedRows).decode


def whole(snapshot: Snapshot) -> bytes:
    logs = {name: [(p.id, p.end, p.start) for p in topic.partitions] for name, topic in snapshot.topics.items()}
    groups = {name: _by_topic(found) for name, group in snapshot.groups.items() if (found := _offsets(group, snapshot))}
    return _encode((True, logs, groups))


def changes(before: Snapshot, now: Snapshot) -> bytes:
    logs = {}
    for name in before.topics.keys() | now.topics.keys():
        was, topic = before.topics.get(name), now.topics.get(name)
        if was is not topic and (moved := _moved_logs(was, topic)):
            logs[name] = moved
    groups = {}
    for name in before.groups.keys() | now.groups.keys():
        old, group = before.groups.get(name), now.groups.get(name)
        was_there, there = (_offsets(old, before) if old else ()), (_offsets(group, now) if group else ())
        if was_there is not there and (offsets := _moved_offsets(was_there, there)):
            groups[name] = offsets
    return _encode((False, logs, groups))


def read(body: bytes) -> Entry:
    return _entry(body)


def logs_of(entry: Entry, topic: str) -> LogRows:
    return _logs(entry.logs[topic]) if topic in entry.logs else []


def committed_of(entry: Entry, group: str) -> CommittedRows:
    return _committed(entry.groups[group]) if group in entry.groups else {}


def _offsets(group: GroupState, snapshot: Snapshot) -> tuple[OffsetState, ...]:
    """What the poll itself read. A group that did not answer keeps its old figures in a snapshot, but not here."""
    heard = bool(group.samples) and group.samples[-1][0] == snapshot.at and not group.unread
    return group.offsets if heard else ()


def _by_topic(offsets: Iterable[OffsetState]) -> CommittedRows:
    topics: CommittedRows = {}
    for o in offsets:
        topics.setdefault(o.topic, []).append((o.partition, o.committed))
    return topics


def _moved_offsets(before: tuple[OffsetState, ...], now: tuple[OffsetState, ...]) -> CommittedRows:
    if len(before) == len(now) and (found := _in_places(before, now)) is not None:
        return found
    topics: CommittedRows = {}
    known = {(o.topic, o.partition): o.committed for o in before}
    for o in now:
        if known.pop((o.topic, o.partition), GONE) != o.committed:
            topics.setdefault(o.topic, []).append((o.partition, o.committed))
    for topic, partition in known:
        topics.setdefault(topic, []).append((partition, GONE))
    return topics


def _in_places(before: tuple[OffsetState, ...], now: tuple[OffsetState, ...]) -> CommittedRows | None:
    """What moved when both are about the same partitions in the same order, as nearly always; else None."""
    topics: CommittedRows = {}
    for b, o in zip(before, now, strict=True):
        if o is b:
            continue
        topic, partition = o.topic, o.partition
        if partition != b.partition or topic != b.topic:
            return None
        if o.committed != b.committed:
            rows = topics.get(topic)
            if rows is None:
                rows = topics[topic] = []
            rows.append((partition, o.committed))
    return topics


def _moved_logs(before: TopicState | None, now: TopicState | None) -> LogRows:
    known = {p.id: p for p in before.partitions} if before else {}
    moved: LogRows = []
    for p in now.partitions if now else ():
        was = known.pop(p.id, None)
        if p is not was and (was is None or (p.end, p.start) != (was.end, was.start)):
            moved.append((p.id, p.end, p.start))
    return moved + [(partition, None, None) for partition in known]
