from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from console.metrics import escape, kafka, render
from live.snapshot import Finding, OffsetState, Verdict
from tests.api.conftest import a_group, a_partition, a_snapshot, a_topic


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset({"highwater_cluster": "orders", **labels}.items())


@pytest.fixture
def scraped(caller, shown, monkeypatch):
    monkeypatch.setattr("console.metrics._follower", lambda cluster: b"live")

    def scrape(snapshot, **who):
        shown(snapshot)
        answer = caller(**who).get("/metrics")
        assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
        return samples(answer.content.decode())

    return scrape


def test_lag_has_the_names_and_labels_that_dashboards_of_kminion_use(scraped):
    group = a_group("billing", OffsetState("payments", 0, 4), OffsetState("payments", 1, 10))
    found = scraped(a_snapshot([a_topic("payments", a_partition(0), a_partition(1))], [group]))
    where = {"group_id": "billing", "topic_name": "payments"}
    assert found[key("kminion_kafka_consumer_group_topic_partition_lag", **where, partition_id="0")] == 6
    assert found[key("kminion_kafka_consumer_group_topic_partition_lag", **where, partition_id="1")] == 0
    assert found[key("kminion_kafka_consumer_group_topic_lag", **where)] == 6
    assert found[key("kminion_kafka_consumer_group_members", group_id="billing")] == 1
    mark = {"topic_name": "payments", "partition_id": "0"}
    assert found[key("kminion_kafka_topic_partition_high_water_mark", **mark)] == 10
    assert found[key("kminion_kafka_topic_partition_low_water_mark", **mark)] == 0
    assert found[key("highwater_follower_live")] == 1
    names = {name for name, _ in found}
    assert {"kminion_kafka_cluster_info", "kminion_kafka_broker_info", "kminion_kafka_topic_info"} <= names
    assert "kminion_kafka_consumer_group_info" in names


def test_each_verdict_of_a_group_is_a_series_and_the_worst_is_main(scraped):
    group = a_group("billing", verdict=Verdict("stopped", "Stopped.", also=(Finding("skewed", "Skewed."),)))
    found = scraped(a_snapshot([], [group]))
    assert found[key("highwater_group_verdict", group_id="billing", verdict="stopped", main="true")] == 1
    assert found[key("highwater_group_verdict", group_id="billing", verdict="skewed", main="false")] == 1


def test_what_is_unknown_has_no_series(scraped):
    group = a_group("g", OffsetState("t", 0, None), OffsetState("t", 1, 4))
    found = scraped(a_snapshot([a_topic("t", a_partition(0, end=None), a_partition(1))], [group]))
    where = {"group_id": "g", "topic_name": "t"}
    assert key("kminion_kafka_consumer_group_topic_partition_lag", **where, partition_id="0") not in found
    assert key("kminion_kafka_consumer_group_topic_partition_lag", **where, partition_id="1") in found
    assert key("kminion_kafka_consumer_group_topic_lag", **where) not in found
    assert key("kminion_kafka_topic_high_water_mark_sum", topic_name="t") not in found


def test_a_cluster_that_does_not_answer_gives_its_age_and_no_stale_lag(scraped):
    group = a_group("g", OffsetState("t", 0, 4))
    found = scraped(a_snapshot([a_topic("t")], [group], error="No broker answered.", good_at=1))
    assert found[key("highwater_poll_ok")] == 0
    assert not [name for name, _ in found if name.startswith("kminion_")]


def test_a_scraper_sees_only_what_its_user_may_see(scraped):
    groups = [a_group("mine", OffsetState("mine", 0, 1)), a_group("theirs", OffsetState("theirs", 0, 1))]
    found = scraped(a_snapshot([a_topic("mine"), a_topic("theirs")], groups), names="mine*")
    assert "theirs" not in str(found)
    assert key("kminion_kafka_consumer_group_members", group_id="mine") in found


def test_the_metrics_need_a_token(client, shown):
    assert client.get("/metrics").status_code == 401


@given(st.text(max_size=20))
def test_any_name_is_a_label(name):
    topic = a_snapshot([a_topic(name)], [])
    own = f'highwater_cluster="{escape("x")}"'
    lines: dict[str, list[str]] = {}
    for metric, labels, value in kafka(topic, own, lambda _: True, lambda _: True):
        lines.setdefault("kminion_kafka_" + metric, []).append(f"kminion_kafka_{metric}{{{labels}}} {value}")
    names = {dict(labels).get("topic_name") for _, labels in samples(render(lines))}
    assert name in names
