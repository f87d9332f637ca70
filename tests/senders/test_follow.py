"""A log file into Kafka: through rotation, emptying and restarts, nothing lost and nothing twice."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from confluent_kafka import Producer

from senders import follow
from senders.follow import Follower, line_of
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


@pytest.mark.parametrize(
    ("data", "level", "message"),
    [
        (b"2026-11-03 12:00 ERROR no stock", "ERROR", "2026-11-03 12:00 ERROR no stock"),
        (b"[warning] slow", "WARNING", "[warning] slow"),
        (b"plain", "INFO", "plain"),
        (b'{"message":"hi","level":"DEBUG"}', "DEBUG", "hi"),
        (b'{"no message":1}', "INFO", '{"no message":1}'),
        (b"\xff bad", "INFO", "\ufffd bad"),
    ],
)
def test_a_line_is_text_or_json(data, level, message):
    line = line_of(data, "app")
    assert (line["service"], line["level"], line["message"]) == ("app", level, message)
