"""A service's lines in Kafka: all of them, or it says how many not; and the service never waits for it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest

from senders.handler import KafkaHandler
from streams.lines import parse
from tests.senders.conftest import made, read

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def topic(bootstrap) -> str:
    name = f"senders-{uuid4().hex[:8]}"
    made(bootstrap, name)
    return name


@pytest.fixture
def logger():
    found = logging.Logger(f"service-{uuid4().hex[:8]}")
    yield found
    for handler in found.handlers:
        handler.close()


def test_lines_come_as_the_stream_program_reads_them(bootstrap, topic, logger):
    handler = KafkaHandler(bootstrap, "checkout", topic)
    logger.addHandler(handler)
    logger.warning("card %s declined", 17, extra={"order": 4, "trace_id": "8f2c"})
    try:
        raise ValueError("no stock")
    except ValueError:
        logger.critical("gone", exc_info=True)
    handler.flush()
    (key, first), (_, second) = read(bootstrap, topic)
    line = parse(json.dumps(first).encode(), 0)
    assert (key, line.service, line.level) == ("checkout", "checkout", "WARN")
    assert (line.message, line.trace, first["order"]) == ("card 17 declined", "8f2c", 4)
    assert abs(first["timestamp"] / 1000 - time.time()) < 60
    assert second["level"] == "FATAL" and "ValueError: no stock" in second["exception"]


def test_a_program_that_ends_has_sent_its_last_line(bootstrap, topic):
    program = f"""
import logging
from senders.handler import KafkaHandler
log = logging.getLogger("job")
log.addHandler(KafkaHandler({bootstrap!r}, "job", {topic!r}, linger_ms=2000))
for n in range(500):
    log.warning("step %s", n)
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)
    assert [line["message"] for _, line in read(bootstrap, topic)] == [f"step {n}" for n in range(500)]


def test_a_broker_that_is_away_costs_lines_and_no_time_and_that_is_said(bootstrap, topic, logger):
    handler = KafkaHandler("127.0.0.1:1", "checkout", topic, most=50)
    logger.addHandler(handler)
    for n in range(200):
        logger.info("line %d", n)
    assert handler.dropped == 150
    handler._settings["bootstrap.servers"] = bootstrap
    handler._producer = None  # as if Kafka were back
    logger.info("again")
    handler.flush()
    assert [line["message"] for _, line in read(bootstrap, topic)] == [
        "150 lines of this service were dropped: Kafka did not take them in time.",
        "again",
    ]


def test_what_cannot_be_written_down_breaks_nothing(bootstrap, topic, logger, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler = KafkaHandler(bootstrap, "checkout", topic)
    logger.addHandler(handler)
    logger.info("%d", "no number")
    logger.info("an object", extra={"it": object()})
    handler.flush()
    assert [line["message"] for _, line in read(bootstrap, topic)] == ["an object"]


def test_a_forked_process_has_a_client_of_its_own(bootstrap, topic, logger):
    handler = KafkaHandler(bootstrap, "checkout", topic)
    logger.addHandler(handler)
    logger.info("parent")
    handler.flush()
    pid = os.fork()
    if pid == 0:
        try:
            logger.info("child")
            handler.flush()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert [line["message"] for _, line in read(bootstrap, topic)] == ["parent", "child"]
