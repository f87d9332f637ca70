"""The real servers of a test run, started by the launcher's own code."""

from __future__ import annotations

import os

import redis as redis_client
from confluent_kafka.admin import AdminClient, NewTopic


def test_kafka_answers_a_client(bootstrap):
    assert len(AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=10).brokers) == 1


def test_redis_answers_at_the_address_of_the_settings(redis_url):
    assert redis_url == os.environ["HIGHWATER_REDIS_URL"]
    client = redis_client.from_url(redis_url)
    assert client.ping()
    client.close()


def test_a_killed_broker_comes_back_with_its_topics(own_kafka):
    server = own_kafka()
    admin = AdminClient({"bootstrap.servers": server.bootstrap})
    admin.create_topics([NewTopic("orders", 2)])["orders"].result(10)
    server.kill()
    server.start()
    assert "orders" in AdminClient({"bootstrap.servers": server.bootstrap}).list_topics(timeout=10).topics
