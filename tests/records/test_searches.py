"""A search as a job: it finds all, is heard while it runs, and goes on where it was whatever happened to it."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from confluent_kafka import Producer
from django.contrib.auth.models import User
from django.utils import timezone

from access import policy
from access.models import Binding
from live import search_readers
from live.reader_link import ReaderLink
from reader.errors import BadRequest
from records.models import Haul, Look, Search
from records.searches import limits, run, service, sweeping
from records.searches.hauls import Unreadable, finds
from records.searches.models import State
from tests.reader.conftest import soon

LONG = "record {n} " + 400 * "x"


@pytest.fixture
def during(monkeypatch):
    """Something happens while a search of `LONG` records is under way: as its first finds come; they come slowly."""
    take, request = run._Run._take, run.requests.Search
    waiting = []
    monkeypatch.setitem(limits.LIMITS, "viewer", limits.Limits(10**9, 10**12, 60, 10**6, 1))

    def taken(self, found) -> None:
        take(self, found)
        while waiting:
            waiting.pop()()
        time.sleep(0.1)

    def during(happens) -> None:
        monkeypatch.setattr(run._Run, "_take", taken)
        monkeypatch.setattr(run.requests, "Search", lambda *args: request(*args, credit=1))
        waiting.append(happens)

    yield during
    assert not waiting


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """Doorbells are written down; a test is the worker itself."""
    rung = []
    monkeypatch.setattr(service, "send", rung.append)
    monkeypatch.setattr(sweeping, "send", rung.append)
    return rung


@pytest.fixture
def user(viewer) -> User:
    return User.objects.get(username="viewer")


@pytest.fixture
def begin(user, cluster):
    def begin(topic, **words) -> Search:
        return service.begin(user, cluster, topic.name, words)

    return begin


def places(search: Search) -> list[tuple[int, int]]:
    return [(kept.row.partition, kept.row.offset) for kept in finds(search)]


def ran(search: Search) -> Search:
    run.run(search.pk)
    search.refresh_from_db()
    return search


def test_it_finds_all_and_says_that_it_looked_at_everything(begin, a_topic, rung):
    search = begin(a_topic(3, 3000), filter="RECORD 77")
    assert rung == [search.pk]
    ran(search)
    assert (search.state, search.complete, search.scanned, search.total) == (State.DONE, True, 3000, 3000)
    assert search.matched == len(places(search)) == len(set(places(search))) == 11
    assert {kept.row.value.text for kept in finds(search)} >= {"record 77", "record 770"}
    assert list(finds(search, 9)) == list(finds(search))[9:] and len(list(finds(search, 2, 3))) == 3


def test_an_expression_is_answered_and_those_without_an_answer_are_counted(begin, a_topic):
    topic = a_topic(1, 100, '{{"n":{n}}}')
    search = ran(begin(topic, where="value.n >= 98"))
    assert [kept.row.offset for kept in finds(search)] == [98, 99]
    other = ran(begin(topic, where="size(value.n) > 1"))
    assert (other.matched, other.unanswered) == (0, 100) and other.why


def test_paused_it_stands_within_a_second_and_goes_on_without_loss_or_repeat(begin, a_topic, user, during):
    search, asked = begin(a_topic(3, 30_000, LONG), filter="record"), []
    during(lambda: (service.pause(search), asked.append(time.monotonic())))
    ran(search)
    assert time.monotonic() - asked[0] < 1.0
    assert search.state == State.PAUSED and 0 < search.scanned < 30_000
    service.resume(user, search)
    ran(search)
    assert search.complete and search.scanned == 30_000
    found = places(search)
    assert len(found) == len(set(found)) == search.matched == 30_000


def test_cancelled_it_ends_and_keeps_what_it_found(begin, a_topic, during):
    search = begin(a_topic(3, 30_000, LONG), filter="record")
    during(lambda: service.cancel(search))
    ran(search)
    assert search.state == State.CANCELLED and 0 < len(places(search)) == search.matched < 30_000


def test_a_reader_that_dies_costs_nothing_but_time(begin, a_topic, during):
    search = begin(a_topic(3, 30_000, LONG), filter="record")
    during(lambda: os.kill(search_readers.pool()[0]._child.process.pid, signal.SIGKILL))
    ran(search)
    assert (search.state, search.left_out, search.scanned) == (State.DONE, [], 30_000)
    assert len(places(search)) == len(set(places(search))) == 30_000


def test_a_batch_that_a_reader_dies_of_is_left_out_and_the_rest_is_found(begin, a_topic, bootstrap, monkeypatch):
    small = [ReaderLink(200)]
    monkeypatch.setattr(run, "pool", lambda: small)
    topic = a_topic(2, 20)
    producer = Producer({"bootstrap.servers": bootstrap, "message.max.bytes": 200_000_000, "compression.type": "gzip"})
    producer.produce(topic.name, bytes(120_000_000), partition=1)
    assert producer.flush(30) == 0
    topic.produce(bootstrap, 20)
    search = begin(topic, filter="record")
    try:
        ran(search)
    finally:
        small[0].close()
    (sentence,) = search.left_out
    assert search.state == State.DONE
    assert f"{topic.name}-1 offset 10" in sentence
    found = places(search)
    assert len(found) == len(set(found))
    assert {place for place in found if place[0] == 0} == {(0, n) for n in range(20)}
    assert {(1, n) for n in range(11, 21)} <= set(found)


def test_a_search_of_a_dead_worker_goes_on_where_it_last_saved(begin, a_topic, during, rung):
    search, rows = begin(a_topic(3, 30_000, LONG), filter="record"), Search.objects

    def taken_over() -> None:
        """To the first run this is its death: it may write no more."""
        rows.update(beat=timezone.now() - timedelta(seconds=60))
        rung.clear()
        sweeping.sweep()
        assert rung == [search.pk]

    during(taken_over)
    assert ran(search).state == State.WAITING and len(places(search)) == search.matched < 30_000
    ran(search)
    assert search.complete and search.scanned == 30_000
    assert len(places(search)) == len(set(places(search))) == search.matched == 30_000


def test_a_right_that_is_taken_away_stops_it(begin, a_topic, user, during, monkeypatch):
    monkeypatch.setattr(policy, "FRESH", 0.0)
    search = begin(a_topic(3, 30_000, LONG))
    during(Binding.objects.filter(user=user).delete)
    ran(search)
    assert search.state == State.STOPPED and "may not read" in search.reason and search.unread


def test_a_worker_that_leaves_hands_it_to_the_next(begin, a_topic, during, monkeypatch):
    search = begin(a_topic(3, 30_000, LONG))
    monkeypatch.setattr(run, "leaving", threading.Event())
    during(run.leaving.set)
    assert ran(search).state == State.WAITING
    run.leaving.clear()
    assert ran(search).complete and search.scanned == 30_000


def test_no_more_than_so_many_run_at_once(begin, a_topic, user, cluster, monkeypatch):
    monkeypatch.setattr(run, "AT_ONCE", 0)
    assert ran(begin(a_topic(1, 10))).state == State.WAITING


def test_it_ends_at_the_limits_of_the_role_and_says_so_and_can_go_on(begin, a_topic, user, during, monkeypatch):
    few = limits.Limits(2000, 10**12, 60, 10**6, 1)
    monkeypatch.setitem(limits.LIMITS, "viewer", few)
    search = begin(a_topic(1, 10_000, LONG))
    during(lambda: None)
    ran(search)
    assert search.state == State.DONE and not search.complete and search.unread
    assert search.left_out == ["Stopped at the limit of 2,000 records read."]
    monkeypatch.setitem(limits.LIMITS, "viewer", limits.Limits(20_000, 10**9, 60, 10**6, 1))
    service.resume(user, search)
    ran(search)
    assert search.complete and search.left_out == [] and search.scanned == 10_000


def test_one_person_has_so_many_under_way(begin, a_topic):
    topic = a_topic(1, 10)
    begin(topic)
    with pytest.raises(BadRequest, match="your role allows 1"):
        begin(topic)


def test_what_it_found_is_sealed_and_bound_to_it(begin, a_topic, settings):
    first, second = (ran(begin(a_topic(1, 3))) for _ in range(2))
    (haul,) = Haul.objects.filter(search=first)
    assert b"record 1" not in bytes(haul.data)
    Haul.objects.filter(search=second).update(data=haul.data)
    with pytest.raises(Unreadable):
        list(finds(second))
    settings.FERNET_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    with pytest.raises(Unreadable):
        list(finds(first))


def test_old_ones_go_and_who_looked_stays_on_record(begin, a_topic):
    search = ran(begin(a_topic(1, 3)))
    long_ago = timezone.now() - timedelta(days=8)
    Search.objects.update(created_at=long_ago, beat=long_ago)
    sweeping.sweep()
    assert not Search.objects.exists() and not Haul.objects.exists()
    assert Look.objects.get().search == search.pk


def test_a_topic_that_was_made_anew_is_not_read_for_the_old_one(begin, a_topic):
    topic = a_topic(1, 10)
    search = begin(topic)
    topic.delete()
    soon(lambda: topic.name not in topic.admin.list_topics(timeout=10).topics)
    topic.create()
    ran(search)
    assert search.state == State.STOPPED and "created again" in search.reason


def test_finds_from_before_something_was_hidden_are_not_handed_out(begin, a_topic, cluster, user):
    search = ran(begin(a_topic(1, 3)))
    assert len(list(finds(search))) == 3
    cluster.masks = [["reader-*", "value", "user.email", ""]]
    cluster.save()
    search = Search.objects.get(pk=search.pk)
    with pytest.raises(Unreadable, match="has changed"):
        list(finds(search))


def test_what_is_hidden_is_never_kept(begin, a_topic, cluster):
    cluster.masks = [["reader-*", "value", "email", ""]]
    cluster.save()
    topic = a_topic(1, 3, '{{"email":"someone{n}@example.com","n":{n}}}')
    search = ran(begin(topic, where="value.n == 1"))
    (found,) = finds(search)
    assert found.row.value.masked and "someone" not in found.row.value.text
    assert ran(begin(topic, filter="someone1")).matched == 0
