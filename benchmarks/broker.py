"""A private broker for one measurement, and Kafka's own command-line tools from the same release."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from console.up import jars
from tests.servers import Kafka, a_broker

TOOLS = f"org.apache.kafka:kafka-tools:{jars.VERSION}"


@dataclass(frozen=True, slots=True)
class Bench:
    server: Kafka

    @property
    def bootstrap(self) -> str:
        return self.server.bootstrap

    def tool(self, main_class: str) -> list[str]:
        """The command that runs one of Kafka's tools, to be followed by its arguments."""
        import jgo

        found = [
            str(artifact.resolve())
            for artifact in jgo.resolve(f"{TOOLS}+org.apache.kafka:kafka-clients:{jars.VERSION}")
        ]
        return [str(self.server.broker.java.path), "-Xmx512m", "-cp", ":".join(found), main_class]


@contextmanager
def running() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="highwater-bench-") as folder:
        server = Kafka(a_broker(Path(folder)))
        server.start()
        try:
            yield Bench(server)
        finally:
            server.stop()
