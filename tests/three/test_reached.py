"""A cluster of three brokers behind TLS, client certificates and SCRAM: everything works as on one that is open."""

from __future__ import annotations

import time

import msgspec
import pytest
from confluent_kafka import Consumer, TopicPartition

from changes import service as changes
from changes.models import State as ChangeState
from history import memory
from lab.producers import run as lab_run
from lab.producers import service as lab
from lab.producers.settings import Setting
from lab.runs import State
from live import bus
from live.follower import Follower
from live.frame import OffsetsFrame
from live.poll import poll
from live.reader_link import ReaderLink
from reader.query import Query, Start
from reader.replies import Done, Rows
from reader.requests import Browse
from tests.changes.people import applied
from tests.live.conftest import until

PK = 4_000_007


def test_a_poll_knows_every_broker_replica_and_group(gateway, topic, groups):
    snapshot, _ = poll(None, gateway, PK, round(time.time() * 1000))
    assert (snapshot.error, snapshot.problems, snapshot.untold) == (None, (), ())
    assert [(b.id, b.rack, b.error) for b in snapshot.brokers] == [(n, f"r{n}", None) for n in (1, 2, 3)]
    assert all(b.leaders and b.replicas and b.size for b in snapshot.brokers)
    partitions = snapshot.topics[topic].partitions
    assert {p.leader for p in partitions} == {1, 2, 3}
    assert all(set(p.replicas) == set(p.isr) == {1, 2, 3} and (p.start, p.end) == (0, 10) for p in partitions)
    assert len({snapshot.groups[name].coordinator for name in groups}) > 1
    assert {snapshot.groups[name].lag for name in groups} == {36}


@pytest.mark.django_db(transaction=True)
def test_the_follower_hears_a_commit_on_every_coordinator(gateway, brokers, topic, groups, redis_url):
    channel = bus.client().pubsub(ignore_subscribe_messages=True)
    channel.subscribe(bus.offsets_channel(PK), *(bus.watching_channel(PK, name) for name in groups))
    bus.client().delete(bus.follower_key(PK))
    follower = Follower(PK, gateway, memory)
    follower.start()
    heard: set[tuple[str, int]] = set()

    def all_of_them() -> bool:
        message = channel.get_message(timeout=0.1)
        if message is not None:
            frame = msgspec.msgpack.decode(message["data"], type=OffsetsFrame)
            heard.update((commit[0], commit[3]) for commit in frame.c)
        return {(name, 7) for name in groups} <= heard

    try:
        until(lambda: bus.client().get(bus.follower_key(PK)) == b"live")
        for name in groups:
            consumer = Consumer({"bootstrap.servers": brokers.plain, "group.id": name})
            consumer.commit(offsets=[TopicPartition(topic, 0, 7)], asynchronous=False)
            consumer.close()
        until(all_of_them)
    finally:
        follower.stop()
        follower.join(15)


def test_the_reader_reads_from_all_leaders(brokers, topic):
    link = ReaderLink(512)
    replies = link.call(brokers.config, Browse(0, Query(brokers.config.fingerprint, topic), Start("oldest"), 100))
    link.close()
    rows = [row.value.text for reply in replies if isinstance(reply, Rows) for row in reply.rows]
    assert sorted(rows) == sorted(f"record {n}" for n in range(10) for _ in range(6))
    assert next(reply for reply in replies if isinstance(reply, Done)).complete


def test_a_reset_moves_offsets_and_is_undone(admin, cluster, gateway, topic, groups, monkeypatch):
    for place in "changes.service.send", "changes.run.send":
        monkeypatch.setattr(place, lambda pk: None)
    asked = {"group": groups[0], "to": "earliest"}
    change = applied(admin, changes.propose(admin, cluster, "groups.reset_offsets", asked))
    assert change.state == ChangeState.DONE, change.reason
    assert {c.offset for c in gateway.offsets.committed(groups[:1])[groups[0]].values()} == {0}
    back = applied(admin, changes.undo(admin, change))
    assert back.state == ChangeState.DONE, back.reason
    assert {c.offset for c in gateway.offsets.committed(groups[:1])[groups[0]].values()} == {4}


def test_the_lab_measures_producers_there(admin, cluster, monkeypatch):
    monkeypatch.setattr(lab, "send", lambda pk: None)
    monkeypatch.setattr(lab_run, "SLICE", 0.5)
    found = lab.begin(admin, cluster, [Setting(acks="1"), Setting(acks="all")], 5, 2)
    lab_run.run(found.pk)
    found.refresh_from_db()
    assert (found.state, found.reason, found.topic_gone) == (State.DONE, "", True)
    assert all(one.sent.acked > 0 for one in found.taken)
