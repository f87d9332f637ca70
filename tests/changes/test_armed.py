"""Apply when empty, with real consumers: it waits, it is applied once by the rule that was agreed to, or nothing is."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from confluent_kafka import TopicPartition as Theirs
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.models import Binding
from changes import armed, run, service, sweeping
from changes.errors import Blocked, NotAllowed, NotOpen, NotTyped
from changes.models import Change, State
from clusters.tasks import poll_and_publish
from gateway.errors import KafkaFault, Unreachable
from gateway.facts import Outgoing, TopicPartition
from tests.changes.people import Do, a_member, a_user
from topics.changes.facts import until

pytestmark = pytest.mark.django_db

KIND = "groups.reset_offsets"


@pytest.fixture
def topic(a_topic) -> str:
    return a_topic()


@pytest.fixture
def group(topic, a_group) -> str:
    return a_group(topic, 4, 6)


def occupied_plan(user, cluster, bootstrap, topic, group, **params) -> Change:
    """A plan made while a member is in; it has left again when this returns."""
    with a_member(bootstrap, group, topic):
        return service.propose(user, cluster, params.pop("kind", KIND), {"group": group, **params})


def commits(topic: str, offset: int) -> Do:
    """On partition 0."""
    return lambda consumer: consumer.commit(offsets=[Theirs(topic, 0, offset)], asynchronous=False)


def tried(change: Change) -> Change:
    armed.attempt(change.pk)
    change.refresh_from_db()
    return change


def test_it_waits_while_a_member_is_in_and_is_applied_when_it_has_left(
    user, cluster, bootstrap, topic, group, committed, rung
):
    with a_member(bootstrap, group, topic) as member:
        change = service.propose(user, cluster, KIND, {"group": group, "to": "earliest"})
        with pytest.raises(Blocked):
            service.confirm(user, change)
        armed.arm(user, change, 60)
        assert tried(change).state == State.ARMED
        assert "1 member is still in the group (worker-a on 127.0.0.1)" in change.reason
        poll_and_publish(cluster)
        assert rung == [], "the snapshot shows a member: nobody rings"
        member(commits(topic, 9))
        until(lambda: committed(group)[0], lambda at: at == 9)
    poll_and_publish(cluster)
    assert rung == [change.pk], "the first poll that sees it empty rings"
    assert tried(change).state == State.DONE
    assert committed(group) == {0: 0, 1: 0}
    assert [row.now for row in change.agreed.rows] == [4, 6]
    assert [row.now for row in change.planned.rows] == [9, 6], "the plan that was applied starts where it left"
    back = service.undo(user, change)
    service.confirm(user, back)
    assert run.apply(back.pk) == State.DONE
    assert committed(group) == {0: 9, 1: 6}


def test_an_undo_of_a_group_in_use_can_be_armed_too(user, cluster, bootstrap, topic, group, committed):
    change = service.propose(user, cluster, KIND, {"group": group, "to": "earliest"})
    service.confirm(user, change)
    run.apply(change.pk)
    change.refresh_from_db()
    with a_member(bootstrap, group, topic) as member:
        member(commits(topic, 3))
        until(lambda: committed(group)[0], lambda at: at == 3)
        back = service.undo(user, change)
        assert "moved since" in back.planned.warnings[0]
        armed.arm(user, back, 10)
        assert tried(back).state == State.ARMED
    assert tried(back).state == State.DONE
    assert committed(group) == {0: 4, 1: 6}


def test_a_member_that_comes_back_between_the_look_and_the_write_sends_it_back_to_waiting(
    user, cluster, bootstrap, topic, group, committed, monkeypatch
):
    """Nothing tells us; the broker refuses the write itself."""
    change = armed.arm(user, occupied_plan(user, cluster, bootstrap, topic, group, to="earliest"), 60)
    kind = type(change.executor)
    plan = kind.plan
    with a_member(bootstrap, group, topic), monkeypatch.context() as blind:
        blind.setattr("groups.changes.reset_offsets.nobody_in", lambda *_: None)
        blind.setattr(kind, "plan", lambda *asked: _without_a_rule(plan(*asked)))
        assert tried(change).state == State.ARMED
        assert change.started_at is None
        assert "became active" in change.reason
        assert committed(group) == {0: 4, 1: 6}
    assert tried(change).state == State.DONE
    assert committed(group) == {0: 0, 1: 0}


def test_the_rule_is_applied_to_the_log_as_it_is_by_then(user, cluster, gateway, bootstrap, topic, group, committed):
    change = armed.arm(user, occupied_plan(user, cluster, bootstrap, topic, group, to="latest"), 60)
    gateway.mutate.produce(Outgoing(topic, b"k", b"v", partition=0))
    assert tried(change).state == State.DONE
    assert committed(group) == {0: 11, 1: 10}


def test_a_shift_starts_from_where_the_group_stands_by_then_and_says_so(
    user, cluster, gateway, bootstrap, topic, group, committed
):
    change = occupied_plan(user, cluster, bootstrap, topic, group, to="shift", value=-2)
    assert "-2 from where the group stands by then" in change.planned.rule
    armed.arm(user, change, 60)
    gateway.mutate.alter_offsets(group, {TopicPartition(topic, 0): 8})
    assert tried(change).state == State.DONE
    assert committed(group) == {0: 6, 1: 4}


def test_offsets_that_were_shown_are_never_replaced_by_others(
    user, cluster, gateway, bootstrap, topic, group, committed
):
    """The time lies after the last record, so the plan showed the end; by then a record has arrived."""
    change = occupied_plan(user, cluster, bootstrap, topic, group, to="time", value=1_700_000_500_000)
    armed.arm(user, change, 60)
    gateway.mutate.produce(Outgoing(topic, b"k", b"v", partition=0, timestamp=1_700_000_400_000))
    assert tried(change).state == State.STALE
    assert f"{topic}-0 would go to 11 now, not to 10" in change.reason
    assert committed(group) == {0: 4, 1: 6}


def test_a_topic_made_anew_meanwhile_ends_it(user, cluster, gateway, bootstrap, topic, group):
    change = armed.arm(user, occupied_plan(user, cluster, bootstrap, topic, group, to="earliest"), 60)
    gateway.mutate.delete_topic(topic)
    until(lambda: topic in gateway.topics.list(), lambda there: not there)
    gateway.mutate.create_topic(topic, 2, 1, {})
    gateway.mutate.alter_offsets(group, {TopicPartition(topic, 0): 0, TopicPartition(topic, 1): 0})
    assert tried(change).state == State.STALE
    assert "made anew while this waited" in change.reason


def test_partitions_that_it_commits_meanwhile_are_left_alone(
    user, cluster, gateway, a_topic, bootstrap, a_group, committed
):
    topic = a_topic(3)
    group = a_group(topic, 4, 6)
    change = armed.arm(user, occupied_plan(user, cluster, bootstrap, topic, group, to="earliest"), 60)
    gateway.mutate.alter_offsets(group, {TopicPartition(topic, 2): 5})
    assert tried(change).state == State.DONE
    assert committed(group) == {0: 0, 1: 0, 2: 5}


def test_a_group_is_deleted_when_its_last_member_has_left(user, cluster, gateway, bootstrap, topic, group, committed):
    with a_member(bootstrap, group, topic):
        change = service.propose(user, cluster, "groups.delete_group", {"group": group})
        armed.arm(user, change, 60, group)
        assert tried(change).state == State.ARMED
    assert tried(change).state == State.DONE
    assert group not in gateway.groups.list()[0]
    back = service.undo(user, change)
    service.confirm(user, back)
    assert run.apply(back.pk) == State.DONE
    assert committed(group) == {0: 4, 1: 6}


def test_it_ends_without_a_change_when_its_time_is_over(user, cluster, bootstrap, topic, group, committed, rung):
    change = armed.arm(user, occupied_plan(user, cluster, bootstrap, topic, group, to="earliest"), 10)
    assert timedelta(minutes=9) < change.armed_until - timezone.now() <= timedelta(minutes=10)
    sweeping.sweep()
    assert rung == [change.pk], "until then each sweep rings"
    Change.objects.filter(pk=change.pk).update(armed_until=timezone.now() - timedelta(seconds=1))
    assert tried(change).state == State.EXPIRED
    assert "did not empty in time" in change.reason
    assert committed(group) == {0: 4, 1: 6}


def test_it_can_be_called_off_by_whoever_may_do_it(user, cluster, bootstrap, topic, group, committed):
    change = armed.arm(user, occupied_plan(user, cluster, bootstrap, topic, group, to="earliest"), 60)
    with pytest.raises(NotAllowed):
        armed.call_off(a_user(cluster, "viewer"), change)
    other = a_user(cluster, "operator")
    assert armed.call_off(other, change).state == State.CALLED_OFF
    assert str(other) in change.reason or str(other) in Change.objects.get(pk=change.pk).reason
    assert tried(change).state == State.CALLED_OFF
    with pytest.raises(NotOpen, match="called off"):
        armed.call_off(other, change)
    assert committed(group) == {0: 4, 1: 6}


def test_only_a_plan_that_members_block_can_be_armed(user, cluster, group):
    change = service.propose(user, cluster, KIND, {"group": group, "to": "earliest"})
    with pytest.raises(Blocked, match="nothing to wait for"):
        armed.arm(user, change, 60)


def test_a_wait_has_a_length_that_is_offered(user, cluster, bootstrap, topic, group):
    change = occupied_plan(user, cluster, bootstrap, topic, group, to="earliest")
    with pytest.raises(Blocked, match="10 minutes"):
        armed.arm(user, change, 7)


def test_two_changes_of_one_group_never_wait_together(user, cluster, bootstrap, topic, group):
    first, second = (occupied_plan(user, cluster, bootstrap, topic, group, to=to) for to in ("earliest", "latest"))
    assert armed.arm(user, first, 60) == armed.arm(user, first, 60), "twice is once"
    with pytest.raises(Blocked, match="waits already"):
        armed.arm(user, second, 60)


def test_production_asks_for_the_name_when_it_is_armed(user, cluster, bootstrap, topic, group):
    change = occupied_plan(user, cluster, bootstrap, topic, group, to="earliest")
    cluster.environment = "production"
    cluster.save()
    with pytest.raises(NotTyped):
        armed.arm(user, change, 60, "something else")
    assert armed.arm(user, change, 60, group).state == State.ARMED


def test_a_right_taken_away_while_it_waits_ends_it(user, cluster, bootstrap, topic, group, committed):
    change = armed.arm(user, occupied_plan(user, cluster, bootstrap, topic, group, to="earliest"), 60)
    Binding.objects.filter(user=user).delete()
    assert tried(change).state == State.REFUSED
    assert committed(group) == {0: 4, 1: 6}


def test_a_broker_that_does_not_answer_leaves_it_waiting(user, cluster, bootstrap, topic, group, monkeypatch):
    change = armed.arm(user, occupied_plan(user, cluster, bootstrap, topic, group, to="earliest"), 60)

    def away(*_: object) -> KafkaFault:
        raise Unreachable

    monkeypatch.setattr(change.executor, "anew", away)
    assert tried(change).state == State.ARMED
    assert "No broker answered" in change.reason


@pytest.mark.parametrize("effect", [False, True], ids=["before the write", "after the write"])
def test_a_worker_that_dies_over_it_is_settled_by_looking(
    user, cluster, bootstrap, topic, group, committed, monkeypatch, effect
):
    change = armed.arm(user, occupied_plan(user, cluster, bootstrap, topic, group, to="earliest"), 60)
    real, executor = type(change.executor).apply, change.executor

    def dies(gateway, plan):
        if effect:
            real(executor, gateway, plan)
        raise SystemExit

    monkeypatch.setattr(executor, "apply", dies)
    with pytest.raises(SystemExit):
        armed.attempt(change.pk)
    monkeypatch.setattr(executor, "apply", lambda *_: pytest.fail("it was applied again"))
    Change.objects.filter(pk=change.pk).update(started_at=timezone.now() - timedelta(seconds=run.DEAD_AFTER + 1))
    assert tried(change).state == State.RUNNING
    sweeping.sweep()
    change.refresh_from_db()
    assert change.state == (State.DONE if effect else State.FAILED)
    assert committed(group) == ({0: 0, 1: 0} if effect else {0: 4, 1: 6})


def test_of_two_workers_one_applies_it(user, cluster, bootstrap, topic, group, monkeypatch):
    change = armed.arm(user, occupied_plan(user, cluster, bootstrap, topic, group, to="earliest"), 60)
    anew = change.executor.anew

    def while_another_takes_it(gateway, plan):
        made = anew(gateway, plan)
        Change.objects.filter(pk=change.pk).update(state=State.RUNNING, started_at=timezone.now())
        return made

    monkeypatch.setattr(change.executor, "anew", while_another_takes_it)
    monkeypatch.setattr(change.executor, "apply", lambda *_: pytest.fail("two at once"))
    assert armed.attempt(change.pk) is None


def test_the_page_arms_shows_who_is_in_and_calls_off(user, cluster, bootstrap, topic, group):
    person = Client()
    person.force_login(user)
    with a_member(bootstrap, group, topic):
        change = service.propose(user, cluster, KIND, {"group": group, "to": "earliest"})
        poll_and_publish(cluster)
        page = person.get(change.get_absolute_url()).content.decode()
        assert "Apply when empty…" in page
        assert "the oldest record there is by then" in page
        answer = person.post(reverse("changes:arm", args=[change.pk]), {"minutes": "60"})
        assert answer.url == change.get_absolute_url()
        state = person.get(reverse("changes:state", args=[change.pk])).content.decode()
        assert "worker-a on 127.0.0.1" in state
        assert 'hx-trigger="every 2s"' in state
        person.post(reverse("changes:call_off", args=[change.pk]))
    assert "Called off by" in person.get(change.get_absolute_url()).content.decode()


def _without_a_rule(plan):
    return msgspec.structs.replace(plan, rule="", blocked="")
