from __future__ import annotations

import pytest

from gateway.errors import GroupNotEmpty, UnknownGroup, UnknownMember, UnknownTopic
from gateway.facts import Group, TopicPartition
from tests.contract.stages import Stage

PROTOCOLS = ("classic", "consumer")


def test_committing_for_a_missing_group_creates_an_empty_one(stage: Stage, topic: str, group: str) -> None:
    offsets = {TopicPartition(topic, 0): 5, TopicPartition(topic, 2): 0}
    assert stage.cluster.mutate.alter_offsets(group, offsets) == dict.fromkeys(offsets)
    found = stage.cluster.offsets.committed([group])[group]
    assert {tp: committed.offset for tp, committed in found.items()} == offsets
    listing = stage.cluster.groups.list()[0][group]
    assert (listing.kind, listing.state, listing.protocol_type) == ("classic", "Empty", "")
    described = stage.cluster.groups.describe({group: listing})[group]
    assert isinstance(described, Group)
    assert (described.state, described.members) == ("Empty", ())


def test_an_unknown_group_is_told_from_an_empty_one(stage: Stage, group: str) -> None:
    assert stage.cluster.groups.describe([group]) == {group: UnknownGroup()}
    assert stage.cluster.offsets.committed([group]) == {group: {}}
    with pytest.raises(UnknownGroup):
        stage.cluster.mutate.delete_group(group)
    with pytest.raises(UnknownGroup):
        stage.cluster.mutate.delete_offsets(group, [TopicPartition("contract-nowhere", 0)])


def test_an_unknown_partition_is_refused_and_the_others_are_written(stage: Stage, topic: str, group: str) -> None:
    good, bad, nowhere = TopicPartition(topic, 0), TopicPartition(topic, 9), TopicPartition("contract-nowhere", 0)
    outcome = stage.cluster.mutate.alter_offsets(group, {good: 1, bad: 1, nowhere: 1})
    assert outcome == {good: None, bad: UnknownTopic(), nowhere: UnknownTopic()}


def test_kafka_accepts_an_offset_beyond_the_end_so_we_have_to_clamp(stage: Stage, topic: str, group: str) -> None:
    tp = TopicPartition(topic, 0)
    assert stage.cluster.mutate.alter_offsets(group, {tp: 999_999}) == {tp: None}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_group_with_a_member_shows_who_owns_what(stage: Stage, topic: str, group: str, protocol: str) -> None:
    with stage.member(group, topic, protocol):
        listing = stage.cluster.groups.list()[0][group]
        assert (listing.kind, listing.state, listing.protocol_type) == (protocol, "Stable", "consumer")
        for asked in ({group: listing}, [group]):
            found = stage.cluster.groups.describe(asked)[group]
            assert isinstance(found, Group)
            assert (found.kind, found.state) == (protocol, "Stable")
            assert found.assignor
            (member,) = found.members
            assert member.assignment == {topic: (0, 1, 2)}
            assert member.host == "127.0.0.1"
            assert found.owners()[TopicPartition(topic, 1)] == member


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_it_refuses_an_active_group(stage: Stage, topic: str, group: str, protocol: str) -> None:
    tp = TopicPartition(topic, 0)
    with stage.member(group, topic, protocol):
        assert stage.cluster.mutate.alter_offsets(group, {tp: 1}) == {tp: GroupNotEmpty()}
        with pytest.raises(GroupNotEmpty):
            stage.cluster.mutate.delete_group(group)
        (refusal,) = stage.cluster.mutate.delete_offsets(group, [tp]).values()
        assert isinstance(refusal, GroupNotEmpty)
        assert stage.cluster.offsets.committed([group]) == {group: {}}


def test_it_deletes_a_group_with_its_offsets(stage: Stage, topic: str, group: str) -> None:
    stage.cluster.mutate.alter_offsets(group, {TopicPartition(topic, 0): 1})
    stage.cluster.mutate.delete_group(group)
    assert group not in stage.cluster.groups.list()[0]
    assert stage.cluster.offsets.committed([group]) == {group: {}}


def test_it_forgets_single_offsets(stage: Stage, topic: str, group: str) -> None:
    first, second = TopicPartition(topic, 0), TopicPartition(topic, 1)
    stage.cluster.mutate.alter_offsets(group, {first: 1, second: 2})
    assert stage.cluster.mutate.delete_offsets(group, [first]) == {first: None}
    assert set(stage.cluster.offsets.committed([group])[group]) == {second}


def test_without_its_last_offset_an_empty_group_stays_until_kafka_cleans_up(
    stage: Stage, topic: str, group: str
) -> None:
    """That is minutes later: offsets.retention.check.interval.ms."""
    tp = TopicPartition(topic, 0)
    stage.cluster.mutate.alter_offsets(group, {tp: 1})
    assert stage.cluster.mutate.delete_offsets(group, [tp]) == {tp: None}
    assert stage.cluster.offsets.committed([group]) == {group: {}}
    assert stage.cluster.groups.list()[0][group].state == "Empty"


def test_where_nothing_is_committed_there_is_nothing_to_forget(stage: Stage, topic: str, group: str) -> None:
    stage.cluster.mutate.alter_offsets(group, {TopicPartition(topic, 0): 1})
    other = TopicPartition(topic, 1)
    assert stage.cluster.mutate.delete_offsets(group, [other]) == {other: None}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_group_in_use_forgets_only_topics_that_nobody_in_it_reads(
    stage: Stage, topic: str, group: str, protocol: str
) -> None:
    other = f"{topic}-other"
    stage.cluster.mutate.create_topic(other, 1, 1)
    mine, free = TopicPartition(topic, 0), TopicPartition(other, 0)
    stage.cluster.mutate.alter_offsets(group, {mine: 1, free: 1})
    with stage.member(group, topic, protocol):
        outcome = stage.cluster.mutate.delete_offsets(group, [mine, free])
    assert outcome == {mine: GroupNotEmpty("Members of the group are subscribed to this topic."), free: None}
    assert set(stage.cluster.offsets.committed([group])[group]) == {mine}
    stage.cluster.mutate.delete_topic(other)


def test_many_groups_are_answered_together_each_with_its_own(stage: Stage, topic: str) -> None:
    groups = {f"contract-many-{n}": n for n in range(7)}
    for group, offset in groups.items():
        stage.cluster.mutate.alter_offsets(group, {TopicPartition(topic, 1): offset})
    found = stage.cluster.offsets.committed([*groups, "contract-none"])
    assert {g: [c.offset for c in o.values()] for g, o in found.items()} == {
        **{group: [offset] for group, offset in groups.items()},
        "contract-none": [],
    }
    for group in groups:
        stage.cluster.mutate.delete_group(group)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_removed_member_is_gone_and_what_was_never_there_is_said(
    stage: Stage, topic: str, group: str, protocol: str
) -> None:
    with stage.member(group, topic, protocol, instance="worker-1"):
        (member,) = stage.cluster.groups.describe([group])[group].members
        assert member.instance_id == "worker-1"
        for unknown in (("nobody", None), ("nobody", "worker-1"), ("nobody", "worker-2")):
            with pytest.raises(UnknownMember):
                stage.cluster.mutate.remove_member(group, *unknown)
        stage.cluster.mutate.remove_member(group, member.id, member.instance_id)
        assert stage.cluster.groups.describe([group])[group].members == ()
        with pytest.raises(UnknownMember):
            stage.cluster.mutate.remove_member(group, member.id, member.instance_id)


def test_a_group_that_is_not_there_has_no_member_to_remove(stage: Stage, group: str) -> None:
    with pytest.raises((UnknownMember, UnknownGroup)):
        stage.cluster.mutate.remove_member(group, "nobody")
