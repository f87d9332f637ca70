"""Each process of ours, killed with SIGKILL at the worst moment. It is started again, and what it did is told."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from websockets.exceptions import ConnectionClosed

from gateway.cluster import Cluster
from gateway.facts import TopicPartition
from tests.faults.conftest import READER_MB
from tests.faults.console import CLUSTER, Console
from tests.faults.offsets import a_topic, put, written
from tests.faults.orphan import Orphan
from tests.faults.processes import kill, ours, peak_mb, until
from tests.servers import Kafka
from tests.stack import Stack

pytestmark = pytest.mark.usefixtures("orphan")
PLACE = TopicPartition("faults-log", 0)
SEARCHED = 60_000  # records of a kilobyte
BOMB = 120_000_000  # bytes, of which gzip leaves a thousandth


def test_a_follower_that_was_killed_is_back_within_ten_seconds(console: Console, kafka: Cluster, stack: Stack) -> None:
    put(kafka, "faults-followed", PLACE, 1)
    until(lambda: console.snapshot_of("faults-followed"), 20, "a poll has seen it")
    follower = ours(stack.pid)["follower"]
    with console.socket("/groups/faults-followed/") as lanes:
        lanes.hear(lambda m: m["t"] == "full" and m["status"] == "live" and not m["commits"])
        kill(follower)
        killed, offset, heard = time.monotonic(), 1, False
        while not heard:
            put(kafka, "faults-followed", PLACE, offset := offset + 1)
            with suppress(TimeoutError):
                heard = bool(lanes.hear(lambda m: m.get("commits"), 0.2))  # a poll counts none
            assert time.monotonic() - killed <= 10
    assert ours(stack.pid)["follower"] != follower


def test_a_reader_that_was_killed_is_back_with_the_next_request(console: Console, kafka: Cluster, stack: Stack) -> None:
    a_topic(kafka, "faults-read", 3)
    with console.socket("/topics/faults-read/tail/") as tail:
        tail.say(t="start", **{"from": {"": "0:0"}})
        tail.hear(lambda m: m["t"] == "frame" and m["next"] == {"0": 3})
        before = ours(stack.pid)
        kill(before["reader"])
        said = tail.hear(lambda m: m["t"] in ("notice", "ended"))
        assert (said["t"], said["code"]) == ("notice", "restarted")
    records = f"/c/{CLUSTER}/topics/faults-read/records/"
    until(lambda: console.get(records).status_code == 200, 10, "a new reader reads")
    assert ours(stack.pid)["web"] == before["web"]


def test_a_tail_whose_web_process_was_killed_goes_on_with_nothing_lost_and_nothing_twice(
    console: Console, kafka: Cluster, broker: Kafka, stack: Stack
) -> None:
    """As the page does it: where it stands is the `next` of what it has drawn, and a new socket goes on there."""
    a_topic(kafka, "faults-tailed")
    until(lambda: console.get(f"/c/{CLUSTER}/topics/faults-tailed/").status_code == 200, 30, "the page is there")
    producer, sent, ended = Producer({"bootstrap.servers": broker.bootstrap}), [0], threading.Event()

    def produce() -> None:
        while not ended.wait(0.002):
            producer.produce("faults-tailed", str(sent[0]), partition=0)
            sent[0] += 1
            producer.poll(0)
        producer.flush(30)

    drawn: list[int] = []
    where = {"0": 0}

    def draw(message: dict[str, Any]) -> bool:
        if message["t"] != "frame":
            return False
        drawn.extend(row[1] for row in message["rows"])
        for _, count, first, last in message["passed"]:  # counted, not shown: what came before there was a viewer
            assert count == last - first + 1
            drawn.extend(range(first, last + 1))
        where.update(message["next"])
        return True

    thread = threading.Thread(target=produce)
    thread.start()
    try:
        for _ in range(2):
            with suppress(ConnectionClosed), console.socket("/topics/faults-tailed/tail/") as tail:
                tail.say(t="start", **{"from": {"": f"0:{where['0']}"}})
                known = len(drawn)
                tail.hear(lambda m, known=known: draw(m) and len(drawn) > known + 200)
                kill(ours(stack.pid)["web"])
                while True:  # what was on its way may be drawn still
                    tail.hear(draw, 5)
            until(lambda: _serves(console), 30, "another web process serves", 0.1)
    finally:
        ended.set()
        thread.join()
    with console.socket("/topics/faults-tailed/tail/") as tail:
        tail.say(t="start", **{"from": {"": f"0:{where['0']}"}})
        tail.hear(lambda m: draw(m) and where["0"] == sent[0])
    assert sorted(drawn) == list(range(sent[0]))


def test_a_decompression_bomb_costs_the_reader_and_nobody_else(
    console: Console, kafka: Cluster, broker: Kafka, stack: Stack
) -> None:
    a_topic(kafka, "faults-bomb", 3)
    a_topic(kafka, "faults-beside", 3)
    beside = f"/c/{CLUSTER}/topics/faults-beside/records/"
    until(lambda: console.get(beside).status_code == 200, 30, "a reader")
    before, grown_from = ours(stack.pid), peak_mb(ours(stack.pid)["web"])
    with console.socket("/topics/faults-bomb/tail/") as tail:
        tail.say(t="start", **{"from": {"": "0:0"}})
        tail.hear(lambda m: m["t"] == "frame" and m["next"] == {"0": 3})
        settings = {"message.max.bytes": 2 * BOMB, "compression.type": "gzip", "linger.ms": 0}
        producer = Producer({"bootstrap.servers": broker.bootstrap, **settings})
        producer.produce("faults-bomb", bytes(BOMB), partition=0)
        assert producer.flush(60) == 0
        ended = tail.hear(lambda m: m["t"] == "ended", 60)
    assert (ended["code"], ended["next"], ended["batch"]["first"]) == ("unsafe", {"0": 3}, 3)
    assert "memory" in ended["sentence"]
    refused = console.get(f"/c/{CLUSTER}/topics/faults-bomb/records/")
    # Where the machine is too busy to ask which batch it was, only that the reader stopped.
    assert (refused.status_code, refused.json()["code"]) in ((422, "unsafe"), (502, "reader_stopped"))
    assert peak_mb(before["web"]) - grown_from < READER_MB / 4
    assert ours(stack.pid) | {"reader": 0} == before | {"reader": 0}
    for page in ("", "groups/", "topics/faults-log/"):
        assert console.get(f"/c/{CLUSTER}/{page}").status_code == 200
    until(lambda: console.get(beside).status_code == 200, 15, "others are read")


def test_a_search_whose_worker_was_killed_goes_on_where_it_last_saved(
    console: Console, kafka: Cluster, broker: Kafka, stack: Stack
) -> None:
    a_topic(kafka, "faults-searched", 1)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 20})
    for _ in range(SEARCHED):
        producer.produce("faults-searched", b"x" * 1000, partition=0)
        producer.poll(0)
    assert producer.flush(60) == 0
    begun = console.ask(f"/clusters/{CLUSTER}/topics/faults-searched/searches", {"start": "offset:1"}).json()
    one = f"/clusters/{CLUSTER}/searches/{begun['id']}"
    until(lambda: console.ask(one).json()["scanned"], 30, "it has saved something")
    worker = ours(stack.pid)["worker"]
    kill(worker)
    left = console.ask(one).json()
    assert 0 < left["found"] < SEARCHED
    until(lambda: console.ask(one).json()["state"] == "done", 90, "another worker has ended it", 0.5)
    ended = console.ask(one).json()
    assert (ended["complete"], ended["scanned"], ended["found"]) == (True, SEARCHED, SEARCHED)
    pages = [console.ask(f"{one}/rows?limit=1000&after={n}").json()["items"] for n in range(0, SEARCHED, 1000)]
    assert {item["offset"] for page in pages for item in page} == set(range(1, SEARCHED + 1))


def test_a_bomb_costs_a_search_its_batch_which_it_names(console: Console, kafka: Cluster, broker: Kafka) -> None:
    a_topic(kafka, "faults-search-bomb", 3)
    producer = Producer(
        {"bootstrap.servers": broker.bootstrap, "message.max.bytes": 2 * BOMB, "compression.type": "gzip"}
    )
    producer.produce("faults-search-bomb", bytes(BOMB), partition=0)
    assert producer.flush(60) == 0
    begun = console.ask(f"/clusters/{CLUSTER}/topics/faults-search-bomb/searches", {}).json()
    one = f"/clusters/{CLUSTER}/searches/{begun['id']}"
    until(lambda: console.ask(one).json()["state"] == "done", 60, "it has ended", 0.2)
    ended = console.ask(one).json()
    assert not ended["complete"] and not ended["partitions"][0]["end"] > ended["partitions"][0]["at"]
    (sentence,) = ended["left_out"]
    assert (
        sentence.startswith("Offsets ") and " to 3 of partition 0 were not read: " in sentence and "memory" in sentence
    )


def test_web_and_beat_are_started_again_and_pages_and_polls_go_on(console: Console, stack: Stack) -> None:
    before = ours(stack.pid)
    for role in ("beat", "web"):
        kill(before[role])
    until(lambda: _others(ours(stack.pid), before), 20, "others have taken their place")
    since = datetime.now(UTC).isoformat()
    until(lambda: _as_of(console) > since, 40, "pages are served and polls go on")
    until(lambda: not Path(f"/proc/{before['reader']}").exists(), 10, "the reader of the dead web process is gone")


def test_a_change_whose_worker_was_killed_ends_truthfully_within_a_minute(
    console: Console, broker: Kafka, orphan: Orphan
) -> None:
    """It was killed between its write and the look at it."""
    assert orphan.ended.result(120) - orphan.killed <= 60
    assert console.change(orphan.change)["state"] == "done"
    assert written(broker.bootstrap)[orphan.group] == [50, 7]


def _others(now: dict[str, int], before: dict[str, int]) -> bool:
    return all(now.get(role, before[role]) != before[role] for role in ("beat", "web"))


def _serves(console: Console) -> bool:
    try:
        return console.get(f"/c/{CLUSTER}/", 2).status_code == 200
    except OSError:
        return False


def _as_of(console: Console) -> str:
    try:
        return str(console.ask(f"/clusters/{CLUSTER}/topics/faults-log").json()["as_of"])
    except OSError:  # it is not serving yet
        return ""
