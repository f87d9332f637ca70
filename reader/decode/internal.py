"""Kafka's own topics, read with the gateway's decoders: `__consumer_offsets` and `__transaction_state`.

What a value is stands in its key, so a value alone cannot be read.
"""

from __future__ import annotations

import dataclasses
import struct
from datetime import UTC, datetime
from typing import Any

from gateway import offsets_log
from gateway.messages.primitives import UNREADABLE, Reader
from reader.decode.decoded import Decoded, Undecodable

TOPICS = {"__consumer_offsets": "consumer_offsets", "__transaction_state": "transaction_state"}
_STATES = (
    "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Dead", "PrepareEpochFence",
)  # fmt: skip


def decode(format: str, side: str, data: bytes, key: bytes | None) -> Decoded:
    """Raises Undecodable."""
    if format == "transaction_state":
        return Decoded(_transaction_key(data) if side == "key" else _transaction(data), format)
    event = offsets_log.decode(data, None) if side == "key" else offsets_log.decode(key, data)
    if isinstance(event, offsets_log.Unknown):
        raise Undecodable(f"This is not understood: {event.reason}.")
    found = _plain(event)
    if side == "key":  # only what the key says: the rest would be unset
        named = ("group", "topic", "partition", "member", "pattern", "record_type")
        found = {name: value for name, value in found.items() if name in named}
    return Decoded({"type": type(event).__name__, **found}, format)


def _plain(value: Any) -> Any:
    if isinstance(value, offsets_log.OffsetCommitted):
        rest = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.name not in ("tp", "at")}
        group = rest.pop("group")
        place = {"group": group, "topic": value.tp.topic, "partition": value.tp.partition}
        return {**place, **rest, "at": _moment(value.at)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {**found, "at": _moment(found["at"])} if "at" in found else found
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value


def _transaction_key(data: bytes) -> Any:
    try:
        version, length = struct.unpack_from(">hh", data)
        text = data[4 : 4 + length].decode()
    except (struct.error, UnicodeDecodeError) as error:
        raise Undecodable(f"This is no key of a transaction: {error}.") from None
    if version != 0 or len(data) != 4 + length:
        raise Undecodable("This is no key of a transaction that is known here.")
    return {"transactional_id": text}


def _transaction(data: bytes) -> Any:
    """TransactionLogValue.json of Kafka's transaction coordinator, versions 0 and 1."""
    read = Reader(data)
    try:
        version = read.int16()
        if version not in (0, 1):
            raise ValueError(f"version {version} is newer than this Highwater")
        found: dict[str, Any] = {"producer_id": read.int64(), "producer_epoch": read.int16()}
        found["timeout_ms"] = read.int32()
        state = read.int8()
        found["state"] = _STATES[state] if 0 <= state < len(_STATES) else state
        found["partitions"] = _partitions(read, flexible=version == 1)
        found["last_update"], found["started"] = _moment(read.int64()), _moment(read.int64())
        if version == 1:
            tags = read.tags()
            for tag, name in ((0, "previous_producer_id"), (1, "next_producer_id")):
                if len(tags.get(tag, b"")) == 8:
                    found[name] = int.from_bytes(tags[tag], "big", signed=True)
    except UNREADABLE as error:
        raise Undecodable(f"This is no transaction: {error}.") from None
    return found


def _partitions(read: Reader, flexible: bool) -> Any:
    if not flexible:
        return {read.string(): list(read.int32s()) for _ in range(read.count())}
    found: dict[str, list[int]] = {}
    for _ in range(read.compact_count()):
        name = read.compact_string()
        found[name] = list(read.compact_int32s())
        read.tags()
    return found


def _moment(ms: int | None) -> Any:
    if ms is None or ms < 0:
        return None
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return ms
