"""Exactly one record is skipped, and its copy is safe before the group moves: on a real broker, with a real reader."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import Consumer
from confluent_kafka import TopicPartition as Theirs
from django.test import Client
from django.urls import reverse

from access.models import Binding
from changes import armed, run, service, sweeping
from changes.errors import BadParams, Blocked, NotAllowed, NoUndo
from changes.models import Change, State
from clusters.tasks import poll_and_publish
from gateway.errors import GroupNotEmpty, Refused, TimedOut
from gateway.facts import Outgoing, TopicPartition
from tests.changes.people import a_member, a_user, applied
from tests.transactions import Writer

pytestmark = pytest.mark.django_db

HEADERS = (("trace", b"\xff\x00"), ("trace", None), ("ä", b""))


@pytest.fixture
def source(gateway, a_topic) -> str:
    """Offsets 0 to 4 in one partition; the one at 2 is the poison."""
    topic = a_topic(1, 2)
    gateway.mutate.produce(Outgoing(topic, b"\x00key", b"\xfe\xffpoison", HEADERS, 0, 1_700_000_000_123))
    for n in (3, 4):
        gateway.mutate.produce(Outgoing(topic, b"k", b"v%d" % n, partition=0))
    return topic


@pytest.fixture
def ask(user, cluster, source):
    def ask(group: str, offset: int = 2, **params: Any) -> Change:
        asked = {"group": group, "topic": source, "partition": 0, "offset": offset, **params}
        return service.propose(user, cluster, "groups.skip_record", asked)

    return ask


def records_in(bootstrap: str, topic: str) -> list[Any]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "looks", "enable.auto.commit": False})
    low, high = consumer.get_watermark_offsets(Theirs(topic, 0), 10)
    consumer.assign([Theirs(topic, 0, low)])
    found = consumer.consume(high - low, 20) if high > low else []
    consumer.close()
    return found


def states(change: Change) -> dict[str, str]:
    return {row.name: row.state for row in change.result.rows}


def test_one_record_is_skipped_and_the_skip_taken_back(user, ask, a_group, committed, source):
    group = a_group(source, 2)
    change = ask(group)
    (row,) = change.planned.rows
    assert (row.now, row.new, row.effect, row.note) == (2, 3, "skips 1", "")
    assert change.planned.as_command.endswith(f"--reset-offsets --topic {source}:0 --to-offset 3 --execute")
    assert applied(user, change).state == State.DONE
    assert committed(group) == {0: 3}
    assert applied(user, service.undo(user, change)).state == State.DONE
    assert committed(group) == {0: 2}


def test_the_copy_is_byte_for_byte_and_says_where_it_came_from(
    user, ask, bootstrap, a_topic, a_group, committed, source
):
    dead, group = a_topic(1, 0), a_group(source, 2)
    change = applied(user, ask(group, copy_to=dead))
    assert change.state == State.DONE, change.reason
    assert committed(group) == {0: 3}
    (copy,) = records_in(bootstrap, dead)
    assert (copy.key(), copy.value()) == (b"\x00key", b"\xfe\xffpoison")
    origin = {"topic": source, "partition": 0, "offset": 2, "group": group, "timestamp": 1_700_000_000_123}
    marks = [(f"highwater.origin.{name}", str(value).encode()) for name, value in origin.items()]
    assert copy.headers() == [*HEADERS, *marks]
    assert [row.found for row in change.result.rows] == [f"{dead}-0 offset 0", 3]
    assert change.planned.as_command == "", "no tool of Kafka's does both"


@pytest.mark.parametrize(("key", "value"), [(None, None), (b"", b""), (None, b"x" * 900_000)])
def test_null_and_empty_are_not_the_same_in_a_copy(user, cluster, gateway, bootstrap, a_topic, a_group, key, value):
    topic, dead = a_topic(1, 0), a_topic(1, 0)
    gateway.mutate.produce(Outgoing(topic, key, value, partition=0))
    params = {"group": a_group(topic, 0), "topic": topic, "partition": 0, "offset": 0, "copy_to": dead}
    assert applied(user, service.propose(user, cluster, "groups.skip_record", params)).state == State.DONE
    (copy,) = records_in(bootstrap, dead)
    assert (copy.key(), copy.value()) == (key, value)


def test_nothing_moves_when_the_copy_is_refused(user, ask, gateway, a_topic, a_group, committed, source, monkeypatch):
    dead, group = a_topic(1, 0), a_group(source, 2)
    change = ask(group, copy_to=dead)

    def refuse(record: Outgoing) -> None:
        raise Refused("Message size too large.")

    monkeypatch.setattr(gateway.mutate, "produce", refuse)
    assert applied(user, change).state == State.REFUSED
    assert "The copy was not written: Message size too large. Nothing was changed." in change.reason
    assert committed(group) == {0: 2}


@pytest.mark.parametrize("arrived", [False, True])
def test_a_copy_that_may_be_there_is_said_and_nothing_moves(
    user, ask, gateway, bootstrap, a_topic, a_group, committed, source, monkeypatch, arrived
):
    dead, group = a_topic(1, 3), a_group(source, 2)
    change, real = ask(group, copy_to=dead), gateway.mutate.produce

    def silent(record: Outgoing) -> None:
        if arrived:
            real(record)
        raise TimedOut("Kafka did not acknowledge the record in time. It may still arrive.")

    monkeypatch.setattr(gateway.mutate, "produce", silent)
    assert applied(user, change).state == State.UNKNOWN
    assert committed(group) == {0: 2}
    copy, move = change.result.rows
    assert (move.state, move.why) == ("failed", "it is not certain that the copy was written")
    assert ("It may be there: look at" in copy.why) == arrived
    past = change.started_at - sweeping.timedelta(seconds=run.DEAD_AFTER + 1)
    Change.objects.filter(pk=change.pk).update(started_at=past)
    sweeping.sweep()
    change.refresh_from_db()
    assert change.state == (State.UNKNOWN if arrived else State.FAILED)
    assert committed(group) == {0: 2}
    assert len(records_in(bootstrap, dead)) == (4 if arrived else 3), "never written a second time"


def test_a_move_that_fails_after_the_copy_is_tried_again_without_another(
    user, ask, gateway, bootstrap, a_topic, a_group, committed, source, monkeypatch
):
    dead, group = a_topic(1, 0), a_group(source, 2)
    with monkeypatch.context() as patch:
        patch.setattr(
            gateway.mutate, "alter_offsets", lambda name, offsets: dict.fromkeys(offsets, GroupNotEmpty("in use"))
        )
        change = applied(user, ask(group, copy_to=dead))
    assert change.state == State.PARTLY
    assert states(change) == {f"copy in {dead}": "ok", f"{source}-0": "failed"}
    with pytest.raises(NoUndo):
        service.undo(user, change)
    again = service.retry(user, change)
    assert [row.name for row in again.planned.rows] == [f"{source}-0"]
    assert applied(user, again).state == State.DONE
    assert committed(group) == {0: 3}
    assert len(records_in(bootstrap, dead)) == 1


@pytest.mark.parametrize("done", ["nothing", "copied", "moved"])
def test_a_worker_that_dies_in_between_is_looked_up_and_nothing_is_repeated(
    user, ask, gateway, bootstrap, a_topic, a_group, committed, source, monkeypatch, done
):
    dead, group = a_topic(1, 0), a_group(source, 2)
    change = ask(group, copy_to=dead)
    service.confirm(user, change, change.target)
    Change.objects.filter(pk=change.pk).update(
        state=State.RUNNING, started_at=change.created_at - sweeping.timedelta(minutes=5)
    )
    if done != "nothing":
        gateway.mutate.produce(Outgoing(dead, b"\x00key", b"\xfe\xffpoison", HEADERS))
    if done == "moved":
        gateway.mutate.alter_offsets(group, {TopicPartition(source, 0): 3})
    sweeping.sweep()
    change.refresh_from_db()
    assert change.state == {"nothing": State.FAILED, "copied": State.UNKNOWN, "moved": State.DONE}[done]
    assert committed(group) == {0: 3 if done == "moved" else 2}
    assert len(records_in(bootstrap, dead)) == (0 if done == "nothing" else 1)


def test_offsets_that_hold_no_record_are_passed_over(user, cluster, ask, bootstrap, a_topic, a_group, committed):
    """An aborted record and its marker at 0 and 1, then a committed record at 2."""
    topic = a_topic(1, 0)
    writer = Writer(bootstrap, topic)
    writer.write("aborted", end="abort")
    writer.write("kept", end="commit")
    group = a_group(topic, 0)
    change = ask(group, 0, topic=topic)
    assert "Offsets 0 to 1 hold no committed record" in change.planned.rows[0].note
    assert applied(user, change).state == State.DONE
    assert committed(group) == {0: 3}
    writer.write("open")
    with pytest.raises(BadParams, match="in a transaction that is open or was aborted"):
        ask(a_group(topic, 4), 4, topic=topic)
    writer.end("abort")


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"offset": 1}, "stands at offset 2 of .*, not at 1: look again."),
        ({"partition": 7}, "has committed nothing on"),
        ({"copy_to": "changes-nowhere"}, "There is no topic changes-nowhere. Create it first."),
        ({"copy_to": "__consumer_offsets"}, "one of Kafka's own topics"),
        ({"copy_to": "{source}"}, "can't go into the topic from which the record is skipped"),
    ],
)
def test_nonsense_gets_one_clear_sentence(ask, a_group, source, params, said):
    given = {name: value.format(source=source) if isinstance(value, str) else value for name, value in params.items()}
    with pytest.raises(BadParams, match=said):
        ask(a_group(source, 2), **given)


def test_at_the_end_there_is_nothing_to_skip(ask, a_group, source):
    with pytest.raises(BadParams, match="There is no record at offset 5"):
        ask(a_group(source, 5), 5)


def test_a_copy_needs_the_right_to_read_there_and_to_write_here(cluster, a_topic, a_group, source):
    dead, group = a_topic(1, 0), a_group(source, 2)
    somebody = a_user(cluster, "operator", group)
    params = {"group": group, "topic": source, "partition": 0, "offset": 2, "copy_to": dead}
    for lacking, name, role in (("records.read", source, "viewer"), ("records.produce", dead, "operator")):
        with pytest.raises(NotAllowed, match=rf"\({lacking}\) for {name}\."):
            service.propose(somebody, cluster, "groups.skip_record", params)
        Binding.objects.create(user=somebody, role=role, cluster=cluster, names=name)
        from access import policy

        policy.forget(somebody.pk)
    assert service.propose(somebody, cluster, "groups.skip_record", params).state == State.PLANNED


@pytest.mark.parametrize("moved", [False, True])
def test_a_skip_waits_for_a_group_in_use_and_passes_no_other_record_over(
    user, ask, gateway, bootstrap, a_topic, a_group, committed, source, moved
):
    dead, group = a_topic(1, 0), a_group(source, 2)
    with a_member(bootstrap, group, source):
        change = ask(group, copy_to=dead)
        assert change.planned.blocked.startswith("1 member is still in the group")
        with pytest.raises(Blocked):
            service.confirm(user, change, group)
        armed.arm(user, change, 60)
        armed.attempt(change.pk)
        assert records_in(bootstrap, dead) == []
    if moved:  # the consumers got past it by themselves
        gateway.mutate.alter_offsets(group, {TopicPartition(source, 0): 4})
    armed.attempt(change.pk)
    change.refresh_from_db()
    assert change.state == (State.STALE if moved else State.DONE), change.reason
    assert committed(group) == {0: 4 if moved else 3}
    assert len(records_in(bootstrap, dead)) == (0 if moved else 1)


def test_the_pages_lead_from_the_record_to_the_plan(user, cluster, a_topic, a_group, source):
    group = a_group(source, 2)
    poll_and_publish(cluster)
    person = Client()
    person.force_login(user)
    url = reverse("groups:skip", args=[cluster.slug, group, source, 0, 2])
    record = reverse("records:record", args=[cluster.slug, source, 0, 2])
    asked = person.get(url).content.decode()
    assert f'data-record="{record}"' in asked
    wrong = person.post(url, {"copy_to": "changes-nowhere"})
    assert wrong.status_code == 422
    assert (
        "There is no topic changes-nowhere" in wrong.content.decode()
        and 'value="changes-nowhere"' in wrong.content.decode()
    )
    planned = person.post(url, {"copy_to": ""})
    page = person.get(planned.url).content.decode()
    assert f'data-record="{record}"' in page and "Skip it" in page
