"""A broker that is killed and started again, twenty times, while everything goes on."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from confluent_kafka import Consumer, KafkaException
from confluent_kafka import TopicPartition as Partition

from gateway.cluster import Cluster
from gateway.facts import Outgoing, TopicPartition
from tests.faults.console import CLUSTER, FINAL, Console
from tests.faults.offsets import put, written
from tests.faults.processes import ours, until
from tests.servers import Kafka
from tests.stack import Stack

PLACE = TopicPartition("faults-log", 0)
DEATHS = 20
RESET_UNTIL = 12  # deaths; what they left open is settled during the others
GROUPS = [f"drill-{n}" for n in range(150)]
WATCHED = "drill-commits"


class Resets:
    """One reset after another, each of a group of its own, from 50 to 7. Nothing but Kafka's silence may refuse one."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.applied, self.stop = threading.Event(), threading.Event()
        self.sent: dict[str, str] = {}  # group -> change

    def __call__(self) -> None:
        for group in GROUPS:
            answer = self.console.plan("groups.reset_offsets", group=group, to="offset", value=7)
            while answer.status_code != 200:
                assert (answer.status_code, answer.json()["code"]) in ((502, "kafka"), (422, "bad_params")), answer.text
                if self.stop.wait(0.1):
                    return
                answer = self.console.plan("groups.reset_offsets", group=group, to="offset", value=7)
            self.sent[group] = answer.json()["id"]
            assert self.console.confirm(self.sent[group]).status_code == 200
            while self.console.change(self.sent[group])["state"] == "confirmed":
                if self.stop.wait(0.005):
                    return
            self.applied.set()


class Commits:
    """A client of somebody else's that commits all the time."""

    def __init__(self, bootstrap: str) -> None:
        settings = {"bootstrap.servers": bootstrap, "group.id": WATCHED, "enable.auto.commit": False}
        self.consumer = Consumer({**settings, "log_level": 0, "reconnect.backoff.max.ms": 500})
        self.stop, self.last = threading.Event(), 0

    def __call__(self) -> None:
        while not self.stop.wait(0.02):
            try:
                self.consumer.commit(offsets=[Partition(*PLACE, self.last % 100 + 1)], asynchronous=False)
            except KafkaException:
                continue
            self.last += 1
        self.consumer.close()


class Running(threading.Thread):
    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.work, self.failed = work, list[BaseException]()
        self.start()

    def run(self) -> None:
        try:
            self.work()
        except BaseException as error:
            self.failed.append(error)


def ended(console: Console, change: str) -> bool:
    return console.change(change)["state"] in FINAL


@pytest.mark.timeout(400)
def test_nothing_of_ours_dies_and_no_reset_is_lost_doubled_or_falsely_done(
    console: Console, kafka: Cluster, broker: Kafka, stack: Stack
) -> None:
    for group in [*GROUPS, WATCHED]:
        put(kafka, group, PLACE, 50)
    until(lambda: console.snapshot_of(WATCHED), 30, "a poll has seen it")
    with console.socket("/topics/faults-log/tail/") as tail, console.socket(f"/groups/{WATCHED}/") as lanes:
        tail.say(t="start")
        begun = tail.hear(lambda m: m["t"] == "started")["next"]["0"]
        processes = ours(stack.pid)
        assert len(processes) == 5
        resets, commits = Resets(console), Commits(broker.bootstrap)
        threads = [Running(resets), Running(commits)]
        for death in range(DEATHS):
            if death < RESET_UNTIL:
                resets.applied.clear()
                assert resets.applied.wait(60), threads[0].failed
                time.sleep(random.uniform(0, 0.06))  # somewhere between the check, the write and the look
            else:
                resets.stop.set()
            broker.kill()
            broker.start()
        assert ours(stack.pid) == processes
        until(lambda: console.state() == ("", ""), 60, "polls are well again")
        for id in resets.sent.values():
            until(partial(ended, console, id), 90, f"change {id} has ended")
        last = GROUPS[-1]  # none of the others need have come through
        resets.sent[last] = console.plan_reset(last, 7)
        assert console.confirm(resets.sent[last]).status_code == 200
        until(partial(ended, console, resets.sent[last]), 90, "the last one has ended")
        until(lambda: lanes.hear(lambda m: "commits" in m)["commits"] > 0, 30, "commits are followed live again")
        commits.stop.set()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive() and not thread.failed, thread.failed
        kafka.mutate.produce(Outgoing("faults-log", None, b"after all", partition=0))
        tail.hear(lambda m: m["t"] == "frame" and m["next"] == {"0": begun + 1}, 30)
    assert ours(stack.pid) == processes

    log = written(broker.bootstrap)
    ends = {group: console.change(id)["state"] for group, id in resets.sent.items()}
    wrong = {g: (end, log[g]) for g, end in ends.items() if log[g] != ([50, 7] if end == "done" else [50])}
    assert not wrong
    assert ends[last] == "done"
    assert console.get(f"/c/{CLUSTER}/topics/faults-log/records/").status_code == 200
