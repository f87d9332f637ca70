"""A search reads exactly what it was given, says what it could not, and goes on where it was."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import NewPartitions

from live.reader_link import ReadFailed
from reader.protocol import MAX_MESSAGE, pack
from reader.query import Filter, Query, Start
from reader.replies import Done, Failed, Found, Measured, Notice
from reader.requests import Cancel, Credit, Extent, Search
from reader.scan import Budget
from reader.search import _Searching
from tests.reader.conftest import Heard
from tests.reader.messages import a_message
from tests.transactions import Writer


class Hunt(Heard):
    """What a search says; gives a credit for each Found."""

    def __call__(self, reply) -> None:
        super().__call__(reply)
        if self.eager and isinstance(reply, Found):
            self.link.tell(Credit(reply.id, 1))

    @property
    def found(self):
        return [kept.row for r in self.replies if isinstance(r, Found) for kept in r.records]

    @property
    def scanned(self) -> int:
        return sum(r.scanned for r in self.replies if isinstance(r, Found))

    @property
    def next(self) -> dict[int, int]:
        return {p: offset for r in self.replies if isinstance(r, Found) for p, offset in r.next.items()}


@pytest.fixture
def extent(link, config):
    def ask(topic, **asked) -> Measured:
        return link.call(config, Extent(0, config.fingerprint, topic.name, **asked))[0]

    return ask


@pytest.fixture
def hunt(link, config, extent):
    """Begin a search over the whole of a topic."""

    def begin(topic, text="", *, spans=None, topic_id=None, eager=True, credit=4, over=None, **query) -> Hunt:
        over = over or link
        measured = extent(topic)
        heard = Hunt(over, eager)
        asked = Query(config.fingerprint, topic.name, **{"filter": Filter(text), **query})
        wanted = measured.topic_id if topic_id is None else topic_id
        heard.id = over.send(config, Search(0, asked, spans or measured.spans, wanted, credit), heard)
        return heard

    return begin


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('value.id == "n-1777"', [1777]),
        ('value.id == "n-1777" || value.n == 5', [5, 1777]),
        ('key == "k\u00e9y"', [2000]),
        ('value.id == "eins"', [2001]),  # written with escapes: its bytes do not hold the word
        ('value == "n-9999"', [2002]),  # plain text
    ],
)
def test_an_expression_finds_the_same_as_one_record_at_a_time(a_topic, hunt, bootstrap, where, found):
    topic = a_topic(1, 2000, '{{"id":"n-{n}","n":{n}}}')
    producer = Producer({"bootstrap.servers": bootstrap})
    for key, value in (("k\u00e9y", b'{"id":1}'), (None, b'{"id":"\\u0065ins"}'), (None, b"n-9999"), (None, None)):
        producer.produce(topic.name, value, key)
    producer.flush(20)
    heard = hunt(topic, filter=Filter(expression=where))
    assert heard.first(Done).scanned == 2004
    assert [r.offset for r in heard.found] == found


def offsets(rows) -> set[tuple[int, int]]:
    return {(r.partition, r.offset) for r in rows}


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_it_finds_each_that_matches_once_and_counts_each_that_was_read(a_topic, hunt, bootstrap, codec):
    topic = a_topic(3)
    topic.produce(bootstrap, 30_000, **{"compression.type": codec})
    heard = hunt(topic, "RECORD 777")
    done = heard.first(Done)
    wanted = {f"record {n}" for n in range(30_000) if str(n).startswith("777")}
    assert (done.scanned, done.matched, done.complete) == (30_000, len(wanted), True)
    assert len(heard.found) == len(wanted) and {r.value.text for r in heard.found} == wanted
    assert heard.scanned == 30_000 and heard.next == dict.fromkeys(range(3), 10_000)


def test_what_comes_after_its_start_is_not_read(a_topic, hunt, extent, bootstrap):
    topic = a_topic(1, 10)
    spans = extent(topic).spans
    topic.produce(bootstrap, 5000)
    heard = hunt(topic, spans=spans)
    assert heard.first(Done).scanned == 10
    assert offsets(heard.found) == {(0, n) for n in range(10)}


def test_it_goes_on_where_another_was_stopped_without_loss_or_repeat(a_topic, hunt, extent):
    topic = a_topic(3, 60_000, "record {n} " + 200 * "x")  # so many finds that the first are handed out before the end
    first = hunt(topic, "7", eager=False, credit=1)
    found = first.first(Found)
    first.link.tell(Cancel(first.id))
    assert first.first(Failed).code == "cancelled"
    ends = extent(topic).spans
    assert found.scanned < 60_000
    second = hunt(topic, "7", spans={p: (first.next.get(p, 0), end) for p, (_, end) in ends.items()})
    second.first(Done)
    rows = [*first.found, *second.found]
    assert first.scanned + second.scanned == 60_000
    assert len(rows) == len(offsets(rows)) == sum("7" in str(n) for n in range(60_000))


def test_a_key_and_a_header_are_looked_at_and_handed_out(a_topic, hunt, bootstrap):
    topic = a_topic(1, 2000)
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topic.name, b"one", b"the Needle")
    producer.produce(topic.name, b"two", headers=[("trace", b"a needle"), ("none", None)])
    producer.produce(topic.name, None, headers=[("NEEDLE", None)])
    producer.flush(20)
    heard = hunt(topic, "needle")
    heard.first(Done)
    assert [r.value.text for r in heard.found] == ["one", "two", ""]
    headers = [kept.headers for r in heard.replies if isinstance(r, Found) for kept in r.records]
    assert [(name, shown.text) for name, shown in headers[1]] == [("trace", "a needle"), ("none", "")]


def test_compacted_records_and_the_markers_of_transactions_are_no_holes(a_topic, hunt, bootstrap):
    topic = a_topic(1, 3)
    Writer(bootstrap, topic.name).write("given up", end="abort")
    for committed, scanned in ((True, 3), (False, 4)):
        done = hunt(topic, committed=committed).first(Done)
        assert (done.scanned, done.complete) == (scanned, True)


def test_records_of_an_open_transaction_are_said_to_be_left_out(a_topic, hunt, bootstrap):
    topic = a_topic(1, 3)
    writer = Writer(bootstrap, topic.name)
    writer.write("not yet")
    heard = hunt(topic, committed=True)
    done = heard.first(Done)
    writer.end("abort")
    assert not done.complete
    assert done.notes == ("Offsets 3 to 3 of partition 0 were not read: a transaction is open there.",)
    assert heard.next == {0: 3}


def test_an_unreadable_batch_is_named_and_the_rest_is_read(a_topic, hunt, bootstrap, kafka):
    topic = a_topic(1)
    for _ in range(4):
        topic.produce(bootstrap, 20, "record {n} " * 20, **{"compression.type": "lz4"})
    damage(kafka, topic.name, 1)
    heard = hunt(topic, "record 7")
    done = heard.first(Done)
    assert [r.offset for r in heard.found] == [7, 47, 67], done.notes
    assert (done.scanned, done.complete) == (60, False)
    notice = heard.first(Notice)
    assert (notice.code, notice.offset) == ("unreadable", 20)
    assert notice.sentence.startswith("Offsets 20 to 39 of partition 0 cannot be read: ")


def damage(kafka, topic: str, which: int) -> None:
    """Overwrite the middle of a batch in the file of partition 0."""
    if not hasattr(kafka, "broker"):
        pytest.skip("the broker is somebody else's: its files are not ours to damage")
    (path,) = Path(kafka.broker.folder).glob(f"**/{topic}-0/*.log")
    data, at = path.read_bytes(), 0
    for _ in range(which):
        at += 12 + struct.unpack(">i", data[at + 8 : at + 12])[0]
    with path.open("r+b") as file:
        file.seek(at + 61 + 8)
        file.write(b"\xff" * 40)


def test_what_retention_deleted_before_it_was_read_is_said(a_topic, hunt, extent):
    topic = a_topic(1, 100)
    measured = extent(topic)
    (deleted,) = topic.admin.delete_records([TopicPartition(topic.name, 0, 60)]).values()
    deleted.result(20)
    heard = hunt(topic, spans=measured.spans)
    done = heard.first(Done)
    assert (done.scanned, done.complete) == (40, False)
    assert done.notes == ("Retention deleted offsets 0 to 59 of partition 0 before they could be read.",)


def test_another_topic_of_the_same_name_is_not_read_on(a_topic, hunt):
    assert hunt(a_topic(1, 10), topic_id="AAAAAAAAAAAAAAAAAAAAAA").first(Failed).code in ("recreated", "deleted")


def test_without_credit_it_reads_on_no_further(a_topic, hunt):
    heard = hunt(a_topic(1, 60_000, "record {n} " * 20), eager=False, credit=2)
    heard.until(lambda replies: sum(isinstance(r, Found) for r in replies) == 2)
    assert heard.scanned < 60_000
    heard.link.tell(Credit(heard.id, 1000))
    assert heard.first(Done).scanned == 60_000


def test_many_large_finds_fit_into_one_message(a_topic, hunt, bootstrap):
    topic = a_topic(1)
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": "lz4"})
    for n in range(1000):
        producer.produce(topic.name, b"\xff" * 70_000, str(n), partition=0)
        producer.poll(0)
    producer.flush(30)
    heard = hunt(topic)
    assert heard.first(Done).matched == 1000
    assert [r.key.text for r in heard.found] == [str(n) for n in range(1000)]
    assert all(r.value.cut and r.value.size == 70_000 for r in heard.found)
    assert len(heard.found[0].value.text) > 64 * 1024 > len(heard.found[-1].value.text)


def test_an_extent_is_cut_at_both_ends(a_topic, extent):
    topic = a_topic(2, 20)
    assert extent(topic).spans == {0: (0, 10), 1: (0, 10)}
    cut = extent(topic, start=Start("offset", 3), end=Start("offset", 7))
    assert cut.spans == {0: (3, 7), 1: (3, 7)}
    at = 1_700_000_000_000
    assert extent(topic, start=Start("time", at + 4), end=Start("time", at + 9)).spans == {0: (2, 5), 1: (2, 4)}
    assert extent(topic, partitions=(1,)).spans == {1: (0, 10)}
    assert extent(topic, start=Start("time", at + 10_000)).spans == {0: (10, 10), 1: (10, 10)}


def test_a_partition_that_is_not_there_is_refused(a_topic, extent):
    with pytest.raises(ReadFailed, match="There is no partition 9"):
        extent(a_topic(1, 1), partitions=(9,))


def test_a_new_partition_does_not_move_it(a_topic, hunt):
    topic = a_topic(1, 10)
    topic.admin.create_partitions([NewPartitions(topic.name, 2)])[topic.name].result(20)
    assert hunt(topic, spans={0: (0, 10)}).first(Done).complete


def test_a_message_has_an_end_however_much_is_found_at_once(config):
    value = json.dumps({f"c{n}": "é" * 5000 for n in range(20)}).encode()
    query = Query("c", "events", columns=tuple(f"value.c{n}" for n in range(20)))
    searching = _Searching(Search(1, query, {0: (0, 1000)}), config, lambda reply: None, Budget())
    searching._look([a_message(n, value=value) for n in range(1000)])
    first, last = searching.records[0].row, searching.records[-1].row
    assert {len(shown.text) for shown in first.columns} == {4096}
    assert {len(shown.text) for shown in last.columns} == {128} and all(shown.cut for shown in last.columns)
    assert len(pack(Found(1, tuple(searching.records), 1000, 0, {}))) < MAX_MESSAGE
