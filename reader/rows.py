"""A Kafka message as a row, as a whole record, and as it is."""

from __future__ import annotations

from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, Message

from reader.decode import WHOLE
from reader.decode.decoder import Decoder
from reader.errors import BadRequest
from reader.replies import Bytes, Whole
from reader.shown import LARGEST, PREVIEW, Kept, Row, Shown

HEX = 64 * 1024  # bytes of a key or value that go out as they are; all that is shown of one larger than WHOLE
_CLOCKS = {TIMESTAMP_CREATE_TIME: "create", TIMESTAMP_LOG_APPEND_TIME: "append"}


def offset_of(message: Message) -> int:
    offset = message.offset()
    assert offset is not None  # only messages without an error are asked
    return offset


def partition_of(message: Message) -> int:
    partition = message.partition()
    assert partition is not None
    return partition


def headers_of(message: Message) -> list[tuple[str, bytes | None]]:
    return message.headers() or []  # type: ignore[return-value]  # the stub knows more kinds than there are


def row(message: Message, decoder: Decoder, limit: int = PREVIEW) -> Row:
    kind, timestamp = message.timestamp()
    clock = _CLOCKS.get(kind, "")
    key, headers = message.key(), headers_of(message)
    return Row(
        partition_of(message),
        offset_of(message),
        timestamp if clock else None,
        clock,
        decoder.show(key, "key", headers, limit),
        decoder.show(message.value(), "value", headers, limit, key),
        len(headers),
    )


def named(message: Message, decoder: Decoder, limit: int) -> tuple[tuple[str, Shown], ...]:
    """The first headers, up to `limit` characters of all together."""
    found, left = [], limit
    for name, value in headers_of(message):
        if left <= 0:
            break
        shown = decoder.header(name, value, left)
        found.append((name[:left], shown))
        left -= len(name) + len(shown.text)
    return tuple(found)


def whole(id: int, message: Message, decoder: Decoder) -> Whole:
    headers: tuple[tuple[str, Shown], ...] = tuple(
        (name, decoder.header(name, value, HEX)) for name, value in headers_of(message)
    )
    key, value = (
        b"" if decoder.hides(side) else (data or b"")[:HEX]
        for side, data in (("key", message.key()), ("value", message.value()))
    )
    limit = WHOLE if max(len(message.key() or b""), len(message.value() or b"")) <= WHOLE else HEX
    return Whole(id, row(message, decoder, limit), headers, key, value)


def kept(message: Message, decoder: Decoder, limit: int) -> Kept:
    """With its headers. `limit`: bytes of a key, a value, a header."""
    headers = tuple((name, decoder.header(name, value, limit)) for name, value in headers_of(message))
    return Kept(row(message, decoder, limit), headers)


def as_it_is(id: int, message: Message) -> Bytes:
    """Raises BadRequest for a record that is too large to be handed out whole."""
    headers = tuple(headers_of(message))
    parts = [message.key(), message.value(), *(value for _, value in headers)]
    size = sum(len(part) for part in parts if part is not None)
    if size > LARGEST:
        raise BadRequest(f"The record has {size:,} bytes; at most {LARGEST:,} are copied.", "too_large")
    kind, timestamp = message.timestamp()
    return Bytes(id, message.key(), message.value(), headers, timestamp if kind in _CLOCKS else None)
