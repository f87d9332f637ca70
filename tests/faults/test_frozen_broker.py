"""A broker that keeps its connections and answers nothing (SIGSTOP), and then goes on."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from gateway.cluster import Cluster
from gateway.facts import TopicPartition
from tests.faults.console import CLUSTER, FINAL, Console
from tests.faults.offsets import put
from tests.faults.processes import ours, until
from tests.servers import Kafka
from tests.stack import Stack

PLACE = TopicPartition("faults-log", 0)
GROUP = "faults-frozen"
WITHIN = 10.0  # seconds; what the console promises
HERE = f"/c/{CLUSTER}"
WITH_AN_AGE = [
    *(f"{HERE}/{page}" for page in ("", "brokers/", "brokers/1/", "topics/", "groups/")),
    *(f"{HERE}/groups/{GROUP}/{tab}" for tab in ("", "members/", "reset/")),
    *(f"{HERE}/topics/faults-log/{tab}" for tab in ("partitions/", "groups/", "config/")),
]
WITHOUT = [
    "/",
    "/metrics",
    f"{HERE}/changes/",
    f"{HERE}/topics/faults-log/",
    f"/api/v1/clusters/{CLUSTER}/groups/{GROUP}",
]
#: path -> fields of a form, None for a GET; and what is said.
ACTIONS: dict[str, dict[str, Any] | None] = {
    f"{HERE}/groups/{GROUP}/reset/": {"to": "earliest", "partition": "faults-log:0"},
    f"{HERE}/groups/{GROUP}/delete/": {},
    f"{HERE}/topics/+create/": {"topic": "faults-new", "partitions": "1", "replication": "1"},
    f"{HERE}/topics/faults-log/delete/": {},
    f"{HERE}/topics/faults-log/produce/": {"value": "x", "value_kind": "text", "key_kind": "none"},
    f"{HERE}/topics/faults-log/config/change/": {"set": "retention.ms=60000"},
    f"{HERE}/topics/faults-log/config/now/": None,
    f"{HERE}/topics/faults-log/records/": None,
    f"{HERE}/topics/faults-log/records/0/3/": None,
    f"{HERE}/brokers/quorum/": None,
    f"{HERE}/brokers/1/config/": None,
    f"{HERE}/brokers/1/log-dirs/": None,
    f"/api/v1/clusters/{CLUSTER}/topics/faults-log/records": None,
}
NO_ANSWER = re.compile(r"not answer|[Nn]o broker answered|cannot be reached")


@pytest.fixture
def frozen(console: Console, kafka: Cluster, broker: Kafka) -> Iterator[str]:
    """The id of a plan that was made before."""
    put(kafka, GROUP, PLACE, 50)
    until(lambda: console.snapshot_of(GROUP), 20, "a poll has seen it")
    until(lambda: console.state() == ("", ""), 30, "all is well before")
    console.get(f"{HERE}/topics/faults-log/records/")  # the reader runs
    plan = console.plan_reset(GROUP, 7)
    broker.pause()
    yield plan
    broker.resume()


def test_pages_keep_what_was_known_and_actions_say_within_ten_seconds_that_nobody_answers(
    console: Console, kafka: Cluster, broker: Kafka, stack: Stack, frozen: str
) -> None:
    before, processes = console.snapshot_of(GROUP), ours(stack.pid)
    assert before is not None
    console.confirm(frozen)

    def ask(path: str) -> tuple[str, float, requests.Response]:
        began, fields = time.monotonic(), ACTIONS[path]
        answer = console.get(path) if fields is None else console.post(path, **fields)
        return path, time.monotonic() - began, answer

    with ThreadPoolExecutor(len(ACTIONS)) as pool:
        acting = pool.map(ask, ACTIONS)
        for page in [*WITH_AN_AGE, *WITHOUT]:  # nobody waits for those who wait for Kafka
            answer = console.get(page, timeout=5)
            assert answer.status_code == 200, page
            assert "data-age" in answer.text or page in WITHOUT
        answered = list(acting)
    late = {path: took for path, took, _ in answered if took > WITHIN}
    assert not late
    silent = [(path, a.status_code, a.text[-600:]) for path, _, a in answered if not NO_ANSWER.search(a.text)]
    assert not silent
    assert all(a.status_code < 500 or a.status_code in (502, 503, 504) for _, _, a in answered)

    until(lambda: console.change(frozen)["state"] in FINAL, 30, "the confirmed change has ended")
    assert console.change(frozen)["state"] == "failed"
    assert "Nothing was changed" in console.change(frozen)["reason"]

    until(lambda: console.state()[0] == "Does not answer", 40, "the pages say it")
    assert "What you see was true" in console.state()[1]
    after = console.snapshot_of(GROUP)
    assert after is not None
    assert after["partitions"] == before["partitions"]

    broker.resume()
    until(lambda: console.state() == ("", ""), 60, "it recovers by itself")
    again = console.plan_reset(GROUP, 9)
    console.confirm(again)
    until(lambda: console.change(again)["state"] == "done", 20, "a reset is done again")
    assert console.get(f"{HERE}/topics/faults-log/records/").status_code == 200
    assert ours(stack.pid) == processes
