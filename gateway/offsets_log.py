"""The records of `__consumer_offsets` as typed events. Pure; no bytes make it raise.

Layouts: group-coordinator/src/main/resources/common/message in Kafka's source; checked against records that Kafka 4.3.1
wrote. A key starts with its record type, a value with its own version; a value of None is a tombstone.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.facts import TopicPartition
from gateway.messages import classic_group
from gateway.messages.primitives import INT16, Reader, topic_id


@dataclass(frozen=True, slots=True)
class OffsetCommitted:
    group: str
    tp: TopicPartition
    offset: int | None  # None: tombstone (deleted, expired, or the topic is gone)
    leader_epoch: int | None = None
    metadata: str = ""
    at: int | None = None  # ms, the coordinator's clock


@dataclass(frozen=True, slots=True)
class ClassicGroup:
    """Written when a rebalance has ended or the group became empty; the start of a rebalance is never written."""

    group: str
    deleted: bool = False
    protocol_type: str = ""
    generation: int = 0
    assignor: str | None = None
    leader: str | None = None
    at: int | None = None  # ms since when the group is in its state
    members: tuple[classic_group.Member, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupEpoch:
    """KIP-848: something changed and a new assignment is needed. None: the group was deleted."""

    group: str
    epoch: int | None


@dataclass(frozen=True, slots=True)
class TargetEpoch:
    """KIP-848: the new assignment has been computed."""

    group: str
    epoch: int | None


@dataclass(frozen=True, slots=True)
class MemberJoined:
    group: str
    member: str
    client_id: str
    host: str
    instance_id: str | None
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MemberLeft:
    group: str
    member: str


@dataclass(frozen=True, slots=True)
class TargetAssignment:
    """KIP-848: what a member shall own. Topic ids as Kafka prints them."""

    group: str
    member: str
    assignment: dict[str, tuple[int, ...]] | None  # None: tombstone


@dataclass(frozen=True, slots=True)
class CurrentAssignment:
    """KIP-848: what a member owns, and still has to give up. Topic ids as Kafka prints them."""

    group: str
    member: str
    epoch: int | None = None  # None: tombstone; -2: a static member is away
    state: str = "unknown"  # stable | revoking | waiting | unknown
    assigned: dict[str, tuple[int, ...]] | None = None
    revoking: dict[str, tuple[int, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Touched:
    """A record of a share or streams group, or one that only says that a group changed."""

    group: str
    record_type: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not understood: a newer type or version, or damage. To be counted, never fatal."""

    reason: str


Event = (
    OffsetCommitted
    | ClassicGroup
    | GroupEpoch
    | TargetEpoch
    | MemberJoined
    | MemberLeft
    | TargetAssignment
    | CurrentAssignment
    | Touched
    | Unknown
)
_TOUCHING: Final = frozenset((4, *range(9, 25)))  # share: 9-15, pattern: 16, streams: 17-24
_STATES: Final = {0: "stable", 1: "revoking", 2: "waiting"}
_EPOCHED: Final = struct.Struct(">qi")  # offset and leader epoch of a commit since v3
_DAMAGE: Final = (struct.error, IndexError, ValueError)


def decode(key: bytes | None, value: bytes | None) -> Event:
    """One record. Unknown when it cannot be read."""
    if not key or len(key) < 2:
        return Unknown("no key")
    record_type = key[0] << 8 | key[1]
    try:
        if record_type <= 1:
            return _offset(key, value)
        if record_type in _TOUCHING:
            return Touched(Reader(key, 2).string(), record_type)
        decoder = _DECODERS.get(record_type)
        return decoder(Reader(key, 2), value) if decoder else Unknown(f"record type {record_type}")
    except _DAMAGE as error:
        return Unknown(f"damaged record of type {record_type}: {error}")


def _offset(key: bytes, value: bytes | None) -> Event:
    read = Reader(key, 2)
    group, topic, partition = read.string(), read.string(), read.int32()
    tp = TopicPartition(topic, partition)
    if value is None:
        return OffsetCommitted(group, tp, None)
    version = int(INT16.unpack_from(value)[0])
    if not 0 <= version <= 4:
        return Unknown(f"offset commit version {version}")
    body = Reader(value, 2)
    epoch = -1
    if version >= 3:
        offset, epoch = _EPOCHED.unpack_from(value, 2)
        body.at = 14
    else:
        offset = body.int64()
    metadata = body.compact_string() if version == 4 else body.string()
    return OffsetCommitted(group, tp, offset, epoch if epoch >= 0 else None, metadata.rstrip("\0"), body.int64())


def _classic(key: Reader, value: bytes | None) -> Event:
    group = key.string()
    if value is None:
        return ClassicGroup(group, deleted=True)
    found = classic_group.value(value)
    if found is None:
        return Unknown("classic group of an unknown version")
    return ClassicGroup(group, False, *found)


def _group_epoch(key: Reader, value: bytes | None) -> Event:
    return GroupEpoch(key.string(), None if value is None else _body(value).int32())


def _target_epoch(key: Reader, value: bytes | None) -> Event:
    return TargetEpoch(key.string(), None if value is None else _body(value).int32())


def _member(key: Reader, value: bytes | None) -> Event:
    group, member = key.string(), key.string()
    if value is None:
        return MemberLeft(group, member)
    body = _body(value)
    instance_id = body.compact_nullable_string()
    body.compact_nullable_string()  # rack
    client_id, host = body.compact_string(), body.compact_string()
    topics = tuple(body.compact_string() for _ in range(body.compact_count()))
    return MemberJoined(group, member, client_id, host.lstrip("/"), instance_id, topics)


def _target_assignment(key: Reader, value: bytes | None) -> Event:
    group, member = key.string(), key.string()
    return TargetAssignment(group, member, None if value is None else _topics(_body(value)))


def _current_assignment(key: Reader, value: bytes | None) -> Event:
    group, member = key.string(), key.string()
    if value is None:
        return CurrentAssignment(group, member)
    body = _body(value)
    epoch, _previous, state = body.int32(), body.int32(), body.int8()
    return CurrentAssignment(group, member, epoch, _STATES.get(state, "unknown"), _topics(body), _topics(body))


def _body(value: bytes) -> Reader:
    """After the version. A newer one starts with the fields that we know."""
    body = Reader(value)
    body.int16()
    return body


def _topics(body: Reader) -> dict[str, tuple[int, ...]]:
    assigned: dict[str, tuple[int, ...]] = {}
    for _ in range(body.compact_count()):
        topic = topic_id(body.uuid()) or ""
        assigned[topic] = body.compact_int32s()
        body.tags()  # KIP-1251: epochs of the partitions
    return assigned


_DECODERS: Final[dict[int, Callable[[Reader, bytes | None], Event]]] = {
    2: _classic,
    3: _group_epoch,
    5: _member,
    6: _target_epoch,
    7: _target_assignment,
    8: _current_assignment,
}
