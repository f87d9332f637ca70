"""A group made where it was asked to stand, on a real broker, and taken back."""

from __future__ import annotations

import pytest
from confluent_kafka import Consumer

from changes import service
from changes.errors import BadParams, NotAllowed
from changes.models import Change, State
from gateway.facts import TopicPartition
from tests.changes.people import a_user, applied, of, proposed
from topics.changes.facts import until

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"to": "earliest"}, {0: 0, 1: 0}),
        ({"to": "latest"}, {0: 10, 1: 10}),
        ({"to": "offset", "value": 3}, {0: 3, 1: 3}),
        ({"to": "time", "value": 1_700_000_003_500}, {0: 4, 1: 4}),
    ],
)
def test_a_group_is_made_where_it_was_asked_to_stand(user, cluster, gateway, topic, name, committed, asked, expected):
    params = {"group": name, "partitions": {topic: "all"}, **asked}
    change = proposed(user, cluster, "create_group", **params)
    assert "auto.offset.reset" in " ".join(change.planned.warnings)
    assert applied(user, change).state == State.DONE
    assert committed(name) == expected
    assert applied(user, service.undo(user, change)).state == State.DONE
    assert name not in gateway.groups.list()[0]


def test_a_group_is_made_as_a_copy_of_another(user, cluster, topic, group, name, committed):
    change = proposed(user, cluster, "create_group", group=name, to="group", value=group)
    assert applied(user, change).state == State.DONE
    assert committed(name) == {0: 4, 1: 6}


def test_a_consumer_begins_where_the_group_was_made(user, cluster, bootstrap, a_topic, a_group, name):
    topic = a_topic(1)
    a_group(topic, 1)  # a broker's first group keeps it busy for a second
    params = {"group": name, "to": "offset", "value": 7, "partitions": {topic: "all"}}
    assert applied(user, proposed(user, cluster, "create_group", **params)).state == State.DONE
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": name, "auto.offset.reset": "error"})
    try:
        consumer.subscribe([topic])
        first = until(lambda: consumer.poll(1), lambda record: record is not None)
        assert (first.error(), first.partition(), first.offset()) == (None, 0, 7)
    finally:
        consumer.close()


def test_a_group_that_is_used_by_now_is_not_taken_back(user, cluster, gateway, topic, name):
    params = {"group": name, "to": "earliest", "partitions": {topic: "all"}}
    change = applied(user, proposed(user, cluster, "create_group", **params))
    back = service.undo(user, change)
    gateway.mutate.alter_offsets(name, {TopicPartition(topic, 0): 5})
    assert applied(user, back).state == State.STALE, "between plan and apply"
    with pytest.raises(BadParams, match="It is used by now"):
        service.undo(user, change)


def test_who_may_create_a_group_may_take_that_one_back_and_no_other(cluster, gateway, topic, group, name):
    operator, params = a_user(cluster, "operator"), {"group": name, "to": "latest", "partitions": {topic: "all"}}
    change = applied(operator, proposed(operator, cluster, "create_group", **params))
    with pytest.raises(NotAllowed):
        proposed(operator, cluster, "delete_group", group=name)
    with pytest.raises(BadParams, match="was not created here"):
        proposed(operator, cluster, "uncreate_group", group=group)
    back = applied(operator, service.undo(operator, change))
    assert back.state == State.DONE
    assert name not in gateway.groups.list()[0]
    assert applied(operator, service.undo(operator, back)).state == State.DONE, "and there again"


def test_a_group_that_appears_before_it_is_made_stops_it(user, cluster, gateway, topic, name, committed):
    change = proposed(user, cluster, "create_group", group=name, to="latest", partitions={topic: "all"})
    gateway.mutate.alter_offsets(name, {TopicPartition(topic, 1): 5})
    assert applied(user, change).state == State.STALE
    assert committed(name) == {1: 5}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"group": " "}, "Give the group a name"),
        ({"group": "a\nb"}, "nothing that can't be seen"),
        ({"group": " a"}, "no spaces around it"),
        ({"group": "\u202ea"}, "nothing that can't be seen"),
        ({"group": "ü" * 128}, "at most 255 bytes"),
        ({"to": "shift", "value": 1}, "stands nowhere yet"),
        ({"partitions": {"no-such-topic": "all"}}, "There is no topic no-such-topic"),
        ({"partitions": "all"}, "say which topics"),
    ],
)
def test_a_group_that_makes_no_sense_is_refused(user, cluster, topic, name, asked, said):
    with pytest.raises(BadParams, match=said):
        proposed(
            user, cluster, "create_group", **{"group": name, "to": "earliest", "partitions": {topic: "all"}} | asked
        )


def test_a_group_that_is_there_is_refused(user, cluster, topic, group):
    with pytest.raises(BadParams, match="There is a group"):
        proposed(user, cluster, "create_group", group=group, to="earliest", partitions={topic: "all"})


def test_the_form_of_a_new_group_says_what_is_missing_and_leads_to_the_plan(person, cluster, topic, name):
    form = {"name": name, "to": "offset", "topics": f"{topic}:0, 1\n"}
    for wrong, said in (
        ({}, "Say which offset."),
        ({"to": "earliest", "topics": ""}, "Name at least one topic."),
        ({"to": "earliest", "topics": "a:b"}, "“a:b” is not a topic"),
        ({"name": ""}, "Give the group a name."),
        ({"offset": "ten"}, "is not a whole number"),
        ({"to": "time", "time": "2026-03-29T02:30", "zone": "Europe/Paris"}, "does not exist on that day"),
    ):
        answer = person.post(of(cluster, "create"), form | wrong)
        assert answer.status_code == 422
        assert said in answer.content.decode(), wrong
    answer = person.post(of(cluster, "create"), form | {"offset": "3"})
    assert "Create it at 2 partitions" in person.get(answer.url).content.decode()
    at_time = {"to": "time", "time": "2023-11-14T23:13:23.500", "zone": "Europe/Paris"}
    person.post(of(cluster, "create"), form | at_time)
    assert {row.new for row in Change.objects.get(params__to="time").planned.rows} == {4}, "an hour earlier in UTC"
