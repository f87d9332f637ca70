"""A user of Kafka who may look at everything and read nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from broker.kafka import CONFIG, Broker
from broker.ports import any_free
from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from history import memory
from live import bus
from live.follower import Follower
from live.poll import poll
from tests.live.conftest import until
from tests.servers import Kafka, a_broker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]
PK = 4_000_003
USER, PASSWORD = "watcher", "a-word"
LOCKED = """\
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
user_{user}="{password}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""


@dataclass(frozen=True, slots=True)
class Locked(Broker):
    """Who signs in may do what ACLs allow; who comes without (the broker itself, and this test) may do anything."""

    signed_in: int = 0  # port

    def _write(self, path: Path, log: Path) -> None:
        text = CONFIG.format(port=self.port, controller=any_free(), log=log)
        text = text.replace(",CONTROLLER://", f",SASL://127.0.0.1:{self.signed_in},CONTROLLER://")
        text = text.replace("advertised.listeners=", f"advertised.listeners=SASL://127.0.0.1:{self.signed_in},")
        text = text.replace("security.protocol.map=", "security.protocol.map=SASL:SASL_PLAINTEXT,")
        path.write_text(text + LOCKED.format(user=USER, password=PASSWORD))


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Cluster]:
    """The cluster as the user reaches it; the group `readers` has committed 3 of 10 on `orders`."""
    plain = a_broker(tmp_path / "kafka")
    broker = Locked(plain.folder, plain.port, plain.java, plain.jars, plain.archive, signed_in=any_free())
    server = Kafka(broker)
    server.start()
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic("orders", 1, 1)])["orders"].result(30)
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "readers"})
    consumer.commit(offsets=[TopicPartition("orders", 0, 0)], asynchronous=False)
    consumer.close()
    may = (AclOperation.DESCRIBE, AclPermissionType.ALLOW)
    acls = [
        AclBinding(kind, "*", ResourcePatternType.LITERAL, f"User:{USER}", "*", *may)
        for kind in (ResourceType.TOPIC, ResourceType.GROUP)
    ]
    for made in admin.create_acls(acls).values():
        made.result(30)
    config = ClusterConfig(f"127.0.0.1:{broker.signed_in}", mechanism="PLAIN", username=USER, password=PASSWORD)
    cluster = Cluster(config)
    yield cluster
    cluster.close()
    server.kill()


def status() -> str:
    return (bus.client().get(bus.follower_key(PK)) or b"").decode()


def test_without_read_on_consumer_offsets_it_says_so_and_the_poll_knows_all(watcher):
    follower = Follower(PK, watcher, memory)
    bus.client().delete(bus.follower_key(PK))
    follower.start()
    told: set[str] = set()
    until(lambda: told.add(status()) or follower._failures >= 3)
    follower.stop()
    follower.join(15)
    (said,) = told - {""}
    assert said == "forbidden: reading __consumer_offsets is not allowed to the user Highwater signs in with"
    snapshot, _ = poll(None, watcher, PK, 1_790_000_000_000)
    assert snapshot.error is None
    assert snapshot.groups["readers"].lag == 0
