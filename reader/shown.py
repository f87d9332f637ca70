"""Records as they cross from the reader: as a person reads them, and as they were written."""

from __future__ import annotations

import msgspec

PREVIEW = 2048  # bytes of a key or a value that a row carries
LARGEST = 16 * 1024 * 1024  # bytes of a record that is handed out as it is
KEPT = 64 * 1024  # bytes of a key or a value that a search hands out


class Shown(msgspec.Struct, frozen=True, array_like=True):
    """Bytes as a person reads them."""

    kind: str  # null | empty | json | text | binary
    text: str  # "" for null and empty; hex for binary
    size: int  # bytes that Kafka holds
    cut: bool = False  # `text` is only the beginning
    format: str = ""  # what it was decoded as: avro, protobuf, int64 ...; "" where `kind` says it
    schema: str = ""  # by which schema: "orders-value, version 3 (id 7)"
    why: str = ""  # a sentence: why it was not decoded as it was wished or guessed
    masked: bool = False  # parts of it were hidden by a rule


class Row(msgspec.Struct, frozen=True, array_like=True):
    partition: int
    offset: int
    timestamp: int | None
    clock: str  # who set the timestamp: create | append | ""
    key: Shown
    value: Shown
    headers: int
    mark: str = ""  # aborted | open: by its transaction; "" is committed, or not known
    columns: tuple[Shown, ...] = ()  # what was asked for by path
    named: tuple[tuple[str, Shown], ...] = ()  # the headers, where they were asked for: as many as there is room for


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """Offsets from `first` to `last` that hold no record to be shown."""

    partition: int
    first: int
    last: int
    why: str  # deleted | gone (compacted away) | aborted | open | commit | abort | marker | unknown
    at: int  # stands before the row of this number
    producer: int = -1  # of a marker
    timestamp: int | None = None


class Copied(msgspec.Struct, frozen=True, array_like=True):
    """A record as it was written."""

    partition: int
    offset: int
    timestamp: int | None
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A record that a search found."""

    row: Row
    headers: tuple[tuple[str, Shown], ...] = ()
