"""The sink and a real search server that is away, or refuses: the group's lag tells, and nothing is lost or twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from streams.store_http import HttpStore
from streams.stored import doc_of
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
    server.ask("POST", "/highwater-logs-*/_refresh")
    return server.ask("GET", "/highwater-logs-*/_count")["count"]


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
    search_server.ask("DELETE", "/highwater-logs-*")
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
    search_server.ask("DELETE", "/highwater-logs-*")


@pytest.mark.all
def test_a_server_that_takes_no_more_is_waited_for_and_its_words_are_said(
    broker, start, search_server, committed, tmp_path
):
    search_server.ask("DELETE", "/highwater-logs-*")
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
    search_server.ask("DELETE", "/highwater-logs-*")


@pytest.mark.parametrize("search_server", each(), indirect=True, scope="session")
def test_what_a_server_refuses_has_its_words_and_its_word_for_the_kind(search_server):
    store = HttpStore(search_server.url)
    store.prepare()
    lines = [a_line(1), a_line(2, trace_id="x" * 40_000), a_line(3, level={"of": "no text"})]
    docs = [doc_of("logs-enriched", 0, n, line) for n, line in enumerate(lines)]
    rejected = store.write(docs)
    assert [one.number for one in rejected] == [1, 2]
    assert [one.code.rpartition("_")[2] for one in rejected] == ["exception", "exception"]
    assert all(one.why.startswith(f"400 {one.code}: ") for one in rejected)
    search_server.ask("DELETE", "/highwater-logs-*")
