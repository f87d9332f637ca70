"""Bookmarks on a real broker: saved by a person, before each change, every night; compared, restored, dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from changes import run, service
from changes.errors import BadParams
from changes.models import Change, State
from clusters.models import Cluster
from clusters.tasks import poll_and_publish
from gateway.errors import KafkaFault, TimedOut
from gateway.facts import TopicPartition
from groups import keeping, tasks
from groups.models import Bookmark, key_of
from groups.saved import Saved
from tests.changes.people import a_user, applied
from topics.changes.facts import until

pytestmark = pytest.mark.django_db

KIND = "groups.reset_offsets"


@pytest.fixture
def topic(a_topic) -> str:
    return a_topic()


@pytest.fixture
def group(topic, a_group) -> str:
    return a_group(topic, 4, 6)


@pytest.fixture
def person(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def of(cluster, view: str, *args) -> str:
    return reverse(f"groups:{view}", args=[cluster.slug, *args])


def offsets(bookmark: Bookmark) -> dict[int, int]:
    return {tp.partition: offset for tp, offset in bookmark.saved.offsets.items()}


def test_a_person_saves_compares_and_restores(person, cluster, gateway, topic, group, committed):
    poll_and_publish(cluster)
    person.post(of(cluster, "bookmark_save", group), {"name": " before \n the migration "})
    bookmark = Bookmark.objects.get()
    assert (bookmark.kind, bookmark.name, offsets(bookmark)) == ("named", "before the migration", {0: 4, 1: 6})
    gateway.mutate.alter_offsets(group, {TopicPartition(topic, 0): 9})
    poll_and_publish(cluster)
    assert "before the migration" in person.get(of(cluster, "bookmarks", group)).content.decode()
    page = person.get(of(cluster, "bookmark", group, bookmark.pk)).content.decode()
    assert "+5" in page and "same" in page
    ticked = {"partition": [f"{topic}:0", f"{topic}:1"]}
    planned = person.post(of(cluster, "bookmark_restore", group, bookmark.pk), ticked)
    change = Change.objects.get()
    assert planned.url == change.get_absolute_url()
    assert "to a bookmark" in change.planned.summary
    assert person.get(planned.url).status_code == 200
    person.post(reverse("changes:confirm", args=[change.pk]))
    assert run.apply(change.pk) == State.DONE
    assert committed(group) == {0: 4, 1: 6}
    assert "the offsets from before" in person.get(reverse("changes:state", args=[change.pk])).content.decode()


def test_before_each_change_all_that_the_group_has_committed_is_kept(user, person, cluster, topic, group, committed):
    params = {"group": group, "to": "earliest", "partitions": {topic: [0]}}
    change = applied(user, service.propose(user, cluster, KIND, params))
    bookmark = Bookmark.objects.get(change=change)
    assert (bookmark.kind, bookmark.by, offsets(bookmark)) == ("before_change", user, {0: 4, 1: 6})
    where = of(cluster, "bookmark", group, bookmark.pk)
    assert where in person.get(change.get_absolute_url()).content.decode()
    assert person.get(where).status_code == 200


def test_without_an_undo_point_nothing_is_written(user, cluster, group, committed, monkeypatch):
    def silent(*_: object) -> KafkaFault:
        raise TimedOut

    monkeypatch.setattr(keeping, "before_change", silent)
    change = applied(user, service.propose(user, cluster, KIND, {"group": group, "to": "earliest"}))
    assert (change.state, committed(group)) == (State.FAILED, {0: 4, 1: 6})


def test_a_deleted_group_comes_back_from_its_bookmark(user, person, cluster, topic, group, committed):
    applied(user, service.propose(user, cluster, "groups.delete_group", {"group": group}))
    for _ in range(3):
        poll_and_publish(cluster)
    page = person.get(of(cluster, "bookmarks", group)).content.decode()
    assert "There is no group of this name now." in page
    bookmark = Bookmark.objects.get()
    person.post(of(cluster, "bookmark_restore", group, bookmark.pk), {"partition": [f"{topic}:0", f"{topic}:1"]})
    back = Change.objects.get(kind=KIND)
    assert applied(user, back).state == State.DONE
    assert committed(group) == {0: 4, 1: 6}


def test_offsets_of_a_topic_made_anew_are_left_out(user, cluster, gateway, a_topic, topic, group):
    other = a_topic(1, 3)
    gateway.mutate.alter_offsets(group, {TopicPartition(other, 0): 2})
    bookmark = keeping.named(user, cluster, group, "")
    gateway.mutate.delete_topic(topic)
    until(lambda: topic in gateway.topics.list(), lambda there: not there)
    gateway.mutate.create_topic(topic, 2, 1, {})
    gateway.mutate.alter_offsets(group, {TopicPartition(other, 0): 0})
    params = {"group": group, "to": "bookmark", "value": bookmark.pk}
    change = service.propose(user, cluster, KIND, params)
    assert [row.name for row in change.planned.rows] == [f"{other}-0"]
    assert any(topic in warning and "made anew" in warning for warning in change.planned.warnings)


@pytest.mark.parametrize("number", ["0", "x", "9" * 30, None])
def test_a_bookmark_that_is_not_there_is_refused(user, cluster, group, number):
    with pytest.raises(BadParams, match="There is no bookmark"):
        service.propose(user, cluster, KIND, {"group": group, "to": "bookmark", "value": number})


def test_a_bookmark_is_one_of_the_ways_of_a_reset(user, person, cluster, gateway, topic, group):
    poll_and_publish(cluster)
    assert "A bookmark" not in person.get(of(cluster, "reset", group)).content.decode(), "there is none"
    older, newer = keeping.named(user, cluster, group, "before"), keeping.named(user, cluster, group, "")
    gateway.mutate.alter_offsets(group, {TopicPartition(topic, 0): 9})
    page = person.get(of(cluster, "reset", group)).content.decode()
    assert page.index(f'<option value="{newer.pk}"') < page.index(f'<option value="{older.pk}"')
    answer = person.post(of(cluster, "reset", group), {"to": "bookmark", "bookmark": older.pk})
    assert {row.facts["partition"]: row.new for row in Change.objects.get().planned.rows} == {0: 4, 1: 6}
    assert "to a bookmark" in person.get(answer.url).content.decode()
    assert "Say which bookmark." in person.post(of(cluster, "reset", group), {"to": "bookmark"}).content.decode()


def test_a_bookmark_belongs_to_its_group(user, person, cluster, topic, group, a_group):
    bookmark, other = keeping.named(user, cluster, group, ""), a_group(topic, 1, 1)
    with pytest.raises(BadParams, match="There is no bookmark"):
        service.propose(user, cluster, KIND, {"group": other, "to": "bookmark", "value": bookmark.pk})
    for view in ("bookmark", "bookmark_csv"):
        assert person.get(of(cluster, view, other, bookmark.pk)).status_code == 404
    elsewhere = Cluster.objects.create(name="elsewhere", bootstrap=cluster.bootstrap)
    a_user(elsewhere, "admin")
    for view in ("bookmark_restore", "bookmark_delete"):
        assert person.post(of(cluster, view, other, bookmark.pk)).status_code == 404
    assert Bookmark.objects.filter(pk=bookmark.pk).exists()


def test_a_viewer_reads_and_changes_nothing(user, cluster, group):
    bookmark, viewer = keeping.named(user, cluster, group, "mine"), Client()
    viewer.force_login(a_user(cluster, "viewer"))
    page = viewer.get(of(cluster, "bookmark", group, bookmark.pk)).content.decode()
    assert "Restore" not in page and "Delete bookmark" not in page
    for view, args in (
        ("bookmark_save", ()),
        ("bookmark_restore", (bookmark.pk,)),
        ("bookmark_delete", (bookmark.pk,)),
    ):
        assert viewer.post(of(cluster, view, group, *args)).status_code == 403
    assert Bookmark.objects.count() == 1


def test_only_what_a_person_saved_can_be_deleted(user, person, cluster, group):
    named = keeping.named(user, cluster, group, "mine")
    keeping.nightly(cluster, timezone.now())
    nightly = Bookmark.objects.get(kind="nightly", group=group)
    for bookmark in (named, nightly):
        person.post(of(cluster, "bookmark_delete", group, bookmark.pk))
    assert list(Bookmark.objects.filter(group=group)) == [nightly]


def test_a_group_without_a_commit_has_nothing_to_save(person, cluster):
    answer = person.post(of(cluster, "bookmark_save", "changes-nobody"), follow=True)
    assert answer.status_code == 404
    assert not Bookmark.objects.exists()


def test_a_night_saves_what_has_moved_since_the_last(cluster, gateway, topic, group, a_group):
    still, night = a_group(topic, 1, 1), timezone.now()
    keeping.nightly(cluster, night)
    gateway.mutate.alter_offsets(group, {TopicPartition(topic, 0): 9})
    keeping.nightly(cluster, night + timedelta(days=1))
    mine = Bookmark.objects.filter(kind="nightly")
    assert [offsets(b) for b in mine.filter(group=group)] == [{0: 9, 1: 6}, {0: 4, 1: 6}]
    assert [b.at for b in mine.filter(group=still)] == [night], "its age tells for how long it stands still"


def test_old_bookmarks_go_and_named_ones_stay(cluster):
    now, gone, there = timezone.now(), "changes-gone", "changes-there"

    def a_bookmark(kind: str, days: int, group: str = there) -> int:
        body = Saved({TopicPartition("orders", 0): days}).pack()
        facts = {"key": key_of(group), "group": group, "body": body, "digest": "", "partitions": 1}
        return Bookmark.objects.create(cluster=cluster, kind=kind, at=now - timedelta(days=days), **facts).pk

    stay = [a_bookmark("named", 999), a_bookmark("before_change", 89), a_bookmark("nightly", 29)]
    go = [a_bookmark("before_change", 91), a_bookmark("nightly", 31)]
    of_a_group_that_is_gone = a_bookmark("nightly", 31, gone)
    newest = a_bookmark("nightly", 40)  # by number: nothing has moved since
    keeping.prune(cluster, now, there=None)
    left = set(Bookmark.objects.values_list("pk", flat=True))
    assert left == {*stay, newest, of_a_group_that_is_gone}, "a broker kept quiet: the group may be there"
    assert not left & set(go)
    keeping.prune(cluster, now, there={there})
    assert set(Bookmark.objects.values_list("pk", flat=True)) == {*stay, newest}


def test_a_cluster_that_is_away_does_not_keep_the_others_from_their_night(cluster, group):
    Cluster.objects.create(name="a-dead-one", bootstrap="127.0.0.1:1")
    tasks.nightly_bookmarks()
    assert Bookmark.objects.filter(group=group, kind="nightly").exists()


def test_the_csv_is_what_the_tool_writes(person, user, cluster, topic, group):
    bookmark = keeping.named(user, cluster, group, "")
    answer = person.get(of(cluster, "bookmark_csv", group, bookmark.pk))
    assert answer.content.decode() == f"{topic},0,4\n{topic},1,6\n"
    assert "attachment" in answer["Content-Disposition"]


def test_two_bookmarks_are_compared(person, user, cluster, gateway, topic, group):
    first = keeping.named(user, cluster, group, "first")
    gateway.mutate.alter_offsets(group, {TopicPartition(topic, 0): 1})
    second = keeping.named(user, cluster, group, "second")
    page = person.get(of(cluster, "bookmark", group, first.pk), {"with": second.pk}).content.decode()
    assert "In the other" in page and "-3" in page
    assert person.get(of(cluster, "bookmark", group, first.pk), {"with": "9" * 18}).status_code == 404
