"""What classic members say to each other inside the group protocol: never flexible, starts with its own version."""

from __future__ import annotations

from typing import NamedTuple

from gateway.messages.primitives import UNREADABLE, Reader


class Subscription(NamedTuple):
    topics: tuple[str, ...]
    rack: str | None = None


def assignment(data: bytes) -> dict[str, tuple[int, ...]] | None:
    """Topic -> partitions, in their order: assignors write them in any. Empty bytes: nothing.

    None: the bytes are not in this format (Connect, Schema Registry).
    """
    if not data:
        return {}
    read = Reader(data)
    try:
        read.int16()  # a higher version than ours starts with the same fields
        return {read.string(): tuple(sorted(read.int32s())) for _ in range(read.count())}
    except UNREADABLE:
        return None


def subscription(data: bytes) -> Subscription:
    """Nothing for bytes that are not in this format."""
    read = Reader(data)
    try:
        version = read.int16()
        topics = tuple(read.string() for _ in range(read.count()))
        if version < 3:
            return Subscription(topics)
        read.nullable_bytes()  # the assignor's own
        for _ in range(read.count()):  # what it owned when it joined
            read.string(), read.int32s()
        read.int32()  # the generation in which it did
        return Subscription(topics, read.nullable_string())
    except UNREADABLE:
        return Subscription(())
