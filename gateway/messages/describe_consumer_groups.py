"""ConsumerGroupDescribe v1: KIP-848 groups with states that the classic protocol has no word for, and their epochs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.facts import Group, Member
from gateway.messages.describe_groups import Described
from gateway.messages.primitives import Heard, Reader, compact_string, uvarint

KEY, VERSION, FLEXIBLE = 69, 1, True
BLOCK: Final = 500
_CLASSIC: Final = 0  # the type of a member that has not been upgraded yet


def request(groups: Iterable[str]) -> bytes:
    names = [compact_string(group) for group in groups]
    return uvarint(len(names) + 1) + b"".join(names) + b"\0\0"  # no authorized operations, no tags


def response(
    data: bytes,
    coordinator: int,
    before: Described | None = None,
    now: Described | None = None,
    version: int = VERSION,
) -> dict[str, Group | int]:
    """Per group its description, or its error code (GROUP_ID_NOT_FOUND for unknown and for classic groups).

    `before` and `now` as for classic groups.
    """
    before, now = before or Heard(), now or Heard()
    read = Reader(data)
    read.int32()  # throttle time
    answers: dict[str, Group | int] = {}
    for _ in range(read.compact_count()):
        error = read.int16()
        read.compact_nullable_string()  # the error in words
        group = read.compact_string()
        begin, known = read.at, before.same((coordinator, group), data, read.at)
        if known is not None:
            found = known[1]
            read.at += len(known[0])
        else:
            found = _group(read, group, coordinator, version)
        answers[group] = error or found
        now.keep((coordinator, group), data[begin : read.at], found)
    return answers


def _group(read: Reader, group: str, coordinator: int, version: int) -> Group:
    state, epoch, target, assignor = read.compact_string(), read.int32(), read.int32(), read.compact_string()
    members = tuple(_member(read, version) for _ in range(read.compact_count()))
    read.int32()  # authorized operations
    read.tags()
    return Group(group, "consumer", state, assignor, members, coordinator, epoch, "consumer", target)


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
