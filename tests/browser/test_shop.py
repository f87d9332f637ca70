"""The Shop page and the page of a shopper in a browser, on a view that the test writes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from streams.reading import minute_said
from streams.store_shop import ShopStore
from streams.words import word_of
from tests.browser.test_every_page import looked_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def path(cluster, settings, tmp_path) -> Path:
    settings.SHOPS = {cluster.slug: str(tmp_path / "shop.db")}
    return tmp_path / "shop.db"


def make(path: Path) -> None:
    now = int(time.time() * 1000)
    minute = minute_said(now // 60_000 - 1)
    cart = {"cart": f"u-1@{now}", "user_id": "u-1", "state": "abandoned", "items": {"lamp": 2}, "value": 24.5}
    said = [
        ("popular-products", {"product": "lamp", "minute": minute, "count": 5}),
        ("cart-funnel", {"minute": minute, "partition": 0, "view": 9, "add_to_cart": 5, "checkout": 2}),
        ("abandoned-carts", cart | {"opened": now - 90_000, "last": now - 80_000, "abandoned": now, "recovered": None}),
        ("recommendations", {"user_id": "u-1", "cart": ["lamp"], "products": ["desk"]}),
    ]
    store = ShopStore(path)
    store.prepare()
    store.write([word_of(topic, value, now) for topic, value in said])


def test_the_page_fills_and_comes_back_by_itself_whatever_becomes_of_the_file(page, cluster, path):
    page.goto(f"/c/{cluster.slug}/shop/")
    shop, popular = page.locator("#shop"), page.get_by_role("region", name="Popular products")
    expect(shop).to_contain_text("There is no view of the shop yet")
    looked_at(page)
    make(path)
    expect(popular).to_contain_text("lamp")
    looked_at(page)
    kept = path.rename(path.parent / "kept.db")
    expect(shop).to_contain_text("There is no view of the shop yet")
    path.write_bytes(b"this is no database " * 500)
    expect(shop).to_contain_text("The view of the shop cannot be read: file is not a database.")
    kept.replace(path)
    expect(popular).to_contain_text("lamp")


def test_a_shopper_is_found_by_id_and_their_page_says_what_could_not_be_read(page, cluster, path):
    make(path)
    page.goto(f"/c/{cluster.slug}/shop/")
    page.get_by_role("searchbox", name="Id of a shopper").fill("u-1")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("region", name="Cart", exact=True)).to_contain_text("lamp")
    expect(page.get_by_role("region", name="Events")).to_contain_text("What this user did could not be read")
    looked_at(page)
    page.get_by_role("searchbox", name="Id of a shopper").fill("u-99")
    page.get_by_role("searchbox", name="Id of a shopper").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("u-99")
    expect(page.get_by_role("region", name="Carts", exact=True)).to_contain_text("No cart of this user is known")
    looked_at(page)
