"""The way to brokers that want a sign-in, and the topics that programs make where there are none."""

from __future__ import annotations

import argparse
import json

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AclOperation, AdminClient, ConfigResource, ResourceType

from streams.connecting import SETTINGS, client_settings
from tests.locked import PASSWORD, USER, LockedKafka
from tests.streams.programs import Reader, start

__all__ = ["start"]


@pytest.fixture
def locked(tmp_path):
    """Who signs in may do all that a stream program does."""
    server = LockedKafka(tmp_path / "kafka")
    kinds = (ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID, ResourceType.BROKER)
    server.allow(AclOperation.ALL, *kinds)
    yield server
    server.kill()


@pytest.fixture
def broker(locked) -> str:
    """For `start`."""
    return str(locked.signed_in)


def test_lines_go_through_brokers_that_want_a_sign_in_into_topics_with_partitions(locked, start, tmp_path):
    config = tmp_path / "client.properties"
    config.write_text(
        f"# of the logs\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
        f"sasl.username={USER}\nsasl.password={PASSWORD}\n"
    )
    programs = [
        start("service_logs", 1, "--config", str(config), "--partitions", "3"),
        start("sink", 1, "--config", str(config), "--to", str(tmp_path / "logs.db")),
        start("user_events", 1, "--config", str(config), "--partitions", "3"),
    ]
    admin = AdminClient({"bootstrap.servers": locked.bootstrap})
    reader = Reader(locked.bootstrap, "logs-enriched")
    producer = Producer({"bootstrap.servers": locked.bootstrap, "allow.auto.create.topics": False})
    made = {"service-logs", "logs-enriched", "user-events"}
    reader.read_until(lambda: made <= set(admin.list_topics(timeout=10).topics), settled=False)
    line = {"service": "gateway", "level": "ERROR", "message": "no route"}
    producer.produce("service-logs", json.dumps(line).encode(), b"gateway")
    assert producer.flush(20) == 0
    reader.read_until(lambda: "gateway" in reader.last["logs-enriched"], settled=False)
    topics = admin.list_topics(timeout=10).topics
    assert {name: len(topics[name].partitions) for name in made} == dict.fromkeys(made, 3)
    (config_of,) = admin.describe_configs([ConfigResource(ResourceType.TOPIC, "logs-per-minute")]).values()
    assert config_of.result(30)["cleanup.policy"].value == "compact,delete"
    reader.read_until(lambda: b"gateway" in (tmp_path / "logs.db").read_bytes() + _wal(tmp_path), settled=False)
    assert all(program.poll() is None for program in programs)
    said = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert PASSWORD not in said, said


def _wal(folder) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("logs.db-wal"))


@pytest.mark.parametrize("line", ["acks=0", "hush", "group.id = hush", "plugin.library.paths=hush"])
def test_what_is_not_about_the_way_is_refused_by_its_line_and_not_repeated(line, tmp_path):
    path = tmp_path / "client.properties"
    path.write_text(f"# ours\n\nsasl.username=me\n{line}\n")
    with pytest.raises(argparse.ArgumentTypeError, match=r"line 4: only these can be set: security\.") as refused:
        client_settings(str(path))
    assert "hush" not in str(refused.value)


def test_a_file_is_read_and_one_that_cannot_be_is_said(tmp_path):
    path = tmp_path / "client.properties"
    path.write_text("".join(f"{name} = a=b \n" for name in SETTINGS))
    assert client_settings(str(path)) == dict.fromkeys(SETTINGS, "a=b")
    with pytest.raises(argparse.ArgumentTypeError, match="cannot be read"):
        client_settings(str(tmp_path))
