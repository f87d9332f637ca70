"""The records of `__consumer_offsets` as typed events. Pure; no bytes make it raise.

Layouts: group-coordinator/src/main/resources/common/message in Kafka's source; checked against records that Kafka 4.3.1
wrote. A key starts with its record type, a value with its own version; a value of None is a tombstone.
Commits are here, the records about groups themselves in gateway.group_log.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from gateway.facts import TopicPartition
from gateway.group_log import DECODERS, GroupEvent
from gateway.messages.primitives import INT16, INT64, Reader, topic_id


@dataclass(frozen=True, slots=True)
class OffsetCommitted:
    group: str
    tp: TopicPartition
    offset: int | None  # None: tombstone (deleted, expired, or the topic is gone)
    leader_epoch: int | None = None
    metadata: str = ""
    at: int | None = None  # ms, the coordinator's clock
    topic_id: str | None = None  # since Kafka 4.1; tells the topic that was read from one made anew under its name


@dataclass(frozen=True, slots=True)
class Touched:
    """A record of a share or streams group, or one that only says that a group changed."""

    group: str
    record_type: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not understood: a newer type or version, or damage. To be counted, never fatal."""

    reason: str


Event = OffsetCommitted | GroupEvent | Touched | Unknown
TOPIC: Final = "__consumer_offsets"
COMMITS: Final = (b"\0\0", b"\0\1")  # how the key of a commit begins
_TOUCHING: Final = frozenset((4, *range(9, 16), *range(17, 25)))  # subscribed metadata; share 9-15; streams 17-24
_EPOCHED: Final = struct.Struct(">qi")  # offset and leader epoch of a commit since v3
_SHORT: Final = struct.Struct(">hqiBq")  # a commit of v4 without metadata, up to its time
_DAMAGE: Final = (struct.error, IndexError, ValueError)


def decode(key: bytes | None, value: bytes | None) -> Event:
    """One record. Unknown when it cannot be read."""
    if not key or len(key) < 2:
        return Unknown("no key")
    record_type = key[0] << 8 | key[1]
    try:
        if record_type <= 1:
            return _offset(key, value)
        if record_type in _TOUCHING:
            return Touched(Reader(key, 2).string(), record_type)
        decoder = DECODERS.get(record_type)
        found = decoder(Reader(key, 2), value) if decoder else None
        return found or Unknown(f"record type {record_type}, or a version of it that is newer than this Highwater")
    except _DAMAGE as error:
        return Unknown(f"damaged record of type {record_type}: {error}")


def place(key: bytes) -> tuple[str, str, int] | None:
    """Group, topic and partition of a commit's key; None when it cannot be read."""
    read = Reader(key, 2)
    try:
        return read.string(), read.string(), read.int32()
    except _DAMAGE:
        return None


def position(value: bytes) -> tuple[int, int | None] | None:
    """Offset and time (ms) of a commit's value: what moves a marker, at a quarter of the price of `decode`.

    None when it cannot be read.
    """
    if len(value) >= _SHORT.size and value[1] == 4:
        _version, offset, _epoch, length, at = _SHORT.unpack_from(value)
        if length <= 1:
            return offset, at
        if length < 0x80 and len(value) >= 22 + length:
            return offset, INT64.unpack_from(value, 14 + length)[0]
    return _position(value)


def _position(value: bytes) -> tuple[int, int | None] | None:
    try:
        offset, _epoch, _metadata, at, _topic = _commit(value)
    except _DAMAGE:
        return None
    return offset, at


def partition_of(group: str, count: int) -> int:
    """Where of `count` partitions a group is written: Java's hash of its name."""
    data, hashed = group.encode("utf-16-be", "surrogatepass"), 0
    for n in range(0, len(data), 2):
        hashed = (31 * hashed + (data[n] << 8 | data[n + 1])) & 0xFFFFFFFF
    return (hashed & 0x7FFFFFFF if hashed < 0x80000000 else (0x100000000 - hashed) & 0x7FFFFFFF) % count


def _offset(key: bytes, value: bytes | None) -> Event:
    read = Reader(key, 2)
    group, topic, partition = read.string(), read.string(), read.int32()
    tp = TopicPartition(topic, partition)
    if value is None:
        return OffsetCommitted(group, tp, None)
    return OffsetCommitted(group, tp, *_commit(value))


def _commit(value: bytes) -> tuple[int, int | None, str, int, str | None]:
    """Offset, leader epoch, metadata, time and topic id."""
    version = int(INT16.unpack_from(value)[0])
    if not 0 <= version <= 4:
        raise ValueError(f"offset commit version {version}")
    body, epoch, topic = Reader(value, 2), -1, None
    if version >= 3:
        offset, epoch = _EPOCHED.unpack_from(value, 2)
        body.at = 14
    else:
        offset = body.int64()
    metadata = body.compact_string() if version == 4 else body.string()
    at = body.int64()
    if version == 4 and len(said := body.tags().get(0, b"")) == 16:
        topic = topic_id(said)
    return offset, epoch if epoch >= 0 else None, metadata.rstrip("\0"), at, topic
