from __future__ import annotations

import csv
import io

import msgspec
import pytest
from django.urls import reverse

from clusters import gateways
from live.snapshot import ProducerState, WroteState
from tests.clusters.conftest import sign_in
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic, now_ms
from topics.producers import writers

LIST = "/c/orders-eu/topics/"
MANY = a_snapshot(*(a_topic(f"t-{n:04}") for n in range(250)))


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_before_the_first_poll_the_list_says_so(viewer):
    assert "Nothing is known yet" in text(viewer.get(LIST))


def test_an_empty_cluster_says_what_it_is(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic("__consumer_offsets", internal=True)))
    assert "Show the 1 internal one" in text(viewer.get(LIST))


def test_a_search_counts_and_keeps_its_text(viewer, cluster, poller):
    poller(cluster, MANY)
    page = text(viewer.get(LIST, {"q": "t-00"}))
    assert "100 of 250" in page
    assert 'value="t-00"' in page


def test_a_search_without_result_offers_the_way_back(viewer, cluster, poller):
    poller(cluster, MANY)
    assert "Show all 250" in text(viewer.get(LIST, {"q": "<b>nothing</b>"}))


def test_further_rows_come_alone_and_end(viewer, cluster, poller):
    poller(cluster, MANY)
    rows = text(viewer.get(LIST, {"from": "200"}, headers={"HX-Request": "true"}))
    assert rows.startswith("<tr")
    assert rows.count("<tr id=") == 50
    assert 'class="more"' not in rows


def test_further_rows_are_a_page_without_script(viewer, cluster, poller):
    poller(cluster, MANY)
    assert "From the first row" in text(viewer.get(LIST, {"from": "100"}))


def test_the_csv_is_the_whole_filtered_set(viewer, cluster, poller):
    poller(cluster, MANY)
    response = viewer.get(LIST, {"q": "t-01", "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [row["topic"] for row in rows] == [f"t-01{n:02}" for n in range(100)]
    assert "attachment" in response["Content-Disposition"]


def test_only_visible_names_are_listed_and_exported(client, cluster, poller):
    poller(cluster, a_snapshot(a_topic("shop.a"), a_topic("bank.a")))
    shopkeeper = sign_in(client, "viewer", cluster, "shop.*")
    for parameters in ({}, {"format": "csv"}):
        page = text(shopkeeper.get(LIST, parameters))
        assert "shop.a" in page
        assert "bank.a" not in page
    assert shopkeeper.get("/c/orders-eu/topics/bank.a/partitions/").status_code == 404


@pytest.mark.parametrize("tab", ["partitions", "groups", "producers", "config"])
def test_each_tab_of_a_topic_opens(viewer, cluster, poller, tab):
    poller(cluster, a_snapshot(a_topic("orders", a_partition(0), a_partition(1, start=None, end=None, size=None))))
    page = text(viewer.get(f"/c/orders-eu/topics/orders/{tab}/"))
    assert "2 partitions" in page
    assert 'aria-current="page">' + tab.capitalize() in page


@pytest.mark.parametrize("tab", ["partitions", "groups", "producers", "config"])
def test_each_tab_opens_while_nothing_is_known(viewer, tab):
    assert viewer.get(f"/c/orders-eu/topics/orders/{tab}/").status_code == 200


def wrote(id: int, name: str | None, group: str | None, topic: str = "orders", **known) -> ProducerState:
    return ProducerState(id, name, group, (WroteState(topic, **({"at": now_ms(), "sum": 1, "looked": 1} | known)),))


def test_who_writes_to_a_topic_is_told_with_rate_and_time(client, cluster, poller):
    snapshot = a_snapshot(
        a_topic("orders"),
        a_group("mailer"),
        a_group("secret"),
        producers=(
            wrote(1, "<billing>", None, rate=2.5, at=now_ms() - 7_200_000),
            wrote(2, "mailer-1", "mailer"),
            wrote(3, None, None, at=None),
            msgspec.structs.replace(wrote(8, None, None), transactional=True),
            wrote(4, "of-the-secret", "secret"),
            wrote(5, "secret-7", None),
            wrote(6, "elsewhere", None, topic="mails"),
        ),
        untold=(("orders", "Not allowed."), ("mails", "Not this one."), ("", "No broker.")),
    )
    poller(cluster, snapshot)
    user = sign_in(client, "viewer", cluster, "[om]*")
    page = text(user.get("/c/orders-eu/topics/orders/producers/"))
    assert page.index("mailer-1") < page.index("&lt;billing&gt;") and "2.5/s" in page and ">2 h</span>" in page
    assert 'href="/c/orders-eu/groups/mailer/"' in page
    assert page.count("needs DESCRIBE on transactional ids") == 2, "in the title and for who hears it, of one row"
    assert "secret" not in page and "elsewhere" not in page
    assert "could not be read last: Not allowed. What was known before is shown." in page
    assert "could not be read last: No broker." in page and "Not this one" not in page


def test_a_topic_without_known_producers_says_what_that_means(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic("orders")))
    assert "Kafka remembers no producer here" in text(viewer.get("/c/orders-eu/topics/orders/producers/"))


def test_of_very_many_producers_the_last_are_shown_and_the_rest_counted():
    found = writers([wrote(n, None, None, at=n) for n in range(500)], "orders", ())
    assert [w.id for w in found.rows[:2]] == [499, 498] and len(found.rows) + found.more == 500


def test_an_unknown_topic_is_a_404_with_what_was_meant(viewer, cluster, poller):
    poller(cluster, a_snapshot(a_topic("payments"), a_topic("orders")))
    response = viewer.get("/c/orders-eu/topics/paymnts/partitions/")
    page = text(response)
    assert response.status_code == 404
    assert "There is no topic “paymnts” in orders-eu." in page
    assert ">payments</bdi>" in page
    assert 'value="paymnts"' in page


@pytest.mark.parametrize("name", ["a/b", "50%", "..", "a\nb", "‮evil", "<b>", "x" * 249, "naïve topic"])
def test_a_name_of_any_letters_has_its_pages(viewer, cluster, poller, name):
    poller(cluster, a_snapshot(a_topic(name)))
    assert viewer.get(reverse("topics:partitions", args=["orders-eu", name])).status_code == 200
    assert viewer.get(LIST).status_code == 200
    assert viewer.get(reverse("topics:partitions", args=["orders-eu", f"{name}?"])).status_code == 404


@pytest.mark.parametrize("path", ["%00/partitions/", "~zz/config/", "x" * 5000 + "/"])
def test_an_address_that_is_no_name_is_a_404(viewer, cluster, poller, path):
    poller(cluster, MANY)
    assert viewer.get(LIST + path).status_code == 404


def test_the_config_comes_from_kafka_with_its_source(viewer, cluster, bootstrap):
    cluster.bootstrap = bootstrap
    cluster.save()
    page = text(viewer.get("/c/orders-eu/topics/no-such-topic-of-pages/config/now/"))
    gateways.forget(cluster.pk)
    assert "Ask again" in page
