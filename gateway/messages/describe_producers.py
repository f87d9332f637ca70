"""DescribeProducers v0 (KIP-664): what the leader of a partition remembers of those that wrote there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from struct import Struct
from typing import Final, NamedTuple

from gateway.facts import TopicPartition
from gateway.messages.primitives import INT32, Reader, compact_string, uvarint

KEY, VERSION, FLEXIBLE = 61, 0, True
_PRODUCER: Final = Struct(">qiiqiq")
_NO_TAGS: Final = b"\0"


class Known(NamedTuple):
    producer: int
    epoch: int
    sequence: int  # of its last record
    at: int  # ms
    coordinator_epoch: int  # -1: no marker of a transaction of it was written here
    begins: int  # offset at which its open transaction does; -1: none is open


class Failed(NamedTuple):
    error: int
    message: str


def request(topics: Mapping[str, Iterable[int]]) -> bytes:
    parts = [uvarint(len(topics) + 1)]
    for name, partitions in topics.items():
        ids = [INT32.pack(id) for id in partitions]
        parts += [compact_string(name), uvarint(len(ids) + 1), *ids, _NO_TAGS]
    return b"".join([*parts, _NO_TAGS])


def response(data: bytes) -> dict[TopicPartition, list[Known] | Failed]:
    read = Reader(data)
    read.int32()  # throttle time
    found: dict[TopicPartition, list[Known] | Failed] = {}
    for _ in range(read.compact_count()):
        topic = read.compact_string()
        for _ in range(read.compact_count()):
            place = TopicPartition(topic, read.int32())
            error, message = read.int16(), read.compact_string()
            known = [_known(read) for _ in range(read.compact_count())]
            read.tags()
            found[place] = Failed(error, message) if error else known
        read.tags()
    return found


def _known(read: Reader) -> Known:
    fields = _PRODUCER.unpack(read.take(_PRODUCER.size))
    read.tags()
    return Known(*fields)
