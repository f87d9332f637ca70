"""A member is removed from a group: on a real broker, and on the fake where time would have to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from confluent_kafka import Consumer

from changes import service
from changes.errors import BadParams, NotAllowed, NoUndo
from changes.kind import Refusal
from changes.models import State
from gateway.facts import Member
from groups.changes.remove_member import Params, RemoveMember
from tests.changes.people import a_user, applied
from tests.fake_cluster import FakeCluster

pytestmark = pytest.mark.django_db


@contextmanager
def reading(bootstrap: str, group: str, topic: str, protocol: str, client: str, instance: str = "") -> Iterator[None]:
    """A consumer that polls in a thread of its own, as a living process does."""
    config: dict[str, Any] = {"bootstrap.servers": bootstrap, "group.id": group, "group.protocol": protocol}
    config |= {"client.id": client, "enable.auto.commit": False, "log_level": 2}
    config |= {"group.instance.id": instance} if instance else {}
    over = threading.Event()

    def run() -> None:
        consumer = Consumer(config)
        consumer.subscribe([topic])
        while not over.is_set():
            consumer.poll(0.05)
        consumer.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join(20)


def members(gateway, group):
    """Those who own something, once the group is stable."""
    found = gateway.groups.describe([group])[group]
    return [m for m in found.members if m.assignment] if getattr(found, "state", "") == "Stable" else []


def owners(gateway, group: str, good: Callable[[list[Member]], object]) -> list[Member]:
    """As soon as they are as they should be."""
    deadline = time.monotonic() + 20
    while not good(found := members(gateway, group)):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def of(count: int) -> Callable[[list[Member]], bool]:
    return lambda found: len(found) == count


def asked(user, cluster, group, member):
    return service.propose(user, cluster, "groups.remove_member", {"group": group, "member": member.id})


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_a_living_dynamic_member_goes_and_its_process_comes_back_which_is_said(
    user, cluster, gateway, bootstrap, a_topic, a_group, protocol
):
    topic = a_topic(2, 5)
    group = a_group(topic, 3, None)
    with reading(bootstrap, group, topic, protocol, "worker"):
        (member,) = owners(gateway, group, of(1))
        change = asked(user, cluster, group, member)
        plan = change.planned
        assert [(row.name, row.now, row.new, row.note) for row in plan.rows] == [
            (f"{topic}-0", "worker on 127.0.0.1", "nobody", "2 unread"),
            (f"{topic}-1", "worker on 127.0.0.1", "nobody", "lag not known"),
        ]
        assert "joins again within seconds" in plan.warnings[0]
        assert "the only member" in plan.warnings[-1]
        change = applied(user, change)
        assert change.state == State.DONE, change.reason
        owners(gateway, group, lambda found: [(m.id, m.epoch) for m in found] not in ([], [(member.id, member.epoch)]))
        said = change.reason or RemoveMember().later(gateway, plan, change.result)
        assert said == "worker on 127.0.0.1 is in the group again: the member is gone, its process lives."
        with pytest.raises(NoUndo):
            service.undo(user, change)


def test_a_static_member_whose_process_is_gone_hands_its_partitions_on_at_once(
    user, cluster, gateway, bootstrap, a_topic, a_group
):
    topic = a_topic(2, 1)
    group = a_group(topic, 1, 1)
    with reading(bootstrap, group, topic, "classic", "worker-b", "b"):
        with reading(bootstrap, group, topic, "classic", "worker-a", "a"):
            owners(gateway, group, of(2))
        gone = next(m for m in gateway.groups.describe([group])[group].members if m.instance_id == "a")
        assert gone.assignment  # it left without a word, and Kafka keeps its place
        change = asked(user, cluster, group, gone)
        assert "static member" in change.planned.warnings[0]
        assert change.planned.rows[0].now == "a" and change.planned.rows[0].new == "another member"
        assert applied(user, change).state == State.DONE
        (left,) = owners(gateway, group, lambda found: [m.assignment.get(topic) for m in found] == [(0, 1)])
        assert left.instance_id == "b"


def test_what_moved_since_the_plan_is_not_touched(user, cluster, gateway, bootstrap, a_topic, a_group):
    topic = a_topic(2, 1)
    group = a_group(topic, 1, 1)
    with reading(bootstrap, group, topic, "classic", "worker-a"):
        (first,) = owners(gateway, group, of(1))
        change = asked(user, cluster, group, first)
        with reading(bootstrap, group, topic, "classic", "worker-b"):
            owners(gateway, group, of(2))
            change = applied(user, change)
            assert change.state == State.STALE
            assert f"What worker-a on 127.0.0.1 owns was {topic}-0, {topic}-1" in change.reason
            assert len(owners(gateway, group, of(2))) == 2


def test_it_needs_a_right_of_its_own(cluster, gateway, a_topic, a_group):
    group = a_group(a_topic(1, 1), 1)
    with pytest.raises(NotAllowed):
        service.propose(a_user(cluster, "viewer"), cluster, "groups.remove_member", {"group": group, "member": "m"})
    with pytest.raises(BadParams, match="no such member any more"):
        service.propose(a_user(cluster, "operator"), cluster, "groups.remove_member", {"group": group, "member": "m"})


@pytest.fixture
def fake() -> FakeCluster:
    cluster = FakeCluster()
    cluster.mutate.create_topic("orders", 2)
    return cluster


def test_a_member_that_leaves_at_the_last_moment_is_refused_and_not_called_removed(fake):
    fake.joins("readers", "orders")
    plan = RemoveMember().plan(fake, Params("readers", "consumer-0"))
    fake.leaves("readers")
    assert "is not there now" in RemoveMember().moved(fake, plan)
    with pytest.raises(Refusal, match="left by itself"):
        RemoveMember().apply(fake, plan)


def test_a_member_that_is_still_there_is_not_called_removed(fake):
    fake.joins("readers", "orders")
    plan = RemoveMember().plan(fake, Params("readers", "consumer-0"))
    outcome = RemoveMember().verify(fake, plan, None)
    assert outcome.state == "failed"
    assert {row.why for row in outcome.rows} == {"the member is still in the group"}


def test_a_kip_848_member_that_came_back_under_its_old_id_was_removed_if_kafka_said_so(fake):
    fake.joins("readers", "orders", "consumer")
    kind = RemoveMember()
    plan = kind.plan(fake, Params("readers", "consumer-0"))
    (member,) = fake.all_groups["readers"].members
    applied = kind.apply(fake, plan)
    fake.all_groups["readers"].members = [replace(member, epoch=4)]
    outcome = kind.verify(fake, plan, applied)
    assert (outcome.state, "in the group again" in outcome.note) == ("done", True)
    assert kind.verify(fake, plan, None).state == "unknown"  # the worker died before it heard


def test_an_idle_member_can_be_removed_too(fake):
    fake.joins("readers", "orders")
    fake.joins("readers", "orders", instance="spare")
    fake.all_groups["readers"].members[1].assignment.clear()
    kind = RemoveMember()
    plan = kind.plan(fake, Params("readers", "consumer-1"))
    assert [(row.name, row.now, row.new) for row in plan.rows] == [("the member", "spare", None)]
    assert kind.verify(fake, plan, kind.apply(fake, plan)).state == "done"
    assert [m.id for m in fake.all_groups["readers"].members] == ["consumer-0"]


@pytest.mark.parametrize("kind", ["share", "streams"])
def test_a_kind_that_kafka_removes_no_member_from_is_refused(fake, kind):
    fake.joins("workers", "orders", kind)
    with pytest.raises(Refusal, match=f"no request that removes a member of a {kind} group"):
        RemoveMember().plan(fake, Params("workers", "consumer-0"))
