"""How large a compressed batch becomes, without unpacking it: from the headers of its blocks. Pure.

Only gzip has none; it is inflated a piece at a time and thrown away. Formats: RFC 8878, lz4_Frame_format.md,
snappy's format_description.txt and the frame of snappy-java.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

CODECS: Final = ("none", "gzip", "snappy", "lz4", "zstd")
MOST: Final = 8 * 1024**3  # bytes at which counting stops
_XERIAL: Final = b"\x82SNAPPY\x00"
_LZ4_BLOCKS: Final = {4: 64 * 1024, 5: 256 * 1024, 6: 1024 * 1024, 7: 4 * 1024 * 1024}
_ZSTD: Final = 0xFD2FB528
_ZSTD_BLOCK: Final = 128 * 1024
_PIECE: Final = 1024 * 1024


def unpacked(codec: int, packed: bytes | memoryview) -> int | None:
    """Bytes; for lz4 and zstd that do not say, at most so many. None: not this format, or cut short."""
    data = memoryview(packed)
    try:
        match codec:
            case 0:
                return len(data)
            case 1:
                return _gzip(data)
            case 2:
                return _snappy(data)
            case 3:
                return _lz4(data)
            case 4:
                return _zstd(data)
    except (struct.error, IndexError, ValueError, zlib.error):
        pass
    return None


def _gzip(data: memoryview) -> int:
    inflate, total, rest = zlib.decompressobj(wbits=31), 0, bytes(data)
    while rest and not inflate.eof and total < MOST:
        total += len(inflate.decompress(rest, _PIECE))
        rest = inflate.unconsumed_tail
    return total


def _snappy(data: memoryview) -> int:
    if bytes(data[:8]) != _XERIAL:
        return _uvarint(data, 0)
    total, at = 0, 16
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        total += _uvarint(data, at + 4)
        at += 4 + length
    return total


def _uvarint(data: memoryview, at: int) -> int:
    number = shift = 0
    while shift <= 35:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number
        at, shift = at + 1, shift + 7
    raise ValueError("not a length")


def _lz4(data: memoryview) -> int:
    (magic, flags, sizes) = struct.unpack_from("<IBB", data)
    if magic != 0x184D2204:
        raise ValueError("not lz4")
    if flags & 0x08:
        return int(struct.unpack_from("<Q", data, 6)[0])
    largest = _LZ4_BLOCKS.get(sizes >> 4 & 7, _LZ4_BLOCKS[7])
    total, at = 0, 7 + (4 if flags & 0x01 else 0)
    while True:
        (length,) = struct.unpack_from("<I", data, at)
        if length == 0:
            return total
        stored, length = bool(length >> 31), length & 0x7FFFFFFF
        total += length if stored else largest
        at += 4 + length + (4 if flags & 0x10 else 0)


def _zstd(data: memoryview) -> int:
    total = at = 0
    while at < len(data):
        (magic,) = struct.unpack_from("<I", data, at)
        if magic & 0xFFFFFFF0 == 0x184D2A50:  # a frame to be skipped
            at += 8 + struct.unpack_from("<I", data, at + 4)[0]
            continue
        if magic != _ZSTD:
            raise ValueError("not zstd")
        flags = data[at + 4]
        single, kind = bool(flags & 0x20), flags >> 6
        size_at = at + 5 + (0 if single else 1) + (0, 1, 2, 4)[flags & 3]
        width = (1 if single else 0, 2, 4, 8)[kind]
        said = int.from_bytes(data[size_at : size_at + width], "little") + (256 if kind == 1 else 0)
        at, counted = size_at + width, 0
        while True:
            header = int.from_bytes(data[at : at + 3], "little")
            if at + 3 > len(data):
                raise ValueError("cut short")
            last, block, length = header & 1, header >> 1 & 3, header >> 3
            counted += length if block < 2 else _ZSTD_BLOCK  # raw, or one byte repeated; else compressed
            at += 3 + (1 if block == 1 else length)
            if last:
                break
        at += 4 if flags & 0x04 else 0
        total += said if width else counted
    return total
