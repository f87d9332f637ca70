"""ConsumerGroupDescribe v0: KIP-848 groups with states that the classic protocol has no word for, and their epoch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.facts import Group, Member
from gateway.messages.primitives import Reader, compact_string, uvarint

KEY, VERSION, FLEXIBLE = 69, 0, True
BLOCK: Final = 500


def request(groups: Iterable[str]) -> bytes:
    names = [compact_string(group) for group in groups]
    return uvarint(len(names) + 1) + b"".join(names) + b"\0\0"  # no authorized operations, no tags


def response(data: bytes, coordinator: int) -> dict[str, Group | int]:
    """Per group its description, or its error code (GROUP_ID_NOT_FOUND for unknown and for classic groups)."""
    read = Reader(data)
    read.int32()  # throttle time
    answers: dict[str, Group | int] = {}
    for _ in range(read.compact_count()):
        error = read.int16()
        read.compact_nullable_string()  # the error in words
        group, state = read.compact_string(), read.compact_string()
        epoch, _target_epoch, assignor = read.int32(), read.int32(), read.compact_string()
        members = tuple(_member(read) for _ in range(read.compact_count()))
        read.int32()  # authorized operations
        read.tags()
        answers[group] = error or Group(group, "consumer", state, assignor, members, coordinator, epoch)
    return answers


def _member(read: Reader) -> Member:
    member_id, instance_id = read.compact_string(), read.compact_nullable_string()
    read.compact_nullable_string()  # rack
    read.int32()  # member epoch
    client_id, host = read.compact_string(), read.compact_string()
    for _ in range(read.compact_count()):
        read.compact_string()  # subscribed topics
    read.compact_nullable_string()  # subscribed by pattern
    now = _assignment(read)
    _assignment(read)  # where it is going
    read.tags()
    return Member(member_id, client_id, host.lstrip("/"), instance_id, now)


def _assignment(read: Reader) -> dict[str, tuple[int, ...]]:
    assigned = {}
    for _ in range(read.compact_count()):
        read.uuid()
        topic = read.compact_string()
        assigned[topic] = tuple(sorted(read.compact_int32s()))
        read.tags()
    read.tags()
    return assigned
