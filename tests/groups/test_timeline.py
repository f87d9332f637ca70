"""The page of the past of a group, its table, its marks and its CSV."""

from __future__ import annotations

import csv
import io
import re
import time
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from changes.models import Change
from gateway.jumps import Jump, Jumped
from groups import charts
from groups.charts import Chart
from groups.ranges import DAY, HOUR, Range
from history import journal, jumps, read, rebalances
from history.points import Point
from history.read import What
from tests.clusters.conftest import sign_in
from tests.history.polls import a_poll
from tests.history.test_rebalances import a_party, a_rebalance

NOW = 1_790_000_000_000


def a_chart(*found: Point, asked: str = "1h", began: int | None = NOW - DAY, what: What | None = None) -> Chart:
    return Chart(Range.of({"range": asked}, NOW), what or What("settler"), list(found), began, NOW)


def test_the_table_says_the_least_the_most_and_the_last():
    lag, arriving, _ = a_chart(Point(1, 5, rate_in=2.0), Point(2, 90), Point(3, 7, rate_in=0.0)).figures
    assert (lag.least, lag.most, lag.most_at, lag.last) == (5, 90, 2, 7)
    assert (arriving.least, arriving.most, arriving.last) == (0.0, 2.0, 0.0)


def test_what_is_not_known_at_the_end_is_not_what_was_known_before():
    assert a_chart(Point(1, 5), Point(2)).figures[0].last is None


def test_ways_to_other_ranges_keep_the_partition():
    chart = a_chart(what=What("settler", "or ders", 3))
    assert all(link.url.startswith("?topic=or+ders&partition=3&") for link in (*chart.ranges, *chart.steps))
    assert [link.label for link in chart.ranges if link.current] == ["1 h"]


def test_nothing_lies_later_than_now():
    assert "Later" not in [link.title for link in a_chart().steps]


@pytest.mark.parametrize(
    ("params", "what"),
    [
        ({}, What("g")),
        ({"topic": "t"}, What("g", "t")),
        ({"topic": "t", "partition": "0"}, What("g", "t", 0)),
        ({"partition": "0"}, What("g")),
        ({"topic": "t", "partition": "-1"}, What("g", "t")),
        ({"topic": "t", "partition": "9" * 30}, What("g", "t")),
    ],
)
def test_what_the_address_asks_for(params, what):
    assert charts.asked("g", params) == what


@pytest.fixture
def told(cluster, poller) -> int:
    """Ten minutes of a group that never reads. When the first poll was, ms."""
    read.forget()
    begin, before = int(time.time() * 1000) - 600_000, None
    for n in range(120):
        logs = {("=payments", 0): (100 + n, 0), ("=payments", 1): (7, 0)}
        groups = {"settler": {("=payments", 0): 100, ("=payments", 1): None}}
        poll = a_poll(begin + 5000 * n, logs, groups, cluster=cluster.pk)
        journal.record(before, poll)
        before = poll
    poller(cluster, before)
    return begin


def of(cluster, view: str = "timeline") -> str:
    return reverse(f"groups:{view}", args=[cluster.slug, "settler"])


def test_the_page_shows_the_newest_hour_and_goes_on_by_itself(viewer, cluster, told):
    html = viewer.get(of(cluster)).content.decode()
    assert "data-refresh" in html
    assert "Recording began at" in html
    assert "the lag of up to 1 partition was not known" in html
    assert "<b>119</b>" in html


def test_a_range_that_is_over_does_not_go_on(viewer, cluster, told):
    html = viewer.get(of(cluster), {"from": told, "to": told + 300_000}).content.decode()
    assert "data-refresh" not in html
    assert '"lag": [0, 1, 2, 3,' in html


def test_a_partition_that_never_had_a_commit_says_so(viewer, cluster, told):
    html = viewer.get(of(cluster), {"topic": "=payments", "partition": 9}).content.decode()
    assert "Nothing is known of this time" in html


def test_before_the_first_poll_it_says_when_recording_begins(viewer, cluster, poller):
    poller(cluster, a_poll(int(time.time() * 1000), {("t", 0): (1, 0)}, {"settler": {("t", 0): 1}}))
    assert "Recording begins with the next poll" in viewer.get(of(cluster)).content.decode()


def test_the_csv_is_what_the_charts_show(viewer, cluster, told):
    asked = {"topic": "=payments", "partition": 0, "from": told, "to": told + 300_000}
    answer = viewer.get(of(cluster), asked | {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    data = viewer.get(of(cluster), asked).content.decode()
    assert [row["lag"] for row in rows] == re.search(r'"lag": \[(.*?)\]', data)[1].split(", ")
    assert rows[-1] | {"time": ""} == {
        "time": "",
        "lag": "60",
        "committed": "100",
        "end": "160",
        "arriving_per_s": "0.2",
        "committed_per_s": "0.0",
        "unknown_partitions": "0",
    }


def a_change(cluster, ago_ms: int, **known) -> Change:
    facts = {"kind": "groups.reset_offsets", "target": "settler", "state": "done", "params": {}, "lock": "x"}
    facts |= {"cluster": cluster, "cluster_name": cluster.name, "actor_name": "you@example.com"}
    ended = datetime.fromtimestamp(time.time() - ago_ms / 1000, UTC)
    return Change.objects.create(**(facts | known), ended_at=ended)


def test_what_happened_is_marked_and_leads_to_it(viewer, cluster, told):
    reset = a_change(cluster, 60_000)
    config = a_change(cluster, 30_000, kind="topics.alter_config", target="=payments")
    hidden = [
        a_change(cluster, 30_000, state="failed"),
        a_change(cluster, 30_000, target="other"),
        a_change(cluster, 2 * HOUR),
        a_change(cluster, 30_000, kind="topics.produce", target="=payments"),
    ]
    moved = a_rebalance(told + 60_000, "settler", joined=(a_party("worker-9", 1),))
    rebalances.store(cluster.pk, [moved])
    html = viewer.get(of(cluster)).content.decode()
    marks = html.split('id="marks"')[1]
    assert re.findall(r"<span>(.*?)</span></a>", marks) == ["Rebalance", "Offsets reset", "Topic changed"]
    assert "client-worker-9 joined, epoch 2" in marks
    assert all(change.get_absolute_url() in marks for change in (reset, config))
    assert not any(change.get_absolute_url() in marks for change in hidden)


def test_changes_of_a_topic_that_is_hidden_are_not_marked(client, cluster, told):
    config = a_change(cluster, 30_000, kind="topics.alter_config", target="=payments")
    page = sign_in(client, "viewer", cluster, "settler").get(of(cluster))
    assert page.status_code == 200
    assert config.get_absolute_url() not in page.content.decode()


def test_offsets_that_went_back_or_away_are_marked_and_those_of_hidden_topics_are_not(client, viewer, cluster, told):
    places = (Jump("=payments", 0, 12_000, 4), Jump("=payments", 1, 7, 0))
    jumps.store(cluster.pk, [Jumped("settler", told + 60_000, "rewound", places)])
    jumps.store(cluster.pk, [Jumped("settler", told + 70_000, "gone", (Jump("=payments", 0, 4, None),))])
    marks = viewer.get(of(cluster)).content.decode().split('id="marks"')[1]
    assert re.findall(r"<span>(.*?)</span></a>", marks) == ["Offsets went back", "Offsets gone"]
    assert "=payments-0 from 12,000 to 4 and one other partition" in marks
    page = sign_in(client, "viewer", cluster, "settler").get(of(cluster))
    assert "Offsets went back" not in page.content.decode()
