"""Metadata v12: brokers, and all topics with their ids and partitions in one answer."""

from __future__ import annotations

from struct import Struct
from typing import Final

from gateway.facts import Broker, ClusterInfo, Partition, Topic
from gateway.messages.primitives import Last, Reader, compact_string, topic_id, uvarint

KEY, VERSION, FLEXIBLE = 3, 12, True
_HEAD: Final = Struct(">hiii")
_NO_TAGS = b"\0"
_NO_AUTO_CREATION = b"\0"
_NO_OPERATIONS = b"\0"


def request(topics: list[str] | None = None) -> bytes:
    """None: every topic. [] : brokers only. Looking never creates a topic."""
    if topics is None:
        names = b"\0"
    else:
        rows = (bytes(16) + compact_string(name) + _NO_TAGS for name in topics)
        names = uvarint(len(topics) + 1) + b"".join(rows)
    return names + _NO_AUTO_CREATION + _NO_OPERATIONS + _NO_TAGS


Topics = tuple[dict[str, Topic], dict[str, int]]  # by name, and the error codes of those that have one


def response(
    data: bytes, last: Last[None, Topics] | None = None
) -> tuple[ClusterInfo, dict[str, Topic], dict[str, int]]:
    """The cluster, its topics, and the error code of each topic that has one.

    `last` recognises topics that are as they were; the brokers before them name another controller each time.
    """
    read = Reader(data)
    read.int32()  # throttle time
    brokers = []
    for _ in range(read.compact_count()):
        brokers.append(Broker(read.int32(), read.compact_string(), read.int32(), read.compact_nullable_string()))
        read.tags()
    cluster_id = read.compact_string()
    controller = read.int32()
    by_id = tuple(sorted(brokers, key=lambda b: b.id))
    info = ClusterInfo(cluster_id, controller if controller >= 0 else None, by_id)
    return info, *(last or Last()).decoded(None, data[read.at :], _topics)


def _topics(data: bytes) -> Topics:
    read = Reader(data)
    topics: dict[str, Topic] = {}
    errors: dict[str, int] = {}
    seen: dict[bytes, tuple[int, ...]] = {}
    for _ in range(read.compact_count()):
        error, name, uuid, internal = read.int16(), read.compact_string(), read.uuid(), read.int8()
        partitions = tuple(_partition(read, seen) for _ in range(read.compact_count()))
        read.int32()  # authorized operations
        read.tags()
        if error and not partitions:
            errors[name] = error
        else:
            ordered = tuple(sorted(partitions, key=lambda p: p.id))
            topics[name] = Topic(name, topic_id(uuid), internal == 1, ordered)
    return topics, errors


def _partition(read: Reader, seen: dict[bytes, tuple[int, ...]]) -> Partition:
    # The error (LEADER_NOT_AVAILABLE) is told by the leader too: it is -1 then.
    _error, number, leader, epoch = _HEAD.unpack_from(read.data, read.at)
    read.at += _HEAD.size
    replicas, isr, _offline = _ids(read, seen), _ids(read, seen), _ids(read, seen)
    read.tags()
    return Partition(number, leader if leader >= 0 else None, replicas, isr, epoch if epoch >= 0 else None)


def _ids(read: Reader, seen: dict[bytes, tuple[int, ...]]) -> tuple[int, ...]:
    """Broker ids. Few different lists come back thousands of times, so each is made once."""
    raw = read.take(4 * max(0, read.uvarint() - 1))
    ids = seen.get(raw)
    if ids is None:
        ids = seen[raw] = Struct(f">{len(raw) // 4}i").unpack(raw)
    return ids
