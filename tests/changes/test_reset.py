"""Resets on a real broker: every strategy, what it refuses, what it says when only part was done."""

from __future__ import annotations

from typing import Any

import pytest

from changes import run, service, sweeping
from changes.errors import BadParams, Blocked
from changes.models import State
from gateway.errors import GroupNotEmpty
from gateway.facts import TopicPartition
from tests.changes.people import a_member, applied
from topics.changes.facts import id_now, until

pytestmark = pytest.mark.django_db


STRATEGIES = [
    ({"to": "earliest"}, {0: 0, 1: 0}),
    ({"to": "latest"}, {0: 10, 1: 10}),
    ({"to": "offset", "value": 3}, {0: 3, 1: 3}),
    ({"to": "offset", "value": 999}, {0: 10, 1: 10}),
    ({"to": "shift", "value": -2}, {0: 2, 1: 4}),
    ({"to": "shift", "value": 100}, {0: 10, 1: 10}),
    ({"to": "time", "value": 1_700_000_003_500}, {0: 4, 1: 4}),
    ({"to": "time", "value": "2023-11-14T22:13:25Z"}, {0: 5, 1: 5}),
    ({"to": "time", "value": "2023-11-14T23:13:25+01:00"}, {0: 5, 1: 5}),
    ({"to": "time", "value": 1_700_009_999_000}, {0: 10, 1: 10}),
    ({"to": "time", "value": 0}, {0: 0, 1: 0}),
]


def test_each_strategy_commits_the_offsets_that_its_plan_showed(user, cluster, a_topic, a_group, committed):
    topic = a_topic()
    for params, expected in STRATEGIES:
        group = a_group(topic, 4, 6)
        change = service.propose(user, cluster, "groups.reset_offsets", {"group": group, **params})
        assert {row.facts["partition"]: row.new for row in change.planned.rows} == expected, params
        assert applied(user, change).state == State.DONE, (params, change.reason)
        assert committed(group) == expected, params


def test_only_the_chosen_partitions_move(user, cluster, a_topic, a_group, committed):
    topic = a_topic()
    group = a_group(topic, 4, 6)
    params = {"group": group, "to": "earliest", "partitions": {topic: [1]}}
    applied(user, service.propose(user, cluster, "groups.reset_offsets", params))
    assert committed(group) == {0: 4, 1: 0}


def test_clamping_is_said_aloud(user, cluster, a_topic, a_group):
    topic = a_topic()
    change = service.propose(
        user, cluster, "groups.reset_offsets", {"group": a_group(topic, 4, 6), "to": "offset", "value": 999}
    )
    assert all("999" in row.note and row.warn for row in change.planned.rows)
    assert any("moved" in warning for warning in change.planned.warnings)


def test_a_partition_that_cannot_be_reset_is_named_and_left(user, cluster, a_topic, a_group, committed):
    topic = a_topic()
    group = a_group(topic, 4, None)
    params = {"group": group, "to": "shift", "value": 1, "partitions": {topic: [0, 1, 9]}}
    change = service.propose(user, cluster, "groups.reset_offsets", params)
    left = [row.name for row in change.planned.rows if row.facts.get("left_out")]
    assert left == [f"{topic}-1", f"{topic}-9"]
    assert applied(user, change).state == State.DONE
    assert committed(group) == {0: 5}


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"to": "earliest", "partitions": {"no-such-topic": "all"}}, "There is no topic no-such-topic."),
        ({"to": "time", "value": "yesterday"}, "is not a time"),
        ({"to": "offset"}, "Say which offset."),
        ({"to": "offset", "value": "ten"}, "is not a whole number"),
        ({"to": "sideways"}, "sideways"),
        ({"to": "earliest", "partitions": {}}, "No partition is selected."),
        ({"to": "earliest", "surprise": 1}, "surprise"),
        ({"to": "exactly", "offsets": {"t": {"0": -5}}}, "is not a partition and an offset"),
    ],
)
def test_nonsense_gets_one_clear_sentence(user, cluster, a_topic, a_group, params, said):
    group = a_group(a_topic(1, 1), 1)
    with pytest.raises(BadParams, match=said):
        service.propose(user, cluster, "groups.reset_offsets", {"group": group, **params})


def test_an_unknown_group_is_refused_and_not_created(user, cluster, gateway):
    with pytest.raises(BadParams, match="There is no group changes-nobody"):
        service.propose(user, cluster, "groups.reset_offsets", {"group": "changes-nobody", "to": "earliest"})


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_it_refuses_an_active_group_and_names_its_members(
    user, cluster, bootstrap, a_topic, a_group, committed, protocol
):
    topic = a_topic()
    group = a_group(topic, 4, 6)
    with a_member(bootstrap, group, topic, **{"group.protocol": protocol}):
        change = service.propose(user, cluster, "groups.reset_offsets", {"group": group, "to": "earliest"})
        assert change.planned.blocked.startswith("1 member is still in the group (worker-a on 127.0.0.1")
        assert change.planned.rows, "the plan can still be read"
        with pytest.raises(Blocked, match="worker-a"):
            service.confirm(user, change)
    assert committed(group) == {0: 4, 1: 6}


def test_a_member_that_joins_between_plan_and_apply_stops_it(user, cluster, bootstrap, a_topic, a_group, committed):
    topic = a_topic()
    group = a_group(topic, 4, 6)
    change = service.propose(user, cluster, "groups.reset_offsets", {"group": group, "to": "earliest"})
    with a_member(bootstrap, group, topic):
        assert applied(user, change).state == State.REFUSED
    assert "worker-a" in change.reason
    assert committed(group) == {0: 4, 1: 6}


def test_a_member_that_joins_at_the_last_moment_is_refused_by_the_broker(
    user, cluster, bootstrap, a_topic, a_group, committed, monkeypatch
):
    topic = a_topic()
    group = a_group(topic, 4, 6)
    change = service.propose(user, cluster, "groups.reset_offsets", {"group": group, "to": "earliest"})
    monkeypatch.setattr(type(change.executor), "ready", lambda *_: None)
    with a_member(bootstrap, group, topic):
        assert applied(user, change).state == State.REFUSED
    assert committed(group) == {0: 4, 1: 6}


def test_a_plan_is_stale_when_commits_have_moved(user, cluster, gateway, a_topic, a_group, committed):
    topic = a_topic()
    group = a_group(topic, 4, 6)
    change = service.propose(user, cluster, "groups.reset_offsets", {"group": group, "to": "earliest"})
    gateway.mutate.alter_offsets(group, {TopicPartition(topic, 1): 7})
    assert applied(user, change).state == State.STALE
    assert f"{topic}-1 was 6 and is 7 now" in change.reason
    assert committed(group) == {0: 4, 1: 7}
    again = service.plan_again(user, change)
    assert applied(user, again).state == State.DONE


def test_a_plan_is_stale_when_the_topic_was_made_anew(user, cluster, gateway, a_topic, a_group):
    topic = a_topic()
    group = a_group(topic, 4, 6)
    change = service.propose(user, cluster, "groups.reset_offsets", {"group": group, "to": "latest"})
    old = id_now(gateway, topic)
    gateway.mutate.delete_topic(topic)
    until(lambda: id_now(gateway, topic), lambda seen: seen is None)
    gateway.mutate.create_topic(topic, 2, 1, {})
    assert until(lambda: id_now(gateway, topic), bool) != old
    assert applied(user, change).state == State.STALE
    assert f"The id of {topic}" in change.reason


def test_what_could_not_be_written_is_told_row_by_row(user, cluster, gateway, a_topic, a_group, committed, monkeypatch):
    topic = a_topic(3)
    group = a_group(topic, 4, 5, 6)
    change = service.propose(user, cluster, "groups.reset_offsets", {"group": group, "to": "earliest"})
    real = gateway.mutate.alter_offsets

    def one_refused(name: str, offsets: dict[TopicPartition, int]) -> dict[TopicPartition, Any]:
        bad = TopicPartition(topic, 1)
        return {**real(name, {tp: o for tp, o in offsets.items() if tp != bad}), bad: GroupNotEmpty("not this one")}

    monkeypatch.setattr(gateway.mutate, "alter_offsets", one_refused)
    assert applied(user, change).state == State.PARTLY
    assert {row.name: (row.state, row.why) for row in change.result.rows} == {
        f"{topic}-0": ("ok", ""),
        f"{topic}-1": ("failed", "not this one"),
        f"{topic}-2": ("ok", ""),
    }
    assert committed(group) == {0: 0, 1: 5, 2: 0}
    back = service.undo(user, change)
    assert applied(user, back).state == State.DONE
    assert committed(group) == {0: 4, 1: 5, 2: 6}


def test_undo_puts_back_exactly_what_was_there(user, cluster, a_topic, a_group, committed):
    topic = a_topic(3)
    group = a_group(topic, 4, None, 99)  # one without a commit, one beyond the end
    before = committed(group)
    change = service.propose(
        user, cluster, "groups.reset_offsets", {"group": group, "to": "latest", "partitions": {topic: "all"}}
    )
    assert applied(user, change).state == State.DONE
    assert committed(group) == {0: 10, 1: 10, 2: 10}
    back = service.undo(user, change)
    assert back.undo_of == change
    assert applied(user, back).state == State.DONE
    assert committed(group) == before


def test_undo_first_says_what_moved_since(user, cluster, gateway, a_topic, a_group):
    topic = a_topic()
    group = a_group(topic, 4, 6)
    change = applied(user, service.propose(user, cluster, "groups.reset_offsets", {"group": group, "to": "earliest"}))
    gateway.mutate.alter_offsets(group, {TopicPartition(topic, 0): 2})
    back = service.undo(user, change)
    assert back.planned.warnings[0] == f"1 of 2 moved since: {topic}-0 was left at 0 and is at 2 now, 2 further."


def test_a_client_that_assigns_itself_and_commits_again_is_told_of(user, cluster, gateway, a_topic, a_group):
    topic = a_topic()
    group = a_group(topic, 4, 6)
    change = applied(user, service.propose(user, cluster, "groups.reset_offsets", {"group": group, "to": "earliest"}))
    gateway.mutate.alter_offsets(group, {TopicPartition(topic, 0): 5})
    past = change.ended_at - sweeping.LATER_FROM
    type(change).objects.filter(pk=change.pk).update(ended_at=past)
    sweeping.sweep()
    change.refresh_from_db()
    assert change.looked_again
    assert f"{topic}-0 is at 5" in change.later


def test_the_shell_line_survives_any_group_name(user, cluster, gateway, a_topic):
    topic = a_topic(1, 1)
    group = 'changes-it\'s "$(x)" \n\u202eend'
    gateway.mutate.alter_offsets(group, {TopicPartition(topic, 0): 1})
    change = service.propose(user, cluster, "groups.reset_offsets", {"group": group, "to": "earliest"})
    import shlex

    words = shlex.split(change.planned.as_command)
    assert words[words.index("--group") + 1] == group
    assert words[words.index("--topic") + 1] == f"{topic}:0"
    assert words[-2:] == ["--to-earliest", "--execute"]
    gateway.mutate.delete_group(group)


def test_nothing_is_applied_without_confirmation(user, cluster, a_topic, a_group, committed):
    group = a_group(a_topic(), 4, 6)
    change = service.propose(user, cluster, "groups.reset_offsets", {"group": group, "to": "earliest"})
    assert run.apply(change.pk) is None
    assert committed(group) == {0: 4, 1: 6}
