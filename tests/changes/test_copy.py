"""A stretch of a topic is copied byte for byte, through the reader process, on a real broker."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from confluent_kafka import Producer
from django.test import Client
from django.urls import reverse

from access import policy
from access.models import Binding
from changes import queries, service
from changes.errors import BadParams, NotAllowed
from changes.models import Change, State
from clusters.models import Cluster
from gateway.facts import Outgoing
from live import snapshots
from tests.changes.longs import Running, bytes_of, in_all, looked_at_later, patient, read
from tests.changes.people import a_user, applied
from tests.transactions import Writer
from topics.changes.facts import id_now, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ask(user, cluster):
    def ask(source: str, topic: str, rate: int = 0, **params: Any) -> Change:
        asked = {"topic": topic, "source": source, "rate": rate, **params}
        return service.propose(user, cluster, "topics.copy", asked)

    return ask


def filled(bootstrap: str, topic: str, count: int, partitions: int) -> None:
    """Binary keys and values, null and empty ones, headers that come twice, times a millisecond apart."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20})
    for n in range(count):
        key = [b"\x00\xffkey-%d" % n, None, b""][n % 3 if n < 300 else 0]
        value = [b"\xfe%d" % n + os.urandom(n % 50), None, b""][n % 3 if n < 300 else 0]
        headers = [("trace", b"\xff\x00"), ("trace", None), ("ä", b"")] if n % 2 else []
        when = 1_700_000_000_000 + n
        producer.produce(topic, value, key, partition=n % partitions, timestamp=when, headers=headers)
        producer.poll(0)
    assert producer.flush(30) == 0


def test_a_hundred_thousand_records_equal_their_source_byte_for_byte(user, gateway, bootstrap, ask, a_topic):
    source, target = a_topic(3, 0), a_topic(3, 0)
    filled(bootstrap, source, 100_000, 3)
    change = applied(user, ask(source, target))
    assert change.state == State.DONE, change.reason
    assert change.result.rows[-1].found == 100_000
    before, after = read(bootstrap, source, 3), read(bootstrap, target, 3)
    assert len(before) == 100_000
    assert [bytes_of(m) for m in before] == [bytes_of(m) for m in after]


@pytest.mark.parametrize(
    ("range", "values"),
    [
        ({"first": "offset:3", "last": "offset:5"}, [b"v3", b"v4", b"v5"]),
        ({"first": "time:1700000007000"}, [b"v7", b"v8", b"v9"]),
        ({"first": "time:2023-11-14T22:13:27Z", "last": "time:1700000009000"}, [b"v7", b"v8"]),
        ({"last": "offset:1"}, [b"v0", b"v1"]),
        ({"first": "offset:8", "last": "offset:900"}, [b"v8", b"v9"]),
        ({"filter": "V7"}, [b"v7"]),
        ({"offsets": {"0": [2, 4]}}, [b"v2", b"v3"]),
    ],
)
def test_a_range_is_what_is_copied(user, bootstrap, ask, a_topic, range, values):
    source, target = a_topic(1, 10), a_topic(1, 0)
    change = applied(user, ask(source, target, **range))
    assert change.state == State.DONE, change.reason
    assert [m.value() for m in read(bootstrap, target, 1)] == values


def test_by_the_key_with_where_each_came_from_and_a_new_time(user, bootstrap, ask, a_topic):
    source, target = a_topic(3, 2), a_topic(1, 0)
    with pytest.raises(BadParams, match=r"has no partition 1: it has 1\. Let the keys choose"):
        ask(source, target)
    change = applied(user, ask(source, target, keep_partition=False, keep_timestamp=False, origin=True))
    assert change.state == State.DONE, change.reason
    copies = read(bootstrap, target, 1)
    assert len(copies) == 6
    headers = dict(copies[0].headers())
    assert headers["highwater.origin.topic"] == source.encode()
    assert headers["highwater.origin.timestamp"] == b"1700000000000"
    assert copies[0].timestamp()[1] > 1_750_000_000_000


def test_aborted_records_are_left_out(user, bootstrap, ask, a_topic):
    source, target = a_topic(1, 1), a_topic(1, 0)
    writer = Writer(bootstrap, source)
    writer.write("aborted", end="abort")
    writer.write("kept", end="commit")
    assert applied(user, ask(source, target)).state == State.DONE
    assert [m.value() for m in read(bootstrap, target, 1)] == [b"v0", b"kept"]


def test_a_stop_in_the_middle_is_exact_and_the_rest_is_copied_later(user, bootstrap, gateway, ask, a_topic):
    source, target = a_topic(3, 0), a_topic(3, 0)
    filled(bootstrap, source, 6000, 3)
    running = Running(user, ask(source, target, 2000))
    running.has_written(500)
    patient(lambda: service.stop(user, running.row()))
    change = running.ended()
    assert change.state == State.PARTLY, change.reason
    assert 500 <= change.result.rows[-1].found == in_all(gateway, target) < 6000
    rest = service.retry(user, change)
    assert (
        applied(user, service.propose(user, change.cluster, rest.kind, rest.params | {"rate": 0})).state == State.DONE
    )
    before, after = read(bootstrap, source, 3), read(bootstrap, target, 3)
    assert [bytes_of(m) for m in before] == [bytes_of(m) for m in after]


def test_the_rate_holds(user, bootstrap, ask, a_topic):
    source, target = a_topic(3, 0), a_topic(3, 0)
    filled(bootstrap, source, 600, 3)
    began = time.monotonic()
    assert applied(user, ask(source, target, 200)).state == State.DONE
    assert time.monotonic() - began > 2.8


@pytest.mark.parametrize("which", ["source", "target"])
@pytest.mark.parametrize("when", ["planned", "running"])
def test_another_topic_of_that_name_is_neither_read_nor_written(user, gateway, bootstrap, ask, a_topic, which, when):
    source, target = a_topic(1, 0), a_topic(1, 0)
    filled(bootstrap, source, 20_000, 1)
    change = ask(source, target, 500)
    running = Running(user, change) if when == "running" else None
    if running:
        running.has_written(100)
    again = source if which == "source" else target
    gateway.mutate.delete_topic(again)
    until(lambda: id_now(gateway, again), lambda seen: seen is None)
    gateway.mutate.create_topic(again, 1, 1, {})
    until(lambda: id_now(gateway, again), bool)
    for _ in range(20):
        gateway.mutate.produce(Outgoing(again, b"new", b"new"))
    change = running.ended() if running else applied(user, change)
    if change.state == State.UNKNOWN:
        looked_at_later(change)
    if when == "planned":
        assert change.state == State.STALE
    else:
        assert f"The topic {again} was deleted" in change.reason
        assert change.state == (State.PARTLY if which == "source" else State.FAILED)
    if which == "target":
        strangers = {m.key() for m in read(bootstrap, target, 1)} - {b"new"}
        assert bool(strangers) == ("are in the new one: look at the first offsets" in change.reason)
        assert len(strangers) < 1000, "it does not go on"
    else:
        assert b"new" not in {m.key() for m in read(bootstrap, target, 1)}


def test_from_another_cluster_with_rights_on_both(user, cluster, bootstrap, gateway, own_kafka, a_topic):
    far = own_kafka()
    other = Cluster.objects.create(name="far", bootstrap=far.bootstrap)
    other.gateway().mutate.create_topic("there", 2, 1, {})
    filled(far.bootstrap, "there", 50, 2)
    target = a_topic(2, 0)
    params = {"topic": target, "source": "there", "source_cluster": other.slug}
    with pytest.raises(NotAllowed, match="There is no cluster far, or it is hidden from you"):
        service.propose(user, cluster, "topics.copy", params)
    Binding.objects.create(user=user, role="viewer", cluster=other, names="elsewhere")
    policy.forget(user.pk)
    with pytest.raises(NotAllowed, match=r"\(records.read\) for there\."):
        service.propose(user, cluster, "topics.copy", params)
    Binding.objects.create(user=user, role="viewer", cluster=other, names="there")
    policy.forget(user.pk)
    change = applied(user, service.propose(user, cluster, "topics.copy", params))
    assert change.state == State.DONE, change.reason
    assert [bytes_of(m) for m in read(far.bootstrap, "there", 2)] == [bytes_of(m) for m in read(bootstrap, target, 2)]
    stranger = a_user(cluster, "viewer")
    assert queries.may_see(user, change) and not queries.may_see(stranger, change)
    other.gateway().close()


def test_rights_on_source_and_target_are_both_asked(cluster, a_topic):
    source, target = a_topic(1, 1), a_topic(1, 0)
    somebody = a_user(cluster, "operator", target)
    params = {"topic": target, "source": source, "rate": 100}
    with pytest.raises(NotAllowed, match=rf"\(records.read\) for {source}\."):
        service.propose(somebody, cluster, "topics.copy", params)
    Binding.objects.create(user=somebody, role="viewer", cluster=cluster, names=source)
    policy.forget(somebody.pk)
    assert service.propose(somebody, cluster, "topics.copy", params).state == State.PLANNED
    with pytest.raises(NotAllowed, match="produce_bulk"):
        service.propose(somebody, cluster, "topics.copy", params | {"rate": 0})


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"topic": "{source}"}, "not copied into itself"),
        ({"source": "changes-nowhere"}, "There is no topic changes-nowhere to take records from"),
        ({"topic": "changes-nowhere"}, "There is no topic changes-nowhere"),
        ({"first": "yesterday"}, "is no place in a topic"),
        ({"first": "time:soon"}, "is no time"),
        ({"first": "offset:10"}, "no record of .* in this range"),
        ({"partitions": [4]}, "has no partition 4: it has 1"),
        ({"filter": "x" * 2000}, "at most 1,000"),
        ({"rate": 10**9}, "The rate is 1 to"),
    ],
)
def test_nonsense_gets_one_clear_sentence(ask, a_topic, params, said):
    source, target = a_topic(1, 3), a_topic(1, 0)
    given = {k: v.format(source=source) if isinstance(v, str) else v for k, v in params.items()}
    with pytest.raises(BadParams, match=said):
        ask(**{"source": source, "topic": target} | given)


def test_kafkas_own_topics_and_read_only_clusters_are_refused(user, cluster, ask, a_topic, a_group):
    source = a_topic(1, 1)
    a_group(source, 1)
    with pytest.raises(NotAllowed, match="Kafka's own"):
        ask(source, "__consumer_offsets")
    target = a_topic(1, 0)
    cluster.read_only = True
    cluster.save()
    with pytest.raises(NotAllowed, match="read-only"):
        service.propose(user, cluster, "topics.copy", {"topic": target, "source": source})


def test_the_page_leads_to_the_plan_and_loses_nothing(user, cluster, a_topic, monkeypatch):
    monkeypatch.setattr(snapshots, "newest", lambda pk: None)
    source, target = a_topic(1, 5), a_topic(1, 0)
    person = Client(headers={"host": "localhost"})
    person.force_login(user)
    url = reverse("records:copy", args=[cluster.slug, source])
    assert "Copy records" in person.get(url).content.decode()
    asked = {
        "first": "offset",
        "first_at": "soon",
        "last": "newest",
        "to": target,
        "rate": "500",
        "keep_partition": "on",
    }
    wrong = person.post(url, asked)
    assert wrong.status_code == 422
    assert "An offset is a number from 0 up" in wrong.content.decode() and 'value="soon"' in wrong.content.decode()
    planned = person.post(url, asked | {"first_at": "2"})
    assert planned.status_code == 302
    page = person.get(planned.url).content.decode()
    assert f"Copy into {target}" in page and f'href="{url}"' in page and "at most 3 records" in page


def test_what_is_hidden_is_not_copied_by_who_may_not_see_it(user, cluster, bootstrap, a_topic):
    source, target = a_topic(1, 3), a_topic(1, 0)
    cluster.masks = [[source, "value", "", "v.*"]]
    cluster.save()
    operator = a_user(cluster, "operator")
    params = {"topic": target, "source": source, "rate": 100, "filter": "v1"}
    with pytest.raises(NotAllowed, match=f"records of {source} are hidden from you"):
        service.propose(operator, cluster, "topics.copy", params)
    assert applied(user, service.propose(user, cluster, "topics.copy", params)).state == State.DONE
    assert [m.value() for m in read(bootstrap, target, 1)] == [b"v1"], "who may see it finds it, too"


def test_large_records_are_copied_and_one_that_is_too_large_ends_it_by_name(user, gateway, bootstrap, ask, a_topic):
    large = {"max.message.bytes": "20000000"}
    source, target = a_topic(1, 0, **large), a_topic(1, 0, **large)
    producer = Producer({"bootstrap.servers": bootstrap, "message.max.bytes": 20_000_000})
    for size in (10, 10_000_000, 17_000_000):
        producer.produce(source, os.urandom(size), b"k%d" % size)
        assert producer.flush(30) == 0
    change = applied(user, ask(source, target))
    assert change.state == State.PARTLY
    assert "Partition 0, offset 2: The record has 17,000,009 bytes; at most 16,777,216 are copied." in change.reason
    assert in_all(gateway, target) == 2
    assert [bytes_of(m) for m in read(bootstrap, source, 1)][:2] == [bytes_of(m) for m in read(bootstrap, target, 1)]
