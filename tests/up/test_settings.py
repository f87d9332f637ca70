"""What may be asked of `make run`, and what it says when that cannot be had."""

from __future__ import annotations

import socket
import threading
from collections import namedtuple

import pytest

from broker import ports
from broker.trouble import Trouble
from console import env
from console.up import parts, settings
from console.up.settings import Asked


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_it_takes_the_next_free_port_and_knows_that_it_did(monkeypatch, taken_port):
    monkeypatch.setattr(settings, "PORT", taken_port)
    asked = Asked.read(settings.parse([]), {})
    assert asked.port > taken_port
    assert asked.port_taken


def test_a_port_that_was_asked_for_and_is_taken_is_refused(taken_port):
    with pytest.raises(Trouble, match=f"Port {taken_port} is taken"):
        Asked.read(settings.parse(["--port", str(taken_port)]), {})


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "8080/"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(Trouble, match="is not a port"):
        Asked.read(settings.parse([f"--port={port}"]), {})


@pytest.mark.parametrize("rate", ["0", "5001", "fast", ""])
def test_a_rate_that_makes_no_sense_is_refused(rate):
    with pytest.raises(Trouble, match="is not a number of records a second"):
        Asked.read(settings.parse([f"--rate={rate}"]), {})


def test_the_launcher_sets_only_what_the_settings_read():
    ours = Asked.read(settings.parse([]), {}).env("127.0.0.1:9092", "unix:///tmp/redis.sock")
    assert {name for name in ours if name.startswith(env.PREFIX)} <= set(env.NAMES)


def test_the_origins_are_those_of_the_port_unless_given():
    port = ports.any_free()
    assert (
        Asked.read(settings.parse([f"--port={port}"]), {}).origins == f"http://127.0.0.1:{port},http://localhost:{port}"
    )
    assert (
        Asked.read(settings.parse([]), {"HIGHWATER_ORIGINS": "https://kafka.example"}).origins
        == "https://kafka.example"
    )


def test_the_consoles_own_pages_may_send_events_to_the_intake():
    asked = Asked.read(settings.parse([]), {"HIGHWATER_ORIGINS": "https://kafka.example"})
    command = parts.intake("127.0.0.1:9092", 8090, asked.origins).command
    assert command[command.index("--origin") + 1] == "https://kafka.example"


def test_an_address_of_a_log_store_belongs_to_a_cluster_and_none_is_none():
    assert env.by_cluster("local=/a/logs.db, prod=https://search:9200,gone=,") == {
        "local": "/a/logs.db",
        "prod": "https://search:9200",
    }


def test_an_address_of_a_log_store_with_a_password_is_refused_and_not_repeated():
    assert env.stores_by_cluster("local=/a@b/logs.db,prod=https://search:9200") == {
        "local": "/a@b/logs.db",
        "prod": "https://search:9200",
    }
    with pytest.raises(ValueError, match=r"prod in HIGHWATER_LOGS has a user or a password in it") as caught:
        env.stores_by_cluster("prod=https://me:hunter2@search:9200")
    assert "hunter2" not in str(caught.value)


def test_the_header_for_a_log_store_belongs_to_a_cluster_and_is_not_shown():
    assert env.headers_by_cluster("local=Basic bWU6aHVudGVyMg==,prod=ApiKey a=b") == {
        "local": "Basic bWU6aHVudGVyMg==",
        "prod": "ApiKey a=b",
    }
    assert "hunter2" not in repr(env.Environment(logs_authorization="local=Bearer hunter2"))
    with pytest.raises(ValueError, match="for local cannot stand in a header") as caught:
        env.headers_by_cluster("local=Bearer hunter2\r\nX: y")
    assert "hunter2" not in str(caught.value)


def test_a_link_that_leads_on_is_an_address_of_the_web():
    assert env.links_by_cluster("local=https://dash.example/app/discover?a=1,prod=") == {
        "local": "https://dash.example/app/discover?a=1"
    }


@pytest.mark.parametrize("address", ["javascript:alert(1)", "/dash", "https://", "file:///etc", "https://u:p@dash"])
def test_a_link_that_is_none_is_refused(address):
    with pytest.raises(ValueError, match="is no address for a link") as refused:
        env.links_by_cluster(f"local={address}")
    assert "u:p" not in str(refused.value)


def test_an_address_of_a_database_or_redis_is_not_shown():
    asked = Asked.read(settings.parse([]), {"HIGHWATER_REDIS_URL": "redis://:hunter2@cache/0"})
    assert "hunter2" not in repr(asked)


@pytest.mark.parametrize("address", ["localhost", "9092", "host:port", "[::1]"])
def test_kafka_must_be_host_and_port(address):
    with pytest.raises(Trouble, match="is not host:port"):
        settings.check_kafka(address)


def test_a_kafka_that_nobody_answers_for_is_refused_with_the_reason():
    port = ports.any_free()
    with pytest.raises(Trouble, match=f"KAFKA=127.0.0.1:{port} does not answer .*Connection refused"):
        settings.check_kafka(f"127.0.0.1:{port}")


def test_something_that_is_not_kafka_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_talk_http, args=(server,), daemon=True).start()
        with pytest.raises(Trouble, match="does not answer"):
            settings.check_kafka(f"127.0.0.1:{server.getsockname()[1]}")


def test_one_of_several_kafkas_is_enough(bootstrap):
    settings.check_kafka(f"127.0.0.1:{ports.any_free()},{bootstrap}")


@pytest.mark.parametrize("url", ["redis://127.0.0.1:9/0", "unix:///nowhere/redis.sock"])
def test_a_redis_that_does_not_answer_is_refused(url):
    with pytest.raises(Trouble, match="does not answer"):
        settings.check_redis(url)


def test_the_password_of_a_redis_is_not_repeated():
    with pytest.raises(Trouble) as told:
        settings.check_redis("redis://:hunter2@127.0.0.1:9/0")
    assert "hunter2" not in str(told.value)


def test_a_full_disk_is_said_before_anything_starts(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(10**10, 10**10, 12_000_000))
    with pytest.raises(Trouble, match="is full: 12 MB are left"):
        settings.check_space(tmp_path)


def _talk_http(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
