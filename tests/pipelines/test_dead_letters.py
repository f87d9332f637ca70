"""What could not be used: how much of it there is, and why, counted from the topics themselves."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from access import policy
from access.models import Binding
from clusters import reading as stored
from clusters.models import Cluster
from gateway.reading import MaskRule
from pipelines.dead.letters import Letters, kept, letters, told
from pipelines.dead.reasons import READ, by_code
from reader.shown import Row, Shown
from tests.clusters.conftest import sign_in
from tests.snapshots import a_partition, a_snapshot, a_topic


def test_what_the_topics_hold_is_counted_and_unknown_is_not_zero():
    snapshot = a_snapshot(
        a_topic("a-dlq", a_partition(0, start=2, end=5), a_partition(1, start=0, end=1)),
        a_topic("b-dlq", a_partition(0, start=7, end=7)),
        a_topic("c-dlq", a_partition(0, start=0, end=None)),
    )
    asked = [told("a-dlq"), told("b-dlq"), kept("c-dlq"), told("not there")]
    assert letters(snapshot, asked) == [Letters("a-dlq", 4), Letters("c-dlq", None)]
    assert letters(None, asked) == []


def row(offset: int, code: Shown, sentence: str) -> Row:
    nothing = Shown("null", "", 0)
    return Row(0, offset, offset * 1000, "create", nothing, nothing, 0, columns=(code, Shown("text", sentence, 9)))


def test_alike_is_one_reason_whatever_values_its_sentences_have():
    missing, unknown = (Shown("text", code, 9) for code in ("service_missing", 'a "code"'))
    rows = [
        row(5, missing, "service is missing"),
        row(4, unknown, "level is LOUD"),
        row(3, Shown("missing", "", 0), "of an earlier version"),
        row(2, unknown, "level is SOFT"),
        row(1, Shown("text", "x" * 512, 900, cut=True), "a code that is none"),
    ]
    found = [(r.code, r.count, r.sentence, r.at, r.where) for r in by_code(told("a-dlq"), rows)]
    assert found == [
        ("service_missing", 1, "service is missing", 5000, 'value.code == "service_missing"'),
        ('a "code"', 2, "level is LOUD", 4000, 'value.code == "a \\"code\\""'),
        ("", 2, "of an earlier version", 3000, ""),
    ]


def test_they_are_on_the_pages(viewer, cluster, poller, settings, tmp_path):
    settings.LOGS = {cluster.slug: str(tmp_path / "none.db")}
    poller(cluster, a_snapshot(*(a_topic(f"{n}-dlq", a_partition(0, end=3)) for n in ("service-logs", "user-events"))))
    for page, topic in (("logs", "service-logs-dlq"), ("shop", "user-events-dlq")):
        body = viewer.get(f"/c/{cluster.slug}/{page}/").content.decode()
        assert f"at most 3 in {topic}" in body
        assert f'hx-get="/c/{cluster.slug}/{page}/dead/"' in body
        assert f"{topic} could not be read: " in viewer.get(f"/c/{cluster.slug}/{page}/dead/").content.decode()


def test_where_nothing_is_dead_nothing_is_asked_and_nothing_is_shown(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic("service-logs-dlq", a_partition(0, start=4, end=4))))
    assert "/dead/" not in viewer.get(f"/c/{cluster.slug}/logs/").content.decode()
    assert viewer.get(f"/c/{cluster.slug}/logs/dead/").content.decode().strip() == ""


@pytest.fixture
def site(transactional_db, own_kafka, client, poller):
    """(cluster, client): more dead letters of the logs program than are counted, and some of the sink."""
    kafka = own_kafka()
    admin, names = AdminClient({"bootstrap.servers": kafka.bootstrap}), ("service-logs-dlq", "logs-enriched-dlq")
    for made in admin.create_topics([NewTopic(name, 1, 1) for name in names]).values():
        made.result(30)
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    for n in range(READ + 3):
        code = "too_large" if n < 100 else "not_json"
        producer.produce(names[0], json.dumps({"code": code, "reason": f"number {n}", "offset": n}), timestamp=1000 + n)
    for code in ("mapper_parsing_exception", "mapper_parsing_exception", "not_an_object"):
        headers = [("highwater.error", f"<b>{code}</b>".encode()), ("highwater.error.code", code.encode())]
        producer.produce(names[1], b"a record as it came", headers=headers)
    assert producer.flush(20) == 0
    cluster = Cluster.objects.create(name="real", bootstrap=kafka.bootstrap)
    viewer = sign_in(client, "viewer", cluster)
    poller(cluster, a_snapshot(*(a_topic(name, a_partition(0, end=9)) for name in names), cluster=cluster.pk))
    return cluster, viewer


def test_reasons_are_counted_newest_first_and_lead_to_their_records(site):
    cluster, viewer = site
    body = viewer.get(f"/c/{cluster.slug}/logs/dead/").content.decode()
    rows = re.findall(r'<tr><td class="num"><a href="([^"]+)">([\d,]+)</a></td><td><bdi>([^<]*)</bdi>', body)
    wanted = [("1", "not an object"), ("2", "mapper parsing exception"), ("403", "not json"), ("97", "too large")]
    assert [(count, kind) for _, count, kind in rows] == wanted
    assert f"Of service-logs-dlq the newest {READ} are counted, back to" in body
    assert "All that logs-enriched-dlq holds is counted: 3 records." in body
    assert "&lt;b&gt;not_an_object&lt;/b&gt;" in body and "number 502" in body
    for url, count, _ in rows[:3]:
        address = urlsplit(html.unescape(url))
        where, topic = parse_qs(address.query)["where"][0], address.path.split("/")[-2]
        api = f"/api/v1/clusters/{cluster.slug}/topics/{topic}/records"
        found = viewer.get(api, {"where": where, "limit": 500}).json()
        assert (len(found["items"]), found["unanswered"]) == (int(count), 0)


def test_topics_that_one_may_not_read_or_that_a_rule_covers_are_left_out(site):
    cluster, viewer = site
    page = f"/c/{cluster.slug}/logs/dead/"
    stored.set_masks(cluster, [MaskRule("logs-enriched-dlq", "value", "card")])
    body = viewer.get(page).content.decode()
    assert "logs-enriched-dlq is left out" in body and "not an object" not in body and "not json" in body
    stored.set_masks(cluster, [MaskRule("service-logs", "value", "card")])
    assert viewer.get(page).status_code == 403
    stored.set_masks(cluster, [])
    Binding.objects.update(names="logs-*")
    policy.forget(Binding.objects.get().user_id)
    body = viewer.get(page).content.decode()
    assert "service-logs-dlq is left out" in body and "not an object" in body and "not json" not in body
