from __future__ import annotations

import time

from gateway.errors import UnknownTopic
from gateway.facts import Outgoing, TopicPartition, Writing
from tests.contract.stages import Stage, eventually

NOWHERE = TopicPartition("contract-nowhere", 0)


def test_without_a_transaction_everything_is_stable(stage: Stage, topic: str) -> None:
    tp = TopicPartition(topic, 0)
    stage.cluster.mutate.produce(Outgoing(topic, b"k", b"v", partition=0))
    offsets, transactions = stage.cluster.offsets, stage.cluster.transactions
    assert offsets.stable_ends([tp, NOWHERE]) == {tp: 1, NOWHERE: UnknownTopic()}
    assert transactions.writing([tp, NOWHERE]) == {tp: Writing(False), NOWHERE: UnknownTopic()}
    assert transactions.writing([]) == {}


def test_an_open_transaction_holds_back_the_last_stable_offset_and_is_named(stage: Stage, topic: str) -> None:
    held, free = TopicPartition(topic, 0), TopicPartition(topic, 1)
    offsets, transactions = stage.cluster.offsets, stage.cluster.transactions
    stage.cluster.mutate.produce(Outgoing(topic, b"k", b"before", partition=0))
    with stage.transaction(held) as name:
        stage.cluster.mutate.produce(Outgoing(topic, b"k", b"behind", partition=0))
        assert offsets.ends([held]) == {held: 3}
        assert offsets.stable_ends([held, free]) == {held: 1, free: 0}
        found = transactions.writing([held, free])[held]
        assert isinstance(found, Writing)
        assert (found.transactional, found.begins, found.transaction) == (True, 1, name)
        assert found.producer is not None
        assert found.started is not None and abs(found.started - time.time() * 1000) < 60_000
    eventually(lambda: offsets.stable_ends([held]) == {held: 4})  # two records, one before, and a marker
    assert offsets.ends([held]) == {held: 4}
    assert transactions.writing([held])[held] == Writing(True)
