"""The records of one key, and which partitions had to be read for them, on a real broker."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewPartitions

from reader.columns import columns
from reader.errors import BadRequest
from reader.hashing import places
from reader.query import Query, Start
from reader.replies import Done, Rows
from reader.requests import Browse
from tests.reader.conftest import WITHIN, soon


def read(link, config, topic, key, **more):
    replies = link.call(config, Browse(0, Query(config.fingerprint, topic.name, **more), Start("newest"), 50, key=key))
    rows = next(reply for reply in replies if isinstance(reply, Rows))
    return rows.rows, next(reply for reply in replies if isinstance(reply, Done))


def produce(bootstrap, topic, partitioner, keys):
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": partitioner})
    for n, key in enumerate(keys):
        producer.produce(topic.name, f"{partitioner} {n}", key)
    assert producer.flush(WITHIN) == 0


@pytest.mark.parametrize(("partitioner", "name"), [("murmur2_random", "Java"), ("consistent_random", "librdkafka")])
def test_it_is_found_where_each_kind_of_producer_puts_it(link, config, a_topic, bootstrap, partitioner, name):
    topic = a_topic(12)
    keys = [f"key-{n}" for n in range(40)]
    produce(bootstrap, topic, partitioner, keys)
    for key in keys[:8]:
        rows, done = read(link, config, topic, key.encode())
        assert [r.key.text for r in rows] == [key]
        assert name in places(key.encode(), 12)[rows[0].partition]
        assert set(done.read) == set(places(key.encode(), 12))
        assert done.notes[-1].startswith("Read partition ")


def test_where_partitions_were_added_all_are_read(link, config, a_topic, bootstrap):
    topic = a_topic(2)
    keys = [f"key-{n}" for n in range(40)]
    produce(bootstrap, topic, "murmur2_random", keys)
    topic.admin.create_partitions([NewPartitions(topic.name, 5)])[topic.name].result(WITHIN)
    produce(bootstrap, topic, "murmur2_random", keys)

    def complete():
        return len(read(link, config, topic, b"key-1")[1].read) == 5

    soon(complete)
    for key in keys[:5]:
        rows, done = read(link, config, topic, key.encode())
        assert len(rows) == 2
        assert "partitions were added" in done.notes[-1]


def test_a_key_that_is_nowhere_is_looked_for_everywhere(link, config, a_topic, bootstrap):
    topic = a_topic(12)
    produce(bootstrap, topic, "murmur2_random", [f"key-{n}" for n in range(40)])
    rows, done = read(link, config, topic, b"nobody")
    assert (rows, len(done.read), done.complete) == ((), 12, True)
    assert "No record with this key" in done.notes[-1]


def test_columns_are_values_by_path(link, config, a_topic, bootstrap):
    topic = a_topic(1)
    producer = Producer({"bootstrap.servers": bootstrap})
    value = '{"n": 18446744073709551616, "user": {"id": 7, "none": null, "no text": ""}, "list": [1]}'
    producer.produce(topic.name, value, '{"id": "k"}', headers=[("trace", b"old"), ("trace", b"new")])
    producer.produce(topic.name, "no json", None)
    producer.flush(WITHIN)
    paths = (
        "value.n",
        "value.user.id",
        "value.user.none",
        'value.user["no text"]',
        "value.list",
        "headers.trace",
        "key.id",
    )
    replies = link.call(config, Browse(0, Query(config.fingerprint, topic.name, columns=paths), Start("oldest"), 50))
    first, second = next(reply for reply in replies if isinstance(reply, Rows)).rows
    assert [(c.kind, c.text) for c in first.columns] == [
        ("text", "18446744073709551616"),
        ("text", "7"),
        ("null", ""),
        ("empty", ""),
        ("json", "[1]"),
        ("text", "new"),
        ("text", "k"),
    ]
    assert {c.kind for c in second.columns} == {"missing"}


@pytest.mark.parametrize("path", ["value.", "size", "offset", "1 + 1", "value[key]", "valu.a", "value.a == 1"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(BadRequest, match="is no column"):
        columns([path])
