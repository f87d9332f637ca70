"""DescribeLogDirs v4 (Kafka 3.3): the size of every replica that a broker keeps, directory by directory."""

from __future__ import annotations

from struct import Struct
from typing import Final

from gateway.facts import TopicPartition
from gateway.messages.primitives import Reader

KEY, VERSION, FLEXIBLE = 35, 4, True
_ROW: Final = Struct(">iqq2x")  # partition, bytes, how far it is behind; whether it will replace another, no tags

Directory = tuple[int, str, dict[TopicPartition, int], int, int]  # error code, path, replicas, bytes in all, bytes free


def request() -> bytes:
    return b"\0\0"  # null topics: all of them; no tags


def response(data: bytes) -> tuple[int, list[Directory]]:
    """The error code of the whole answer, and the directories. Bytes of a volume are -1 where they are not known."""
    read = Reader(data)
    read.int32()  # throttle time
    error, found = read.int16(), []
    for _ in range(read.compact_count()):
        code, path = read.int16(), read.compact_string()
        replicas: dict[TopicPartition, int] = {}
        for _ in range(read.compact_count()):
            topic, rows = read.compact_string(), read.take(_ROW.size * read.compact_count())
            replicas.update({TopicPartition(topic, partition): size for partition, size, _ in _ROW.iter_unpack(rows)})
            read.tags()
        found.append((code, path, replicas, read.int64(), read.int64()))
        read.tags()
    return error, found
