"""Resets whose offsets come from elsewhere, and what is said before any of them: on a real broker."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from confluent_kafka import Consumer
from confluent_kafka import TopicPartition as Theirs
from django.test import Client
from django.urls import reverse

from access.models import Binding
from changes import run, service
from changes.errors import BadParams, NotAllowed, NotOpen
from changes.models import Change, State
from changes.queries import page
from gateway.errors import GroupNotEmpty
from gateway.facts import Outgoing, TopicPartition
from groups.changes.reset_warnings import commits_without_members
from live.snapshot import GroupState, MemberState, Verdict
from tests.changes.people import a_user, applied
from tests.snapshots import a_snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(user, cluster):
    def ask(group: str, **params: Any):
        return service.propose(user, cluster, "groups.reset_offsets", {"group": group, **params})

    return ask


def news(change) -> dict[int, Any]:
    return {row.facts["partition"]: row.new for row in change.planned.rows if not row.facts.get("left_out")}


def left(change) -> dict[str, str]:
    return {row.name: row.note for row in change.planned.rows if row.facts.get("left_out")}


def test_current_stays_where_it_is_and_starts_the_rest_at_the_end(user, ask, a_topic, a_group, committed):
    topic = a_topic()
    group = a_group(topic, 4, None)
    change = ask(group, to="current", partitions={topic: "all"})
    assert news(change) == {0: 4, 1: 10}
    assert applied(user, change).state == State.DONE
    assert committed(group) == {0: 4, 1: 10}
    assert applied(user, service.undo(user, change)).state == State.DONE
    assert committed(group) == {0: 4}, "a commit that was not there before is taken away again"


def test_a_duration_goes_back_from_now(user, ask, gateway, a_topic, a_group, committed):
    topic = a_topic(1, 5)
    gateway.mutate.produce(Outgoing(topic, b"k", b"new", partition=0, timestamp=round(time.time() * 1000)))
    group = a_group(topic, 2)
    change = ask(group, to="duration", value="1h 30m")
    assert news(change) == {0: 5}
    assert change.planned.figures[0].value == "1 h 30 min back"
    assert "--by-duration PT1H30M" in change.planned.as_command
    assert applied(user, change).state == State.DONE
    assert committed(group) == {0: 5}


def test_another_groups_offsets_are_taken_and_what_it_lacks_is_said(user, ask, a_topic, a_group, committed):
    topic, elsewhere = a_topic(3), a_topic(1)
    source, group = a_group(topic, 7, None, 99), a_group(topic, 1, 2, 3)
    change = ask(group, to="group", value=source, partitions={topic: "all"})
    assert news(change) == {0: 7, 2: 10}
    assert left(change) == {f"{topic}-1": f"{source} has committed nothing here."}
    assert any("was moved" in warning for warning in change.planned.warnings)
    assert applied(user, change).state == State.DONE
    assert committed(group) == {0: 7, 1: 2, 2: 10}
    everything = ask(a_group(elsewhere, 1), to="group", value=source)
    assert news(everything) == {0: 7, 2: 10}
    some = ask(group, to="group", value=source, partitions={topic: [0]})
    assert some.planned.warnings == (f"Offsets are given for 1 partition more, which stay: {topic}-2.",)


def test_a_group_that_one_may_not_see_gives_nothing_away(cluster, a_topic, a_group):
    topic = a_topic()
    source, group = a_group(topic, 7, 7), a_group(topic, 1, 2)
    somebody = a_user(cluster, "operator", group)
    with pytest.raises(NotAllowed, match=rf"\(group.view\) for {source}\."):
        service.propose(somebody, cluster, "groups.reset_offsets", {"group": group, "to": "group", "value": source})


def test_a_right_that_was_lost_after_the_plan_stops_it(cluster, a_topic, a_group, committed):
    topic = a_topic()
    source, group = a_group(topic, 7, 7), a_group(topic, 1, 2)
    somebody = a_user(cluster, "operator", group)
    Binding.objects.create(user=somebody, role="viewer", cluster=cluster, names=source)
    params = {"group": group, "to": "group", "value": source}
    change = service.propose(somebody, cluster, "groups.reset_offsets", params)
    service.confirm(somebody, change, group)
    Binding.objects.filter(user=somebody, names=source).delete()
    assert run.apply(change.pk) == State.REFUSED
    assert committed(group) == {0: 1, 1: 2}


def test_a_file_says_where_each_partition_goes(user, ask, a_topic, a_group, committed):
    topic = a_topic(3)
    group = a_group(topic, 1, 2, 3)
    change = ask(group, to="file", value=f"{topic},0,5\n{topic},1,999\nother,0,1\n")
    assert news(change) == {0: 5, 1: 10}
    assert left(change) == {"other-0": "There is no such topic or partition."}
    assert applied(user, change).state == State.DONE
    assert committed(group) == {0: 5, 1: 10, 2: 3}
    back = service.undo(user, change)
    assert applied(user, back).state == State.DONE
    assert committed(group) == {0: 1, 1: 2, 2: 3}


def test_of_a_file_for_many_groups_only_its_own_rows_are_taken(ask, a_topic, a_group):
    topic = a_topic(2)
    group = a_group(topic, 1, 2)
    change = ask(group, to="file", value=f"{group},{topic},0,5\nsomebody-else,{topic},1,6\n")
    assert news(change) == {0: 5}
    assert "Rows of other groups were passed over: somebody-else." in change.planned.warnings
    with pytest.raises(BadParams, match=r"There is no row for .* It has rows of somebody-else\."):
        ask(group, to="file", value=f"somebody-else,{topic},1,6\n")


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"to": "file", "value": "a,b,c\n\nx,0,1,2,3"}, "Line 1: “b” is not a partition. Line 3: it has 5 fields"),
        (
            {"to": "file", "value": "a\n" * 14},
            r"Line 10: it has 1 field.* Nor can these lines be read: 11, 12, 13, 14\.",
        ),
        ({"to": "file", "value": ""}, "Choose a file, or paste its rows."),
        ({"to": "file", "value": "a,0,1\n" * 200_000}, "at most 1,000,000 are read"),
        ({"to": "duration", "value": "a while"}, "“a while” is not a duration"),
        ({"to": "duration"}, "Say how far back"),
        ({"to": "group"}, "Say whose offsets to take."),
        ({"to": "group", "value": "changes-nobody"}, "There is no group changes-nobody."),
        ({"to": "time", "value": 10**18}, "not between the years 1 and 9999"),
        ({"to": "time", "value": "9999-12-31T23:59:59-02:00"}, "not between the years 1 and 9999"),
    ],
)
def test_nonsense_gets_one_clear_sentence(ask, a_topic, a_group, params, said):
    with pytest.raises(BadParams, match=said.replace("(", r"\(")):
        ask(a_group(a_topic(1, 1), 1), **params)


def test_it_takes_nothing_from_itself(ask, a_topic, a_group):
    group = a_group(a_topic(1, 1), 1)
    with pytest.raises(BadParams, match="That is the group itself"):
        ask(group, to="group", value=group)


def one_refused(monkeypatch, gateway, bad: TopicPartition) -> None:
    real = gateway.mutate.alter_offsets

    def alter(name: str, offsets: dict[TopicPartition, int]) -> dict[TopicPartition, Any]:
        rest = {tp: offset for tp, offset in offsets.items() if tp != bad}
        return {**(real(name, rest) if rest else {}), **({bad: GroupNotEmpty("not now")} if bad in offsets else {})}

    monkeypatch.setattr(gateway.mutate, "alter_offsets", alter)


@pytest.mark.parametrize(
    "params",
    [
        {"to": "shift", "value": -1},
        {"to": "duration", "value": "1 h"},
        {"to": "exactly", "offsets": {"{topic}": {"0": 1, "1": 9}}},
    ],
)
def test_only_what_failed_is_tried_again(user, ask, gateway, a_topic, a_group, committed, monkeypatch, params):
    topic = a_topic(2)
    group = a_group(topic, 4, 6)
    if "offsets" in params:
        params = params | {"offsets": {topic: params["offsets"]["{topic}"]}}
    with monkeypatch.context() as patch:
        one_refused(patch, gateway, TopicPartition(topic, 1))
        change = applied(user, ask(group, **params))
    assert change.state == State.PARTLY
    assert page(user, change).can_retry
    wanted = {row.name: row.new for row in change.planned.rows}
    person = Client()
    person.force_login(user)
    assert "Retry the failed ones" in person.get(change.get_absolute_url()).content.decode()
    again = Change.objects.get(pk=person.post(reverse("changes:retry", args=[change.pk])).url.split("/")[-2])
    assert [(row.name, row.new) for row in again.planned.rows] == [(f"{topic}-1", wanted[f"{topic}-1"])]
    assert applied(user, again).state == State.DONE
    assert committed(group) == {0: wanted[f"{topic}-0"], 1: wanted[f"{topic}-1"]}
    assert not page(user, again).can_retry


def test_what_was_done_is_not_tried_again(user, ask, a_topic, a_group):
    change = applied(user, ask(a_group(a_topic(), 4, 6), to="earliest"))
    with pytest.raises(NotOpen, match="nothing to try again"):
        service.retry(user, change)


def test_a_commit_beyond_the_end_is_said_aloud(ask, a_topic, a_group):
    topic = a_topic(1)
    change = ask(a_group(topic, 99), to="earliest")
    assert change.planned.rows[0].note == "What is committed is 89 beyond the end."
    assert f"beyond the end on {topic}-0" in change.planned.warnings[0]


def test_a_commit_of_a_later_leader_epoch_is_of_a_topic_that_is_gone(ask, bootstrap, a_topic, a_group):
    topic = a_topic(2)
    group = a_group(topic, 4, 6)
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False})
    consumer.commit(offsets=[Theirs(topic, 1, 7, leader_epoch=5)], asynchronous=False)
    consumer.close()
    (warning,) = ask(group, to="earliest").planned.warnings
    assert warning.startswith(f"What is committed on {topic}-1 is of a later leader epoch")


def test_it_warns_of_groups_that_somebody_else_keeps(user, cluster, gateway, a_topic):
    topic = a_topic(1, 1)
    application = f"changes-app-{time.time_ns()}"
    gateway.mutate.create_topic(f"{application}-store-changelog", 1, 1)
    for group, said in ((f"connect-{application}", "Connect sink"), (application, "Kafka Streams application")):
        gateway.mutate.alter_offsets(group, {TopicPartition(topic, 0): 1})
        change = service.propose(user, cluster, "groups.reset_offsets", {"group": group, "to": "earliest"})
        assert said in change.planned.warnings[0]
        gateway.mutate.delete_group(group)
    gateway.mutate.delete_topic(f"{application}-store-changelog")


def test_a_plan_says_so_when_commits_come_in_without_members(ask, cluster, a_topic, a_group, monkeypatch):
    group = a_group(a_topic(1), 4)
    state = msgspec.structs.replace(a_state([1, 2, 3, 4]), group=group)
    seen = a_snapshot(state, at=100_000)
    monkeypatch.setattr("live.snapshots.newest", lambda pk: seen if pk == cluster.pk else None)
    assert ask(group, to="earliest").planned.warnings[0].startswith("Commits still come in although the group has no")


def a_state(sums: list[int], members: int = 0, rebalanced: tuple[int, ...] = ()) -> GroupState:
    """Polled each 5 s until 100 s."""
    at = [100_000 - 5000 * n for n in reversed(range(len(sums)))]
    who = tuple(MemberState(f"m-{n}", "c", "h", None, ()) for n in range(members))
    return GroupState(
        "g", "classic", "Empty", "", 1, who, (), Verdict("idle", ""), rebalanced=rebalanced,
        samples=tuple((t, 0, s) for t, s in zip(at, sums, strict=True)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (a_state([1, 2, 3, 4]), "moved in 3 of the last 3 polls"),
        (a_state([1, 1, 2, 2, 3, 3, 4]), "moved in 3 of the last 6 polls"),
        (a_state([9, 9, 9, 1, 1, 9]), ""),  # a reset and its undo
        (a_state([1, 2, 3, 4], members=1), ""),
        (a_state([1, 2, 3, 4, 4], rebalanced=(96_000,)), ""),  # its members have only just left
        (None, ""),
    ],
)
def test_commits_that_come_from_nobody_are_told_from_our_own(state, said):
    found = "".join(commits_without_members(state, 100_000))
    assert said in found
    assert bool(found) == bool(said)
