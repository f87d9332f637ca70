"""Batches that no client can read, made by changing bytes of the broker's own log: named, and read around."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from live.reader_link import ReadFailed
from reader.query import Query, Start
from reader.replies import Notice, Started, Whole
from reader.requests import Browse, Record
from tests.servers import Kafka

ATTRIBUTES, MAGIC, BODY = 21, 16, 61


def change(log: Path, offset: int, at: int, to: bytes) -> None:
    """Of the batch that begins at this offset, `at` bytes behind its begin."""
    data = bytearray(log.read_bytes())
    start = 0
    while struct.unpack_from(">q", data, start)[0] != offset:
        start += 12 + struct.unpack_from(">i", data, start + 8)[0]
    with log.open("r+b") as file:
        file.seek(start + at)
        file.write(to)


BROKEN = [
    pytest.param(BODY + 5, b"#!?", "none", "checksum", id="checksum"),
    pytest.param(ATTRIBUTES, b"\x00\x05", "none", "codec 5", id="unknown codec"),
    pytest.param(MAGIC, b"\x09", "none", "format is number 9", id="unknown format"),
    pytest.param(BODY, bytes(12), "gzip", "checksum", id="no gzip"),
]


@pytest.fixture
def broken(kafka, a_topic, bootstrap):
    """Makes a topic of which the batch of offsets 10 to 19 in partition 0 of 2 is broken; what is around it is not."""
    if not isinstance(kafka, Kafka):
        pytest.skip("its log is not ours")

    def make(at: int, to: bytes, codec: str):
        topic = a_topic(2)
        for _ in range(3):
            topic.produce(bootstrap, 20, **{"linger.ms": 900, "compression.type": codec})  # two batches, however slow
        (log,) = kafka.broker.folder.rglob(f"{topic.name}-0/00000000000000000000.log")
        change(log, 10, at, to)
        return topic

    return make


@pytest.mark.parametrize(("at", "to", "codec", "why"), BROKEN)
def test_a_batch_that_is_broken_is_named_and_read_around(broken, link, config, tail, bootstrap, at, to, codec, why):
    topic = broken(at, to, codec)
    query = Query(config.fingerprint, topic.name)
    with pytest.raises(ReadFailed) as failed:
        link.call(config, Browse(0, query, Start("oldest"), 100))
    batch = failed.value.batch
    assert batch, failed.value
    assert (batch.partition, batch.first) == (0, 10)
    assert f"{topic.name}-0, offset" in str(failed.value)
    assert why in str(failed.value)
    with pytest.raises(ReadFailed, match=why):
        link.call(config, Record(0, config.fingerprint, topic.name, 0, 10))
    (row,) = (r.row for r in link.call(config, Record(0, config.fingerprint, topic.name, 0, 9)) if isinstance(r, Whole))
    assert row.value.text == "record 18"
    alone = Query(config.fingerprint, topic.name, partitions=(0,))
    before = link.call(config, Browse(0, alone, Start("oldest"), 10))
    assert [r.offset for r in before[-2].rows] == list(range(10))
    beyond = batch.last + 1 if batch.last > 10 else 20
    replies = link.call(config, Browse(0, query, Start("from", offsets={0: beyond, 1: 0}), 100))
    assert len(replies[-2].rows) == 10 + 30

    heard = tail(link, topic.name, offsets={0: 0, 1: 0})
    notice = heard.first(Notice, code="unreadable")
    assert (notice.partition, notice.batch.first) == (0, 10)
    heard.until(lambda _: heard.seen == 10 + 30)  # what is before it, and all of the other partition
    topic.produce(bootstrap, 2)
    heard.until(lambda _: heard.seen == 10 + 30 + 1)
    assert len([r for r in heard.replies if isinstance(r, Notice) and r.code == "unreadable"]) == 1
    again = tail(link, topic.name, offsets={0: beyond, 1: 31})
    again.first(Started)
    again.until(lambda _: again.seen == 11)
