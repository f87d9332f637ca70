"""The endless read of a real topic: exact, shared, and never silent about what happened to it."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewPartitions

from gateway.config import ClusterConfig
from reader.query import Filter, Formats, Query
from reader.replies import Failed, Figures, Frame, Here, Notice, Started
from reader.requests import Credit, Stats, Sync, Tail
from tests.reader.conftest import Heard, Topic, soon


def test_shown_and_passed_are_what_was_produced(link, a_topic, tail, bootstrap):
    topic = a_topic(4, 100)
    heard = tail(link, topic.name)
    topic.produce(bootstrap, 5000)
    heard.until(lambda _: heard.seen == 5000)
    assert heard.accounted == 5000
    assert all(len(f.rows) <= 200 for f in heard.frames)
    assert heard.first(Started).offsets == {0: 25, 1: 25, 2: 25, 3: 25}
    assert heard.frames[-1].next == {0: 1275, 1: 1275, 2: 1275, 3: 1275}


def test_without_credits_it_counts_and_goes_on_exactly_where_it_was(link, a_topic, tail, bootstrap):
    topic = a_topic(1)
    heard = tail(link, topic.name, eager=False, credit=1)
    topic.produce(bootstrap, 1)
    heard.first(Frame)
    topic.produce(bootstrap, 700)
    topic.produce(bootstrap, 1, "the last")
    heard.eager = True
    other = tail(link, topic.name, offsets={0: 0})
    other.until(lambda _: other.seen == 702)  # by now the first one has read them too, or will before its next frame
    link.tell(Credit(heard.id, 8))
    heard.until(lambda _: heard.seen == 702)
    assert heard.accounted == 702
    assert heard.frames[-1].rows[-1].value.text == "the last"


def test_a_filter_counts_what_it_saw_and_what_it_let_through(link, a_topic, tail, bootstrap):
    topic = a_topic(2)
    heard = tail(link, topic.name, filter=Filter("RECORD 1"))
    topic.produce(bootstrap, 100)
    heard.until(lambda _: heard.seen == 100)
    assert sum(f.matched for f in heard.frames) == heard.accounted == 11


def test_viewers_of_one_query_share_a_consumer_and_both_see_all(link, config, a_topic, tail, bootstrap):
    topic = a_topic(2)
    before = link.call(config, Stats(0))[0].tails
    one, two = tail(link, topic.name), tail(link, topic.name)
    figures = link.call(config, Stats(0))[0]
    assert isinstance(figures, Figures)
    assert figures.tails == before + 1
    topic.produce(bootstrap, 300)
    for heard in (one, two):
        heard.until(lambda _, heard=heard: heard.accounted == 300)
    for heard in (one, two):
        link.forget(heard.id)
    soon(lambda: link.call(config, Stats(0))[0].tails == before)


def test_it_goes_on_from_given_offsets(link, a_topic, tail, bootstrap):
    topic = a_topic(2, 40)
    heard = tail(link, topic.name, offsets={0: 15, 1: 18})
    heard.until(lambda _: heard.seen == 7)
    assert heard.first(Started).offsets == {0: 15, 1: 18}


def test_a_deleted_topic_is_said(link, a_topic, tail):
    topic = a_topic(1)
    heard = tail(link, topic.name)
    heard.first(Started)
    topic.delete()
    assert "was deleted" in heard.first(Failed, code="deleted").sentence


def test_a_topic_that_was_made_anew_is_not_read_on_in_silence(link, a_topic, tail, bootstrap):
    topic = a_topic(1, 5)
    heard = tail(link, topic.name)
    heard.first(Started)
    topic.produce(bootstrap, 1)
    heard.until(lambda _: heard.seen == 1)
    topic.delete()
    soon(lambda: topic.name not in topic.admin.list_topics(timeout=10).topics)
    topic.create()
    ended = heard.until(lambda replies: next((r for r in replies if isinstance(r, Failed)), None))
    assert ended.code in ("deleted", "recreated")


def test_new_partitions_are_tailed_from_their_first_record(link, a_topic, tail, bootstrap):
    topic = a_topic(1)
    heard = tail(link, topic.name)
    heard.first(Started)
    topic.produce(bootstrap, 1)
    heard.until(lambda _: heard.seen == 1)
    topic.admin.create_partitions([NewPartitions(topic.name, 3)])[topic.name].result(20)
    topic.partitions = 3
    soon(lambda: len(topic.admin.list_topics(topic.name, timeout=10).topics[topic.name].partitions) == 3)
    topic.produce(bootstrap, 30)
    heard.first(Notice, code="partitions")
    heard.until(lambda _: heard.seen == 31)


def test_an_unknown_topic_ends_the_tail(link, tail):
    assert tail(link, "reader-nowhere").first(Failed).code == "unknown_topic"


def test_a_broker_that_stops_answering_is_waited_for_and_nothing_is_lost(own_kafka, link):
    kafka = own_kafka()
    topic = Topic(kafka.bootstrap, 1)
    config = ClusterConfig(kafka.bootstrap)
    heard = Heard(link)
    heard.id = link.send(config, Tail(0, Query(config.fingerprint, topic.name)), heard)
    heard.first(Started)
    topic.produce(kafka.bootstrap, 10)
    heard.until(lambda _: heard.seen == 10)
    kafka.pause()
    assert "Waiting for a broker" in heard.first(Notice, code="waiting").sentence
    kafka.resume()
    heard.first(Notice, code="answering")
    topic.produce(kafka.bootstrap, 10)
    heard.until(lambda _: heard.seen == 20)


def test_who_comes_from_the_past_ends_up_in_the_shared_tail_with_every_record_once(
    link, config, a_topic, tail, bootstrap
):
    topic = a_topic(3, 3000)
    before = link.call(config, Stats(0))[0].tails
    late = [tail(link, topic.name, offsets={0: n, 1: 0, 2: 0}) for n in range(5)]
    live = tail(link, topic.name)
    produced = 3000
    for _ in range(10):
        topic.produce(bootstrap, 60)
        produced += 60
    for n, heard in enumerate(late):
        heard.until(lambda _, heard=heard, n=n: heard.seen == produced - n)
        assert heard.accounted == produced - n
        offsets = [(r.partition, r.offset) for f in heard.frames for r in f.rows]
        assert len(offsets) == len(set(offsets))
        assert heard.frames[-1].next == {0: 1200, 1: 1200, 2: 1200}
    soon(lambda: link.call(config, Stats(0))[0].tails == before + 1)
    topic.produce(bootstrap, 30)
    for n, heard in enumerate(late):
        heard.until(lambda _, heard=heard, n=n: heard.seen == produced + 30 - n)
    live.until(lambda _: live.seen == 630)
    for heard in (live, *late):
        link.forget(heard.id)
    soon(lambda: link.call(config, Stats(0))[0].tails == before)


def test_a_question_is_answered_at_the_end_of_what_kafka_held(link, a_topic, tail):
    topic = a_topic(2, 2000)
    heard = tail(link, topic.name, offsets={0: 0, 1: 0})
    link.tell(Sync(heard.id, 7))
    heard.first(Here, question=7)
    assert heard.accounted == heard.seen == 2000


def test_a_held_tail_gives_record_by_record_and_loses_none(link, a_topic, tail):
    topic = a_topic(3, 2000)
    heard = tail(link, topic.name, eager=False, credit=0, hold=True, offsets={0: 0, 1: 0, 2: 0})
    link.tell(Credit(heard.id, 1))
    heard.until(lambda _: heard.seen == 1)
    link.tell(Credit(heard.id, 1999))
    heard.until(lambda _: heard.seen == 2000)
    assert [r.value.text for f in heard.frames for r in f.rows][:1] == ["record 0"]
    assert sorted(r.value.text for f in heard.frames for r in f.rows) == sorted(f"record {n}" for n in range(2000))
    assert all(len(f.rows) == 1 and not f.passed for f in heard.frames)


def test_a_sample_has_all_records_of_its_keys_and_none_of_the_others(link, a_topic, tail, bootstrap):
    topic = a_topic(2)
    heard = tail(link, topic.name, one_in=4)
    producer = Producer({"bootstrap.servers": bootstrap})
    for n in range(2000):
        producer.produce(topic.name, str(n), f"key-{n % 100}", n % 2)
    producer.flush(20)
    heard.until(lambda _: heard.seen == 2000)
    shown = [r.key.text for f in heard.frames for r in f.rows]
    assert sum(f.sampled for f in heard.frames) == sum(f.matched for f in heard.frames) == heard.accounted
    assert heard.accounted == 20 * len(set(shown)) or heard.accounted > len(shown)  # all 20 records of each key
    assert 10 <= heard.accounted / 20 <= 45


def test_a_view_that_reads_otherwise_has_a_tail_of_its_own(link, a_topic, tail, bootstrap):
    topic = a_topic(1)
    plain, hexed = tail(link, topic.name), tail(link, topic.name, formats=Formats(value="hex"))
    topic.produce(bootstrap, 1, "ab")
    for heard in (plain, hexed):
        heard.until(lambda _, heard=heard: heard.accounted == 1)
    assert [heard.frames[0].rows[0].value.text for heard in (plain, hexed)] == ["ab", "61 62"]


@pytest.mark.parametrize("hold", [False, True])
def test_rows_have_the_columns_that_were_asked_for(link, a_topic, tail, bootstrap, hold):
    topic = a_topic(1, 2, '{{"user": {{"id": "u{n}"}}, "n": {n}}}')
    heard = tail(link, topic.name, offsets={0: 0}, hold=hold, columns=("value.user.id", "value.none"))
    heard.until(lambda _: heard.accounted == 2)
    shown = [[(c.kind, c.text) for c in row.columns] for frame in heard.frames for row in frame.rows]
    assert shown == [[("text", "u0"), ("missing", "")], [("text", "u1"), ("missing", "")]]


def test_viewers_who_never_read_cost_the_others_nothing(link, config, a_topic, tail, bootstrap):
    topic = a_topic(2)
    reads = tail(link, topic.name)
    for _ in range(3):
        tail(link, topic.name, eager=False, credit=1)
    topic.produce(bootstrap, 5000, "x" * 1000)
    reads.until(lambda _: reads.seen == 5000)
    before = link.call(config, Stats(0))[0].rss
    topic.produce(bootstrap, 40_000, "x" * 1000)
    reads.until(lambda _: reads.seen == 45_000)
    assert reads.accounted == 45_000
    assert link.call(config, Stats(0))[0].rss - before < 24_000_000
