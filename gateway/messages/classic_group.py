"""GroupMetadataValue v0-v4: what the coordinator remembers of a classic group."""

from __future__ import annotations

from typing import NamedTuple

from gateway.messages import consumer_protocol
from gateway.messages.primitives import Reader


class Member(NamedTuple):
    id: str
    client_id: str
    host: str
    instance_id: str | None
    assignment: dict[str, tuple[int, ...]]
    topics: tuple[str, ...] = ()  # subscribed; none are known of other protocols than "consumer"
    session_timeout_ms: int | None = None


class Value(NamedTuple):
    protocol_type: str
    generation: int
    assignor: str | None
    leader: str | None
    at: int | None
    members: tuple[Member, ...]


def value(data: bytes) -> Value | None:
    """None for a version above 4. Raises as gateway.messages.primitives.Reader does."""
    read = Reader(data)
    version = read.int16()
    if not 0 <= version <= 4:
        return None
    flexible = version == 4
    string = read.compact_string if flexible else read.string
    nullable = read.compact_nullable_string if flexible else read.nullable_string
    count = read.compact_count if flexible else read.count

    def data_field() -> bytes:
        return read.compact_bytes() if flexible else read.nullable_bytes() or b""

    protocol_type, generation, assignor, leader = string(), read.int32(), nullable(), nullable()
    at = read.int64() if version >= 2 else -1
    members = []
    for _ in range(count()):
        member_id = string()
        instance_id = nullable() if version >= 3 else None
        client_id, host = string(), string()
        if version >= 1:
            read.int32()  # rebalance timeout
        session, subscribed, assigned = read.int32(), data_field(), data_field()
        if flexible:
            read.tags()
        who = member_id, client_id, host.lstrip("/"), instance_id
        member = Member(*who, {}, (), session)
        if protocol_type == "consumer":
            owned, wish = consumer_protocol.assignment(assigned), consumer_protocol.subscription(subscribed)
            member = Member(*who, owned or {}, wish.topics, session)
        members.append(member)
    return Value(protocol_type, generation, assignor, leader, at if at >= 0 else None, tuple(members))
