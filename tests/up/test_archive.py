"""The class-data archive of the broker's JVM."""

from __future__ import annotations

import dataclasses
import threading

import pytest

from broker import archive
from tests.servers import Kafka, a_broker


@pytest.fixture
def broker(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "CACHE", tmp_path / "cache")
    return dataclasses.replace(a_broker(tmp_path / "kafka"), archive=())


def test_it_is_trained_once_and_a_broker_starts_with_it(broker):
    assert archive.options(broker.java, broker.jars) == ()
    archive.train(broker.java, broker.jars, threading.Event())
    (option,) = archive.options(broker.java, broker.jars)
    path = archive.file(broker.java, broker.jars)
    assert option.endswith(str(path))
    assert list(path.parent.iterdir()) == [path]
    made = path.stat().st_mtime_ns
    archive.train(broker.java, broker.jars, threading.Event())
    assert path.stat().st_mtime_ns == made
    server = Kafka(dataclasses.replace(broker, archive=(option,)))
    server.start()
    server.kill()
    assert "rror occurred during initialization" not in server.log.read_text()


def test_a_stop_ends_the_training_and_leaves_nothing(broker):
    stopping = threading.Event()
    stopping.set()
    archive.train(broker.java, broker.jars, stopping)
    assert archive.options(broker.java, broker.jars) == ()
    assert list(archive.file(broker.java, broker.jars).parent.iterdir()) == []


def test_another_java_gets_another_archive(broker):
    other = dataclasses.replace(broker.java, major=broker.java.major + 1)
    assert archive.file(other, broker.jars) != archive.file(broker.java, broker.jars)
