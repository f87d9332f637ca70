"""Record batches by their headers: which offsets they hold, who wrote them, and what a marker says. Nothing is
decompressed.

Consumers leave out markers, and records of aborted transactions once they were asked to; here they can be seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from struct import Struct
from typing import Final

from gateway.ask import Deadline, mapped, settle
from gateway.clients import Clients
from gateway.errors import KafkaFault, from_code
from gateway.facts import TopicPartition
from gateway.messages import fetch
from gateway.messages.primitives import INT16, UNREADABLE, Reader

_HEADER: Final = Struct(">qiibIhiqqqhii")
_PREFIX: Final = 12  # the base offset and the length of what follows
_TRANSACTIONAL: Final = 0x10
_CONTROL: Final = 0x20
_CODEC: Final = 0x07
_OLD: Final = Struct(">qiIb")  # offset, length, checksum, magic
_MARKERS: Final = {0: "abort", 1: "commit"}


@dataclass(frozen=True, slots=True)
class Batch:
    first: int
    last: int  # its last offset; compaction may have taken records, but not the offsets
    records: int  # that it holds still
    producer: int = -1
    transactional: bool = False
    marker: str = ""  # abort | commit; "" for records
    timestamp: int = -1  # ms, its largest
    codec: int = 0  # how its records are compressed; 0: they are not


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one look at a partition saw."""

    batches: tuple[Batch, ...]
    aborted: tuple[tuple[int, int], ...]  # producer id, the first offset of its transaction: those that reach in here
    stable: int  # the last stable offset; -1: not told
    end: int  # the high watermark


class Batches:
    def __init__(self, clients: Clients, timeout: float) -> None:
        self._clients = clients
        self._timeout = timeout

    def look(
        self, topic: str, offsets: Mapping[int, int], each: int, committed: bool = False
    ) -> dict[int, Stretch | KafkaFault]:
        """The batches from an offset on, of about `each` bytes of each partition.

        Raises nothing: what failed is the partition's own answer; Unsupported before Kafka 2.1.
        """
        return mapped(self.fetch(topic, offsets, each, committed), _stretch)

    def fetch(
        self, topic: str, offsets: Mapping[int, int], each: int, committed: bool = False
    ) -> dict[int, fetch.Fetched | KafkaFault]:
        """The same with the bytes as the broker keeps them, the last batch perhaps cut short."""
        deadline, line = Deadline(self._timeout), self._clients.line
        try:
            client = line.client(deadline)
            line.require(client, fetch)
        except KafkaFault as fault:
            return dict.fromkeys(offsets, fault)
        found: dict[int, fetch.Fetched | KafkaFault] = {}
        by_leader: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for partition, offset in offsets.items():
            leader = self._clients.leaders.get(TopicPartition(topic, partition))
            if leader is None:
                found[partition] = self._clients.leaders.why_not(TopicPartition(topic, partition))
            else:
                by_leader[leader][partition] = offset
        futures: dict[int, Future[bytes]] = {
            node: line.send(client, fetch, fetch.request(topic, asked, each, committed), node)
            for node, asked in by_leader.items()
        }
        for node, outcome in settle(futures, deadline).items():
            if isinstance(outcome, KafkaFault):
                line.suspect()
                found |= dict.fromkeys(by_leader[node], outcome)
                continue
            answer = fetch.response(outcome)
            if isinstance(answer, int):
                found |= dict.fromkeys(by_leader[node], from_code(answer))
            else:
                found |= {p: from_code(f.error) if f.error else f for p, f in answer.items()}
        return found


def _stretch(fetched: fetch.Fetched) -> Stretch:
    return Stretch(tuple(headers(fetched.records)), fetched.aborted, fetched.stable, fetched.end)


def headers(data: bytes) -> Iterator[Batch]:
    """Each batch of which the header is there; what is cut short before ends it."""
    return (batch for _, batch in _walk(data))


def keys(data: bytes) -> Iterator[tuple[Batch, bytes]]:
    """Batches of idempotent producers, each with the key of its first record. Left out: compressed ones, and where that
    key is null."""
    for at, batch in _walk(data):
        readable = batch.producer >= 0 and not batch.marker and batch.codec == 0
        key = _key(data[at + _HEADER.size :]) if readable else None
        if key is not None:
            yield batch, key


def _walk(data: bytes) -> Iterator[tuple[int, Batch]]:
    at = 0
    while at + _PREFIX + 5 <= len(data):
        offset, length, _, magic = _OLD.unpack_from(data, at)
        if length <= 0:
            return
        if magic < 2:  # a message of before 0.11: no transactions; a compressed set has the offset of its last
            yield at, Batch(offset, offset, 1)
        elif at + _HEADER.size > len(data):
            return
        else:
            yield at, _batch(data, at)
        at += _PREFIX + length


def _batch(data: bytes, at: int) -> Batch:
    base, length, _, _, _, flags, delta, _, newest, producer, _, _, count = _HEADER.unpack_from(data, at)
    marker = _marker(data[at + _HEADER.size : at + _PREFIX + length]) if flags & _CONTROL else ""
    return Batch(base, base + delta, count, producer, bool(flags & _TRANSACTIONAL), marker, newest, flags & _CODEC)


def _marker(record: bytes) -> str:
    """What a control batch says; its one record is never compressed. "marker" for kinds of later versions."""
    key = _key(record) or b""
    return _MARKERS.get(INT16.unpack_from(key, 2)[0], "marker") if len(key) >= 4 else "marker"


def _key(record: bytes) -> bytes | None:
    """Of the first of these records. None: it has none, or it is cut short."""
    read = Reader(record)
    try:
        read.uvarint()  # length
        read.int8()  # attributes
        read.uvarint()  # what it adds to the batch's timestamp and offset
        read.uvarint()
        zigzag = read.uvarint()  # the length of the key
        return None if zigzag & 1 else read.take(zigzag >> 1)
    except UNREADABLE:
        return None
