"""What classic members say to each other inside the group protocol: never flexible, starts with its own version."""

from __future__ import annotations

import struct

from gateway.messages.primitives import Reader


def assignment(data: bytes) -> dict[str, tuple[int, ...]] | None:
    """Topic -> partitions. None: the bytes are not in this format (Connect, Schema Registry). Empty bytes: nothing."""
    if not data:
        return {}
    read = Reader(data)
    try:
        read.int16()  # a higher version than ours starts with the same fields
        return {read.string(): read.int32s() for _ in range(read.count())}
    except (struct.error, IndexError, ValueError):
        return None
