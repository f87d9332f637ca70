"""The private broker's folder."""

from __future__ import annotations

import dataclasses

from confluent_kafka.admin import AdminClient, NewTopic

from broker import kafka, ports


def test_a_cluster_id_never_looks_like_an_option(monkeypatch):
    drawn = iter([b"\xf8" + bytes(15), b"\xf8" + bytes(15), b"\x01" + bytes(15)])
    monkeypatch.setattr("uuid.uuid4", lambda: type("Drawn", (), {"bytes": next(drawn)}))
    assert kafka._cluster_id() == "AQAAAAAAAAAAAAAAAAAAAA"


def test_its_data_and_its_id_survive_a_stop_and_another_port(own_kafka):
    server = own_kafka()
    cluster_id = server.broker.cluster_id()
    admin = AdminClient({"bootstrap.servers": server.bootstrap})
    admin.create_topics([NewTopic("orders", 1)])["orders"].result(10)
    server.stop()
    server.broker = dataclasses.replace(server.broker, port=ports.any_free())
    server.start()
    found = AdminClient({"bootstrap.servers": server.bootstrap}).list_topics(timeout=10)
    assert "orders" in found.topics
    assert found.cluster_id == server.broker.cluster_id() == cluster_id


def test_half_a_format_is_not_taken_for_a_broker(own_kafka, tmp_path):
    (tmp_path / "kafka0" / "log.new").mkdir(parents=True)
    (tmp_path / "kafka0" / "log.new" / "meta.properties").write_text("cut o")
    assert own_kafka().broker.cluster_id()
