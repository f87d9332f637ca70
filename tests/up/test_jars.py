"""The broker's jars: exactly the locked ones, or a sentence."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from broker import jars, ports
from broker.trouble import Trouble


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(jars, "CACHE", tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Makes jgo use one repository: the address it is given."""

    def use(address: str) -> None:
        (tmp_path / "jgo.conf").write_text(f"[repositories]\ncentral = {address}\n")
        monkeypatch.setattr("jgo.config._settings.get_settings_path", lambda: tmp_path / "jgo.conf")

    return use


def serve(status: int, body: bytes) -> ThreadingHTTPServer:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def test_the_lock_names_one_kafka():
    kafka = [jar for jar in jars.locked() if jar.group == "org.apache.kafka"]
    assert {jar.version for jar in kafka} == {jars.VERSION}
    assert {"kafka_2.13", "kafka-server", "kafka-clients"} <= {jar.artifact for jar in kafka}


def test_an_unreachable_repository_is_one_sentence_with_the_file(empty_cache, repository):
    repository(f"http://127.0.0.1:{ports.any_free()}/maven2")
    with pytest.raises(Trouble, match=r"Kafka's \S+\.jar could not be downloaded from http://127.*KAFKA=") as told:
        jars.class_path()
    assert "\n" not in str(told.value)


def test_a_repository_that_refuses_is_one_sentence_with_the_file(empty_cache, repository):
    server = serve(403, b"no")
    repository(f"http://127.0.0.1:{server.server_port}")
    with pytest.raises(Trouble, match=r"Kafka's \S+\.jar was refused by"):
        jars.class_path()
    server.shutdown()


def test_an_altered_jar_is_thrown_away(empty_cache, repository):
    server = serve(200, b"not this one")
    repository(f"http://127.0.0.1:{server.server_port}")
    with pytest.raises(Trouble, match="wrong checksum and was thrown away"):
        jars.class_path()
    server.shutdown()
    assert not list(empty_cache.rglob("*.jar"))


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(jars, "CACHE", tmp_path / "file" / "cache")
    with pytest.raises(Trouble, match="cannot be written to"):
        jars.class_path()
