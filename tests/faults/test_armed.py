"""A change that waits for its group to empty: it outlives its worker, and a group that refills is never written to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer
from confluent_kafka import TopicPartition as Theirs

from gateway.cluster import Cluster
from gateway.facts import TopicPartition
from tests.faults.console import FINAL, Console
from tests.faults.offsets import committed, put, written
from tests.faults.processes import kill, ours, until
from tests.servers import Kafka
from tests.stack import Stack

PLACE = TopicPartition("faults-log", 0)
ROUNDS = 10


@contextmanager
def member(bootstrap: str, group: str) -> Iterator[Consumer]:
    settings = {"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False}
    consumer = Consumer({**settings, "auto.offset.reset": "error"})
    consumer.subscribe([PLACE.topic])
    try:
        until(lambda: consumer.poll(0.05), 30, "the member reads")
        yield consumer
    finally:
        consumer.close()


def armed(console: Console, group: str) -> str:
    change = console.plan_reset(group, 7)
    answer = console.ask(f"/changes/{change}/arm", {"minutes": 10})
    assert (answer.status_code, answer.json()["state"]) == (200, "armed"), answer.text
    return change


def test_it_outlives_its_worker_and_is_applied_once(
    console: Console, kafka: Cluster, broker: Kafka, stack: Stack
) -> None:
    put(kafka, "faults-armed", PLACE, 50)
    with member(broker.bootstrap, "faults-armed"):
        change = armed(console, "faults-armed")
        worker = ours(stack.pid)["worker"]
        kill(worker)
        until(lambda: ours(stack.pid).get("worker", worker) != worker, 30, "another worker is there")
        assert console.change(change)["state"] == "armed"
    until(lambda: console.change(change)["state"] in FINAL, 30, "it has ended")
    assert console.change(change)["state"] == "done"
    assert written(broker.bootstrap)["faults-armed"] == [50, 7]


def test_it_is_applied_between_two_members_or_waits_on(console: Console, kafka: Cluster, broker: Kafka) -> None:
    """A member leaves and another comes soon after: the first record it reads tells what was true when it came."""

    def refilled(number: int) -> tuple[str, int, int]:
        group = f"faults-refilled-{number}"
        put(kafka, group, PLACE, 50)
        with member(broker.bootstrap, group):
            change = armed(console, group)
        time.sleep(number * 0.4)  # a worker may be at any step of its attempt when the next one comes
        with member(broker.bootstrap, group) as second:
            until(lambda: console.change(change)["state"] in (*FINAL, "armed"), 30, "no attempt is under way")
            state, at = console.change(change)["state"], committed(kafka, group, PLACE)
            (position,) = second.position([Theirs(*PLACE)])
        console.ask(f"/changes/{change}/call-off", {})  # what is done already stays done
        return state, position.offset - 1, at

    ends = [refilled(number) for number in range(ROUNDS)]
    assert set(ends) <= {("done", 7, 7), ("armed", 50, 50)}
