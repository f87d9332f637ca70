"""Offsets taken away, groups made and deleted, one or many, on a real broker; and each of them taken back."""

from __future__ import annotations

import re
import uuid
from contextlib import suppress

import pytest
from confluent_kafka import Consumer
from django.test import Client
from django.urls import reverse

from changes import armed, run, service
from changes.errors import BadParams, NotAllowed, NotTyped
from changes.models import Change, State
from clusters.names import encode
from clusters.tasks import poll_and_publish
from gateway.errors import GroupNotEmpty, KafkaFault, TimedOut
from gateway.facts import TopicPartition
from groups.models import Bookmark
from tests.changes.people import a_member, a_user, applied
from topics.changes.facts import until

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic(a_topic) -> str:
    return a_topic()


@pytest.fixture
def group(topic, a_group) -> str:
    return a_group(topic, 4, 6)


@pytest.fixture
def name(gateway):
    """Of a group that is not there yet."""
    free = f"changes-{uuid.uuid4().hex[:8]}"
    yield free
    with suppress(KafkaFault):
        gateway.mutate.delete_group(free)


@pytest.fixture
def person(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def proposed(user, cluster, kind, **params) -> Change:
    return service.propose(user, cluster, f"groups.{kind}", params)


def of(cluster, view: str, *args) -> str:
    return reverse(f"groups:{view}", args=[cluster.slug, *args])


# --- offsets ---


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


# --- a new group ---


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


# --- many groups ---


def test_many_groups_are_deleted_and_brought_back(user, cluster, gateway, topic, a_group, committed):
    groups = [a_group(topic, n, n + 1) for n in range(3)]
    change = proposed(user, cluster, "delete_groups", groups=groups)
    assert change.target == "3 groups"
    with pytest.raises(NotTyped, match="Type 3 groups"):
        service.confirm(user, change, "groups")
    assert applied(user, change).state == State.DONE
    assert not set(groups) & set(gateway.groups.list()[0])
    assert Bookmark.objects.filter(change=change).count() == 3
    back = service.undo(user, change)
    assert applied(user, back).state == State.DONE
    assert [committed(group) for group in groups] == [{0: n, 1: n + 1} for n in range(3)]
    assert applied(user, service.undo(user, back), "3 groups").state == State.DONE


def test_each_group_is_judged_by_itself(user, cluster, gateway, bootstrap, topic, a_group, committed):
    """One moves, one fills up, one goes by itself between plan and apply; the others go."""
    moved, joined, gone, good = (a_group(topic, n, n) for n in range(4))
    change = proposed(user, cluster, "delete_groups", groups=[moved, joined, gone, good])
    gateway.mutate.alter_offsets(moved, {TopicPartition(topic, 0): 9})
    gateway.mutate.delete_group(gone)
    with a_member(bootstrap, joined, topic):
        assert applied(user, change).state == State.PARTLY
    ends = {row.name: (row.state, row.why) for row in change.result.rows}
    assert ends[moved] == ("failed", "it has committed since this was planned")
    assert ends[joined][0] == "failed" and "1 member is still in the group" in ends[joined][1]
    assert ends[gone] == ("ok", "") and ends[good] == ("ok", "")
    assert service.retry(user, change).params == {"groups": [moved, joined]}
    back = service.undo(user, change)
    assert set(back.params["groups"]) == {gone, good}
    gateway.mutate.alter_offsets(good, {TopicPartition(topic, 0): 1})  # a client made it again meanwhile
    assert applied(user, back).state == State.PARTLY
    assert (committed(gone), committed(good)) == ({0: 2, 1: 2}, {0: 1})


def test_groups_in_use_are_left_out_of_the_plan_with_the_reason(user, cluster, bootstrap, topic, a_group):
    used, free = a_group(topic, 1, 1), a_group(topic, 1, 1)
    with a_member(bootstrap, used, topic):
        change = proposed(user, cluster, "delete_groups", groups=[used, free, "changes-nobody"])
        with pytest.raises(BadParams, match="None of them can be deleted"):
            proposed(user, cluster, "delete_groups", groups=[used])
    notes = {row.name: row.note for row in change.planned.rows}
    assert "1 member is still in the group" in notes[used]
    assert notes["changes-nobody"] == "There is no such group any more."
    assert [row.name for row in change.planned.changing] == [free]


def test_a_right_is_asked_for_each_name(cluster, topic, a_group):
    groups, person = [a_group(topic, 1, 1) for _ in range(2)], a_user(cluster, "admin")
    team = a_user(cluster, "admin", names=groups[0])
    with pytest.raises(NotAllowed, match=f"for {groups[1]}"):
        proposed(team, cluster, "delete_groups", groups=groups)
    change = proposed(person, cluster, "delete_groups", groups=groups)
    client = Client()
    client.force_login(team)
    assert client.get(change.get_absolute_url()).status_code == 404, "one of them is hidden from this person"
    mine = proposed(team, cluster, "delete_groups", groups=groups[:1])
    assert client.get(mine.get_absolute_url()).status_code == 200
    client.force_login(person)
    page = client.get(change.get_absolute_url()).content.decode()
    assert "2 groups" in page
    assert client.get(reverse("changes:list", args=[cluster.slug])).status_code == 200


@pytest.mark.parametrize("kind", ["delete_groups", "restore_groups"])
@pytest.mark.parametrize("number", [0, 201])
def test_a_number_of_groups_that_nobody_could_review_is_refused(user, cluster, kind, number):
    names = [f"changes-{n}" for n in range(number)]
    groups = names if kind == "delete_groups" else {name: {"t": {"0": 1}} for name in names}
    with pytest.raises(BadParams, match=r"Choose at least one|too many"):
        proposed(user, cluster, kind, groups=groups)


def test_a_slow_broker_leaves_the_rest_untouched(user, cluster, gateway, topic, a_group, committed, monkeypatch):
    groups = [a_group(topic, 1, 1) for _ in range(2)]
    change = proposed(user, cluster, "delete_groups", groups=groups)
    monkeypatch.setattr("groups.changes.many.TIME", -1.0)
    assert applied(user, change).state == State.FAILED
    assert {row.why for row in change.result.rows} == {"not tried: Kafka was too slow"}
    assert committed(groups[0]) == {0: 1, 1: 1}


def test_a_deletion_that_timed_out_is_settled_by_looking(user, cluster, gateway, topic, a_group, monkeypatch):
    groups = [a_group(topic, 1, 1) for _ in range(2)]
    change = proposed(user, cluster, "delete_groups", groups=groups)
    real = gateway.mutate.delete_group

    def late(name: str) -> None:
        if name == groups[0]:
            real(name)
        raise TimedOut

    monkeypatch.setattr(gateway.mutate, "delete_group", late)
    assert applied(user, change).state == State.UNKNOWN
    assert run.look(change, change.result, settled=True) == State.PARTLY


def test_the_page_of_empty_groups_filters_and_leads_to_the_plan(person, cluster, gateway, topic, a_group):
    group = a_group(topic, 1, 1)
    poll_and_publish(cluster)
    page = person.get(of(cluster, "delete_many")).content.decode()
    assert f'value="{group}"' in page
    assert f'value="{group}"' not in person.get(of(cluster, "delete_many"), {"still": "30"}).content.decode()
    assert f'value="{group}"' in person.get(of(cluster, "delete_many"), {"q": group.upper()}).content.decode()
    for nonsense in ({}, {"group": "~zz"}):
        assert person.post(of(cluster, "delete_many"), nonsense).status_code == 422
    answer = person.post(of(cluster, "delete_many"), {"group": [group]})
    plan = person.get(answer.url).content.decode()
    assert "Delete 1 group" in plan and re.search(r"Type <code><bdi>1 group</bdi></code>", plan)


def test_what_a_person_may_not_delete_is_left_out_and_named(cluster, topic, a_group):
    mine, others = a_group(topic, 1, 1), a_group(topic, 1, 1)
    client = Client()
    client.force_login(a_user(cluster, "admin", names=mine))
    poll_and_publish(cluster)
    answer = client.post(of(cluster, "delete_many"), {"group": [encode(mine), encode(others)]}, follow=True)
    assert f"may not delete them: {others}" in answer.content.decode()
    assert Change.objects.get().params == {"groups": [mine]}
