"""A topic that was made can be used at once: brokers learn of it a moment after the controller has acknowledged it."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace

from confluent_kafka import KafkaError

from gateway.mutations import Mutations


def a_look(error=None, leader=1):
    return SimpleNamespace(topics={"t": SimpleNamespace(error=error, partitions={0: SimpleNamespace(leader=leader)})})


def an_admin(looks):
    acknowledged: Future = Future()
    acknowledged.set_result(None)
    return SimpleNamespace(
        create_topics=lambda topics, **_: {"t": acknowledged}, list_topics=lambda name, timeout: looks.pop(0)
    )


def test_it_waits_until_the_brokers_know_the_topic_and_lead_it():
    looks = [a_look(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)), a_look(leader=-1), a_look(), a_look()]
    Mutations(SimpleNamespace(admin=lambda deadline: an_admin(looks)), 5.0).create_topic("t", 1, 1)
    assert len(looks) == 1


def test_a_trial_makes_nothing_to_wait_for():
    looks = [a_look()]
    Mutations(SimpleNamespace(admin=lambda deadline: an_admin(looks)), 5.0).create_topic("t", 1, 1, validate_only=True)
    assert len(looks) == 1
