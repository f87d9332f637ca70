"""Fetch v10: batches as the broker keeps them, with what consumers are never told: aborted transactions, markers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Final

from gateway.messages.primitives import INT32, Reader, string

KEY, VERSION, FLEXIBLE = 1, 10, False
_HEAD: Final = Struct(">iiiibii")  # replica, wait, least bytes, most bytes, isolation, session, its epoch
_ROW: Final = Struct(">iiqqi")  # partition, leader epoch, offset, start of the log, bytes
_MOST: Final = 32 * 1024 * 1024
_NO_SESSION: Final = -1
_NOBODY: Final = -1
_NOT_TOLD: Final = -1
_NOTHING_FORGOTTEN: Final = INT32.pack(0)


@dataclass(frozen=True, slots=True)
class Fetched:
    error: int
    end: int  # the high watermark
    stable: int  # the last stable offset
    aborted: tuple[tuple[int, int], ...]  # producer id, the first offset of its transaction
    records: bytes  # batches; the last one may be cut short


def request(topic: str, offsets: Mapping[int, int], each: int, committed: bool) -> bytes:
    """From one offset of each partition; `each`: bytes of one partition, of which only the first may get more.

    `committed` asks for nothing beyond the last stable offset, and for the aborted transactions up to there.
    """
    rows = [_ROW.pack(p, _NOT_TOLD, offset, _NOT_TOLD, each) for p, offset in offsets.items()]
    head = _HEAD.pack(_NOBODY, 0, 0, _MOST, int(committed), 0, _NO_SESSION)
    return b"".join(
        [head, INT32.pack(1), string(topic), INT32.pack(len(rows)), *rows, _NOTHING_FORGOTTEN],
    )


def response(data: bytes) -> dict[int, Fetched] | int:
    """By partition; or the error of the whole request."""
    read = Reader(data)
    read.int32()  # throttle time
    error = read.int16()
    read.int32()  # session
    if error:
        return error
    found = {}
    for _ in range(read.count()):
        read.string()
        for _ in range(read.count()):
            partition, error, end, stable = read.int32(), read.int16(), read.int64(), read.int64()
            read.int64()  # start of the log
            aborted = tuple((read.int64(), read.int64()) for _ in range(read.count()))
            found[partition] = Fetched(error, end, stable, aborted, read.nullable_bytes() or b"")
    return found
