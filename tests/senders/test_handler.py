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
from confluent_kafka import Producer

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
        "150 lines of this service were dropped: not taken by Kafka in time, or not possible to send.",
        "again",
    ]


def test_what_cannot_be_sent_breaks_nothing_and_is_counted(bootstrap, topic, logger, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler = KafkaHandler(bootstrap, "checkout", topic)
    logger.addHandler(handler)
    logger.info("%d", "no number")
    logger.info("keys", extra={"it": {(1, 2): 3}})
    logger.info("x" * 1_100_000)
    assert handler.dropped == 3
    logger.info("an object", extra={"it": object()})
    handler.flush()
    said = "1 line of this service was dropped: not taken by Kafka in time, or not possible to send."
    assert [line["message"] for _, line in read(bootstrap, topic)] == [said, said, said, "an object"]
    assert handler.dropped == 3


def test_what_kafka_did_not_take_in_time_is_counted_too(logger):
    handler = KafkaHandler("127.0.0.1:1", "checkout", message_timeout_ms=50)
    logger.addHandler(handler)
    logger.info("late")
    handler.flush(20)
    assert handler.dropped == 1


@pytest.mark.parametrize(
    ("number", "name", "level", "own"),
    [
        (50, "CRITICAL", "FATAL", None),
        (30, "WARNING", "WARN", None),
        (10, "DEBUG", "DEBUG", None),
        (35, "Level 35", "WARN", "Level 35"),
        (25, "SUCCESS", "INFO", "SUCCESS"),
        (15, "VERBOSE", "DEBUG", "VERBOSE"),
        (60, "PANIC", "FATAL", "PANIC"),
        (5, "TRACE", "TRACE", None),
        (1, "NOISE", "TRACE", "NOISE"),
    ],
)
def test_a_level_of_ones_own_counts_as_the_standard_one_below_it(number, name, level, own):
    record = logging.makeLogRecord({"levelno": number, "levelname": name, "msg": "x"})
    line = KafkaHandler("127.0.0.1:1", "checkout")._line(record)
    assert (line["level"], line.get("level_name")) == (level, own)
    assert parse(json.dumps(line).encode(), 0).level == level


def test_what_a_line_has_of_itself_no_extra_replaces(logger):
    extra = {"level": 3, "service": "other", "timestamp": "noon", "logger": "l", "user": 7}
    record = logger.makeRecord("app", logging.INFO, "app.py", 1, "found", (), None, extra=extra)
    line = KafkaHandler("127.0.0.1:1", "checkout")._line(record)
    assert (line["service"], line["level"], line["logger"], line["user"]) == ("checkout", "INFO", "app", 7)
    assert isinstance(line["timestamp"], int)
    assert (line["extra_level"], line["extra_service"], line["extra_timestamp"]) == (3, "other", "noon")


def test_kafkas_client_is_given_what_was_asked_for(logger, monkeypatch):
    given: list[dict[str, object]] = []

    def producer(settings: dict[str, object]) -> Producer:
        given.append(settings)
        return Producer(settings)

    monkeypatch.setattr("senders.handler.Producer", producer)
    logger.addHandler(KafkaHandler("127.0.0.1:1", "checkout"))
    logger.addHandler(KafkaHandler("127.0.0.1:1", "checkout", acks="all", compression_type="zstd", linger_ms=5))
    logger.info("x")
    usual, asked = given
    assert (usual["acks"], usual["compression.type"]) == ("1", "lz4")
    assert asked == usual | {"acks": "all", "compression.type": "zstd", "linger.ms": 5}


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
