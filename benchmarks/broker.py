"""A private broker for one measurement, and Kafka's own command-line tools from the same release."""

from __future__ import annotations

import dataclasses
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from broker import jars, java
from tests.servers import Kafka, a_broker

TOOLS = f"org.apache.kafka:kafka-tools:{jars.VERSION}"
GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"


@dataclass(frozen=True, slots=True)
class Bench:
    server: Kafka

    @property
    def bootstrap(self) -> str:
        return self.server.bootstrap


def tool(main_class: str) -> list[str]:
    """The command that runs one of Kafka's tools, to be followed by its arguments."""
    import jgo

    artifacts = jgo.resolve(f"{TOOLS}+org.apache.kafka:kafka-clients:{jars.VERSION}")
    found = [str(artifact.resolve()) for artifact in artifacts]
    return [str(java.find().path), "-Xmx512m", "-cp", ":".join(found), main_class]


def describe_all_ms(bootstrap: str) -> float:
    """How long `kafka-consumer-groups --all-groups --describe` takes."""
    command = [*tool(GROUPS), "--bootstrap-server", bootstrap, "--all-groups", "--describe"]
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - begun) * 1000


@contextmanager
def running(jvm: Iterable[str] = (), settings: Mapping[str, str] | None = None) -> Iterator[Bench]:
    """`jvm` and `settings` go over those that `make run` starts its broker with."""
    with tempfile.TemporaryDirectory(prefix="highwater-bench-") as folder:
        broker = a_broker(Path(folder))
        server = Kafka(dataclasses.replace(broker, archive=(*broker.archive, *jvm)), settings)
        server.start()
        try:
            yield Bench(server)
        finally:
            server.stop()
