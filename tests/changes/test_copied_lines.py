"""The lines to copy of the other kinds, given to Kafka's own tool: it does to twin groups what we would have done."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from changes import service
from gateway.facts import TopicPartition
from groups import keeping

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic(a_topic) -> str:
    return a_topic()


@pytest.fixture
def line(user, cluster):
    def of(kind: str, **params: Any) -> str:
        return service.propose(user, cluster, f"groups.{kind}", params).planned.as_command

    return of


def test_groups_are_deleted(oracle, gateway, line, topic, a_group):
    one, two, three = (a_group(topic, 1, 1) for _ in range(3))
    oracle.run(line("delete_group", group=one))
    assert one not in gateway.groups.list()[0]
    oracle.run(line("delete_groups", groups=[two, three]))
    assert not {two, three} & set(gateway.groups.list()[0])


def test_offsets_are_deleted(oracle, line, topic, a_topic, a_group, gateway):
    other, group = a_topic(1, 1), a_group(topic, 1, 2)
    gateway.mutate.alter_offsets(group, {TopicPartition(other, 0): 1})
    oracle.run(line("delete_offsets", group=group, partitions={topic: [1], other: "all"}))
    assert {tp.partition: c.offset for tp, c in gateway.offsets.committed([group])[group].items()} == {0: 1}


def test_groups_are_made(oracle, gateway, line, topic, committed):
    single, many = "changes-made, with a comma", {f"changes-made-{n}": {topic: {"0": n, "1": 5}} for n in range(2)}
    oracle.run(line("create_group", group=single, to="offset", value=3, partitions={topic: [1]}))
    oracle.run(line("restore_groups", groups=many))
    assert committed(single) == {1: 3}
    assert [committed(name) for name in many] == [{0: 0, 1: 5}, {0: 1, 1: 5}]
    for name in (single, *many):
        gateway.mutate.delete_group(name)


def test_the_csv_of_a_bookmark_is_read_by_the_tool_and_written_alike(
    oracle, user, cluster, bootstrap, topic, a_group, committed
):
    group, twin = a_group(topic, 4, 6), a_group(topic, 0, 0)
    bookmark, person = keeping.named(user, cluster, group, ""), Client()
    person.force_login(user)
    text = person.get(reverse("groups:bookmark_csv", args=[cluster.slug, group, bookmark.pk])).content.decode()
    (oracle.folder / "saved.csv").write_text(text)
    tool = f"kafka-consumer-groups.sh --bootstrap-server {bootstrap} --group {twin} --reset-offsets"
    oracle.run(f"{tool} --from-file saved.csv --execute")
    assert committed(twin) == {0: 4, 1: 6}
    exported = oracle.run(f"{tool} --all-topics --to-current --export --dry-run")
    assert sorted(exported.split()) == sorted(text.split())
