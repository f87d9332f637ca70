"""Which schema a record names, as Confluent's serializers write it. Pure.

In front of the bytes: 0 and a 4-byte id, or 1 and a 16-byte GUID. Or the same in a header, `__key_schema_id` or
`__value_schema_id`, and the bytes are the body alone. With Protobuf the path to the message follows: a count and that
many indexes as zigzag varints, where a single 0 stands for the first message. AWS Glue and Apicurio's own serializers
write other things.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

HEADERS = {"key": "__key_schema_id", "value": "__value_schema_id"}
_DEEPEST = 32  # messages inside one another


@dataclass(frozen=True, slots=True)
class Framed:
    schema: int | str  # id, or GUID
    rest: bytes  # what follows it: the message path of Protobuf, then the body (unless that is in `body`)
    body: bytes | None = None  # where the schema is named in a header: all the bytes

    @property
    def is_likely(self) -> bool:
        """Whether bytes that nobody called framed are worth a question to a registry."""
        if isinstance(self.schema, int):
            return self.schema > 0
        return uuid.UUID(self.schema).variant == uuid.RFC_4122

    @property
    def called(self) -> str:
        return f"id {self.schema}" if isinstance(self.schema, int) else f"GUID {self.schema}"


def framed(data: bytes, side: str, headers: Sequence[tuple[str, bytes | None]] = ()) -> Framed | None:
    """None when no schema is named."""
    wanted = HEADERS.get(side)
    for name, held in headers:
        if name == wanted and held and (found := _prefixed(held)) is not None:
            return Framed(found.schema, found.rest, data)
    return _prefixed(data)


def _prefixed(data: bytes) -> Framed | None:
    if len(data) >= 5 and data[0] == 0:
        return Framed(int.from_bytes(data[1:5], "big"), data[5:])
    if len(data) >= 17 and data[0] == 1:
        return Framed(str(uuid.UUID(bytes=data[1:17])), data[17:])
    return None


def message_path(rest: bytes) -> tuple[tuple[int, ...], bytes]:
    """The indexes of a Protobuf message, and what follows. Raises ValueError."""
    count, at = _varint(rest, 0)
    if count == 0:
        return (0,), rest[at:]
    if not 0 < count <= _DEEPEST:
        raise ValueError(f"a message path of {count} steps")
    path = []
    for _ in range(count):
        index, at = _varint(rest, at)
        path.append(index)
    return tuple(path), rest[at:]


def path_bytes(path: Sequence[int]) -> bytes:
    """The inverse of `message_path`."""
    return b"\0" if tuple(path) == (0,) else b"".join(map(_zigzag, (len(path), *path)))


def _zigzag(number: int) -> bytes:
    left, out = number << 1, bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 35, 7):
        if at >= len(data):
            raise ValueError("the message path is cut off")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at
    raise ValueError("the message path is no number")
