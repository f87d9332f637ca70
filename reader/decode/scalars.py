"""Single values as Java's and others' serializers write them: numbers big endian, UUIDs, and text forms of bytes."""

from __future__ import annotations

import base64
import struct
import uuid

from reader.decode.decoded import Decoded, Undecodable

NUMBERS = {
    "int8": ">b",
    "int16": ">h",
    "int32": ">i",
    "int64": ">q",
    "uint8": ">B",
    "uint16": ">H",
    "uint32": ">I",
    "uint64": ">Q",
    "float": ">f",
    "double": ">d",
}
_SIZES = {1: "1 byte", 2: "2 bytes", 4: "4 bytes", 8: "8 bytes"}


def number(data: bytes, format: str) -> Decoded:
    layout = NUMBERS[format]
    size = struct.calcsize(layout)
    if len(data) != size:
        raise Undecodable(f"{format} has {_SIZES[size]}; this has {len(data):,}.")
    return Decoded(struct.unpack(layout, data)[0], format)


def an_uuid(data: bytes) -> Decoded:
    """16 bytes, as Flink and others write it, or its text, as Kafka's UUIDSerializer does."""
    try:
        if len(data) == 16:
            return Decoded(str(uuid.UUID(bytes=data)), "uuid")
        if len(data) in (32, 36):
            return Decoded(str(uuid.UUID(data.decode("ascii"))), "uuid")
    except ValueError:
        pass
    raise Undecodable(f"A UUID has 16 bytes, or is a text of 36 characters; this has {len(data):,} bytes.")


def in_base64(data: bytes) -> Decoded:
    return Decoded(base64.b64encode(data).decode(), "base64")


def hint(data: bytes) -> str:
    """What bytes that are neither JSON nor text could be. A guess, and said as one."""
    if len(data) in (4, 8):
        kind = "int32" if len(data) == 4 else "int64"
        return f"Read as {kind} this is {int.from_bytes(data, 'big', signed=True):,}."
    if len(data) == 16 and data[6] >> 4 in range(1, 9) and data[8] >> 6 == 2:
        return f"Read as a UUID this is {uuid.UUID(bytes=data)}."
    return ""
