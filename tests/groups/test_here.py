"""From a record to the groups that could be set to it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from live.snapshot import OffsetState
from tests.clusters.conftest import sign_in
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic

ORDERS = a_topic("orders", a_partition(0, start=10, end=100), a_partition(1, start=0, end=50))


def a_reader(name: str, **committed: int | None):
    """`a_reader("billing", p0=4)`: what it has committed on partition 0 of orders."""
    offsets = tuple(OffsetState("orders", int(p[1:]), offset) for p, offset in committed.items())
    return a_group(name, offsets=offsets)


def at(cluster, offset: int, partition: int = 0, topic: str = "orders") -> str:
    return reverse("groups:here", args=[cluster.slug, topic, partition, offset])


@pytest.fixture
def operator(client, cluster) -> Client:
    return sign_in(client, "operator", cluster)


def test_it_lists_the_topics_readers_by_their_distance_and_what_it_would_do(operator, cluster, poller):
    poller(
        cluster,
        a_snapshot(
            ORDERS, a_reader("far", p0=90), a_reader("near", p0=28), a_reader("other", p1=3), a_group("elsewhere")
        ),
    )
    page = operator.get(at(cluster, 30)).content.decode()
    assert page.index("near") < page.index("far") < page.index("other")
    assert "elsewhere" not in page
    assert "skips 2" in page and "replays 60" in page and "starts with 70 to read" in page


def test_choosing_one_leads_to_the_filled_form(operator, cluster, poller):
    poller(cluster, a_snapshot(ORDERS, a_reader("near", p0=28, p1=7)))
    form = reverse("groups:reset", args=[cluster.slug, "near"])
    filled = f"{form}?to=offset&offset=30&partition=orders%3A0"
    assert filled.replace("&", "&amp;") in operator.get(at(cluster, 30)).content.decode()
    page = operator.get(filled).content.decode()
    assert 'value="offset" checked' in page and 'name="offset" value="30"' in page
    assert 'value="orders:0" checked' in page and 'value="orders:1" checked' not in page


def test_a_group_that_never_read_it_is_named_and_gets_a_box_for_it(operator, cluster, poller):
    poller(cluster, a_snapshot(ORDERS, a_group("elsewhere")))
    answer = operator.get(at(cluster, 30), {"group": "elsewhere"})
    assert answer.url.endswith("/groups/elsewhere/reset/?to=offset&offset=30&partition=orders%3A0")
    assert 'value="orders:0" checked' in operator.get(answer.url).content.decode()
    wrong = operator.get(at(cluster, 30), {"group": "elsewere"})
    assert wrong.status_code == 422
    assert "There is no group elsewere here" in wrong.content.decode() and 'value="elsewere"' in wrong.content.decode()


def test_only_groups_that_one_may_reset_are_listed_and_found(client, cluster, poller):
    poller(cluster, a_snapshot(ORDERS, a_reader("o-mine", p0=28), a_reader("theirs", p0=28)))
    somebody = sign_in(client, "operator", cluster, "o*")  # orders, and groups whose names begin so
    page = somebody.get(at(cluster, 30)).content.decode()
    assert "o-mine" in page and "theirs" not in page
    assert somebody.get(at(cluster, 30), {"group": "theirs"}).status_code == 422


def test_who_may_not_see_the_topic_learns_nothing_of_it(client, cluster, poller):
    poller(cluster, a_snapshot(ORDERS, a_reader("mine", p0=28)))
    assert sign_in(client, "operator", cluster, "mine").get(at(cluster, 30)).status_code == 404


def test_a_viewer_is_told_that_it_is_not_theirs_to_do(viewer, cluster, poller):
    poller(cluster, a_snapshot(ORDERS, a_reader("near", p0=28)))
    page = viewer.get(at(cluster, 30)).content.decode()
    assert "Your role does not let you reset a group" in page
    assert "Set here…" not in page


@pytest.mark.parametrize("place", [(2**63, 0), (30, 2), (30, 2**40)])
def test_a_place_that_is_not_there_is_not_found(operator, cluster, poller, place):
    poller(cluster, a_snapshot(ORDERS))
    assert operator.get(at(cluster, *place)).status_code == 404
    assert operator.get(at(cluster, 30, topic="nowhere")).status_code == 404


def test_the_record_panel_is_given_the_way_here_by_those_who_may_reset(operator, viewer, cluster, poller):
    poller(cluster, a_snapshot(ORDERS))
    topic = reverse("records:messages", args=[cluster.slug, "orders"])
    sign_in(operator, "operator", cluster)
    assert f'data-set-here="/c/{cluster.slug}/groups/+here/orders/"' in operator.get(topic).content.decode()
    sign_in(viewer, "viewer", cluster)
    assert 'data-set-here=""' in viewer.get(topic).content.decode()
