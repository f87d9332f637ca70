"""What is confirmed has at most one effect, whoever else is at the group and however often it is said."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka import Consumer

from gateway.cluster import Cluster
from gateway.facts import TopicPartition
from tests.faults.console import FINAL, Console
from tests.faults.offsets import committed, put, written
from tests.faults.processes import until
from tests.servers import Kafka

PLACE = TopicPartition("faults-log", 0)
RACES = 200
AT_ONCE = 10
SPREAD = 0.6  # seconds by which the member comes before the confirmation, or after it, at most


def test_fifty_confirmations_at_once_are_answered_alike_and_have_one_effect(
    console: Console, kafka: Cluster, broker: Kafka
) -> None:
    put(kafka, "faults-fifty", PLACE, 50)
    change = console.plan_reset("faults-fifty", 7)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: console.confirm(change), range(50)))
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(200, change)}
    until(lambda: console.change(change)["state"] == "done", 20, "it is done")
    for _ in range(2):
        assert console.post(f"/changes/{change}/confirm/").headers["Location"] == f"/changes/{change}/"
    assert written(broker.bootstrap)["faults-fifty"] == [50, 7]


@pytest.mark.timeout(240)
def test_a_group_that_becomes_active_is_reset_before_or_not_at_all(
    console: Console, kafka: Cluster, broker: Kafka
) -> None:
    """The first record that the member reads tells what was true when it came."""

    def race(number: int) -> tuple[str, int, int]:
        group = f"faults-race-{number}"
        put(kafka, group, PLACE, 50)
        change = console.plan_reset(group, 7)
        settings = {"bootstrap.servers": broker.bootstrap, "group.id": group, "enable.auto.commit": False}
        protocol = "classic" if number % 2 else "consumer"
        member = Consumer({**settings, "auto.offset.reset": "error", "group.protocol": protocol})
        ahead = random.uniform(-SPREAD, SPREAD)  # seconds by which the member comes before the confirmation
        said = threading.Timer(max(0.0, ahead), console.confirm, [change])
        said.start()
        time.sleep(max(0.0, -ahead))
        try:
            member.subscribe([PLACE.topic])
            first = until(lambda: member.poll(0.05), 30, "the member reads")
            assert first is not None and first.error() is None
            until(lambda: console.change(change)["state"] in FINAL, 30, "the change has ended", 0.1)
        finally:
            said.join()
            member.close()
        return console.change(change)["state"], first.offset() or 0, committed(kafka, group, PLACE)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = list(pool.map(race, range(RACES)))
    first, last = ("done", 7, 7), ("refused", 50, 50)
    counts = Counter(ends)
    assert counts.keys() == {first, last}, counts  # each side wins some, or it was no race
    log = written(broker.bootstrap)
    assert [log[f"faults-race-{n}"] for n in range(RACES)] == [[50, 7] if end == first else [50] for end in ends]
