"""A private Apache Kafka on one node: formatted once, listening on the loopback address only, its folder its own."""

from __future__ import annotations

import base64
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from broker import orphans, ports
from broker.java import Java
from broker.trouble import Trouble
from broker.words import last_words

# C1 and the serial collector: half the start-up CPU and 50 MB less than the defaults.
JVM = ("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k", "-XX:+ExitOnOutOfMemoryError")
LOGGING = tuple(
    f"-Dorg.slf4j.simpleLogger.{name}={value}"
    for name, value in (
        ("defaultLogLevel", "warn"),
        ("log.kafka.server.KafkaRaftServer", "info"),
        ("showDateTime", "true"),
        ("dateTimeFormat", "yyyy-MM-dd HH:mm:ss,SSS"),
    )
)
CONFIG = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={log}
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=2097152
# After a crash the next incarnation waits until the old session ends: 4 s instead of 13.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
"""


@dataclass(frozen=True, slots=True)
class Broker:
    """`folder` holds server.properties and the log. Its owner holds a lock on it: see lock.py."""

    folder: Path
    port: int
    java: Java
    jars: tuple[Path, ...]
    archive: tuple[str, ...] = ()  # JVM options of a class-data archive: see archive.py
    over: tuple[str, ...] = ()  # lines of server.properties that go over ours

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def command(self) -> list[str]:
        return [*self._jvm(), "kafka.Kafka", str(self._properties)]

    def cluster_id(self) -> str:
        """Empty before the log folder was formatted."""
        try:
            lines = (self.log / "meta.properties").read_text().splitlines()
        except OSError:
            return ""
        return next((line.partition("=")[2] for line in lines if line.startswith("cluster.id=")), "")

    def prepare(self) -> None:
        """Writes the configuration, and formats the log folder unless it is already. Raises Trouble."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write(self._properties, self.log)
            if not self.log.exists():
                self._format()
        except OSError as error:
            raise Trouble(f"Cannot write to {self.folder}: {error.strerror}.") from error

    def _format(self) -> None:
        # Beside its place and then moved: a log folder that exists is a whole one, and is never formatted again.
        fresh, properties = self.folder / "log.new", self.folder / "format.properties"
        shutil.rmtree(fresh, ignore_errors=True)
        self._write(properties, fresh)
        command = [*self._jvm(), "kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(properties)]
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=orphans.dies_with_its_parent())
        properties.unlink()
        if done.returncode:
            words = last_words((done.stderr or done.stdout).splitlines())
            raise Trouble(f"Kafka could not prepare {self.folder}: {words}")
        fresh.rename(self.log)

    def _write(self, path: Path, log: Path) -> None:
        config = CONFIG.format(port=self.port, controller=ports.any_free(), log=log)
        path.write_text(config + "".join(f"{line}\n" for line in self.over))  # of a name the last line counts

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _jvm(self) -> list[str]:
        return [str(self.java.path), *JVM, *self.archive, *LOGGING, "-cp", ":".join(map(str, self.jars))]


def _cluster_id() -> str:
    """A random one. StorageTool would take a leading dash for an option."""
    while (drawn := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return drawn
