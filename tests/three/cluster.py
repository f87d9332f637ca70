"""Three real brokers that replicate to each other, reached through TLS with a certificate of one's own and SCRAM."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import (
    AdminClient,
    NewTopic,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from broker import ports
from broker.kafka import Broker
from gateway.config import ClusterConfig
from tests.servers import Kafka, a_broker, or_skip
from tests.surroundings import FOLDER
from tests.three.papers import Authority

USER, PASSWORD = "highwater", "a-word-of-secret"
COUNT = 3
#: Over those of the product's own broker.
CONFIG = """\
node.id={id}
broker.rack=r{id}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},SECURED://127.0.0.1:{secured},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SECURED://127.0.0.1:{secured}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SECURED:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.secured.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secured.ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location={folder}/server.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/authority.pem
offsets.topic.num.partitions=6
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
default.replication.factor=3
min.insync.replicas=2
"""


@dataclass(frozen=True, slots=True)
class Three:
    brokers: tuple[Kafka, ...]  # of ids 1, 2, 3
    config: ClusterConfig  # as Highwater reaches them
    plain: str  # bootstrap servers for the test itself
    secured: tuple[int, ...]  # ports
    authority: Authority

    def broker(self, id: int) -> Kafka:
        return self.brokers[id - 1]

    def heal(self) -> None:
        """Whatever a test has done to them, all run again and know each other."""
        for server in self.brokers:
            if server.running:
                server.resume()
            else:
                server.launch()
        for server in self.brokers:
            server.awaited(COUNT)

    def make(self, topic: NewTopic) -> None:
        admin = AdminClient({"bootstrap.servers": self.plain})
        admin.create_topics([topic])[topic.topic].result(30)

    def fill(self, topic: str, partitions: int, each: int) -> None:
        producer = Producer({"bootstrap.servers": self.plain, "acks": "all"})
        for n in range(each):
            for partition in range(partitions):
                producer.produce(topic, f"record {n}".encode(), partition=partition)
        assert producer.flush(30) == 0


@contextmanager
def three(folder: Path) -> Iterator[Three]:
    authority, secured = Authority("the authority of a test"), [ports.any_free() for _ in range(COUNT)]
    plain = [or_skip(lambda id=id: a_broker(folder / f"broker{id}")) for id in range(1, COUNT + 1)]
    controllers = [ports.any_free() for _ in range(COUNT)]
    voters = ",".join(f"{id}@127.0.0.1:{port}" for id, port in enumerate(controllers, 1))
    servers = []
    for id, (broker, port, controller) in enumerate(zip(plain, secured, controllers, strict=True), 1):
        broker.folder.mkdir(parents=True)
        pair = authority.signs(f"broker {id}")
        (broker.folder / "server.pem").write_text(pair.key + pair.certificate)
        (broker.folder / "authority.pem").write_text(authority.pem)
        lines = CONFIG.format(
            id=id, voters=voters, port=broker.port, secured=port, controller=controller, folder=broker.folder
        ).splitlines()
        servers.append(
            Kafka(Broker(broker.folder, broker.port, broker.java, broker.jars, broker.archive, tuple(lines)))
        )
    _one_cluster([server.broker for server in servers])
    try:
        for server in servers:  # none answers before there are two
            server.launch()
        for server in servers:
            server.awaited(COUNT)
        bootstrap = ",".join(server.bootstrap for server in servers)
        _lets_in(bootstrap)
        mine = authority.signs("highwater")
        config = ClusterConfig(
            ",".join(f"127.0.0.1:{port}" for port in secured),
            tls=True,
            ca_pem=authority.pem,
            certificate_pem=mine.certificate,
            key_pem=mine.key,
            mechanism="SCRAM-SHA-512",
            username=USER,
            password=PASSWORD,
        )
        yield Three(tuple(servers), config, bootstrap, tuple(secured), authority)
    finally:
        for server in servers:
            server.kill()


def _one_cluster(brokers: list[Broker]) -> None:
    """Each is formatted for a cluster of its own."""
    with ThreadPoolExecutor(COUNT) as pool:
        list(pool.map(Broker.prepare, brokers))
    id = brokers[0].cluster_id()
    for broker in brokers[1:]:
        properties = broker.log / "meta.properties"
        properties.write_text(properties.read_text().replace(f"cluster.id={broker.cluster_id()}", f"cluster.id={id}"))


def _lets_in(bootstrap: str) -> None:
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    wanted = [UserScramCredentialUpsertion(USER, info, PASSWORD.encode())]
    for done in admin.alter_user_scram_credentials(wanted).values():
        done.result(30)


@pytest.fixture(scope="session")
def three_brokers() -> Iterator[Three]:
    """All three are up when a test begins, and have to be when it ends."""
    with three(FOLDER / "three") as found:
        yield found
