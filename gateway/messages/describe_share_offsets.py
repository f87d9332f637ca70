"""DescribeShareGroupOffsets v1 (Kafka 4.2): where a share group begins on each partition, and how much it has left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.facts import Shared, TopicPartition
from gateway.messages.primitives import Reader, compact_string, uvarint

KEY, VERSION, FLEXIBLE = 90, 1, True
BLOCK: Final = 250

Offsets = dict[TopicPartition, Shared]


def request(groups: Iterable[str]) -> bytes:
    rows = [compact_string(group) + b"\0\0" for group in groups]  # null topics: all of them; no tags
    return uvarint(len(rows) + 1) + b"".join(rows) + b"\0"


def response(data: bytes, _broker: int, version: int = VERSION) -> dict[str, Offsets | int]:
    """Per group the partitions it has begun, or its error code."""
    read = Reader(data)
    read.int32()  # throttle time
    answers: dict[str, Offsets | int] = {}
    for _ in range(read.compact_count()):
        group, offsets = read.compact_string(), {}
        for _ in range(read.compact_count()):
            topic = read.compact_string()
            read.uuid()
            for _ in range(read.compact_count()):
                partition, shared = _partition(read, version)
                if shared is not None:
                    offsets[TopicPartition(topic, partition)] = shared
            read.tags()
        error = read.int16()
        read.compact_nullable_string()  # the error in words
        read.tags()
        answers[group] = error or offsets
    return answers


def _partition(read: Reader, version: int) -> tuple[int, Shared | None]:
    """What is not known of a partition is left out."""
    number, start = read.int32(), read.int64()
    read.int32()  # leader epoch
    lag = read.int64() if version >= 1 else -1
    error = read.int16()
    read.compact_nullable_string()
    read.tags()
    return number, None if error or start < 0 else Shared(start, lag if lag >= 0 else None)
