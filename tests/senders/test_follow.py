"""A log file into Kafka: through rotation, emptying and restarts, nothing lost and nothing twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from senders import follow
from senders.follow import LINE, Follower, line_of
from tests.senders.conftest import made, read

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(own_kafka, tmp_path):
    kafka = own_kafka()
    made(kafka.bootstrap, "service-logs")
    return kafka.bootstrap, tmp_path / "app.log"


class Running:
    def __init__(self, bootstrap, path) -> None:
        self.stop = threading.Event()
        producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "message.timeout.ms": 0})
        follower = Follower(path, path.with_name(".place"), producer, "app")
        self.refusals = 0
        back = follower._back
        follower._back = lambda *why: (setattr(self, "refusals", self.refusals + 1), back(*why))
        self.thread = threading.Thread(target=follower.run, args=[self.stop])
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(30)


def messages(bootstrap: str, count: int) -> list[str]:
    until = time.monotonic() + 20
    while len(found := read(bootstrap, "service-logs")) < count and time.monotonic() < until:
        time.sleep(0.1)
    return [line["message"] for _, line in found]


def test_through_rotation_emptying_and_a_restart_each_line_comes_once(site, monkeypatch):
    monkeypatch.setattr(follow, "SAVE", 0.1)
    monkeypatch.setattr(follow, "GRACE", 1.0)
    bootstrap, path = site
    path.write_text("one\ntwo\nhal")
    running = Running(bootstrap, path)
    assert messages(bootstrap, 2) == ["one", "two"]
    with path.open("a") as file:
        file.write("f\n")
    assert messages(bootstrap, 3)[-1] == "half"
    with path.open("a") as late:
        path.rename(path.with_name("app.log.1"))
        path.write_text("new file\n")
        time.sleep(0.5)
        late.write("late, to the old one\n")  # by a service that has not opened the new one yet
    assert messages(bootstrap, 5)[-2:] == ["late, to the old one", "new file"]
    path.write_text("")  # emptied in place, as copytruncate does
    time.sleep(0.6)
    path.write_text("after\n")
    assert messages(bootstrap, 6)[-1] == "after"
    running.end()
    with path.open("a") as file:
        file.write("while it was away\n")
    path.rename(path.with_name("app.log.1"))
    path.write_text("and rotated\n")
    running = Running(bootstrap, path)
    expected = ["one", "two", "half", "late, to the old one", "new file", "after", "while it was away", "and rotated"]
    assert messages(bootstrap, 8) == expected
    running.end()


def test_what_was_rotated_away_twice_comes_in_its_order(site, monkeypatch):
    monkeypatch.setattr(follow, "GRACE", 0.3)
    bootstrap, path = site
    path.write_text("one\n")
    running = Running(bootstrap, path)
    messages(bootstrap, 1)
    running.end()
    with path.open("a") as file:
        file.write("two\n")
    _rotated(path, "three\n")
    _rotated(path, "four\n")
    path.with_name("app.log.errors").write_text("of another\n")
    running = Running(bootstrap, path)
    assert messages(bootstrap, 4) == ["one", "two", "three", "four"]
    running.end()
    _rotated(path, "five\n")
    _rotated(path, "six\n")
    path.with_name("app.log.2").unlink()  # where it stood is gone, and what came then is there
    running = Running(bootstrap, path)
    assert messages(bootstrap, 6)[4:] == ["five", "six"]
    running.end()


def _rotated(path: Path, text: str) -> None:
    for number in (3, 2, 1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.rename(path.with_name(f"{path.name}.{number + 1}"))
    path.rename(path.with_name(f"{path.name}.1"))
    path.write_text(text)


@pytest.mark.parametrize("names", [["app.log.10", "app.log.9", "app.log.1"], ["app.log-20261103", "app.log-20261104"]])
def test_what_was_rotated_away_is_read_from_the_oldest(tmp_path, names):
    path = tmp_path / "app.log"
    for number, name in enumerate([*names, "app.log", "app.log.gz", "app.log2", "app.log-old"]):
        path.with_name(name).write_text(name)
        os.utime(path.with_name(name), ns=(number * 10**9, number * 10**9))
    follower = Follower(path, tmp_path / ".place", Refuses("", 0), "app")
    known = {"inode": path.with_name(names[0]).stat().st_ino}
    found = [follower._next(known)[0].name]
    while found[-1] != "app.log":
        known = {"inode": path.with_name(found[-1]).stat().st_ino, "done": True}
        found.append(follower._next(known)[0].name)
    assert found == [*names, "app.log"]
    assert follower._next({"inode": -1, "at": 7, "mtime": 0})[0].name == names[1]
    assert follower._next({"inode": -1, "at": 7})[0].name == follower._next({})[0].name == "app.log"


def test_a_file_that_is_emptied_within_a_line_too_long_goes_on_with_its_first_line(tmp_path):
    path = tmp_path / "app.log"
    path.write_bytes(b"x" * (2 * LINE + 1))
    producer = Refuses("", 0)
    _followed(path, producer, lambda: _place(path) > LINE, lambda: path.write_text("new\n"), lambda: _place(path) == 4)
    assert [line[:3] for line in producer.taken] == ["xxx", "new"]


def test_a_killed_follower_loses_no_line_and_sends_little_twice(site):
    bootstrap, path = site
    command = [sys.executable, "-m", "senders.follow", str(path), "--bootstrap", bootstrap, "--service", "app"]
    written = 0
    with path.open("a", buffering=1) as file:
        for _ in range(4):
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            until = time.monotonic() + 2.5
            while time.monotonic() < until:
                file.write(f"line {written}\n")
                written += 1
                time.sleep(0.005)
            process.kill()
            process.wait()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while f"line {written - 1}" not in (found := messages(bootstrap, written)) and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
    assert set(found) == {f"line {n}" for n in range(written)}
    first = list(dict.fromkeys(found))
    assert first == [f"line {n}" for n in range(written)]
    assert len(found) < 2 * written


def test_a_hole_and_bytes_that_are_no_text_end_nothing(site):
    bootstrap, path = site
    path.write_bytes(b"\0" * 700_000 + b"first\n" + b"\xff" * 256 * 1024 + b"\nlast\n")
    running = Running(bootstrap, path)
    first, garbage, last = messages(bootstrap, 3)
    running.end()
    assert (first, last) == ("first", "last")
    assert set(garbage) == {"\ufffd"} and len(garbage) > LINE // 3 - 100


def test_what_the_broker_refuses_is_said_once_and_comes_in_its_turn_when_it_is_taken(site, monkeypatch, capsys):
    monkeypatch.setattr(follow, "AGAIN", 0.1)
    bootstrap, path = site
    _largest(bootstrap, 20_000)
    path.write_text("one\n")
    running = Running(bootstrap, path)
    messages(bootstrap, 1)
    with path.open("a") as file:
        file.write("x" * 30_000 + "\nthree\n")
    while running.refusals < 4:
        time.sleep(0.05)
    assert _place(path) == len("one\n")
    _largest(bootstrap, 1_000_000)
    until = time.monotonic() + 20
    while (found := messages(bootstrap, 3))[-1] != "three" or len(found) < 3:
        assert time.monotonic() < until
    running.end()
    assert [line[:5] for line in dict.fromkeys(found)] in (["one", "xxxxx", "three"], ["one", "three", "xxxxx"])
    assert found.count("one") == 1 and found.count("x" * 30_000) == 1 and found.count("three") <= 2
    said, *more = capsys.readouterr().err.splitlines()
    assert more == []
    assert said.startswith(f"{path}: Kafka refused a line") and "too large" in said


def _largest(bootstrap: str, size: int) -> None:
    entry = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, "service-logs", incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.incremental_alter_configs([resource])[resource].result(30)


class Refuses:
    """A producer whose broker refuses one message, so many times, as a list of deliveries after each flush."""

    def __init__(self, message: str, times: int) -> None:
        self.message, self.times, self.queue = message, times, list[tuple[str, object]]()
        self.taken, self.tries = list[str](), 0

    def produce(self, topic, value, key, on_delivery):
        self.queue.append((json.loads(value)["message"], on_delivery))

    def poll(self, timeout):
        return 0

    def flush(self, timeout):
        waiting, self.queue = self.queue, []
        for message, told in waiting:
            refuses = message == self.message and self.tries < self.times
            self.tries += refuses
            if not refuses:
                self.taken.append(message)
            told(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED) if refuses else None, None)
        return 0


def _place(path: Path) -> int:
    place = path.with_name(".place")
    return json.loads(place.read_text())["at"] if place.exists() else -1


def _followed(path: Path, producer: Refuses, *steps) -> None:
    """Each step until it is true, or None: then it was something to do."""
    stop = threading.Event()
    follower = Follower(path, path.with_name(".place"), producer, "app")
    thread = threading.Thread(target=follower.run, args=[stop])
    thread.start()
    until = time.monotonic() + 20
    for step in steps:
        while step() is False and time.monotonic() < until:
            time.sleep(0.01)
    stop.set()
    thread.join(20)


def test_a_place_is_not_kept_behind_a_line_that_was_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(follow, "AGAIN", 0.01)
    path = tmp_path / "app.log"
    path.write_text("one\ntwo\nthree\n")
    never = Refuses("two", 1_000_000)
    _followed(path, never, lambda: never.tries >= 5)
    assert _place(path) == len("one\n")
    assert never.taken == ["one", "three"]  # what follows is not sent with each try
    assert len(capsys.readouterr().err.splitlines()) == 1
    later = Refuses("two", 3)
    _followed(path, later, lambda: _place(path) == path.stat().st_size)
    assert later.taken == ["three", "two", "three"]
    assert _place(path) == path.stat().st_size


@pytest.mark.parametrize(
    "data",
    [b"\0" * 512 * 1024 + b"end", b"\xff" * 256 * 1024, b"\x1b" * 200_000, b'"' * 250_000, b"x" * 300_000,
     b'{"message":"m","n":[' + b"1e15," * 50_000 + b"1]}", "ж".encode() * 200_000],
)  # fmt: skip
def test_what_is_sent_for_a_line_has_a_bound_and_says_where_it_was_cut(data):
    value = line_of(data.replace(b"\0", b""), "app")
    line = json.loads(value)
    assert len(value) <= LINE
    whole = data.replace(b"\0", b"").decode("utf-8", "replace")
    assert whole.startswith(line["message"])
    assert line.get("truncated", False) == (line["message"] != whole)
    assert line["message"] == whole or len(value) > LINE - 10  # no more is left out than has to be


@pytest.mark.parametrize(
    ("data", "level", "message"),
    [
        (b"2026-11-03 12:00 ERROR no stock", "ERROR", "2026-11-03 12:00 ERROR no stock"),
        (b"[warning] slow", "WARNING", "[warning] slow"),
        (b"plain", "INFO", "plain"),
        (b'{"message":"hi","level":"DEBUG"}', "DEBUG", "hi"),
        (b'{"no message":1}', "INFO", '{"no message":1}'),
        (b"\xff bad", "INFO", "\ufffd bad"),
        (b'{"message":"\\ud800"}', "INFO", "?"),
    ],
)
def test_a_line_is_text_or_json(data, level, message):
    line = json.loads(line_of(data, "app"))
    assert (line["service"], line["level"], line["message"]) == ("app", level, message)
