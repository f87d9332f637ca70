"""ShareGroupDescribe v1 (Kafka 4.1): share groups, whose members own no partition alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.facts import Group, Member
from gateway.messages.describe_consumer_groups import assignment, request
from gateway.messages.primitives import Reader

__all__ = ["BLOCK", "FLEXIBLE", "KEY", "VERSION", "described", "request", "response"]
KEY, VERSION, FLEXIBLE = 77, 1, True
BLOCK: Final = 500


def response(data: bytes, coordinator: int) -> dict[str, Group | int]:
    """Per group its description, or its error code."""

    def group(read: Reader) -> Group:
        name, state = read.compact_string(), read.compact_string()
        epoch, target, assignor = read.int32(), read.int32(), read.compact_string()
        members = tuple(_member(read) for _ in range(read.compact_count()))
        return Group(name, "share", state, assignor, members, coordinator, epoch, "share", target)

    return described(data, group)


def described(data: bytes, group: Callable[[Reader], Group]) -> dict[str, Group | int]:
    """What frames the groups of an answer is the same for share and streams groups."""
    read = Reader(data)
    read.int32()  # throttle time
    answers: dict[str, Group | int] = {}
    for _ in range(read.compact_count()):
        error = read.int16()
        read.compact_nullable_string()  # the error in words
        found = group(read)
        read.int32()  # authorized operations
        read.tags()
        answers[found.group] = error or found
    return answers


def _member(read: Reader) -> Member:
    member_id, rack, epoch = read.compact_string(), read.compact_nullable_string(), read.int32()
    client_id, host = read.compact_string(), read.compact_string()
    topics = tuple(sorted(read.compact_string() for _ in range(read.compact_count())))
    assigned = assignment(read)
    read.tags()
    return Member(member_id, client_id, host.lstrip("/"), None, assigned, rack, epoch, topics)
