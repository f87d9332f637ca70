"""Brokers that want a sign-in: it comes from a file, and nobody else is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from confluent_kafka.admin import AclOperation, ResourceType

from broker.ports import any_free
from senders import follow, intake
from tests.locked import PASSWORD, USER, LockedKafka
from tests.senders.conftest import made, read

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def locked(tmp_path):
    """Who signs in may write nothing yet."""
    server = LockedKafka(tmp_path / "kafka")
    made(server.bootstrap, "service-logs", "user-events")
    yield server
    server.kill()


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "client.properties"
    said = f"# the shop's own user\nsasl.username = {USER}\nsasl.password={PASSWORD}\nsasl.mechanism=PLAIN\n\n"
    path.write_text(f"{said}security.protocol=SASL_PLAINTEXT\n")
    return path


@pytest.fixture
def start(locked, config, tmp_path):
    running = []

    def start(*command: str):
        words = [sys.executable, "-m", *command, "--bootstrap", locked.signed_in, "--config", str(config)]
        said = tmp_path / f"{command[0]}.err"
        with said.open("wb") as err:
            running.append(subprocess.Popen(words, cwd=ROOT, stderr=err, stdout=err))
        return running[-1], said

    yield start
    for process in running:
        process.kill()
        process.wait()


def until(true) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_follower_signs_in_and_waits_for_the_right_to_write(locked, start, tmp_path):
    path = tmp_path / "app.log"
    path.write_text("one\n")
    follower, told = start("senders.follow", str(path), "--service", "app")
    until(lambda: "Kafka refused to go on, which is tried again" in told.read_text())
    assert "authorization failed" in told.read_text()
    locked.allow(AclOperation.WRITE, ResourceType.TOPIC)
    until(lambda: [line["message"] for _, line in read(locked.bootstrap, "service-logs")] == ["one"])
    assert "Traceback" not in told.read_text()
    hidden(follower, told)


def test_an_intake_signs_in_and_takes_what_it_may_write_as_soon_as_it_may(locked, start):
    port = any_free()
    server, told = start("senders.intake", "--port", str(port))
    body = json.dumps({"user_id": "u", "action": "view", "product": "soap dish"}).encode()

    def sent() -> int:
        try:
            return requests.post(f"http://127.0.0.1:{port}/events", body, timeout=30).status_code
        except requests.ConnectionError:
            return 0

    until(lambda: sent() == 503 and "Kafka refused to go on, which is tried again" in told.read_text())
    locked.allow(AclOperation.WRITE, ResourceType.TOPIC)
    until(lambda: sent() == 202)
    assert "Traceback" not in told.read_text()
    hidden(server, told)


def hidden(process: subprocess.Popen, told: Path) -> None:
    assert PASSWORD not in told.read_text()
    assert PASSWORD not in Path(f"/proc/{process.pid}/cmdline").read_text()


@pytest.mark.parametrize("module", [follow, intake])
def test_what_is_not_about_the_way_to_the_brokers_is_refused_without_a_word_of_it(module, tmp_path):
    path = tmp_path / "client.properties"
    for line in ("plugin.library.paths=hush", "acks=0", "hush", "message.timeout.ms=1"):
        path.write_text(f"client.id=app\n{line}\n")
        with pytest.raises(
            ValueError, match=r"line 2: only these can be set: security\.protocol, .*client\.id"
        ) as refused:
            module.client_settings(path)
        assert "hush" not in str(refused.value)
    path.write_text("# nothing = said\n\nssl.key.password = a=b \n")
    assert module.client_settings(path) == {"ssl.key.password": "a=b"}
    assert module.client_settings(None) == {}


@pytest.mark.parametrize("words", [["follow", "app.log", "--service", "a"], ["intake", "--port", "0"]])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ssl.ca.location=/none.pem\nsecurity.protocol=SSL", "ssl.ca.location failed"),
        ("acks=0", "line 1: only these can be set"),
        (None, "No such file"),
    ],
)
def test_a_file_that_does_not_do_ends_it_with_a_sentence(words, text, said, tmp_path):
    path = tmp_path / "client.properties"
    if text is not None:
        path.write_text(text)
    command = [sys.executable, "-m", f"senders.{words[0]}", *words[1:], "--bootstrap", "127.0.0.1:1", "--config", path]
    ended = subprocess.run(command, capture_output=True, cwd=ROOT, text=True, timeout=60, env=os.environ)
    assert ended.returncode == 2
    assert said in ended.stderr and "Traceback" not in ended.stderr
