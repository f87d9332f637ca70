from __future__ import annotations

import time

from gateway.errors import UnknownTopic
from gateway.facts import TopicPartition
from gateway.offsets_log import TOPIC
from tests.contract.stages import Stage, eventually

NOWHERE = TopicPartition("contract-nowhere", 0)


def ids(answer: object) -> set[int]:
    assert isinstance(answer, tuple)
    return {wrote.producer for wrote in answer}


def test_a_partition_nobody_wrote_to_has_no_producers_and_one_that_is_not_there_says_so(stage: Stage, topic: str):
    tp = TopicPartition(topic, 0)
    producers = stage.cluster.producers
    assert producers.remembered([tp, NOWHERE]) == {tp: (), NOWHERE: UnknownTopic()}
    assert producers.remembered([]) == {}
    assert producers.names([]) == ({}, ()) and producers.groups([], 1) == ({}, ())


def test_a_producer_without_a_name_is_remembered_by_its_number(stage: Stage, topic: str) -> None:
    written, other = TopicPartition(topic, 0), TopicPartition(topic, 1)
    stage.producer(written)
    stage.producer(written)
    found = stage.cluster.producers.remembered([written, other])
    assert found[other] == ()
    [wrote, *_] = found[written]
    assert (wrote.epoch, wrote.transactional, wrote.begins) == (0, False, None)
    assert wrote.sequence >= 0 and abs(wrote.at - time.time() * 1000) < 60_000
    assert stage.cluster.producers.names(ids(found[written])) == ({}, ())


def test_an_open_transaction_is_told_with_where_it_begins(stage: Stage, topic: str) -> None:
    tp = TopicPartition(topic, 0)
    with stage.transaction(tp) as name:
        [wrote] = stage.cluster.producers.remembered([tp])[tp]
        assert (wrote.transactional, wrote.begins) == (True, 0)
        assert stage.cluster.producers.names([wrote.producer]) == ({wrote.producer: name}, ())


def test_a_program_that_commits_in_its_transactions_is_known_by_name_and_group(
    stage: Stage, topic: str, group: str
) -> None:
    tp = TopicPartition(topic, 2)
    name = stage.program(group, tp)
    every = stage.cluster.topics.list()
    partitions = len(every[TOPIC].partitions) if TOPIC in every else 1
    producers = stage.cluster.producers
    [wrote] = producers.remembered([tp])[tp]
    assert producers.names([wrote.producer]) == ({wrote.producer: name}, ())
    eventually(lambda: producers.groups([wrote.producer, 10**9], partitions) == ({wrote.producer: group}, ()))
