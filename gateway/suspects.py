"""The batches that stand at given offsets, as the broker keeps them: which of them cannot be read, and why.

Nothing is unpacked and no record is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from struct import Struct, error
from typing import Final

from gateway.ask import Deadline, settle
from gateway.clients import Clients
from gateway.errors import KafkaFault, from_code
from gateway.facts import TopicPartition
from gateway.messages import fetch
from gateway.unpacked import CODECS, unpacked

_HEAD: Final = Struct(">qiibIhi")  # base offset, length of what follows, epoch, magic, checksum, attributes, last delta
_PREFIX: Final = 12  # base offset and length, which the length does not count
_COUNT: Final = Struct(">i")  # of records, behind the producer's fields
_COUNT_AT: Final = 57
_BODY_AT: Final = 61
_CHECKED_FROM: Final = 21  # the checksum is of all from the attributes on
_CHECKABLE: Final = 4 * 1024 * 1024  # bytes whose checksum is worth its time: 0.3 s a megabyte
_EACH: Final = 1024 * 1024  # bytes of a partition in one answer; the first batch comes whole
_ROUNDS: Final = 40


@dataclass(frozen=True, slots=True)
class Suspect:
    """One batch. `unpacked` None: its insides are not what its codec makes. `why`: what is wrong with it, half a
    sentence."""

    topic: str
    partition: int
    first: int
    last: int
    records: int
    codec: str  # none | gzip | snappy | lz4 | zstd | codec 5 ...
    packed: int  # bytes that Kafka holds
    unpacked: int | None
    why: str = ""


class Suspects:
    def __init__(self, clients: Clients, timeout: float) -> None:
        self._clients = clients
        self._timeout = timeout

    def ahead(self, topic: str, offsets: Mapping[int, int], enough: int) -> list[Suspect]:
        """Of each partition, the batches from an offset on: until `enough` bytes come out of them, or one is broken.

        What cannot be asked is left out. Raises KafkaFault when nobody answers. The topic has been described before.
        """
        deadline, line = Deadline(self._timeout), self._clients.line
        client = line.client(deadline)
        line.require(client, fetch)
        found: list[Suspect] = []
        left = {partition: (offset, enough) for partition, offset in offsets.items()}
        for _ in range(_ROUNDS):
            futures: dict[int, Future[bytes]] = {}
            for partition, (offset, _) in left.items():
                leader = self._clients.leaders.get(TopicPartition(topic, partition))
                if leader is not None:
                    body = fetch.request(topic, {partition: offset}, _EACH, committed=False)
                    futures[partition] = line.send(client, fetch, body, leader)
            following: dict[int, tuple[int, int]] = {}
            for partition, outcome in settle(futures, deadline).items():
                if isinstance(outcome, KafkaFault):
                    if len(offsets) == 1:
                        raise outcome
                    continue
                answer = fetch.response(outcome)
                if isinstance(answer, int):
                    raise from_code(answer)
                offset, room = left[partition]
                for batch in batches(topic, partition, answer[partition].records):
                    if batch.last < offset:
                        continue
                    found.append(batch)
                    room -= batch.unpacked or batch.packed
                    offset = batch.last + 1
                    if batch.why:
                        room = 0
                if room > 0 and offset > left[partition][0]:
                    following[partition] = (offset, room)
            left = following
            if not left or deadline.left() == 0:
                break
        return found


def batches(topic: str, partition: int, data: bytes) -> Iterator[Suspect]:
    """Those that are there whole; and one that is broken, after which nothing can be found."""
    at = 0
    while at + _BODY_AT <= len(data):
        base, length, _, magic, checksum, attributes, delta = _HEAD.unpack_from(data, at)
        end = at + _PREFIX + length
        if magic != 2:
            if magic not in (0, 1):
                yield Suspect(
                    topic,
                    partition,
                    base,
                    base,
                    0,
                    "none",
                    _PREFIX + length,
                    None,
                    f"its format is number {magic}, which Kafka does not know",
                )
                return
            yield Suspect(topic, partition, base, base, 1, "none", _PREFIX + length, length)
            at = end
            continue
        if end > len(data):
            return
        codec, body = attributes & 7, memoryview(data)[at + _BODY_AT : end]
        name = CODECS[codec] if codec < len(CODECS) else f"codec {codec}"
        size, why = unpacked(codec, body), ""
        if codec >= len(CODECS):
            why = f"it is compressed by codec {codec}, which Kafka does not know"
        elif length <= _CHECKABLE and _crc(data[at + _CHECKED_FROM : end]) != checksum:
            why = "its checksum does not fit its bytes: they were changed on a disk or on the way"
        elif size is None:
            why = f"what is in it is not {name}"
        yield Suspect(topic, partition, base, base + delta, _count(data, at), name, len(body), size, why)
        at = end


def _count(data: bytes, at: int) -> int:
    try:
        return int(_COUNT.unpack_from(data, at + _COUNT_AT)[0])
    except error:
        return 0


def _crc(data: bytes) -> int:
    from kafka.record.util import calc_crc32c

    return int(calc_crc32c(data))
