"""Who reads what, who writes what, who may see it; and the page of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from access import policy
from access.models import Binding
from live.snapshot import OffsetState, ShareState
from pipelines.flow.graph import GROUP, TOPIC, Edge, Id, around, graph
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic

SNAPSHOT = a_snapshot(
    a_topic("sales", a_partition(0, end=100, in_rate=2.5), a_partition(1, end=100, in_rate=1.5)),
    a_topic("mails", a_partition(0, end=7)),
    a_topic("quiet"),
    a_topic("jobs", a_partition(0, end=50, in_rate=None)),
    a_topic("mailer-counts-changelog"),
    a_topic("__consumer_offsets", internal=True),
    a_group(
        "mailer",
        "falling_behind",
        offsets=(OffsetState("sales", 0, 90, rate=1.0), OffsetState("sales", 1, 95), OffsetState("gone", 0, 1)),
    ),
    a_group("sharer", kind="share", shares=(ShareState("jobs", 0, 10, 40),)),
)


def everything(name: str) -> bool:
    return True


def t(name: str) -> Id:
    return Id(TOPIC, name)


def g(name: str) -> Id:
    return Id(GROUP, name)


def test_readers_come_of_commits_and_writers_of_what_programs_say():
    found = graph(SNAPSHOT, {"mailer": ("mails", "not there"), "nobody": ("mails",)}, everything, everything)
    assert set(found.edges) == {
        Edge(t("sales"), g("mailer"), 1.0, 15),
        Edge(t("jobs"), g("sharer"), None, 40),
        Edge(g("mailer"), t("mails"), 1.0),
    }
    assert found.nodes[t("sales")].rate == 4.0 and found.nodes[t("jobs")].rate is None
    assert (found.nodes[g("mailer")].said, found.nodes[g("mailer")].tone) == ("Falling behind", "warn")
    assert (found.alone, found.hidden) == (("quiet",), 0)


def test_topics_of_stream_programs_are_shown_on_wish_at_the_group_that_owns_them():
    found = graph(SNAPSHOT, {}, everything, everything, internal=True)
    assert Edge(g("mailer"), t("mailer-counts-changelog"), 1.0) in found.edges


def test_what_a_person_may_not_see_is_left_out_and_counted():
    found = graph(SNAPSHOT, {"mailer": ("mails",)}, lambda name: name != "sales", everything)
    assert t("sales") not in found.nodes and found.hidden == 1


def test_around_one_is_what_is_so_many_steps_from_it():
    whole = graph(SNAPSHOT, {"mailer": ("mails",)}, everything, everything)
    assert set(around(whole, [t("sales")], 1).nodes) == {t("sales"), g("mailer")}
    assert set(around(whole, [t("sales")], 2).nodes) == {t("sales"), g("mailer"), t("mails")}
    assert not around(whole, [t("no such")], 3).nodes


@pytest.fixture
def page(viewer, cluster, poller):
    poller(cluster, SNAPSHOT)
    return lambda query="": viewer.get(f"/c/{cluster.slug}/flow/{query}").content.decode()


def test_the_page_draws_links_and_says_the_same_as_a_table(page, cluster):
    body = page()
    assert f'href="/c/{cluster.slug}/groups/mailer/"' in body and "15 behind" in body and "4.0/s in" in body
    assert "No group has committed on" in body and "quiet" in body
    assert 'href="?around=topic%3Asales"' in body  # in the table


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("?q=SAL", "mailer", "sharer"),
        ("?around=group:sharer", "jobs", "sales"),
        ("?around=nonsense&hops=x", "sales", "around <bdi"),
        ("?q=no-such-thing", "No topic or group of that name", "<svg viewBox"),
    ],
)
def test_the_address_says_what_is_shown(page, query, there, absent):
    main = page(query).partition("<main")[2]
    assert there in main and absent not in main


def test_a_person_of_some_topics_sees_no_other_name(page, viewer, cluster):
    user = User.objects.get()
    Binding.objects.filter(user=user).update(names="jobs")
    Binding.objects.create(user=user, role="viewer", cluster=cluster, names="sharer")
    policy.forget(user.pk)
    body = page()
    assert "jobs" in body and "sales" not in body and "mailer" not in body
    assert "that you may not see are left out" in body
