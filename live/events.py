"""What happened between two polls, in the past tense. Pure: two snapshots in, events out."""

from __future__ import annotations

import msgspec

from live.snapshot import GroupState, Snapshot


class Event(msgspec.Struct, frozen=True, tag_field="event", kw_only=True):
    at: int  # ms; when the poll that saw it began: it happened since the one before


class TopicCreated(Event, frozen=True, tag="topic.created"):
    topic: str


class TopicDeleted(Event, frozen=True, tag="topic.deleted"):
    topic: str


class GroupAppeared(Event, frozen=True, tag="group.appeared"):
    group: str


class GroupLeft(Event, frozen=True, tag="group.left"):
    group: str


class MembersChanged(Event, frozen=True, tag="group.members_changed"):
    group: str
    joined: tuple[str, ...]  # member ids
    left: tuple[str, ...]


class ProtocolChanged(Event, frozen=True, tag="group.protocol_changed"):
    """The group went on under another protocol, with its offsets: an upgrade from classic to consumer, or back."""

    group: str
    before: str  # classic | consumer | share | streams
    after: str


class OffsetsRewound(Event, frozen=True, tag="offsets.rewound"):
    """A committed offset went backwards: somebody reset it, or the topic was made anew."""

    group: str
    topic: str
    partition: int
    before: int
    after: int


class VerdictChanged(Event, frozen=True, tag="verdict.changed"):
    group: str
    before: str
    after: str
    sentence: str


def between(before: Snapshot, after: Snapshot) -> list[Event]:
    at, events = after.at, []
    events += [TopicCreated(at=at, topic=name) for name in after.topics.keys() - before.topics.keys()]
    events += [TopicDeleted(at=at, topic=name) for name in before.topics.keys() - after.topics.keys()]
    events += [GroupAppeared(at=at, group=name) for name in after.groups.keys() - before.groups.keys()]
    events += [GroupLeft(at=at, group=name) for name in before.groups.keys() - after.groups.keys()]
    for name, group in after.groups.items():
        known = before.groups.get(name)
        if known is not None and known is not group:
            events += _of_group(known, group, at)
    return events


def _of_group(before: GroupState, after: GroupState, at: int) -> list[Event]:
    events: list[Event] = []
    if before.verdict.code != after.verdict.code:
        codes = {"before": before.verdict.code, "after": after.verdict.code}
        events.append(VerdictChanged(at=at, group=after.group, sentence=after.verdict.sentence, **codes))
    if before.kind != after.kind and "unknown" not in (before.kind, after.kind):
        events.append(ProtocolChanged(at=at, group=after.group, before=before.kind, after=after.kind))
    if before.members is not after.members:
        were, are = {m.id for m in before.members}, {m.id for m in after.members}
        if were != are:
            joined, left = tuple(sorted(are - were)), tuple(sorted(were - are))
            events.append(MembersChanged(at=at, group=after.group, joined=joined, left=left))
    if before.offsets is not after.offsets and len(before.offsets) == len(after.offsets):
        for was, now in zip(before.offsets, after.offsets, strict=True):
            if was is now or was.committed is None or now.committed is None or now.committed >= was.committed:
                continue
            if (was.topic, was.partition) == (now.topic, now.partition):
                place = {"group": after.group, "topic": now.topic, "partition": now.partition}
                events.append(OffsetsRewound(at=at, before=was.committed, after=now.committed, **place))
    return events
