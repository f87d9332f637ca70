"""DescribeGroups v4: members and assignments of many classic groups of one coordinator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.facts import Group, Member
from gateway.messages import connect_protocol, consumer_protocol
from gateway.messages.primitives import INT32, Heard, Reader, string

KEY, VERSION, FLEXIBLE = 15, 4, False
BLOCK: Final = 500
Described = Heard[tuple[int, str], Group]  # by coordinator and name


def request(groups: Iterable[str]) -> bytes:
    names = [string(group) for group in groups]
    return INT32.pack(len(names)) + b"".join(names) + b"\0"  # no authorized operations


def response(
    data: bytes, coordinator: int, before: Described | None = None, now: Described | None = None
) -> dict[str, Group | int]:
    """Per group its description, or its error code. An unknown group is described as Dead.

    With `before` a group that is as it was is the same object again; `now` takes what is to be recognised next time.
    """
    before, now = before or Heard(), now or Heard()
    read = Reader(data)
    read.int32()  # throttle time
    answers: dict[str, Group | int] = {}
    for _ in range(read.count()):
        error, group = read.int16(), read.string()
        begin, known = read.at, before.same((coordinator, group), data, read.at)
        if known is not None:
            found = known[1]
            read.at += len(known[0])
        else:
            found = _group(read, group, coordinator)
        answers[group] = error or found
        now.keep((coordinator, group), data[begin : read.at], found)
    return answers


def _group(read: Reader, group: str, coordinator: int) -> Group:
    state, protocol_type, assignor = read.string(), read.string(), read.string()
    members = tuple(_member(read, protocol_type) for _ in range(read.count()))
    read.int32()  # authorized operations
    return Group(group, "classic", state, assignor, members, coordinator, protocol_type=protocol_type)


def _member(read: Reader, protocol_type: str) -> Member:
    member_id, instance_id = read.string(), read.nullable_string()
    client_id, host = read.string(), read.string()
    metadata, assigned = read.nullable_bytes() or b"", read.nullable_bytes() or b""
    who = member_id, client_id, host.lstrip("/"), instance_id
    if protocol_type != "consumer":
        return Member(*who, {}, says=connect_protocol.said(metadata, assigned) if protocol_type == "connect" else ())
    wish = consumer_protocol.subscription(metadata)
    owned = consumer_protocol.assignment(assigned) or {}
    return Member(*who, owned, rack=wish.rack, topics=tuple(sorted(wish.topics)))
