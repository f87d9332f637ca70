"""The other kinds on a real broker: topics made, deleted and configured, records produced, groups deleted."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import suppress

import pytest

from changes import service
from changes.errors import BadParams, NotAllowed, NotTyped, NoUndo
from changes.models import Change, State
from gateway.errors import KafkaFault, UnknownTopic
from gateway.facts import Outgoing, TopicPartition
from tests.changes.people import applied
from topics.changes.facts import id_now, until

pytestmark = pytest.mark.django_db


@pytest.fixture
def name(gateway) -> Iterator[str]:
    """Of a topic that is not there yet."""
    free = f"changes-{uuid.uuid4().hex[:8]}"
    yield free
    with suppress(KafkaFault):
        gateway.mutate.delete_topic(free)


def created(user, cluster, name, **params):
    return applied(user, service.propose(user, cluster, "topics.create", {"topic": name, **params}))


def test_a_topic_is_created_as_planned_and_undone_while_it_is_empty(user, cluster, gateway, name):
    change = created(user, cluster, name, partitions=3, config={"retention.ms": "3600000"})
    assert change.state == State.DONE, change.reason
    assert len(gateway.topics.describe(name).partitions) == 3
    back = applied(user, service.undo(user, change))
    assert back.state == State.DONE
    with pytest.raises(UnknownTopic):
        gateway.topics.describe(name)


def test_a_created_topic_with_records_is_not_undone(user, cluster, gateway, name):
    change = created(user, cluster, name)
    gateway.mutate.produce(Outgoing(name, None, b"v"))
    with pytest.raises(BadParams, match="not empty any more"):
        service.undo(user, change)


def test_a_record_that_arrives_before_the_undo_is_applied_stops_it(user, cluster, gateway, name):
    back = service.undo(user, created(user, cluster, name))
    gateway.mutate.produce(Outgoing(name, None, b"v"))
    assert applied(user, back).state == State.STALE
    assert gateway.topics.describe(name)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"topic": "a/b"}, "letters, digits, dots"),
        ({"topic": ".."}, "can't be called"),
        ({"topic": "x" * 250}, "1 to 249"),
        ({"topic": "ok", "partitions": 0}, "at least one partition"),
        ({"topic": "changes-ok", "replication": 9}, "Kafka would not create it: .*[Rr]eplication"),
        ({"topic": "changes-ok", "config": {"retention.ms": "soon"}}, "Kafka would not create it: .*retention.ms"),
        ({"topic": "changes-ok", "config": {"no.such": "1"}}, "no.such"),
        ({"topic": 7}, "str"),
    ],
)
def test_a_topic_that_kafka_would_not_take_is_refused_in_its_own_words(user, cluster, params, said):
    with pytest.raises(BadParams, match=said):
        service.propose(user, cluster, "topics.create", params)


def test_a_topic_that_exists_is_refused(user, cluster, a_topic):
    topic = a_topic(1, 0)
    with pytest.raises(BadParams, match=f"There is a topic {topic} already"):
        service.propose(user, cluster, "topics.create", {"topic": topic})


def test_deleting_a_topic_says_what_goes_and_asks_for_its_name(user, cluster, gateway, a_topic, a_group):
    topic = a_topic(2, 5)
    group = a_group(topic, 1)
    change = service.propose(user, cluster, "topics.delete", {"topic": topic})
    assert change.planned.figures[0].value == "10"
    assert group in change.planned.warnings[0]
    with pytest.raises(NotTyped):
        service.confirm(user, change, "something else")
    assert applied(user, change).state == State.DONE
    assert until(lambda: id_now(gateway, topic), lambda seen: seen is None) is None
    with pytest.raises(NoUndo, match="no way back"):
        service.undo(user, change)


def test_a_topic_made_anew_since_the_plan_is_not_deleted(user, cluster, gateway, a_topic):
    topic = a_topic(1, 1)
    change = service.propose(user, cluster, "topics.delete", {"topic": topic})
    gateway.mutate.delete_topic(topic)
    until(lambda: id_now(gateway, topic), lambda seen: seen is None)
    gateway.mutate.create_topic(topic, 1, 1, {})
    until(lambda: id_now(gateway, topic), bool)
    assert applied(user, change).state == State.STALE
    assert gateway.topics.describe(topic)


@pytest.mark.parametrize("kind", ["topics.delete", "topics.alter_config", "topics.produce"])
def test_kafkas_own_topics_are_locked_and_the_attempt_is_kept(user, cluster, a_topic, a_group, kind):
    a_group(a_topic(1, 1), 1)  # makes __consumer_offsets
    params = {"topics.alter_config": {"set": {"retention.ms": "1"}}, "topics.produce": {"value": "x"}}.get(kind, {})
    with pytest.raises(NotAllowed, match="Kafka's own"):
        service.propose(user, cluster, kind, {"topic": "__consumer_offsets", **params})
    assert Change.objects.get(kind=kind).state == State.REFUSED


def test_settings_change_and_go_back_to_what_they_were(user, cluster, gateway, a_topic):
    topic = a_topic(1, 0, **{"retention.ms": "7200000"})
    params = {"topic": topic, "set": {"retention.ms": "3600000", "max.message.bytes": "2000000"}}
    change = applied(user, service.propose(user, cluster, "topics.alter_config", params))
    assert change.state == State.DONE, change.reason
    assert {row.name: (row.now, row.new) for row in change.planned.rows}["retention.ms"] == ("7200000", "3600000")
    assert applied(user, service.undo(user, change)).state == State.DONE
    found = {entry.name: entry for entry in gateway.topics.config([topic])[topic]}
    assert (found["retention.ms"].value, found["retention.ms"].source) == ("7200000", "dynamic-topic")
    assert found["max.message.bytes"].source == "default"


def test_shorter_retention_says_how_many_records_would_go(user, cluster, gateway, name):
    gateway.mutate.create_topic(name, 1, 1, {"retention.ms": "-1"})
    old = int(time.time() * 1000) - 10 * 86_400_000
    for number in range(3):
        gateway.mutate.produce(Outgoing(name, None, b"v", partition=0, timestamp=old + number))
    gateway.mutate.produce(Outgoing(name, None, b"v", partition=0))
    params = {"topic": name, "set": {"retention.ms": "86400000"}}
    change = service.propose(user, cluster, "topics.alter_config", params)
    assert change.planned.warnings[0].startswith("About 3 records older than 1 d will be deleted")


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"set": {"no.such": "1"}}, "no.such is not a setting"),
        ({"set": {"retention.ms": "soon"}}, "Kafka would not take it"),
        ({"set": {"retention.ms": "-1"}}, "has these settings already"),
        ({"set": {"retention.ms": "1"}, "unset": ["retention.ms"]}, "at once"),
    ],
)
def test_settings_that_make_no_sense_are_refused(user, cluster, a_topic, params, said):
    with pytest.raises(BadParams, match=said):
        service.propose(user, cluster, "topics.alter_config", {"topic": a_topic(1, 0), **params})


def test_a_record_is_produced_once_and_its_offset_read_back(user, cluster, gateway, a_topic):
    topic = a_topic(1, 3)
    params = {"topic": topic, "key": "k", "value": "it's ü", "headers": [["a", "b"]], "partition": 0}
    change = applied(user, service.propose(user, cluster, "topics.produce", params))
    assert change.state == State.DONE, change.reason
    assert change.result.facts == {"partition": 0, "offset": 3}
    assert gateway.offsets.ends([TopicPartition(topic, 0)])[TopicPartition(topic, 0)] == 4
    with pytest.raises(NoUndo, match="no way back"):
        service.undo(user, change)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"value": "%%%", "value_encoding": "base64"}, "The value is not base64"),
        ({"value": "v", "partition": 9}, "has no partition 9"),
        ({"value": "a\0b"}, "NUL"),
        ({"value": "\ud800"}, "surrogate"),
    ],
)
def test_a_record_that_cannot_be_written_is_refused(user, cluster, a_topic, params, said):
    with pytest.raises(BadParams, match=said):
        service.propose(user, cluster, "topics.produce", {"topic": a_topic(1, 0), **params})


def test_a_tombstone_needs_a_key_on_a_compacted_topic(user, cluster, gateway, a_topic):
    topic = a_topic(1, 0, **{"cleanup.policy": "compact"})
    change = applied(
        user, service.propose(user, cluster, "topics.produce", {"topic": topic, "key": "k", "value": None})
    )
    assert change.state == State.DONE
    bare = service.propose(user, cluster, "topics.produce", {"topic": topic, "value": "v"})
    assert "without a key" in bare.planned.warnings[0]
    assert applied(user, bare).state == State.FAILED


def test_an_empty_group_is_deleted_and_comes_back_with_its_offsets(user, cluster, gateway, a_topic, a_group, committed):
    group = a_group(a_topic(), 4, 6)
    change = applied(user, service.propose(user, cluster, "groups.delete_group", {"group": group}))
    assert change.state == State.DONE, change.reason
    assert group not in gateway.groups.list()[0]
    assert applied(user, service.undo(user, change)).state == State.DONE
    assert committed(group) == {0: 4, 1: 6}
