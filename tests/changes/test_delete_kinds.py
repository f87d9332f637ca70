"""Deleting groups of other kinds; tests/contract proves that Kafka deletes them by the same request."""

from __future__ import annotations

import msgspec
import pytest

from changes.kind import Refusal
from groups.changes.delete_group import DeleteGroup, Params
from tests.fake_cluster import FakeCluster


@pytest.fixture
def fake() -> FakeCluster:
    cluster = FakeCluster()
    cluster.mutate.create_topic("orders", 2)
    return cluster


def test_an_empty_share_group_is_deleted_and_nothing_is_promised_to_come_back(fake):
    fake.joins("workers", "orders", "share")
    fake.leaves("workers")
    kind = DeleteGroup()
    plan = kind.with_command(kind.plan(fake, Params("workers")), "--bootstrap-server kafka:9092")
    assert "begins by share.auto.offset.reset" in plan.no_undo
    assert plan.as_command == "kafka-share-groups.sh --bootstrap-server kafka:9092 --delete --group workers"
    outcome = kind.verify(fake, plan, kind.apply(fake, plan))
    assert (outcome.state, kind.undo(plan, outcome)) == ("done", None)


def test_a_share_group_with_members_is_blocked_and_does_not_wait(fake):
    fake.joins("workers", "orders", "share")
    plan = DeleteGroup().plan(fake, Params("workers"))
    assert "still in the group" in plan.blocked
    assert plan.rule == ""


def test_a_streams_group_is_left_to_the_tool_that_takes_its_internal_topics_along(fake):
    fake.joins("app", "orders", "streams")
    fake.leaves("app")
    with pytest.raises(Refusal, match=r"kafka-streams-groups\.sh --delete"):
        DeleteGroup().plan(fake, Params("app"))


def test_a_group_without_commits_of_any_other_kind_is_deleted_by_the_usual_tool(fake):
    fake.joins("workers", "orders")
    fake.leaves("workers")
    plan = DeleteGroup().plan(fake, Params("workers"))
    assert DeleteGroup().as_command(msgspec.structs.replace(plan, connect="-x")).startswith("kafka-consumer-groups.sh")
