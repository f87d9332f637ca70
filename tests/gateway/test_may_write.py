"""Who may not write is told so each time, and may as soon as it is allowed: a producer that met what librdkafka calls
fatal takes nothing any more, and another is made."""

from __future__ import annotations

import time

import pytest
from confluent_kafka.admin import AclOperation, AdminClient, NewTopic, ResourceType

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.errors import NotAuthorized
from gateway.facts import Outgoing
from tests.locked import PASSWORD, USER, LockedKafka

RECORD = Outgoing("orders", b"k", b"v")


@pytest.fixture
def locked(tmp_path):
    server = LockedKafka(tmp_path / "kafka")
    AdminClient({"bootstrap.servers": server.bootstrap}).create_topics([NewTopic("orders", 1, 1)])["orders"].result(30)
    server.allow(AclOperation.DESCRIBE, ResourceType.TOPIC)
    yield server
    server.kill()


@pytest.fixture
def cluster(locked):
    made = Cluster(ClusterConfig(locked.signed_in, mechanism="PLAIN", username=USER, password=PASSWORD))
    yield made
    made.close()


def test_a_record_is_refused_in_words_and_taken_once_it_is_allowed(locked, cluster):
    for _ in range(3):
        with pytest.raises(NotAuthorized):
            cluster.mutate.produce(RECORD)
    locked.allow(AclOperation.WRITE, ResourceType.TOPIC)
    until = time.monotonic() + 30
    while True:
        try:
            assert cluster.mutate.produce(RECORD).offset == 0
            return
        except NotAuthorized:  # brokers hear of it one after the other
            assert time.monotonic() < until
            time.sleep(0.1)


def test_many_records_are_refused_in_words(cluster):
    with pytest.raises(NotAuthorized):
        cluster.mutate.writer()
