"""What each kind of group tells of itself, and that an older broker's silence is no error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.errors import UnknownGroup, Unsupported
from gateway.facts import Group, TopicPartition
from gateway.messages import (
    describe_consumer_groups,
    describe_share_groups,
    describe_share_offsets,
    describe_share_offsets_0,
)
from gateway.wire import Line
from tests.contract.foreign import ConnectWorker, StreamsInstance
from tests.contract.stages import Stage, eventually

ON_A_REAL_BROKER = pytest.mark.parametrize("stage", ["real"], indirect=True)


def described(stage: Stage, group: str) -> Group:
    listing = stage.cluster.groups.list()[0][group]
    found = stage.cluster.groups.describe({group: listing})[group]
    assert isinstance(found, Group)
    assert stage.cluster.groups.describe([group]) == {group: found}
    return found


@contextmanager
def joining(stage: Any, group: str, topic: str, protocol: str) -> Iterator[None]:
    """A consumer that has asked to join and need not own anything yet."""
    from confluent_kafka import Consumer

    config = {"bootstrap.servers": stage.bootstrap, "group.id": group, "group.protocol": protocol, "log_level": 2}
    consumer = Consumer({**config, "enable.auto.commit": False})
    consumer.subscribe([topic])
    consumer.poll(0.1)
    yield
    consumer.close()


def unspoken(monkeypatch: pytest.MonkeyPatch, *messages: Any) -> None:
    """As if the broker did not know these."""
    speaks = Line.speaks
    monkeypatch.setattr(Line, "speaks", lambda self, client, m: m not in messages and speaks(self, client, m))


def test_a_consumer_member_tells_rack_topics_epoch_and_target(stage: Stage, topic: str, group: str) -> None:
    with stage.member(group, topic, "consumer"):
        found = described(stage, group)
        (member,) = found.members
        assert (member.rack, member.topics, member.pattern) == ("r1", (topic,), "")
        assert member.target == member.assignment == {topic: (0, 1, 2)}
        assert member.epoch == found.epoch == found.target_epoch
        assert not member.classic


def test_a_classic_member_tells_rack_and_topics_and_has_no_target(stage: Stage, topic: str, group: str) -> None:
    with stage.member(group, topic, "classic"):
        (member,) = described(stage, group).members
        assert (member.rack, member.topics) == ("r1", (topic,))
        assert (member.epoch, member.target) == (None, None)


def test_a_share_group_tells_its_members_and_where_it_stands(stage: Stage, topic: str, group: str) -> None:
    with stage.member(group, topic, "share"):
        listing = stage.cluster.groups.list()[0][group]
        assert (listing.kind, listing.state, listing.protocol_type) == ("share", "Stable", "share")
        (member,) = described(stage, group).members
        assert (member.assignment, member.topics, member.target) == ({topic: (0, 1, 2)}, (topic,), None)
        standing = stage.cluster.offsets.shared([group])[group]
        assert standing.keys() == {TopicPartition(topic, p) for p in range(3)}
        assert all((shared.start, shared.lag) in ((0, 0), (0, 1), (1, 0)) for shared in standing.values())
        assert stage.cluster.offsets.committed([group]) == {group: {}}
    stage.cluster.mutate.delete_group(group)
    assert stage.cluster.groups.describe([group]) == {group: UnknownGroup()}


def test_a_group_that_is_not_there_shares_nothing(stage: Stage, group: str) -> None:
    assert stage.cluster.offsets.shared([group]) == {group: {}}


@ON_A_REAL_BROKER
def test_a_group_under_upgrade_tells_who_still_speaks_the_classic_protocol(
    stage: Stage, topic: str, group: str
) -> None:
    with stage.member(group, topic, "classic"):
        before = described(stage, group)
        assert before.kind == "classic"
        with joining(stage, group, topic, "consumer"):
            eventually(lambda: len(stage.cluster.groups.describe([group])[group].members) == 2)
            listing = stage.cluster.groups.list()[0][group]
            assert listing.kind == "consumer"
            after = stage.cluster.groups.describe({group: listing})[group]
            assert sorted(member.classic for member in after.members) == [False, True]


@ON_A_REAL_BROKER
def test_brokers_before_4_0_do_not_tell_who_is_to_be_upgraded(
    stage: Stage, topic: str, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage.member(group, topic, "consumer"):
        newest = described(stage, group)
        unspoken(monkeypatch, describe_consumer_groups)
        assert described(stage, group) == newest


@ON_A_REAL_BROKER
def test_older_brokers_tell_less_of_a_share_group_and_that_is_no_error(
    stage: Stage, topic: str, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage.member(group, topic, "share"):
        unspoken(monkeypatch, describe_share_offsets)  # before 4.2
        standing = stage.cluster.offsets.shared([group])[group]
        assert isinstance(standing, dict)
        assert {shared.lag for shared in standing.values()} == {None}
        unspoken(monkeypatch, describe_share_groups, describe_share_offsets, describe_share_offsets_0)  # before 4.1
        listing = stage.cluster.groups.list()[0][group]
        found = stage.cluster.groups.describe({group: listing})[group]
        assert found == Group(group, "share", "Stable", "", (), listing.coordinator, untold=True)
        assert stage.cluster.offsets.shared([group]) == {group: Unsupported()}


@ON_A_REAL_BROKER
def test_a_streams_group_tells_its_topology_and_which_tasks_read_what(stage: Stage, topic: str, group: str) -> None:
    instance = StreamsInstance(stage.cluster, group, topic)

    def stable() -> bool:
        instance.heartbeat()
        found = stage.cluster.groups.describe([group])[group]
        return isinstance(found, Group) and found.state == "Stable"

    eventually(stable)
    try:
        listing = stage.cluster.groups.list()[0][group]
        assert (listing.kind, listing.protocol_type) == ("streams", "streams")
        found = described(stage, group)
        assert found.topology == (("0", (topic,)),)
        (member,) = found.members
        assert member.assignment == member.target == {topic: (0, 1, 2)}
        assert member.says == (("tasks", "0_0, 0_1, 0_2"), ("process", "process-1"))
        assert (member.epoch, member.classic) == (found.epoch, False)
    finally:
        instance.leave()


@ON_A_REAL_BROKER
def test_a_connect_worker_tells_its_address_connectors_and_tasks(stage: Stage, group: str) -> None:
    worker = ConnectWorker(stage.cluster, group)
    try:
        found = described(stage, group)
        assert (found.kind, found.protocol_type) == ("classic", "connect")
        (member,) = found.members
        assert member.assignment == {}
        assert member.says == (
            ("worker", worker.url),
            ("leader", worker.url),
            ("connectors", "orders-sink"),
            ("tasks", "orders-sink-0, orders-sink-1"),
        )
    finally:
        worker.leave()
