"""How large a batch becomes. What producers really write is compared in tests/reader/test_process.py."""

from __future__ import annotations

import gzip
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.suspects import batches
from gateway.unpacked import unpacked

SNAPPY = b"\x82SNAPPY\x00" + struct.pack(">ii", 1, 1)
LZ4 = struct.pack("<IBB", 0x184D2204, 0x60, 0x40) + b"?"
ZSTD = struct.pack("<I", 0xFD2FB528)


def block(last: bool, kind: int, size: int, body: bytes) -> bytes:
    return (int(last) | kind << 1 | size << 3).to_bytes(3, "little") + body


@pytest.mark.parametrize(
    ("codec", "data", "size"),
    [
        (0, b"abc", 3),
        (1, gzip.compress(bytes(5_000_000)), 5_000_000),
        (1, b"nonsense", None),
        (2, b"\xac\x02rest", 300),
        (2, SNAPPY + struct.pack(">I", 3) + b"\xac\x02x" + struct.pack(">I", 2) + b"\x05x", 305),
        (3, LZ4 + struct.pack("<I", 3) + b"abc" + struct.pack("<I", 5 | 1 << 31) + b"abcde" + bytes(4), 65536 + 5),
        (3, b"nonsense", None),
        (4, ZSTD + b"\x20\x07" + block(True, 0, 7, bytes(7)), 7),
        (4, ZSTD + b"\x00\x48" + block(False, 1, 100_000, b"x") + block(True, 2, 4, b"abcd"), 100_000 + 131_072),
        (4, ZSTD + b"\x00\x48" + block(False, 1, 100_000, b"x"), None),
        (5, b"abc", None),
    ],
)
def test_it_is_read_from_headers(codec, data, size):
    assert unpacked(codec, data) == size


@given(st.integers(0, 7), st.binary(max_size=200), st.sampled_from([b"", SNAPPY, LZ4, ZSTD, b"\x1f\x8b\x08"]))
def test_any_bytes_give_a_size_or_none(codec, data, head):
    assert (unpacked(codec, head + data) or 0) >= 0


@given(st.binary(max_size=400))
def test_any_answer_of_a_broker_is_gone_through(data):
    assert all(batch.packed >= 0 for batch in batches("t", 0, data))
