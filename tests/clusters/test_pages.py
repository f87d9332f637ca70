from __future__ import annotations

import pytest

from clusters.models import Cluster
from tests.clusters.conftest import sign_in
from tests.snapshots import a_broker, a_group, a_partition, a_snapshot, a_topic, now_ms

OVERVIEW = "/c/orders-eu/"


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_one_cluster_is_opened_and_all_shows_the_list(viewer):
    assert viewer.get("/").url == OVERVIEW
    assert "orders-eu" in text(viewer.get("/?all=1"))


def test_a_dead_cluster_costs_its_own_card_only(viewer, cluster, poller):
    dead = Cluster.objects.create(name="attic", bootstrap="127.0.0.1:1")
    sign_in(viewer, "viewer", dead)
    sign_in(viewer, "viewer", cluster)
    user = viewer.session["_auth_user_id"]
    dead.bindings.create(user_id=user, role="viewer")
    poller(cluster, a_snapshot(a_topic()))
    poller(dead, a_snapshot(error="No broker answered."))
    page = text(viewer.get("/"))
    assert "No broker answered." in page
    assert "answers" in page
    assert "nothing needs attention" in page


def test_nobody_sees_a_cluster_without_a_role_there(client, cluster):
    stranger = sign_in(client, "nobody", None)
    assert "orders-eu" not in text(stranger.get("/"))
    assert "You have no role on any cluster" in text(stranger.get("/"))
    assert stranger.get(OVERVIEW).status_code == 404


def test_before_the_first_poll_nothing_is_called_zero(viewer):
    page = text(viewer.get(OVERVIEW))
    assert "No data yet" in page
    assert "Nothing is known yet" in page
    assert "<b>0" not in page


def test_a_cluster_that_never_answered_shows_why_and_no_numbers(viewer, cluster, poller):
    poller(cluster, a_snapshot(error="No broker answered."))
    page = text(viewer.get(OVERVIEW))
    assert "No broker answered." in page
    assert "<b>0" not in page


def test_a_cluster_that_went_down_keeps_its_last_facts_with_their_age(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic(), error="No broker answered.", good_at=now_ms() - 65_000))
    page = text(viewer.get(OVERVIEW))
    assert "1 min 5 s" in page
    assert 'data-state="down"' in page
    assert "topic, 1 partition" in page


def test_what_needs_attention_is_said_with_its_evidence(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_group("payments", "stalled", "payments-6 has not moved for 4 min")))
    page = text(viewer.get(OVERVIEW))
    assert "Stalled" in page
    assert "payments-6 has not moved for 4 min" in page
    assert "1 of 1" in page


def test_a_snapshot_that_grows_old_says_so(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic(), at=now_ms() - 60_000))
    page = text(viewer.get(OVERVIEW))
    assert "Stale" in page
    assert 'data-state="stale"' in page


def test_without_redis_the_page_says_that_live_updates_are_paused(viewer, cluster, poller, monkeypatch):
    monkeypatch.setattr("live.snapshots.redis_down", lambda: True)
    poller(cluster, a_snapshot(a_topic()))
    page = text(viewer.get(OVERVIEW))
    assert "Live updates paused" in page
    assert "topic, 1 partition" in page


def test_what_a_poll_could_not_read_is_listed(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic(), problems=("Broker 3 did not list its groups.",)))
    assert "Broker 3 did not list its groups." in text(viewer.get(OVERVIEW))


def test_names_from_kafka_are_text(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_group("<script>x</script>", "stalled", "<img src=x>")))
    page = text(viewer.get(OVERVIEW))
    assert "<script>x" not in page
    assert "<img src=x>" not in page


def test_an_unknown_cluster_is_a_404_with_the_known_ones(viewer):
    response = viewer.get("/c/orders-us/")
    assert response.status_code == 404
    assert "orders-eu" in text(response)


def test_the_rail_has_no_dead_entry(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic(), a_group()))
    frame = viewer.get(OVERVIEW).context["frame"]
    assert [place.label for place in frame.places] == [
        "Overview",
        "Topics",
        "Groups",
        "Flow",
        "Messages",
        "Searches",
        "Logs",
        "Shop",
        "Lab",
        "Brokers",
        "Changes",
    ]
    for place in frame.places:
        assert viewer.get(place.url).status_code == 200, place.label


def test_counts_in_the_rail_are_of_what_one_may_see(client, cluster, poller):
    poller(cluster, a_snapshot(a_topic("shop.a"), a_topic("shop.b"), a_topic("bank.a"), a_topic("__x", internal=True)))
    frame = sign_in(client, "viewer", cluster, "shop.*").get(OVERVIEW).context["frame"]
    assert {place.label: place.count for place in frame.places}["Topics"] == 2


def test_the_theme_is_on_the_page_before_any_script(viewer):
    viewer.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in text(viewer.get(OVERVIEW))
    viewer.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in text(viewer.get(OVERVIEW))


@pytest.mark.parametrize("query", ["pay", "PAY", "", "x" * 100_000, "%00", "‮"])
def test_the_palette_finds_only_what_one_may_see(client, cluster, poller, query):
    poller(cluster, a_snapshot(a_topic("payments"), a_topic("bank.payments"), a_group("pay-group")))
    response = sign_in(client, "viewer", cluster, "pay*").get("/palette/", {"q": query, "cluster": "orders-eu"})
    labels = [item["label"] for item in response.json()["items"]]
    assert "bank.payments" not in labels
    assert ("payments" in labels) == (query.lower() == "pay")


def test_the_palette_puts_the_beginning_of_a_name_first(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic("a-orders"), a_topic("orders-by-day"), a_topic("orders")))
    items = viewer.get("/palette/", {"q": "orders", "cluster": "orders-eu"}).json()["items"]
    assert [item["label"] for item in items] == ["orders", "orders-by-day", "a-orders"]


def test_brokers_show_what_is_known_of_each(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_broker(1), a_broker(2, size=None, error="its log directories did not answer")))
    page = text(viewer.get("/c/orders-eu/brokers/"))
    assert "its log directories did not answer" in page
    assert viewer.get("/c/orders-eu/brokers/2/").status_code == 200
    assert viewer.get("/c/orders-eu/brokers/7/").status_code == 404


def test_a_partition_without_leader_comes_first(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic("orders", a_partition(0), a_partition(1, leader=None, isr=()))))
    assert "1 of 2 partitions has no leader" in text(viewer.get(OVERVIEW))
