"""OffsetFetch v8: everything that many groups have committed, in one request a coordinator."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import Final

from gateway.facts import Committed, TopicPartition
from gateway.messages.primitives import Heard, compact_string, read_uvarint, uvarint

KEY, VERSION, FLEXIBLE = 9, 8, True
BLOCK: Final = 250  # groups a request: large enough to save round trips, small enough not to hold up the connection
_ROW: Final = Struct(">iqi")  # partition, offset, epoch
_PLAIN_ROW: Final = Struct(">iqi4x")  # and what _PLAIN says
_PLAIN: Final = (1, 0, 0, 0)  # empty metadata, no error (two bytes), no tags
_INT16: Final = Struct(">h")

Offsets = dict[TopicPartition, Committed]
#: By topic: its partitions as the last group had them, and the keys made of them. They come back for every group.
Keys = dict[bytes, tuple[tuple[int, ...], list[TopicPartition]]]


def request(groups: Iterable[str]) -> bytes:
    rows = [compact_string(group) + b"\0\0" for group in groups]  # null topics: all of them; no tags
    return uvarint(len(rows) + 1) + b"".join(rows) + b"\0\0"  # require_stable false: not to wait for transactions


def response(
    data: bytes, _broker: int, before: Heard[bytes, Offsets] | None = None, now: Heard[bytes, Offsets] | None = None
) -> dict[str, Offsets | int]:
    """Per group what it committed, or the error code of the group. What is not known of a partition is left out.

    Most groups commit nothing between two sweeps: with `before` such a group is not decoded again but answered with the
    same dict, a tenth of the time of a sweep of 20,000 offsets. `now` takes what is to be recognised the next time.
    """
    before, now = before or Heard(), now or Heard()
    count, at = read_uvarint(data, 4)  # after the throttle time
    answers: dict[str, Offsets | int] = {}
    keys: Keys = {}
    for _ in range(count - 1):
        length, at = read_uvarint(data, at)
        name = data[at : at + length - 1]
        at = begin = at + length - 1
        group = name.decode("utf-8", "replace")
        known = before.same(name, data, at)
        if known is not None:
            answers[group] = known[1]
            now.keep(name, *known)
            at += len(known[0])
            continue
        topics, at = read_uvarint(data, at)
        offsets: Offsets = {}
        for _ in range(topics - 1):
            at = _topic(data, at, offsets, keys)
        error = int(_INT16.unpack_from(data, at)[0])
        at = _skip_tags(data, at + 2)
        answers[group] = error or offsets
        if not error:
            now.keep(name, data[begin:at], offsets)
    return answers


def _topic(data: bytes, at: int, offsets: Offsets, keys: Keys) -> int:
    length, at = read_uvarint(data, at)
    raw = data[at : at + length - 1]
    count, at = read_uvarint(data, at + length - 1)
    count -= 1
    end = at + 20 * count
    # Most rows carry neither metadata nor error and so are 20 bytes. Each row that checks out proves that the next
    # one is aligned, hence a block whose every row checks out was read right.
    if end <= len(data) and all(data[at + 16 + n : end : 20] == bytes([byte]) * count for n, byte in enumerate(_PLAIN)):
        if count:
            _plain_rows(list(_PLAIN_ROW.iter_unpack(data[at:end])), raw, offsets, keys)
        return _skip_tags(data, end)
    return _skip_tags(data, _rows_with_metadata(data, at, count, raw.decode("utf-8", "replace"), offsets))


def _plain_rows(rows: list[tuple[int, int, int]], raw: bytes, offsets: Offsets, keys: Keys) -> None:
    partitions, found, epochs = zip(*rows, strict=True)
    known = keys.get(raw)
    if known is None or known[0] != partitions:
        topic = raw.decode("utf-8", "replace")
        known = keys[raw] = partitions, [TopicPartition(topic, p) for p in partitions]
    told = epochs if min(epochs) >= 0 else [epoch if epoch >= 0 else None for epoch in epochs]
    if min(found) >= 0:
        offsets.update(zip(known[1], map(Committed, found, told), strict=True))
    else:
        every = zip(known[1], found, told, strict=True)
        offsets.update((tp, Committed(offset, epoch)) for tp, offset, epoch in every if offset >= 0)


def _rows_with_metadata(data: bytes, at: int, count: int, topic: str, offsets: Offsets) -> int:
    for _ in range(count):
        partition, offset, epoch = _ROW.unpack_from(data, at)
        length, at = read_uvarint(data, at + _ROW.size)
        size = max(0, length - 1)
        metadata = data[at : at + size].decode("utf-8", "replace").rstrip("\0")  # librdkafka ends it with a NUL
        error = int(_INT16.unpack_from(data, at + size)[0])
        at = _skip_tags(data, at + size + 2)
        if offset >= 0 and not error:
            offsets[TopicPartition(topic, partition)] = Committed(offset, epoch if epoch >= 0 else None, metadata)
    return at


def _skip_tags(data: bytes, at: int) -> int:
    if data[at] == 0:
        return at + 1
    count, at = read_uvarint(data, at)
    for _ in range(count):
        _tag, at = read_uvarint(data, at)
        size, at = read_uvarint(data, at)
        at += size
    return at
