from __future__ import annotations

import csv
import io

import pytest
from django.urls import reverse

from live.snapshot import Finding, MemberState, OffsetState, Verdict
from tests.clusters.conftest import sign_in
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic

NAMES = ["a/b", "100%", "..", "two\nlines", "\u202egnp.exe", "~", "<script>alert(1)</script>", "members", "of-topic"]


def a_reader(group: str = "readers", topic: str = "orders", **known):
    member = MemberState("m-1", "worker-a", "10.0.0.7", None, ((topic, (0,)),))
    facts = {"members": (member,), "offsets": (OffsetState(topic, 0, 4, rate=2.0),), "lag": 6, "kind": "consumer"}
    return a_group(group, **(facts | known))


def of(cluster, view: str, *args: str) -> str:
    return reverse(f"groups:{view}", args=[cluster.slug, *args])


def shown(page) -> list[str]:
    """The names of the groups in the list, in order."""
    html = page.content.decode()
    return [part.split('"')[0] for part in html.split('<td class="name mono"><a href="')[1:]]


def test_the_list_is_worst_first(viewer, cluster, poller):
    verdicts = {"a-well": "keeping_up", "b-idle": "idle", "c-stalled": "stalled", "d-behind": "falling_behind"}
    groups = [a_group(name, code) for name, code in verdicts.items()]
    poller(cluster, a_snapshot(*groups))
    page = viewer.get(of(cluster, "list"))
    assert shown(page) == [of(cluster, "group", name) for name in ("c-stalled", "d-behind", "a-well", "b-idle")]
    assert b"4 groups, 2 need attention" in page.content


def test_a_verdict_filters_and_the_chips_count(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_group("one", "stalled"), a_group("two"), a_group("three")))
    page = viewer.get(of(cluster, "list"), {"verdict": "keeping_up"})
    assert len(shown(page)) == 2
    assert b"2 of 3" in page.content
    assert b"Stalled 1" in page.content and b"Keeping up 2" in page.content


@pytest.mark.parametrize("word", ["READERS", "orders", "worker-a", "10.0.0.7", "worker orders"])
def test_the_search_finds_by_group_topic_client_and_host(viewer, cluster, poller, word):
    poller(cluster, a_snapshot(a_reader(), a_group("others")))
    assert shown(viewer.get(of(cluster, "list"), {"q": word})) == [of(cluster, "group", "readers")]


def test_a_filter_of_100_kb_is_no_harm(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_reader()))
    page = viewer.get(of(cluster, "list"), {"q": "x" * 100_000})
    assert page.status_code == 200
    assert b"No group is like that" in page.content


def test_unknown_lag_sorts_last_in_both_directions(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_group("none", lag=None), a_group("some", lag=5), a_group("most", lag=9)))
    for sort, order in (("lag", ["some", "most", "none"]), ("-lag", ["most", "some", "none"])):
        found = shown(viewer.get(of(cluster, "list"), {"sort": sort}))
        assert found == [of(cluster, "group", name) for name in order]


def test_unknown_lag_is_a_dash_with_a_reason(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_group("none", lag=None)))
    assert b'title="nothing committed, or no end known"' in viewer.get(of(cluster, "list")).content


def test_rows_come_a_hundred_at_a_time(viewer, cluster, poller):
    poller(cluster, a_snapshot(*[a_group(f"g{n:03}") for n in range(150)]))
    first = viewer.get(of(cluster, "list"))
    assert len(shown(first)) == 100
    assert b"?from=100" in first.content
    rest = viewer.get(of(cluster, "list"), {"from": "100"}, headers={"HX-Request": "true"})
    assert len(shown(rest)) == 50
    assert b"<html" not in rest.content


def test_the_csv_is_the_filtered_set_and_runs_no_formula(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_group("=cmd()", "stalled"), a_group("other")))
    answer = viewer.get(of(cluster, "list"), {"verdict": "stalled", "format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert len(rows) == 2
    assert rows[1][0] == "'=cmd()"


def test_only_groups_one_may_see_are_listed_counted_and_opened(client, cluster, poller):
    user = sign_in(client, "viewer", cluster, names="team-*")
    poller(cluster, a_snapshot(a_reader("team-a"), a_reader("secret")))
    page = user.get(of(cluster, "list"))
    assert shown(page) == [of(cluster, "group", "team-a")]
    assert b"1 group" in page.content and b"secret" not in page.content
    assert user.get(of(cluster, "group", "secret")).status_code == 404
    assert user.get(of(cluster, "members", "secret")).status_code == 404


def test_a_group_says_what_is_the_matter_first(viewer, cluster, poller):
    sentence = "orders-0 has not moved for 4 min. One record is likely poison."
    verdict = Verdict("stalled", sentence, "Read it.", 1, "orders", 0, 4)
    poller(cluster, a_snapshot(a_topic(), a_reader(verdict=verdict)))
    page = viewer.get(of(cluster, "group", "readers")).content.decode()
    assert '<strong data-verdict="evidence">orders-0 has not moved for 4 min.</strong>' in page
    assert f"{reverse('records:messages', args=[cluster.slug, 'orders'])}?partition=0&amp;start=offset%3A4" in page
    assert page.index("has not moved") < page.index("<table")


def test_what_else_is_true_stands_under_the_verdict_with_its_record(viewer, cluster, poller):
    also = (
        Finding("blocked", "orders-0 waits.", "Abort it.", 1, "orders", 0, 7),
        Finding("skewed", "orders-0 gets most."),
    )
    poller(cluster, a_snapshot(a_topic(), a_reader(verdict=Verdict("lost", "Gone.", also=also))))
    page = viewer.get(of(cluster, "group", "readers")).content.decode()
    assert page.index("Lost records") < page.index("Blocked") < page.index("Skewed") < page.index("<table")
    assert '<span data-also="0">orders-0 waits.</span>' in page
    assert "start=offset%3A7" in page


def test_the_list_finds_a_group_by_whatever_is_true_of_it(viewer, cluster, poller):
    both = Verdict("stopped", "Stopped.", also=(Finding("skewed", "Skewed."),))
    poller(cluster, a_snapshot(a_group("one", verdict=both), a_group("two")))
    page = viewer.get(of(cluster, "list"), {"verdict": "skewed"})
    assert shown(page) == [of(cluster, "group", "one")]
    assert b"Skewed 1" in page.content and b"1 needs attention" in page.content


def test_a_lane_carries_its_distances_as_data_and_no_style(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic("orders", a_partition(start=0, end=10)), a_reader()))
    page = viewer.get(of(cluster, "group", "readers")).content.decode()
    assert 'data-lag="6" data-retained="10"' in page
    assert "style=" not in page


def test_partitions_are_filtered_by_owner(viewer, cluster, poller):
    offsets = (OffsetState("orders", 0, 4), OffsetState("orders", 1, 4))
    poller(cluster, a_snapshot(a_topic("orders", a_partition(0), a_partition(1)), a_reader(offsets=offsets)))
    page = viewer.get(of(cluster, "group", "readers"), {"q": "worker-a"}).content.decode()
    assert 'data-key="0:orders"' in page
    assert 'data-key="1:orders"' not in page


def test_an_unknown_group_is_a_404_with_a_way_on(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_reader()))
    page = viewer.get(of(cluster, "group", "reader"))
    assert page.status_code == 404
    assert of(cluster, "group", "readers").encode() in page.content


def test_before_the_first_poll_the_pages_say_so(viewer, cluster):
    for url in (of(cluster, "list"), of(cluster, "group", "readers"), of(cluster, "members", "readers")):
        page = viewer.get(url)
        assert page.status_code == 200
        assert b"Nothing is known yet" in page.content


@pytest.mark.parametrize("name", NAMES)
def test_any_name_has_its_pages(viewer, cluster, poller, name):
    poller(cluster, a_snapshot(a_topic(), a_reader(name)))
    for view in ("group", "members"):
        page = viewer.get(of(cluster, view, name))
        assert page.status_code == 200
        assert b"<script>alert" not in page.content


def test_members_show_what_they_own_and_what_nobody_owns(viewer, cluster, poller):
    offsets = (OffsetState("orders", 0, 4), OffsetState("orders", 1, 4))
    poller(cluster, a_snapshot(a_topic("orders", a_partition(0), a_partition(1)), a_reader(offsets=offsets)))
    page = viewer.get(of(cluster, "members", "readers")).content.decode()
    assert "worker-a" in page and "10.0.0.7" in page
    assert "1 partition of this group has no owner" in page and "orders-1" in page


def test_who_may_reset_gets_the_way_there(admin, cluster, poller):
    poller(cluster, a_snapshot(a_reader()))
    assert of(cluster, "reset", "readers").encode() in admin.get(of(cluster, "group", "readers")).content


def test_a_viewer_sees_the_reason_in_place_of_the_reset(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_reader()))
    page = viewer.get(of(cluster, "group", "readers")).content.decode()
    assert of(cluster, "reset", "readers") not in page
    assert "This needs the role operator or admin" in page


def test_the_groups_of_a_topic_show_their_lag_on_it_alone(viewer, cluster, poller):
    offsets = (OffsetState("orders", 0, 4), OffsetState("bills", 0, 1))
    topics = a_topic("orders", a_partition(end=10)), a_topic("bills", a_partition(end=999))
    poller(cluster, a_snapshot(*topics, a_reader(offsets=offsets), a_reader("others", topic="bills")))
    page = viewer.get(of(cluster, "of_topic", "orders")).content.decode()
    assert "readers" in page and "others" not in page
    assert "<b>6</b>" in page


def test_the_groups_of_a_hidden_topic_are_hidden_too(client, cluster, poller):
    user = sign_in(client, "viewer", cluster, names="team-*")
    poller(cluster, a_snapshot(a_topic("secret"), a_reader("team-a", topic="secret")))
    assert user.get(of(cluster, "of_topic", "secret")).status_code == 404
