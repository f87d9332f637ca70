"""The sink and a real search server that is away, or refuses: the group's lag tells, and nothing is lost or twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from tests.search_servers import SMALLEST, SearchServer, each
from tests.streams.programs import WITHIN, write
from tests.streams.test_sink import a_line

pytestmark = [pytest.mark.xdist_group("opensearch"), pytest.mark.timeout(400)]
LINES = 4_000


@pytest.fixture
def committed(broker) -> Callable[[], int]:
    """How many lines the sink's group has committed."""
    cluster = Cluster(ClusterConfig(broker))

    def read() -> int:
        found = cluster.offsets.committed(["logs-sink"])["logs-sink"]
        return sum(c.offset for c in found.values()) if isinstance(found, dict) else 0

    yield read
    cluster.close()


def found(server: SearchServer) -> int:
    server.ask("POST", "/logs-*/_refresh")
    return server.ask("GET", "/logs-*/_count")["count"]


def until(ready: Callable[[], bool], within: float = WITHIN) -> None:
    deadline = time.monotonic() + within
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("search_server", "away"),
    [*each(5), pytest.param(SMALLEST, 120, marks=pytest.mark.all)],
    indirect=["search_server"],
    scope="session",
)
def test_a_server_that_is_away_is_waited_for(broker, start, search_server, committed, tmp_path, away):
    search_server.ask("DELETE", "/logs-*")
    write(broker, "logs-enriched", 3, [(str(n).encode(), a_line(n)) for n in range(LINES)])
    process = start("sink", 1, "--to", search_server.url)
    until(lambda: committed() == LINES)
    search_server.pause()
    try:
        write(broker, "logs-enriched", 3, [(str(n).encode(), a_line(n)) for n in range(LINES, 2 * LINES)])
        time.sleep(away)
        assert committed() == LINES  # the others are its lag, for everybody to see
    finally:
        search_server.resume()
    until(lambda: committed() == 2 * LINES)
    assert found(search_server) == 2 * LINES
    assert process.poll() is None
    search_server.ask("DELETE", "/logs-*")


@pytest.mark.all
def test_a_server_that_takes_no_more_is_waited_for_and_its_words_are_said(
    broker, start, search_server, committed, tmp_path
):
    search_server.ask("DELETE", "/logs-*")
    write(broker, "logs-enriched", 3, [(str(n).encode(), a_line(n)) for n in range(LINES)])
    search_server.stop()
    search_server.start(indexing_pressure__memory__limit="1kb")
    try:
        start("sink", 1, "--to", search_server.url)
        said: Path = tmp_path / "sink-1.log"
        until(lambda: "429" in said.read_text())
        assert "rejected_execution_exception" in said.read_text()
        assert committed() == 0
    finally:
        search_server.stop()
        search_server.start()
    until(lambda: committed() == LINES)
    assert found(search_server) == LINES
    search_server.ask("DELETE", "/logs-*")
