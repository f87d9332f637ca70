"""ListOffsets v4: start, end or offset by time of all partitions that one broker leads, in one request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from struct import Struct
from typing import Final

from gateway.facts import TopicPartition
from gateway.messages.primitives import INT32, Heard, string

KEY, VERSION, FLEXIBLE = 2, 4, False
LATEST: Final = -1
EARLIEST: Final = -2
_ASK: Final = Struct(">iiq")  # partition, leader epoch, timestamp
_ROW: Final = Struct(">ihqqi")  # partition, error, timestamp, offset, leader epoch
_INT16: Final = Struct(">h")
_EVERYTHING: Final = b"\xff\xff\xff\xff\0"  # we are no replica, and the latest offset is the high watermark
_COMMITTED: Final = b"\xff\xff\xff\xff\1"  # and the latest is where the oldest open transaction begins
_ANY_EPOCH: Final = -1  # we ask whoever leads now: fencing is for followers

Offsets = dict[TopicPartition, int]


def request(partitions: Mapping[str, list[int]], timestamp: int, committed: bool = False) -> bytes:
    """`timestamp` in ms, or LATEST or EARLIEST. `committed`: as who reads committed records only."""
    topics = [_asked(topic, tuple(ids), timestamp) for topic, ids in partitions.items()]
    return (_COMMITTED if committed else _EVERYTHING) + INT32.pack(len(partitions)) + b"".join(topics)


@lru_cache(maxsize=20_000)
def _asked(topic: str, ids: tuple[int, ...], timestamp: int) -> bytes:
    """The same from poll to poll."""
    return string(topic) + INT32.pack(len(ids)) + b"".join([_ASK.pack(p, _ANY_EPOCH, timestamp) for p in ids])


def response(
    data: bytes, before: Heard[bytes, Offsets] | None = None, now: Heard[bytes, Offsets] | None = None
) -> tuple[Offsets, dict[TopicPartition, int]]:
    """Offsets, and error codes of the partitions that have none. An offset of -1 means there is none at that time.

    With `before` a topic that is as it was is not decoded again; `now` takes what is to be recognised the next time.
    """
    before, now = before or Heard(), now or Heard()
    offsets: Offsets = {}
    errors: dict[TopicPartition, int] = {}
    (topics,) = INT32.unpack_from(data, 4)  # after the throttle time
    at = 8
    for _ in range(topics):
        (length,) = _INT16.unpack_from(data, at)
        name = data[at + 2 : at + 2 + length]
        begin = at = at + 2 + length
        known = before.same(name, data, at)
        if known is not None:
            now.keep(name, *known)
            offsets.update(known[1])
            at += len(known[0])
            continue
        topic, found = name.decode("utf-8", "replace"), Offsets()
        (count,) = INT32.unpack_from(data, at)
        at += 4 + _ROW.size * count
        for partition, error, _timestamp, offset, _epoch in _ROW.iter_unpack(data[begin + 4 : at]):
            if error:
                errors[TopicPartition(topic, partition)] = error
            else:
                found[TopicPartition(topic, partition)] = offset
        offsets.update(found)
        if len(found) == count:
            now.keep(name, data[begin:at], found)
    return offsets, errors
