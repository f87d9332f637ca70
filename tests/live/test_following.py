"""What the follower remembers, on a real broker, of real consumers."""

from __future__ import annotations

import time
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.rebalance import SEEN, Rebalance
from gateway.rebalance_words import cause
from history import jumps, memory, polled, rebalances
from live import bus, follower, held
from live.follower import Follower
from live.poll import poll
from tests.consumers import consumers
from tests.live.conftest import until

pytestmark = pytest.mark.django_db(transaction=True)
PK = 4_000_004
CLASSIC = {"partition_assignment_strategy": "cooperative-sticky", "session_timeout_ms": 6000}


@pytest.fixture
def topic(bootstrap) -> str:
    name = f"following-{uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(name, 4, 1)])[name].result(30)
    return name


@pytest.fixture
def start(bootstrap):
    with consumers(bootstrap) as begin:
        yield begin


@pytest.fixture
def follow(bootstrap, redis_url):
    """Follow, and go on when every record is heard."""
    bus.client().delete(bus.follower_key(PK))
    cluster = Cluster(ClusterConfig(bootstrap))
    cluster.groups.describe(["warm"])
    made: list[Follower] = []

    def begin() -> Follower:
        bus.client().delete(bus.follower_key(PK))
        made.append(Follower(PK, cluster, memory))
        made[-1].start()
        until(lambda: status().startswith("live"))
        return made[-1]

    yield begin
    for one in made:
        one.stop()
    for one in made:
        one.join(15)
        assert not one.is_alive()


def status() -> str:
    return (bus.client().get(bus.follower_key(PK)) or b"").decode()


def kept(group: str) -> list[Rebalance]:
    """Oldest first."""
    found = [k.rebalance for k in rebalances.assignments(PK, group, 0, 2**50)]
    return [r for r in found if r.code != SEEN]


def said(r: Rebalance) -> str:
    names = {m.id: m.client_id for m in (*r.members, *r.joined, *(g.member for g in r.left))}
    return cause(r, lambda id: names[id])


def settled(*members, total: int = 4):
    return until(lambda: sum(len(m.owns) for m in members) == total and all(m.owns for m in members), 40)


def test_joins_and_leaves_are_remembered_with_what_moved_and_for_how_long_it_had_no_owner(follow, start, group, topic):
    follow()
    groups = {"consumer": {"group_protocol": "consumer"}, "cooperative": CLASSIC}
    names = {protocol: f"{topic}-{protocol}" for protocol in groups}
    first = {p: start(names[p], topic, "A", **settings) for p, settings in groups.items()}
    for one in first.values():
        settled(one)
    second = {p: start(names[p], topic, "B", **settings) for p, settings in groups.items()}
    for p in groups:
        settled(first[p], second[p])
    for one in second.values():
        one.close()
    for one in first.values():
        settled(one)
    for protocol, name in names.items():
        found = until(lambda name=name: len(all_ := kept(name)) == 3 and all_, 15)
        # On a slow machine its last heartbeat is long ago when it leaves; then both are possible, and both are said.
        assert [said(r).split(" or timed out")[0] for r in found] == ["A joined", "B joined", "B left"]
        assert {r.protocol for r in found} == {protocol}
        assert all(r.exact for r in found)
        joined = found[1]
        assert len(joined.moved) == 2
        for move in joined.moved:
            place = (move.topic, move.partition)
            assert move.topic == topic
            given_up = next(at for at, what, places in first[protocol].told if what == "revoked" and place in places)
            taken = next(at for at, what, places in second[protocol].told if what == "assigned" and place in places)
            assert abs(taken - given_up - move.unowned_ms) < 1000
        assert rebalances.recent_counts(PK, 0)[name] == 3


def test_a_rebalance_that_nobody_followed_is_found_when_somebody_follows_again(follow, start, group, topic):
    one = follow()
    first = start(topic, topic, "A", group_protocol="consumer")
    settled(first)
    until(lambda: kept(topic))
    one.stop()
    one.join(15)
    second = start(topic, topic, "B", group_protocol="consumer")
    settled(first, second)
    follow()
    _, found = until(lambda: len(all_ := kept(topic)) == 2 and all_)
    assert (said(found), found.exact, found.before, found.after) == ("B joined", False, 2, 3)
    assert {(m.before, m.after) for m in found.moved} == {(found.members[0].id, found.members[1].id)}


def test_where_nobody_follows_polls_find_what_changed_between_them(start, bootstrap, group, topic):
    cluster = Cluster(ClusterConfig(bootstrap))
    first, snapshot = start(topic, topic, "A", **CLASSIC), None

    def polls() -> None:
        nonlocal snapshot
        before = snapshot
        snapshot, events = poll(before, cluster, PK, 1_790_000_000_000 if before is None else before.at + 5000)
        polled.record(before, snapshot, events)

    settled(first)
    polls()
    assert kept(topic) == []
    second = start(topic, topic, "B", **CLASSIC)
    settled(first, second)
    until(lambda: (polls(), kept(topic))[1])
    second.close()
    settled(first)
    until(lambda: (polls(), len(kept(topic)) == 2)[1])
    joined, left = kept(topic)
    assert [said(r) for r in (joined, left)] == ["B joined", "B left or timed out"]
    assert not joined.exact and not left.exact
    assert {(m.topic, m.unowned_ms) for m in joined.moved} == {(topic, None)}
    cluster.close()


def test_a_rewind_is_remembered_and_told(follow, group):
    follow()
    channel = bus.client().pubsub(ignore_subscribe_messages=True)
    channel.subscribe(bus.EVENTS)
    group.commit(9)
    time.sleep(0.3)  # another frame
    group.commit(4)
    (found,) = until(lambda: jumps.of_group(PK, group.topic, 0, 2**50))
    assert [(p.before, p.after) for p in found.places] == [(9, 4)]
    assert abs(found.at - time.time() * 1000) < 60_000
    assert b"offsets.rewound" in until(lambda: channel.get_message(timeout=0.1))["data"]


def test_a_hanging_transaction_is_said_and_the_poll_knows_what_it_holds_back(follow, group, bootstrap, monkeypatch):
    monkeypatch.setattr(follower, "HELD_EVERY", 0.3)
    monkeypatch.setattr(held, "HELD_MS", 500)
    follow()
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": group.topic, "log_level": 2})
    producer.init_transactions(20)
    member = Consumer({"bootstrap.servers": bootstrap, "group.id": f"{group.topic}-eos"})
    metadata = member.consumer_group_metadata()
    producer.begin_transaction()
    producer.send_offsets_to_transaction([TopicPartition(group.topic, 0, 3)], metadata, 20)
    group.commit(77)  # behind it, on the same partition of the offsets topic or, with many of them, perhaps on another
    sentence = until(lambda: s if (s := status()) not in ("live", "") else None)
    assert sentence.startswith("live: commits of ")
    assert " on partition " in sentence and "are held back by an open transaction since " in sentence
    snapshot, _ = poll(None, Cluster(ClusterConfig(bootstrap)), PK, 1_790_000_000_000)
    assert snapshot.groups[group.topic].offsets[0].committed == 77
    producer.abort_transaction(20)
    until(lambda: status() == "live")
    member.close()
