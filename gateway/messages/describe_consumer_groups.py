"""ConsumerGroupDescribe v1: KIP-848 groups with states that the classic protocol has no word for, and their epochs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.facts import Group, Member
from gateway.messages.primitives import Reader, compact_string, uvarint

KEY, VERSION, FLEXIBLE = 69, 1, True
BLOCK: Final = 500
_CLASSIC: Final = 0  # the type of a member that has not been upgraded yet


def request(groups: Iterable[str]) -> bytes:
    names = [compact_string(group) for group in groups]
    return uvarint(len(names) + 1) + b"".join(names) + b"\0\0"  # no authorized operations, no tags


def response(data: bytes, coordinator: int, version: int = VERSION) -> dict[str, Group | int]:
    """Per group its description, or its error code (GROUP_ID_NOT_FOUND for unknown and for classic groups)."""
    read = Reader(data)
    read.int32()  # throttle time
    answers: dict[str, Group | int] = {}
    for _ in range(read.compact_count()):
        error = read.int16()
        read.compact_nullable_string()  # the error in words
        group, state = read.compact_string(), read.compact_string()
        epoch, target, assignor = read.int32(), read.int32(), read.compact_string()
        members = tuple(_member(read, version) for _ in range(read.compact_count()))
        read.int32()  # authorized operations
        read.tags()
        found = Group(group, "consumer", state, assignor, members, coordinator, epoch, "consumer", target)
        answers[group] = error or found
    return answers


def _member(read: Reader, version: int) -> Member:
    member_id, instance_id, rack = read.compact_string(), read.compact_nullable_string(), read.compact_nullable_string()
    epoch, client_id, host = read.int32(), read.compact_string(), read.compact_string()
    topics = tuple(sorted(read.compact_string() for _ in range(read.compact_count())))
    pattern = read.compact_string()
    now, target = assignment(read), assignment(read)
    classic = version >= 1 and read.int8() == _CLASSIC
    read.tags()
    return Member(
        member_id, client_id, host.lstrip("/"), instance_id, now, rack, epoch, topics, pattern, target, classic
    )


def assignment(read: Reader) -> dict[str, tuple[int, ...]]:
    assigned = {}
    for _ in range(read.compact_count()):
        read.uuid()
        topic = read.compact_string()
        assigned[topic] = tuple(sorted(read.compact_int32s()))
        read.tags()
    read.tags()
    return assigned
