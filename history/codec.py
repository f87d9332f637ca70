"""Columns of whole numbers in few bytes: an offset that moves costs one or two, one that rests none. Pure.

A column is written as its length, which of its values are unknown, the first value, and the differences from one to
the next in the narrowest width that holds them all. Everything is little-endian, so a database may change machines.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import sub

Column = Sequence[int | None]

PLAIN, DEFLATED = b"\0", b"\1"
WORTH_A_TRY = 40  # bytes; below it deflate gains nothing
CONSTANT, WIDE, GAPS = 0, 5, 8  # 1 to 4: the width of the differences; WIDE: of any size
CODES = "_bhiq"
WIDTHS = (0, 1, 2, 4, 8)  # bytes
BITS = (7, 15, 31, 63)  # without the sign


def pack(columns: Iterable[Column]) -> bytes:
    """Numbers of any size, and None."""
    out = bytearray()
    for column in columns:
        _put_column(out, column)
    if len(out) > WORTH_A_TRY:
        deflate = zlib.compressobj(1, zlib.DEFLATED, -15)
        squeezed = deflate.compress(out) + deflate.flush()
        if len(squeezed) < len(out):
            return DEFLATED + squeezed
    return PLAIN + bytes(out)


def unpack(body: bytes, most: int | None = None) -> list[list[int | None]]:
    """What `pack` was given; its first columns where only so many are needed."""
    data = zlib.decompress(body[1:], -15) if body[:1] == DEFLATED else body[1:]
    columns: list[list[int | None]] = []
    at, size = 0, len(data)
    while at < size and len(columns) != most:
        column, at = _get_column(data, at)
        columns.append(column)
    return columns


def _put_column(out: bytearray, column: Column) -> None:
    _put(out, len(column))
    if not column:
        return
    gaps = 0
    try:
        deltas = list(map(sub, column[1:], column))
        if column[0] is None:
            raise TypeError("alone, it is subtracted from nothing")
    except TypeError:
        gaps = sum(1 << i for i, value in enumerate(column) if value is None)
        column = _filled(column)
        deltas = list(map(sub, column[1:], column))
    kind = _kind(min(deltas, default=0), max(deltas, default=0))
    out.append(kind | GAPS if gaps else kind)
    if gaps:
        _put(out, gaps)
    _put_signed(out, column[0])  # type: ignore[arg-type]
    if kind == WIDE:
        for delta in deltas:
            _put_signed(out, delta)
    elif kind:
        out += struct.pack(f"<{len(deltas)}{CODES[kind]}", *deltas)


def _kind(low: int, high: int) -> int:
    """The narrowest that holds all from `low` to `high`."""
    if low == high == 0:
        return CONSTANT
    return bisect_left(BITS, max(high, ~low).bit_length()) + 1


def _get_column(data: bytes, at: int) -> tuple[list[int | None], int]:
    count, at = _get(data, at)
    if not count:
        return [], at
    kind, at, gaps = data[at], at + 1, 0
    if kind & GAPS:
        gaps, at = _get(data, at)
        kind &= ~GAPS
    first, at = _get_signed(data, at)
    if kind == CONSTANT:
        column: list[int | None] = [first] * count
    elif kind == WIDE:
        column = [first]
        for _ in range(count - 1):
            delta, at = _get_signed(data, at)
            first += delta
            column.append(first)
    else:
        deltas = struct.unpack_from(f"<{count - 1}{CODES[kind]}", data, at)
        column = list(accumulate(deltas, initial=first))
        at += (count - 1) * WIDTHS[kind]
    if gaps:
        column = [None if gaps >> i & 1 else value for i, value in enumerate(column)]
    return column, at


def _filled(column: Column) -> list[int]:
    """Unknown takes the value before it, which costs nothing to write."""
    value, filled = next((value for value in column if value is not None), 0), []
    for found in column:
        value = value if found is None else found
        filled.append(value)
    return filled


def _put(out: bytearray, number: int) -> None:
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def _get(data: bytes, at: int) -> tuple[int, int]:
    number, at, shift = data[at], at + 1, 0
    while number >> shift > 127:
        shift += 7
        number += (data[at] - 1) << shift
        at += 1
    return number, at


def _put_signed(out: bytearray, number: int) -> None:
    _put(out, number << 1 if number >= 0 else ~number << 1 | 1)


def _get_signed(data: bytes, at: int) -> tuple[int, int]:
    number, at = _get(data, at)
    return (~(number >> 1) if number & 1 else number >> 1), at
