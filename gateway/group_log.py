"""What `__consumer_offsets` tells of groups themselves: the records of classic and of KIP-848 groups. Pure.

Types 2 to 8 and 16. Each decoder takes the key behind its type and the value, and raises as
gateway.messages.primitives.Reader does. Topic ids are given as Kafka prints them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.messages import classic_group
from gateway.messages.primitives import Reader, topic_id

Assigned = dict[str, tuple[int, ...]]  # topic id -> partitions


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
    at: int | None = None  # ms, since Kafka 4.3


@dataclass(frozen=True, slots=True)
class MemberJoined:
    """A member came, or its subscription changed."""

    group: str
    member: str
    client_id: str
    host: str
    instance_id: str | None
    topics: tuple[str, ...]
    pattern: str = ""  # subscribed by regular expression; Kafka resolves it to topics (PatternResolved)
    rack: str | None = None
    assignor: str | None = None  # the one it asks the server for
    rebalance_timeout_ms: int | None = None
    classic: bool = False  # it speaks the classic protocol to a KIP-848 group


@dataclass(frozen=True, slots=True)
class MemberLeft:
    group: str
    member: str


@dataclass(frozen=True, slots=True)
class TargetAssignment:
    """KIP-848: what a member shall own."""

    group: str
    member: str
    assignment: Assigned | None  # None: tombstone


@dataclass(frozen=True, slots=True)
class CurrentAssignment:
    """KIP-848: what a member owns, and still has to give up."""

    group: str
    member: str
    epoch: int | None = None  # None: tombstone; -2: a static member is away
    state: str = "unknown"  # stable | revoking | waiting | unknown
    assigned: Assigned | None = None
    revoking: Assigned | None = None
    previous_epoch: int | None = None


@dataclass(frozen=True, slots=True)
class PatternResolved:
    """The topics that a subscription by pattern has come to; None: nobody subscribes by it any more."""

    group: str
    pattern: str
    topics: tuple[str, ...] | None


GroupEvent = (
    ClassicGroup
    | GroupEpoch
    | TargetEpoch
    | MemberJoined
    | MemberLeft
    | TargetAssignment
    | CurrentAssignment
    | PatternResolved
)
AWAY: Final = -2  # the epoch of a static member that said it would be back
_STATES: Final = {0: "stable", 1: "revoking", 2: "waiting"}


def _classic(key: Reader, value: bytes | None) -> GroupEvent | None:
    group = key.string()
    if value is None:
        return ClassicGroup(group, deleted=True)
    found = classic_group.value(value)
    return ClassicGroup(group, False, *found) if found is not None else None


def _group_epoch(key: Reader, value: bytes | None) -> GroupEvent:
    return GroupEpoch(key.string(), None if value is None else _body(value).int32())


def _target_epoch(key: Reader, value: bytes | None) -> GroupEvent:
    group = key.string()
    if value is None:
        return TargetEpoch(group, None)
    body = _body(value)
    epoch, said = body.int32(), body.tags().get(0, b"")
    return TargetEpoch(group, epoch, Reader(said).int64() if len(said) == 8 else None)


def _member(key: Reader, value: bytes | None) -> GroupEvent:
    group, member = key.string(), key.string()
    if value is None:
        return MemberLeft(group, member)
    body = _body(value)
    instance_id, rack = body.compact_nullable_string(), body.compact_nullable_string()
    client_id, host = body.compact_string(), body.compact_string()
    topics = tuple(body.compact_string() for _ in range(body.compact_count()))
    pattern, timeout, assignor = body.compact_string(), body.int32(), body.compact_nullable_string()
    classic = body.tags().get(0, b"\0")[:1] == b"\1"
    host = host.lstrip("/")
    return MemberJoined(
        group, member, client_id, host, instance_id, topics, pattern, rack or None, assignor or None, timeout, classic
    )


def _target_assignment(key: Reader, value: bytes | None) -> GroupEvent:
    group, member = key.string(), key.string()
    return TargetAssignment(group, member, None if value is None else _topics(_body(value)))


def _current_assignment(key: Reader, value: bytes | None) -> GroupEvent:
    group, member = key.string(), key.string()
    if value is None:
        return CurrentAssignment(group, member)
    body = _body(value)
    epoch, previous, state = body.int32(), body.int32(), _STATES.get(body.int8(), "unknown")
    return CurrentAssignment(group, member, epoch, state, _topics(body), _topics(body), previous)


def _pattern(key: Reader, value: bytes | None) -> GroupEvent:
    group, pattern = key.string(), key.string()
    if value is None:
        return PatternResolved(group, pattern, None)
    body = _body(value)
    return PatternResolved(group, pattern, tuple(body.compact_string() for _ in range(body.compact_count())))


def _body(value: bytes) -> Reader:
    """After the version. A newer one starts with the fields that we know."""
    body = Reader(value)
    body.int16()
    return body


def _topics(body: Reader) -> Assigned:
    assigned: Assigned = {}
    for _ in range(body.compact_count()):
        topic = topic_id(body.uuid()) or ""
        assigned[topic] = tuple(sorted(body.compact_int32s()))
        body.tags()  # KIP-1251: epochs of the partitions
    return assigned


DECODERS: Final[dict[int, Callable[[Reader, bytes | None], GroupEvent | None]]] = {
    2: _classic,
    3: _group_epoch,
    5: _member,
    6: _target_epoch,
    7: _target_assignment,
    8: _current_assignment,
    16: _pattern,
}
