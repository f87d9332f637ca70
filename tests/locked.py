"""A broker that asks who somebody is: who signs in as USER may do what ACLs allow, and at first that is nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, AdminClient, ResourcePatternType
from confluent_kafka.admin import ResourceType as Kind

from broker.kafka import CONFIG, Broker
from broker.ports import any_free
from tests.servers import Kafka, a_broker, or_skip

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
    """Who comes without a name (the broker itself, and tests) may do anything."""

    signed_in: int = 0  # port

    def _write(self, path: Path, log: Path) -> None:
        text = CONFIG.format(port=self.port, controller=any_free(), log=log)
        text = text.replace(",CONTROLLER://", f",SASL://127.0.0.1:{self.signed_in},CONTROLLER://")
        text = text.replace("advertised.listeners=", f"advertised.listeners=SASL://127.0.0.1:{self.signed_in},")
        text = text.replace("security.protocol.map=", "security.protocol.map=SASL:SASL_PLAINTEXT,")
        path.write_text(text + LOCKED.format(user=USER, password=PASSWORD))


class LockedKafka(Kafka):
    """Started. `signed_in`: where USER comes in."""

    def __init__(self, folder: Path) -> None:
        plain = or_skip(lambda: a_broker(folder))
        self.signed_in = f"127.0.0.1:{(port := any_free())}"
        super().__init__(Locked(plain.folder, plain.port, plain.java, plain.jars, plain.archive, signed_in=port))
        self.start()

    def allow(self, operation: AclOperation, *kinds: Kind) -> None:
        """To USER, on all that is of these kinds."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        for made in admin.create_acls([*_bindings(operation, kinds)]).values():
            made.result(30)


def _bindings(operation: AclOperation, kinds: Iterable[Kind]) -> Iterable[AclBinding]:
    for kind in kinds:
        name = "kafka-cluster" if kind == Kind.BROKER else "*"
        how = (ResourcePatternType.LITERAL, f"User:{USER}", "*", operation, AclPermissionType.ALLOW)
        yield AclBinding(kind, name, *how)
