"""Offsets of a group taken away, on a real broker, and brought back."""

from __future__ import annotations

import pytest

from changes import armed, service
from changes.errors import BadParams
from changes.models import State
from clusters.tasks import poll_and_publish
from gateway.errors import GroupNotEmpty
from gateway.facts import TopicPartition
from groups.models import Bookmark
from tests.changes.people import a_member, applied, of, proposed

pytestmark = pytest.mark.django_db


def test_offsets_are_forgotten_and_brought_back(user, cluster, topic, group, committed):
    change = applied(user, proposed(user, cluster, "delete_offsets", group=group, partitions={topic: [1]}))
    assert (change.state, committed(group)) == (State.DONE, {0: 4})
    assert Bookmark.objects.get(change=change).partitions == 2, "all of the group's are kept"
    assert applied(user, service.undo(user, change)).state == State.DONE
    assert committed(group) == {0: 4, 1: 6}


def test_its_last_offsets_can_be_forgotten_and_brought_back(user, cluster, gateway, topic, group, committed):
    change = proposed(user, cluster, "delete_offsets", group=group, partitions={topic: "all"})
    assert any("Kafka drops a group" in warning for warning in change.planned.warnings)
    assert applied(user, change).state == State.DONE
    assert committed(group) == {}
    assert applied(user, service.undo(user, change)).state == State.DONE
    assert committed(group) == {0: 4, 1: 6}


def test_where_nothing_is_committed_nothing_is_taken(user, cluster, a_topic, a_group):
    topic = a_topic()
    group = a_group(topic, 4)
    change = proposed(user, cluster, "delete_offsets", group=group, partitions={topic: [0, 1]})
    assert [(row.now, row.note) for row in change.planned.rows] == [
        (4, ""),
        (None, "Nothing is committed here: it stays so."),
    ]
    assert applied(user, change).state == State.DONE
    for partitions, said in (({topic: [1]}, "Nothing is committed there"), ({}, "Tick something")):
        with pytest.raises(BadParams, match=said):
            proposed(user, cluster, "delete_offsets", group=a_group(topic, 4), partitions=partitions)
    with pytest.raises(BadParams, match="There is no group"):
        proposed(user, cluster, "delete_offsets", group="changes-nobody", partitions={topic: [0]})


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_of_a_group_in_use_only_the_topics_that_it_reads_are_kept(
    user, cluster, gateway, bootstrap, a_topic, topic, group, committed, protocol
):
    """Kafka's own rule: the other topic can go while members are in; what they subscribe to waits until they left."""
    other = a_topic(1, 3)
    gateway.mutate.alter_offsets(group, {TopicPartition(other, 0): 2})
    with a_member(bootstrap, group, topic, **{"group.protocol": protocol}):
        free = proposed(user, cluster, "delete_offsets", group=group, partitions={other: "all"})
        assert "Kafka looks once more" in " ".join(free.planned.warnings)
        assert applied(user, free).state == State.DONE
        held = proposed(user, cluster, "delete_offsets", group=group, partitions={topic: [0]})
        assert f"a member subscribes to: {topic}" in held.planned.blocked
        armed.arm(user, held, 10)
        armed.attempt(held.pk)
        held.refresh_from_db()
        assert held.state == State.ARMED
    armed.attempt(held.pk)
    held.refresh_from_db()
    assert (held.state, committed(group)) == (State.DONE, {1: 6})


def test_a_member_that_joins_before_the_deletion_stops_it(user, cluster, bootstrap, topic, group, committed):
    change = proposed(user, cluster, "delete_offsets", group=group, partitions={topic: [0]})
    with a_member(bootstrap, group, topic):
        assert applied(user, change).state == State.REFUSED
    assert committed(group) == {0: 4, 1: 6}


def test_what_kafka_refused_is_told_and_tried_again_alone(user, cluster, gateway, topic, group, committed, monkeypatch):
    change = proposed(user, cluster, "delete_offsets", group=group, partitions={topic: "all"})
    real = gateway.mutate.delete_offsets
    bad = TopicPartition(topic, 1)
    with monkeypatch.context() as partly:
        partly.setattr(
            gateway.mutate,
            "delete_offsets",
            lambda name, tps: {**real(name, [tp for tp in tps if tp != bad]), bad: GroupNotEmpty("not this one")},
        )
        assert applied(user, change).state == State.PARTLY
    again = service.retry(user, change)
    assert again.params["partitions"] == {topic: [1]}
    assert applied(user, again).state == State.DONE


def test_the_page_asks_for_partitions_and_leads_to_the_plan(person, cluster, topic, group):
    poll_and_publish(cluster)
    page = person.get(of(cluster, "delete_offsets", group)).content.decode()
    assert f'value="{topic}:1"' in page and "checked" not in page
    assert person.post(of(cluster, "delete_offsets", group), {}).status_code == 422
    answer = person.post(of(cluster, "delete_offsets", group), {"partition": f"{topic}:1"})
    plan = person.get(answer.url).content.decode()
    assert "Delete 1 offset" in plan


@pytest.mark.parametrize("kind", ["delete_offsets", "delete_group"])
def test_an_undo_first_says_that_a_client_has_committed_since(user, cluster, gateway, topic, group, committed, kind):
    params = {"partitions": {topic: "all"}} if kind == "delete_offsets" else {}
    change = applied(user, proposed(user, cluster, kind, group=group, **params))
    gateway.mutate.alter_offsets(group, {TopicPartition(topic, 0): 9})
    back = service.undo(user, change)
    said = f"1 of 2 moved since: {topic}-0 was left without one and is at 9 now."
    assert back.planned.warnings[0] == said
    assert applied(user, back).state == State.DONE
    assert committed(group) == {0: 4, 1: 6}
