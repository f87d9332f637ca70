"""A change that lost its worker: the one thing of this folder that takes a minute to end."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import requests
from confluent_kafka import Consumer, TopicPartition

from gateway.cluster import Cluster
from gateway.facts import TopicPartition as Place
from gateway.offsets_log import OffsetCommitted, decode
from tests.faults.console import FINAL, Console
from tests.faults.offsets import LOG, put
from tests.faults.processes import kill, ours, until
from tests.stack import Stack

PLACE = Place("faults-log", 0)


@dataclass(frozen=True, slots=True)
class Orphan:
    group: str
    change: str
    killed: float
    ended: Future[float]  # both by the monotonic clock


def make(console: Console, kafka: Cluster, stack: Stack) -> Orphan:
    """Kills the worker after its write, which is seen in Kafka's log, and before it could read back."""
    watcher = _at_the_end_of_the_log(kafka.config.bootstrap)
    try:
        worker = ours(stack.pid)["worker"]
        for n in range(20):
            group = f"faults-orphan-{n}"
            put(kafka, group, PLACE, 50)
            change = console.plan_reset(group, 7)
            console.confirm(change)
            if not _written(watcher, group):  # refused: the machine was too busy for the plan's deadlines. Once more
                continue
            os.kill(worker, signal.SIGSTOP)
            if console.change(change)["state"] == "running":
                kill(worker)
                killed, pool = time.monotonic(), ThreadPoolExecutor(1)
                ended = pool.submit(_ended, console, change)
                pool.shutdown(wait=False)
                until(partial(_another, stack, worker), 30, "another worker is there")
                return Orphan(group, change, killed, ended)
            os.kill(worker, signal.SIGCONT)  # it was faster than we: once more
    finally:
        watcher.close()
    raise AssertionError("the worker was never caught in the act")


def _ended(console: Console, change: str) -> float:
    """When the change came to an end, whatever else is killed meanwhile."""

    def ended() -> bool:
        with suppress(requests.RequestException, ValueError):
            return console.change(change)["state"] in FINAL
        return False

    until(ended, 120, f"change {change} has ended", 0.5)
    return time.monotonic()


def _another(stack: Stack, worker: int) -> bool:
    return ours(stack.pid).get("worker", worker) != worker


def _at_the_end_of_the_log(bootstrap: str) -> Consumer:
    settings = {"bootstrap.servers": bootstrap, "group.id": "faults-watcher", "enable.auto.commit": False}
    watcher = Consumer({**settings, "fetch.queue.backoff.ms": 1})
    partitions = watcher.list_topics(LOG, timeout=20).topics[LOG].partitions
    ends = {p: watcher.get_watermark_offsets(TopicPartition(LOG, p), timeout=20)[1] for p in partitions}
    watcher.assign([TopicPartition(LOG, p, end) for p, end in ends.items()])
    return watcher


def _written(watcher: Consumer, group: str) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if _sees(watcher, group):
            return True
    return False


def _sees(watcher: Consumer, group: str) -> bool:
    message = watcher.poll(0.05)
    if message is None or message.error() is not None:
        return False
    event = decode(message.key(), message.value())
    return isinstance(event, OffsetCommitted) and (event.group, event.offset) == (group, 7)
