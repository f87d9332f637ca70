"""From how many lines could not be used, to why, to the records themselves."""

from __future__ import annotations

import json

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from playwright.sync_api import expect

from tests.browser.test_every_page import looked_at
from tests.snapshots import a_partition, a_snapshot, a_topic

pytestmark = pytest.mark.django_db(transaction=True)
TOPIC = "service-logs-dlq"
REASONS = {"level_unknown": 'level is "<b>LOUD</b>", not one of INFO', "not_json": "not JSON: Expecting value"}


@pytest.fixture
def letters(cluster, poller, own_kafka, settings, tmp_path) -> None:
    bootstrap = own_kafka().bootstrap
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(TOPIC, 1, 1)])[TOPIC].result(30)
    producer = Producer({"bootstrap.servers": bootstrap})
    for n, code in enumerate(["level_unknown", "not_json", "not_json"]):
        producer.produce(TOPIC, json.dumps({"code": code, "reason": REASONS[code], "offset": n}), f"0@{n}")
    assert producer.flush(20) == 0
    cluster.bootstrap = bootstrap
    cluster.save()
    settings.LOGS = {cluster.slug: str(tmp_path / "none.db")}
    poller(cluster, a_snapshot(a_topic(TOPIC, a_partition(0, end=3))))


def test_why_they_were_not_used_is_told_and_leads_to_the_records(page, cluster, letters):
    page.goto(f"/c/{cluster.slug}/logs/")
    told = page.locator("details.dead")
    expect(told.locator("summary")).to_contain_text("2 not json")
    looked_at(page)
    told.locator("summary").click()
    expect(told).to_contain_text(REASONS["level_unknown"])
    expect(told).to_contain_text(f"All that {TOPIC} holds is counted: 3 records.")
    looked_at(page)
    told.get_by_role("row", name="not json").get_by_role("link", name="2").click()
    rows = page.get_by_role("main").locator(".r", has_text="0@")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("not_json")
    expect(page.get_by_role("main")).not_to_contain_text("LOUD")
