"""One whole Highwater on a broker and a Redis that these tests may kill, and a person who is signed in."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker import orphans
from console.up import redis as servers
from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from tests import stack as whole
from tests.faults import orphan as lost
from tests.faults.console import Console
from tests.faults.offsets import a_topic
from tests.faults.orphan import Orphan
from tests.faults.processes import until
from tests.servers import Kafka, a_broker
from tests.stack import Stack

READER_MB = 200


class Redis:
    """Keeps nothing: started again, it is empty."""

    def __init__(self, folder: Path) -> None:
        self.server = servers.find(folder)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self.server.command(), stdout=subprocess.DEVNULL, preexec_fn=orphans.dies_with_its_parent()
        )
        until(self.server.answers, 20, "Redis is up")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture(scope="package")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    server = Kafka(a_broker(tmp_path_factory.mktemp("faults") / "kafka"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="package")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("faults") / "redis")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="package")
def stack(broker: Kafka, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    data = tmp_path_factory.mktemp("faults") / "data"  # pytest keeps it for a while: the logs may be wanted
    with whole.running(
        data=data,
        HIGHWATER_KAFKA=broker.bootstrap,
        HIGHWATER_REDIS_URL=redis.server.url,
        HIGHWATER_READER_MB=str(READER_MB),
    ) as running:
        yield running


@pytest.fixture(scope="package")
def console(stack: Stack) -> Console:
    return Console(stack)


@pytest.fixture(scope="package")
def kafka(broker: Kafka) -> Iterator[Cluster]:
    cluster = Cluster(ClusterConfig(broker.bootstrap))
    a_topic(cluster, "faults-log", 100)
    yield cluster
    cluster.close()


@pytest.fixture(scope="package")
def orphan(console: Console, kafka: Cluster, stack: Stack) -> Orphan:
    """Made early and looked at late: it is settled while other tests run."""
    return lost.make(console, kafka, stack)
