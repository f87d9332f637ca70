"""Plays every scene on a private broker for five minutes and writes down what each poll saw.

python -m tests.live.recorded.record [scene ...]

One file a scene: a line a poll, and in it only what is not as it was at the poll before.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient

from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from gateway.errors import KafkaFault
from gateway.facts import Group, TopicPartition, Writing
from gateway.losses import notice_ms
from tests.live.recorded.scenes import SCENES, Stage, create
from tests.servers import Kafka, a_broker

HERE = Path(__file__).parent
SECONDS = 300
PERIOD = 5
STARTS = 25  # seconds for all processes to come up


def play(name: str, bootstrap: str, began: float) -> None:
    scene, stage = SCENES[name], Stage(bootstrap, name, began, SECONDS)
    time.sleep(max(0.0, -stage.at))
    acts = [partial(act, stage) for act in scene.plays]
    if scene.rate:
        acts.append(partial(stage.produce, scene.rate, scene.partition))
    threads = [threading.Thread(target=act, daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, SECONDS + 5 - stage.at))


def seen(cluster: Cluster, names: list[str], now: int, began: float) -> dict[str, dict[str, Any]]:
    """What one poll sees of each scene, in the order of a sweep."""
    topics = cluster.topics.list()
    listings, _ = cluster.groups.list()
    committed = cluster.offsets.committed([n for n in names if n in listings])
    places = [TopicPartition(n, p.id) for n in names if n in topics for p in topics[n].partitions]
    ends, starts = cluster.offsets.ends(places), cluster.offsets.starts(places)
    described = cluster.groups.describe({n: listings[n] for n in names if n in listings})
    writing = cluster.transactions.writing(places)
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        mine = [tp for tp in places if tp.topic == name]
        group, offsets = described.get(name), committed.get(name, {})
        retention = int(SCENES[name].config.get("retention.ms", -1))
        young = cluster.offsets.for_time(mine, now - retention + notice_ms(retention)) if retention > 0 else {}
        found[name] = {
            "id": topics[name].id if name in topics else None,
            "start": [known(starts[tp]) for tp in mine],
            "end": [known(ends[tp]) for tp in mine],
            "committed": [o.offset if (o := offsets.get(tp)) else None for tp in mine]
            if not isinstance(offsets, KafkaFault)
            else None,
            "writing": [told(writing[tp], began) for tp in mine],
            "young": [known(young[tp]) for tp in mine] if young else None,
            "group": members(group) if isinstance(group, Group) else None,
        }
    return found


def known(answer: int | KafkaFault | None) -> int | None:
    return answer if isinstance(answer, int) else None


def told(answer: Writing | KafkaFault, began: float) -> list[Any]:
    if isinstance(answer, KafkaFault):
        return [False, None, None, None, None]
    started = None if answer.started is None else round(answer.started - began * 1000)
    return [answer.transactional, answer.producer, answer.begins, answer.transaction, started]


def members(group: Group) -> list[Any]:
    return [
        group.kind,
        group.state,
        [[m.id, m.client_id, {t: list(p) for t, p in m.assignment.items()}] for m in group.members],
    ]


def main() -> None:
    names = sys.argv[1:] or list(SCENES)
    with tempfile.TemporaryDirectory() as folder:
        server = Kafka(a_broker(Path(folder) / "kafka"), {"log.retention.check.interval.ms": "5000"})
        server.start()
        try:
            record(server.bootstrap, names)
        finally:
            server.stop()


def record(bootstrap: str, names: list[str]) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})
    for name in names:
        create(admin, name, SCENES[name].partitions, SCENES[name].config)
    cluster, began = Cluster(ClusterConfig(bootstrap)), time.time() + STARTS
    seen(cluster, names, 0, began)  # it has connected, and what groups need at the broker is there
    process = multiprocessing.get_context("spawn").Process  # a forked client of Kafka hangs
    workers = [process(target=play, args=(name, bootstrap, began)) for name in names]
    for worker in workers:
        worker.start()
    try:
        watch(cluster, names, began)
    finally:
        for worker in workers:
            worker.join(20)
            worker.kill()
        cluster.close()


def watch(cluster: Cluster, names: list[str], began: float) -> None:
    files = {name: (HERE / f"{name}.jsonl").open("w") for name in names}
    before: dict[str, dict[str, Any]] = {}
    for n in range(SECONDS // PERIOD):
        time.sleep(max(0.0, began + n * PERIOD - time.time()))
        now = round(time.time() * 1000)
        try:
            polled = seen(cluster, names, now, began)
        except KafkaFault as fault:
            print(f"poll {n}: {fault}")  # as in life: the next one knows more
            continue
        for name, facts in polled.items():
            fresh = {key: value for key, value in facts.items() if before.get(name, {}).get(key, before) != value}
            print(json.dumps({"at": round(now - began * 1000), **fresh}, separators=(",", ":")), file=files[name])
        before = polled


if __name__ == "__main__":
    main()
