from __future__ import annotations

import time
from dataclasses import replace

import pytest

from access.models import Binding
from pipelines.shop.pages import drawn
from pipelines.shop.store import Ranked, ShopFile, over, ranking, steps
from streams.store_shop import ShopStore
from streams.words import word_of

NOW = int(time.time() * 1000)
MINUTE = 60_000


def minute(back: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime((NOW - back * MINUTE) / 1000))


def a_cart(user: str, state: str = "abandoned", back: int = 3, **more: object) -> dict:
    at = NOW - back * MINUTE
    cart = {"cart": f"{user}@{at}", "user_id": user, "state": state, "items": {"lamp": 2, "<b>": 1}, "value": 24.5}
    return cart | {"opened": at, "last": at, "abandoned": at + MINUTE, "recovered": None} | more


@pytest.fixture
def file(tmp_path):
    store = ShopStore(tmp_path / "shop.db")
    store.prepare()
    said = [
        ("popular-products", {"product": "lamp", "minute": minute(2), "count": 5}),
        ("popular-products", {"product": "lamp", "minute": minute(2), "count": 7}),
        ("popular-products", {"product": "desk", "minute": minute(3), "count": 9}),
        ("popular-products", {"product": "lamp", "minute": minute(20), "count": 50}),
        ("cart-funnel", dict.fromkeys(("view", "search", "add_to_cart"), 40) | {"remove_from_cart": 1, "checkout": 10}),
        ("cart-funnel", {"view": 1, "corrected": 3, "repeated": 2, "minute": minute(4), "partition": 1}),
        ("abandoned-carts", a_cart("u-1")),
        ("abandoned-carts", a_cart("u-2", "recovered", recovered=NOW)),
        ("abandoned-carts", a_cart("u-3", "withdrawn")),
        ("recommendations", {"user_id": "u-1", "cart": ["lamp"], "products": ["desk"]}),
    ]
    said[4][1].update(minute=minute(2), partition=0)
    store.write([word_of(topic, value, NOW) for topic, value in said])
    return ShopFile(tmp_path / "shop.db")


def test_the_newest_word_counts_and_windows_are_sums_of_minutes(file):
    shop = file.now(NOW, 15)
    assert [(ranked.product, ranked.count, ranked.before) for ranked in shop.ranking] == [
        ("desk", 9, 0),
        ("lamp", 7, 50),
    ]
    assert (shop.left, shop.left_value, shop.recovered) == (2, 49.0, 1)
    assert [cart.user for cart in shop.waiting] == ["u-1"]
    assert (shop.funnel[0], shop.corrected, shop.repeated) == (("view", 41, None), 3, 2)


def test_who_rises_and_who_falls():
    assert ranking({"a": 5, "b": 9, "c": 1}, {"a": 8, "b": 2}) == [
        Ranked("b", 9, 2, 1),
        Ranked("a", 5, 8, -1),
        Ranked("c", 1, 0, None),
    ]


def test_each_step_is_a_share_of_the_one_before():
    assert steps((200, 50, 10)) == [("view", 200, None), ("add_to_cart", 50, 0.25), ("checkout", 10, 0.2)]
    assert steps((None, None, None)) == [("view", 0, None), ("add_to_cart", 0, None), ("checkout", 0, None)]


@pytest.mark.parametrize(
    ("counted", "first", "since", "until", "found"),
    [
        ({}, None, 0, 10, {}),
        ({2: (7, 1), 3: (6, 1), 57: (5, 0), 58: (4, 2)}, 2, 0, 60, {2: (7, 1), 3: (6, 1), 57: (5, 0), 58: (4, 2)}),
        ({4: (7, 1)}, 1, 0, 4.5, {}),  # this minute is not over
        ({3: (7, 1)}, 1, 0, 4.5, {3: (7, 1)}),  # that one is, though nothing came since
        ({}, 1, 2.5, 6, {}),  # the view is older than the window
        ({5: (1, 0)}, 5, 2.5, 7, {5: (1, 0)}),  # it is younger: nothing is known of 3 and 4
    ],
)
def test_minutes_of_nothing_are_drawn_as_such_once_they_are_over(counted, first, since, until, found):
    rows = [(m * MINUTE, *counts) for m, counts in counted.items()]
    told = over(rows, first and first * MINUTE, int(since * MINUTE), int(until * MINUTE))
    begin = max(int(since) + 1, first or until)
    assert told == [(m * MINUTE, *found.get(m, (0, 0))) for m in range(begin, int(until))]


def test_a_line_by_the_minute_falls_to_the_ground_where_nothing_came(file):
    lines = drawn(replace(file.now(NOW, 15), minutes=[(0, 10, 2), (1, 0, 0), (2, 0, 12)]))
    assert lines["filled_line"] == "M0.0 9.3 L240.0 46.0 L480.0 46.0"
    assert lines["bought_line"] == "M0.0 38.7 L240.0 46.0 L480.0 2.0"


def test_the_dashboard_and_a_user(viewer, cluster, settings, file):
    settings.SHOPS = {cluster.slug: str(file.path)}
    page = viewer.get(f"/c/{cluster.slug}/shop/?window=6h").content.decode()
    assert "desk" in page
    assert "put into carts, last 6h, sliding by the minute, from" in page
    assert "&lt;b&gt;" in page
    assert "u-3" not in page
    assert "2 events came twice and counted once. 3 had a clock that was ahead or a day behind, and stand at" in page
    user = viewer.get(f"/c/{cluster.slug}/shop/users/u-1/").content.decode()
    assert "Others put with it" in user
    assert "desk" in user


@pytest.mark.parametrize("path", ["shop/", "shop/users/u-1/"])
def test_each_number_leads_to_its_topic_and_to_the_groups_it_went_through(viewer, cluster, settings, file, path):
    settings.SHOPS = {cluster.slug: str(file.path)}
    page = viewer.get(f"/c/{cluster.slug}/{path}").content.decode()
    made = (
        ("popular-products", "cart-funnel", "abandoned-carts")
        if path == "shop/"
        else ("recommendations", "abandoned-carts")
    )
    for topic in made:
        assert f'from <a class="mono" href="/c/{cluster.slug}/topics/{topic}/?start=newest">{topic}</a>' in page
    for group in ("user-events-analytics", "shop-view"):
        assert f'<a href="/c/{cluster.slug}/groups/{group}/">{group}</a></td><td class="num">lag ' in page


def test_it_is_closed_to_who_may_not_read_what_it_was_made_from(viewer, cluster, settings, file):
    settings.SHOPS = {cluster.slug: str(file.path)}
    Binding.objects.update(names="orders-*")
    assert viewer.get(f"/c/{cluster.slug}/shop/").status_code == 403
    assert viewer.get(f"/c/{cluster.slug}/shop/users/u-1/").status_code == 403
    assert viewer.get(f"/c/{cluster.slug}/shop/users/u-1/events/").status_code == 403
