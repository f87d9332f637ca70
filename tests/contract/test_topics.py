from __future__ import annotations

import pytest

from gateway.errors import KafkaFault, ReadOnly, Refused, TopicExists, UnknownTopic
from gateway.facts import LogDir, Outgoing, TopicPartition
from tests.contract.stages import Stage, eventually

NOWHERE = "contract-nowhere"


def test_a_new_topic_is_listed_with_its_partitions_and_an_id(stage: Stage, topic: str) -> None:
    found = stage.cluster.topics.list()[topic]
    assert [p.id for p in found.partitions] == [0, 1, 2]
    assert {p.leader for p in found.partitions} == set(stage.brokers)
    assert all(p.replicas == p.isr == (p.leader,) for p in found.partitions)
    assert found.id
    assert not found.internal
    assert stage.cluster.topics.describe(topic) == found


def test_a_topic_made_anew_has_another_id(stage: Stage, topic: str) -> None:
    before = stage.cluster.topics.list()[topic].id
    stage.cluster.mutate.delete_topic(topic)
    eventually(lambda: topic not in stage.cluster.topics.list())
    stage.cluster.mutate.create_topic(topic, 1, 1)
    eventually(lambda: stage.cluster.topics.list().get(topic) is not None)
    assert stage.cluster.topics.list()[topic].id != before


def test_looking_at_an_unknown_topic_says_so_and_creates_nothing(stage: Stage) -> None:
    with pytest.raises(UnknownTopic):
        stage.cluster.topics.describe(NOWHERE)
    assert isinstance(stage.cluster.topics.config([NOWHERE])[NOWHERE], UnknownTopic)
    with pytest.raises(UnknownTopic):
        stage.cluster.mutate.produce(Outgoing(NOWHERE, b"k", b"v"))
    tp = TopicPartition(NOWHERE, 0)
    assert stage.cluster.offsets.ends([tp]) == {tp: UnknownTopic()}
    assert NOWHERE not in stage.cluster.topics.list()


def test_it_refuses_a_second_topic_of_the_same_name(stage: Stage, topic: str) -> None:
    with pytest.raises(TopicExists):
        stage.cluster.mutate.create_topic(topic, 1, 1)


def test_trying_a_topic_out_creates_nothing(stage: Stage) -> None:
    stage.cluster.mutate.create_topic("contract-tried", 1, 1, {"retention.ms": "5"}, validate_only=True)
    assert "contract-tried" not in stage.cluster.topics.list()


@pytest.mark.parametrize(
    ("replication", "config", "sentence"),
    [
        (1, {"retention.ms": "soon"}, "Invalid value soon for configuration retention.ms: Not a number of type LONG"),
        (1, {"retension.ms": "1"}, "Unknown topic config name: retension.ms"),
        (9, {}, "Unable to replicate the partition 9 time(s)"),
    ],
)
def test_a_refusal_is_said_in_the_brokers_own_words(
    stage: Stage, replication: int, config: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        stage.cluster.mutate.create_topic("contract-refused", 1, replication, config)
    assert sentence in str(refused.value)
    assert "contract-refused" not in stage.cluster.topics.list()


def test_deleting_an_unknown_topic_says_so(stage: Stage) -> None:
    with pytest.raises(UnknownTopic):
        stage.cluster.mutate.delete_topic(NOWHERE)


def config_of(stage: Stage, topic: str, key: str) -> tuple[str | None, str]:
    entries = stage.cluster.topics.config([topic])[topic]
    assert not isinstance(entries, KafkaFault)
    assert [e.name for e in entries] == sorted(e.name for e in entries)
    return next((e.value, e.source) for e in entries if e.name == key)


def test_config_changes_name_by_name_and_returns_to_its_default(stage: Stage, topic: str) -> None:
    alter = stage.cluster.mutate.alter_topic_config
    assert config_of(stage, topic, "retention.ms") == ("604800000", "default")
    alter(topic, {"retention.ms": "70000", "retention.bytes": "9"})
    alter(topic, {"retention.bytes": "10"}, ["retention.ms"])
    eventually(lambda: config_of(stage, topic, "retention.bytes") == ("10", "dynamic-topic"))
    assert config_of(stage, topic, "retention.ms") == ("604800000", "default")


def test_it_refuses_a_bad_config_and_changes_nothing(stage: Stage, topic: str) -> None:
    with pytest.raises(Refused, match=r"Invalid value x for configuration retention\.ms"):
        stage.cluster.mutate.alter_topic_config(topic, {"retention.ms": "x", "retention.bytes": "9"})
    stage.cluster.mutate.alter_topic_config(topic, {"retention.ms": "5"}, validate_only=True)
    assert config_of(stage, topic, "retention.ms") == ("604800000", "default")
    assert config_of(stage, topic, "retention.bytes") == ("-1", "default")
    with pytest.raises(UnknownTopic):
        stage.cluster.mutate.alter_topic_config(NOWHERE, {"retention.ms": "5"})


def test_a_record_lands_where_it_says(stage: Stage, topic: str) -> None:
    delivered = [stage.cluster.mutate.produce(Outgoing(topic, b"k", value, partition=1)) for value in (b"v", None)]
    assert [(d.topic, d.partition, d.offset) for d in delivered] == [(topic, 1, 0), (topic, 1, 1)]
    tps = [TopicPartition(topic, n) for n in range(3)]
    assert stage.cluster.offsets.ends(tps) == dict(zip(tps, (0, 2, 0), strict=True))
    assert stage.cluster.offsets.starts(tps) == dict.fromkeys(tps, 0)


def test_equal_keys_share_a_partition(stage: Stage, topic: str) -> None:
    records = [Outgoing(topic, b"key", b"v", (("h", b"1"), ("none", None))) for _ in range(3)]
    assert len({stage.cluster.mutate.produce(record).partition for record in records}) == 1


def test_it_finds_the_first_offset_at_or_after_a_time(stage: Stage, topic: str) -> None:
    now = 1_750_000_000_000
    for at in (now, now + 1000, now + 2000):
        stage.cluster.mutate.produce(Outgoing(topic, b"k", b"v", partition=0, timestamp=at))
    tp, empty = TopicPartition(topic, 0), TopicPartition(topic, 1)
    for_time = stage.cluster.offsets.for_time
    assert for_time([tp, empty], now + 500) == {tp: 1, empty: None}
    assert for_time([tp], now + 1000) == {tp: 1}
    assert for_time([tp], now + 2001) == {tp: None}
    assert for_time([tp], -5) == {tp: 0}


def test_an_unknown_partition_hides_no_healthy_one(stage: Stage, topic: str) -> None:
    good, bad = TopicPartition(topic, 0), TopicPartition(topic, 7)
    assert stage.cluster.offsets.ends([good, bad]) == {good: 0, bad: UnknownTopic()}
    assert stage.cluster.offsets.starts([]) == {}


def test_a_read_only_cluster_changes_nothing(stage: Stage) -> None:
    with pytest.raises(ReadOnly, match="read-only"):
        stage.read_only.mutate.delete_topic(NOWHERE)
    assert isinstance(stage.read_only.topics.list(), dict)


def test_the_brokers_tell_who_they_are(stage: Stage) -> None:
    info = stage.cluster.brokers.info()
    assert info.cluster_id
    assert tuple(broker.id for broker in info.brokers) == stage.brokers
    assert stage.cluster.brokers.version()
    quorum = stage.cluster.brokers.quorum()
    assert quorum.leader in quorum.voters


def test_a_log_directory_tells_the_size_of_its_replicas(stage: Stage, topic: str) -> None:
    def stored() -> list[LogDir]:
        return [found for broker in stage.brokers for found in stage.cluster.brokers.log_dirs(broker)]

    eventually(lambda: {tp.partition for d in stored() for tp in d.replicas if tp.topic == topic} == {0, 1, 2})
    for found in stored():
        assert found.error is None
        assert found.usable_bytes is not None
        assert found.total_bytes is not None
        assert found.usable_bytes <= found.total_bytes


def test_broker_config_tells_sources_and_hides_secrets(stage: Stage) -> None:
    entries = stage.cluster.brokers.config(1)
    assert {"default"} <= {e.source for e in entries}
    assert all(e.value is None for e in entries if e.sensitive)
