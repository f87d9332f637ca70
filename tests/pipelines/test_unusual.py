"""What is unusual, from a real topic: each alert once, evidence from the lines, nothing for who may not read."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from access import policy
from access.models import Binding
from clusters import reading as stored
from clusters.models import Cluster
from gateway.reading import MaskRule
from pipelines.logs.anomalies import latest
from reader.shown import Row, Shown
from streams.store_sqlite import SqliteStore
from streams.stored import Doc, doc_of
from tests.clusters.conftest import sign_in

NOW = int(time.time()) // 10 * 10_000


def word(service: str = "checkout", kind: str = "error_rate", at: int = NOW - 60_000, **known: object) -> dict:
    start = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")
    facts = {"value": 0.6, "usual": 0.01, "deviation": 0.02, "score": 29.5, "lines": 10, "errors": 6}
    facts |= {"seconds": 10, "example": "card declined", "sentence": "6 of 10 lines of checkout are errors (60%)."}
    return {"service": service, "kind": kind, "start": start} | facts | known


def row(offset: int, key: str, value: str) -> Row:
    shown = [Shown("json", text, len(text)) for text in (key, value)]
    return Row(0, offset, NOW, "create", shown[0], shown[1], 0)


def test_an_alert_that_is_said_again_is_one_and_what_is_none_of_ours_is_left_out():
    rows = [
        row(4, "a", json.dumps(word(score=9.0))),
        row(3, "b", json.dumps(word("catalog", at=NOW - 10_000))),
        row(2, "a", json.dumps(word(score=7.0))),
        row(1, "c", '{"service":1}'),
        row(0, "d", "{"),
    ]
    found = [(a.id, a.service, a.score, a.offset) for a in latest(rows)]
    assert found == [("b", "catalog", 29.5, 3), ("a", "checkout", 9.0, 4)]


def test_what_goes_on_is_one_trouble_with_its_begin():
    starts = [NOW - n * 10_000 for n in (1, 2, 3, 40, 41)]
    rows = [row(9 - n, f"k{n}", json.dumps(word(at=at))) for n, at in enumerate(starts)]
    rows.append(row(1, "x", json.dumps(word("catalog", at=starts[1]))))
    found = [(a.service, a.at, a.times, a.since) for a in latest(rows)]
    assert found == [
        ("checkout", starts[0], 3, starts[2]),
        ("catalog", starts[1], 1, starts[1]),
        ("checkout", starts[3], 2, starts[4]),
    ]


@pytest.fixture
def site(transactional_db, own_kafka, settings, tmp_path, client):
    """(cluster, client): two alerts, one said twice, one long ago; and the lines that they are about."""
    kafka = own_kafka()
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.create_topics([NewTopic("log-anomalies", 1, 1)])["log-anomalies"].result(30)
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    volume = word("search", "volume", sentence="search wrote 99 lines in 10 s, more than the usual 9.", value=99.0)
    for key, said in (("old", word(at=NOW - 3 * 86_400_000)), ("a", word(score=7)), ("a", word()), ("b", volume)):
        producer.produce("log-anomalies", json.dumps(said), key)
    assert producer.flush(20) == 0
    store = SqliteStore(tmp_path / "logs.db")
    store.prepare()
    store.write([a_line(n) for n in range(40)])
    cluster = Cluster.objects.create(name="real", bootstrap=kafka.bootstrap)
    settings.LOGS = {cluster.slug: str(tmp_path / "logs.db")}
    return cluster, sign_in(client, "viewer", cluster)


def a_line(n: int) -> Doc:
    ts = datetime.fromtimestamp((NOW - 60_000 + n * 200) / 1000, UTC).isoformat()
    body = {
        "@timestamp": ts,
        "service": "checkout",
        "level": "ERROR",
        "message": "declined",
        "trace_id": "",
        "fields": {},
    }
    return doc_of("logs-enriched", 0, n, json.dumps(body | {"fields": {}}).encode())


def test_the_list_links_to_the_lines_and_the_record_and_the_evidence_is_drawn(site):
    cluster, viewer = site
    body = viewer.get(f"/c/{cluster.slug}/logs/unusual/").content.decode()
    assert "2 in the last day" in body and body.count("<details") == 2
    assert "6 of 10 lines of checkout are errors (60%)." in body and "card declined" in body
    assert "search wrote 99 lines" in body and "q=service%3Acheckout+level%3AERROR%2CFATAL" in body
    evidence = viewer.get(f"/c/{cluster.slug}/logs/evidence/", {"id": "a"}).content.decode()
    assert "60 % of its lines were errors" in evidence and "29.5 deviations" in evidence
    assert 'class="then"' in evidence and 'class="errors"' in evidence
    gone = viewer.get(f"/c/{cluster.slug}/logs/evidence/", {"id": "no such"}).content.decode()
    assert "not among the newest any more" in gone
    stored.set_masks(cluster, [MaskRule("service-logs", "value", "card")])
    assert viewer.get(f"/c/{cluster.slug}/logs/unusual/").status_code == 403
    stored.set_masks(cluster, [])
    Binding.objects.update(names="logs-*")
    policy.forget(Binding.objects.get().user_id)
    assert viewer.get(f"/c/{cluster.slug}/logs/evidence/", {"id": "a"}).status_code == 403


def test_a_cluster_that_is_away_is_said_and_one_without_the_topic_shows_nothing(viewer, cluster, settings, tmp_path):
    settings.LOGS = {cluster.slug: str(tmp_path / "logs.db")}
    assert "could not be read" in viewer.get(f"/c/{cluster.slug}/logs/unusual/").content.decode()
