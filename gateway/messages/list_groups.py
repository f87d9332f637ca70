"""ListGroups v5: every group a broker coordinates, of every kind, with state and type."""

from __future__ import annotations

from gateway.facts import GroupListing
from gateway.messages.primitives import Reader

KEY, VERSION, FLEXIBLE = 16, 5, True
KINDS = ("classic", "consumer", "share", "streams")


Listed = tuple[int, list[GroupListing]]


def request() -> bytes:
    return b"\1\1\0"  # any state, any type, no tags


def response(data: bytes, broker: int) -> Listed:
    """The error code and the groups."""
    read = Reader(data)
    read.int32()  # throttle time
    error = read.int16()
    groups = []
    for _ in range(read.compact_count()):
        group, protocol_type, state, kind = (read.compact_string() for _ in range(4))
        read.tags()
        groups.append(listing(group, kind, state, protocol_type, broker))
    return error, groups


def listing(group: str, kind: str, state: str, protocol_type: str, broker: int) -> GroupListing:
    known = kind.lower() if kind.lower() in KINDS else "unknown"
    return GroupListing(group, known, state or "Unknown", protocol_type, broker)
