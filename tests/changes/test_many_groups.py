"""Many groups deleted at once, on a real broker, and brought back."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from changes import run, service
from changes.errors import BadParams, NotAllowed, NotTyped
from changes.models import Change, State
from clusters.names import encode
from clusters.tasks import poll_and_publish
from gateway.errors import TimedOut
from gateway.facts import TopicPartition
from groups.models import Bookmark
from tests.changes.people import a_member, a_user, applied, of, proposed

pytestmark = pytest.mark.django_db


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
