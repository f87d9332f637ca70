"""Kafka's own kafka-consumer-groups decides what a reset means: it and we reset twin groups, offset by offset.

The tool is given the very line that a plan offers to copy, so the line is proved as well. Where we mean to differ is
said in docs/operations.md and proved at the end of this file.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import TopicPartition as Theirs
from confluent_kafka.admin import AdminClient

from changes import service
from changes.models import State
from gateway import reset_file
from gateway.facts import Outgoing, TopicPartition
from tests.changes.people import applied

pytestmark = pytest.mark.django_db

#: Of three partitions with ten records each; the first three of partition 0 are deleted, the last of each is of today.
HELD = (4, None, 99)
HELD_BY_ALL = (4, 7, 99)
WAYS: list[tuple[dict[str, Any], tuple[int | None, ...]]] = [
    ({"to": "earliest"}, HELD),
    ({"to": "latest"}, HELD),
    ({"to": "current"}, HELD),
    ({"to": "offset", "value": 1}, HELD),
    ({"to": "offset", "value": 999}, HELD),
    ({"to": "shift", "value": -2}, HELD_BY_ALL),
    ({"to": "shift", "value": -100}, HELD_BY_ALL),
    ({"to": "time", "value": 1_700_000_004_500}, HELD),
    ({"to": "time", "value": 0}, HELD),
    ({"to": "time", "value": 4_000_000_000_000}, HELD),
    ({"to": "duration", "value": "1 day 2h 30m"}, HELD),
    ({"to": "file"}, HELD),
    ({"to": "group"}, HELD),
]


@pytest.fixture
def topic(gateway, bootstrap, a_topic) -> str:
    name: str = a_topic(3, 9)
    for partition in range(3):
        gateway.mutate.produce(Outgoing(name, b"k", b"now", partition=partition, timestamp=round(time.time() * 1000)))
    admin = AdminClient({"bootstrap.servers": bootstrap})  # dropped too early, it never answers
    for future in admin.delete_records([Theirs(name, 0, 3)]).values():
        future.result(10)
    return name


@pytest.fixture
def tool(oracle, bootstrap) -> Callable[[str], str]:
    return lambda rest: oracle.run(f"kafka-consumer-groups.sh --bootstrap-server {bootstrap} --reset-offsets {rest}")


@pytest.mark.parametrize(("params", "held"), WAYS, ids=[str(params["to"]) for params, _ in WAYS])
def test_the_copied_line_does_what_we_do(user, cluster, oracle, topic, a_group, committed, params, held):
    ours, twin = a_group(topic, *held), a_group(topic, *held)
    if params["to"] == "file":
        params = {"to": "file", "value": f"{topic},0,1\n{topic},1,8\n{topic},2,500\n"}
    if params["to"] == "group":
        params = {"to": "group", "value": a_group(topic, 6, 500, 0)}

    def plan(group: str):
        asked = {"group": group, "partitions": {topic: "all"}, **params}
        return service.propose(user, cluster, "groups.reset_offsets", asked)

    line = plan(twin).planned.as_command
    change = plan(ours)
    if change.planned.blocked:  # the tool writes what is there already once more
        assert change.planned.blocked.startswith("The group is there already")
    else:
        assert applied(user, change).state == State.DONE
    oracle.run(line)
    assert committed(ours) == committed(twin)
    assert committed(twin) == {row.facts["partition"]: row.new for row in change.planned.rows}


@pytest.mark.parametrize("scope", ["--all-topics", "--topic {topic}", "--topic {topic}:0,2"])
def test_each_scope_is_the_tools_and_its_export_is_read_as_it_is_written(
    user, cluster, tool, topic, a_group, committed, scope
):
    group = a_group(topic, *HELD)
    partitions = {"--all-topics": "all", "--topic {topic}": {topic: "all"}}.get(scope, {topic: [0, 2]})
    params = {"group": group, "to": "offset", "value": 8, "partitions": partitions}
    change = service.propose(user, cluster, "groups.reset_offsets", params)
    exported = tool(f"--group {group} {scope.format(topic=topic)} --to-offset 8 --dry-run --export")
    read = reset_file.parse(exported, group)
    assert not read.faults
    assert read.offsets == {TopicPartition(topic, row.facts["partition"]): row.new for row in change.planned.rows}
    assert committed(group) == {0: 4, 2: 99}, "a dry run of either changes nothing"


def test_a_file_for_many_groups_means_the_same_to_both(user, cluster, tool, oracle, topic, a_group, committed):
    first, second, ours = (a_group(topic, 4, 4, 4) for _ in range(3))
    file = tool(f"--group {first} --group {second} --topic {topic} --to-offset 8 --dry-run --export")
    assert set(reset_file.parse(file, first).others) == {second}
    (oracle.folder / "both.csv").write_text(file)
    tool(f"--group {first} --from-file both.csv --execute")
    params = {"group": ours, "to": "file", "value": file.replace(first, ours)}
    assert applied(user, service.propose(user, cluster, "groups.reset_offsets", params)).state == State.DONE
    assert committed(ours) == committed(first) == {0: 8, 1: 8, 2: 8}
    assert committed(second) == {0: 4, 1: 4, 2: 4}


def test_the_copied_line_of_a_skip_moves_one_partition_by_one(user, cluster, oracle, topic, a_group, committed):
    ours, twin = a_group(topic, 4, 4), a_group(topic, 4, 4)
    place = {"topic": topic, "partition": 1, "offset": 4}
    changes = [service.propose(user, cluster, "groups.skip_record", {"group": g, **place}) for g in (ours, twin)]
    assert applied(user, changes[0]).state == State.DONE
    oracle.run(changes[1].planned.as_command)
    assert committed(ours) == committed(twin) == {0: 4, 1: 5}


def test_where_the_tool_gives_up_we_leave_one_partition_out(user, cluster, tool, topic, a_group, committed):
    """Nothing is committed on partition 1: the tool then shifts nothing at all, we shift the others and say so."""
    ours, twin = a_group(topic, *HELD), a_group(topic, *HELD)
    with pytest.raises(AssertionError, match="Cannot shift offset"):
        tool(f"--group {twin} --topic {topic} --shift-by 1 --execute")
    assert committed(twin) == {0: 4, 2: 99}
    params = {"group": ours, "to": "shift", "value": 1, "partitions": {topic: "all"}}
    change = applied(user, service.propose(user, cluster, "groups.reset_offsets", params))
    assert committed(ours) == {0: 5, 2: 10}
    assert [row.name for row in change.planned.rows if row.facts.get("left_out")] == [f"{topic}-1"]
