"""Kafka's wire types: integers, strings with an int16 length, and their compact forms with a varint length."""

from __future__ import annotations

import base64
from collections.abc import Callable
from struct import Struct, error
from typing import Final, Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")

INT16: Final = Struct(">h")
INT32: Final = Struct(">i")
INT64: Final = Struct(">q")
UNREADABLE: Final = (
    error,
    IndexError,
    ValueError,
)  # what a Reader raises on bytes that are cut short or not in its format


def string(text: str) -> bytes:
    data = text.encode()
    return INT16.pack(len(data)) + data


def uvarint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def compact_string(text: str) -> bytes:
    data = text.encode()
    return uvarint(len(data) + 1) + data


def read_uvarint(data: bytes, at: int) -> tuple[int, int]:
    """The number and where it ends."""
    number = data[at]
    if number < 0x80:
        return number, at + 1
    number &= 0x7F
    shift = 7
    while True:
        at += 1
        byte = data[at]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at + 1
        if shift > 63:
            raise ValueError("a varint longer than 64 bits")
        shift += 7


class Last(Generic[K, T]):
    """The newest message of each sender and what it meant: the same bytes again mean the same.

    What rarely changes is asked with every poll, and to decode it costs several times what Kafka takes to tell it.
    """

    def __init__(self) -> None:
        self._of: dict[K, tuple[bytes, T]] = {}

    def decoded(self, sender: K, data: bytes, decode: Callable[[bytes], T]) -> T:
        known = self._of.get(sender)
        if known is None or known[0] != data:
            known = self._of[sender] = data, decode(data)
        return known[1]


class Heard(Generic[K, T]):
    """What the answers to one sweep said of each name, to be recognised in the next: most say the same again."""

    def __init__(self) -> None:
        self._of: dict[K, tuple[bytes, T]] = {}  # by name: the rest of its bytes, and what they mean

    def same(self, name: K, data: bytes, at: int) -> tuple[bytes, T] | None:
        """What the name's bytes meant the last time, when the same bytes follow `at`.

        They end by their own account, so a message that goes on with them means the same and ends where they do.
        """
        known = self._of.get(name)
        return known if known is not None and data.startswith(known[0], at) else None

    def keep(self, name: K, raw: bytes, meaning: T) -> None:
        self._of[name] = raw, meaning


def topic_id(raw: bytes) -> str | None:
    """As Kafka prints it (base64url without padding); None for the zero id."""
    return None if raw == bytes(16) else base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Reader:
    """Reads one message from its start to its end. Raises IndexError, struct.error or ValueError if it is cut short."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def int8(self) -> int:
        value = self.data[self.at]
        self.at += 1
        return value - 256 if value > 127 else value

    def int16(self) -> int:
        self.at += 2
        return int(INT16.unpack_from(self.data, self.at - 2)[0])

    def int32(self) -> int:
        self.at += 4
        return int(INT32.unpack_from(self.data, self.at - 4)[0])

    def int64(self) -> int:
        self.at += 8
        return int(INT64.unpack_from(self.data, self.at - 8)[0])

    def uvarint(self) -> int:
        value, self.at = read_uvarint(self.data, self.at)
        return value

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise ValueError(f"{count} bytes wanted, {len(self.data) - self.at} left")
        self.at += count
        return self.data[self.at - count : self.at]

    def uuid(self) -> bytes:
        return self.take(16)

    def nullable_string(self) -> str | None:
        length = self.int16()
        return None if length < 0 else self.take(length).decode("utf-8", "replace")

    def string(self) -> str:
        return self.nullable_string() or ""

    def nullable_bytes(self) -> bytes | None:
        length = self.int32()
        return None if length < 0 else self.take(length)

    def count(self) -> int:
        """Length of an array; a null array is empty."""
        return self._sane(self.int32())

    def compact_nullable_string(self) -> str | None:
        length = self.uvarint()
        return None if length == 0 else self.take(length - 1).decode("utf-8", "replace")

    def compact_string(self) -> str:
        return self.compact_nullable_string() or ""

    def compact_bytes(self) -> bytes:
        return self.take(max(0, self.uvarint() - 1))

    def compact_count(self) -> int:
        return self._sane(self.uvarint() - 1)

    def int32s(self) -> tuple[int, ...]:
        return self._int32s(self.count())

    def compact_int32s(self) -> tuple[int, ...]:
        return self._int32s(self.compact_count())

    def tags(self) -> dict[int, bytes]:
        """The tagged fields that end every struct of a flexible message."""
        count = self.data[self.at]
        if count == 0:
            self.at += 1
            return {}
        return {self.uvarint(): self.take(self.uvarint()) for _ in range(self._sane(self.uvarint()))}

    def _int32s(self, count: int) -> tuple[int, ...]:
        raw = self.take(4 * count)
        return Struct(f">{count}i").unpack(raw)

    def _sane(self, count: int) -> int:
        # Nothing on the wire is smaller than a byte: a larger count is damage, and would only cost us memory.
        if count > len(self.data) - self.at:
            raise ValueError(f"an array of {count} in {len(self.data) - self.at} bytes")
        return max(0, count)
