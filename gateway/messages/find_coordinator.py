"""FindCoordinator v4: which broker looks after each of many groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.messages.primitives import Reader, compact_string, uvarint

KEY, VERSION, FLEXIBLE = 10, 4, True
BLOCK: Final = 1000


def request(groups: Iterable[str]) -> bytes:
    keys = [compact_string(group) for group in groups]
    return b"\0" + uvarint(len(keys) + 1) + b"".join(keys) + b"\0"  # key type 0: groups; no tags


def response(data: bytes) -> tuple[dict[str, int], dict[str, int]]:
    """The coordinator of each group, and the error code of each that has none now."""
    read = Reader(data)
    read.int32()  # throttle time
    found: dict[str, int] = {}
    errors: dict[str, int] = {}
    for _ in range(read.compact_count()):
        group, node = read.compact_string(), read.int32()
        read.compact_string(), read.int32()  # host and port
        error = read.int16()
        read.compact_nullable_string()
        read.tags()
        if error:
            errors[group] = error
        else:
            found[group] = node
    return found, errors
