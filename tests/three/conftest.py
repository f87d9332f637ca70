from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import NewTopic
from django.contrib.auth.models import User

from access.models import Binding
from clusters.models import Cluster
from gateway.cluster import Cluster as Gateway
from tests.three.cluster import Three


@pytest.fixture
def brokers(three_brokers: Three) -> Iterator[Three]:
    """All three are up, before and after."""
    yield three_brokers
    three_brokers.heal()


@pytest.fixture
def gateway(brokers: Three) -> Iterator[Gateway]:
    found = Gateway(brokers.config, timeout=6.0)
    yield found
    found.close()


@pytest.fixture
def cluster(transactional_db: None, brokers: Three) -> Cluster:
    """As somebody would register it."""
    config = brokers.config
    found = Cluster(
        name=f"three-{uuid.uuid4().hex[:6]}",
        bootstrap=config.bootstrap,
        tls=True,
        ca_pem=config.ca_pem,
        certificate_pem=config.certificate_pem,
        mechanism=config.mechanism,
        username=config.username,
    )
    found.set_secrets(password=config.password, key_pem=config.key_pem)
    found.save()
    return found


@pytest.fixture
def admin(cluster: Cluster) -> User:
    user = User.objects.create(username=uuid.uuid4().hex, email="admin@example.com")
    Binding.objects.create(user=user, role="admin", cluster=cluster, names="*")
    return user


@pytest.fixture
def topic(brokers: Three) -> str:
    """Six partitions on all three brokers, ten records in each, stamped one after the other."""
    name = f"three-{uuid.uuid4().hex[:8]}"
    brokers.make(NewTopic(name, 6, 3))
    brokers.fill(name, 6, 10)
    return name


@pytest.fixture
def groups(brokers: Three, topic: str) -> list[str]:
    """A dozen, on all three coordinators; each has committed 4 of 10 on every partition."""
    names = [f"{topic}-{n}" for n in range(12)]
    for name in names:
        consumer = Consumer({"bootstrap.servers": brokers.plain, "group.id": name})
        consumer.commit(offsets=[TopicPartition(topic, p, 4) for p in range(6)], asynchronous=False)
        consumer.close()
    return names
