"""Records of 10 and 50 MB: a beginning on the page, all of it as a file, in pieces."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from confluent_kafka import Producer

from tests.reader.conftest import WITHIN

MB = 1024 * 1024


async def digest(answer) -> tuple[str, int, int]:
    """Of what was streamed: its hash, its size and its largest piece."""
    found, size, largest = hashlib.sha256(), 0, 0
    async for piece in answer:
        found.update(piece)
        size, largest = size + len(piece), max(largest, len(piece))
    return found.hexdigest(), size, largest


@pytest.fixture
def large(a_topic, bootstrap):
    """Offset 0 has 10 MB, 1 has 50 MB."""
    topic = a_topic(1, config={"max.message.bytes": "100000000"})
    producer = Producer({"bootstrap.servers": bootstrap, "message.max.bytes": 100_000_000})
    for size in (10, 50):
        producer.produce(topic.name, (b"0123456789abcdef" * (size * MB // 16)), b"key")
        assert producer.flush(WITHIN) == 0
    return topic


@pytest.mark.parametrize(("offset", "size"), [(0, 10 * MB), (1, 50 * MB)])
def test_it_is_previewed_and_downloaded_whole(viewer, cluster, large, offset, size):
    address = f"/c/{cluster.slug}/topics/{large.name}/records/0/{offset}/"
    kind, text, told, cut = viewer.get(address).json()["row"][5][:4]
    assert (kind, len(text), told, cut) == ("text", 64 * 1024, size, True)
    answer = viewer.get(f"{address}download/?side=value")
    assert answer["Content-Length"] == str(size)
    assert answer["Content-Disposition"] == f'attachment; filename="{large.name}-0-{offset}.value"'
    expected = hashlib.sha256(b"0123456789abcdef" * (size // 16)).hexdigest()
    assert asyncio.run(digest(answer)) == (expected, size, 256 * 1024)


def test_a_page_of_large_records_carries_beginnings(viewer, cluster, large):
    answer = viewer.get(f"/c/{cluster.slug}/topics/{large.name}/records/?start=newest")
    assert [row[5][2] for row in answer.json()["rows"]] == [50 * MB, 10 * MB]
    assert len(answer.content) < 20_000


def test_what_is_not_there_is_said(viewer, cluster, a_topic, bootstrap):
    topic = a_topic(1)
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topic.name, b"", None)
    producer.flush(WITHIN)
    address = f"/c/{cluster.slug}/topics/{topic.name}/records/0"
    assert asyncio.run(digest(viewer.get(f"{address}/0/download/?side=value")))[1] == 0
    assert "is null" in viewer.get(f"{address}/0/download/?side=key").json()["sentence"]
    assert "outside" in viewer.get(f"{address}/7/download/").json()["sentence"]
    assert viewer.get(f"{address}/0/download/?side=headers").status_code == 400


def test_what_a_rule_hides_is_not_given_out(viewer, cluster, a_topic):
    topic = a_topic(1, 1, '{{"card": "4111", "n": {n}}}')
    cluster.masks = [[topic.name, "value", "card", ""]]
    cluster.save()
    answer = viewer.get(f"/c/{cluster.slug}/topics/{topic.name}/records/0/0/download/")
    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"
