"""The messages page in a real browser, with a real broker: one page of records, and the panel of one of them."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer
from playwright.sync_api import expect

from clusters.models import Cluster
from tests.axe import violations
from tests.browser.conftest import admin, live_server, page
from tests.clusters.conftest import poller

__all__ = ["admin", "live_server", "page", "poller"]

BIG = '{"id":12345678901234567890,"id":1e400,"in":[{"x":"<img src=x onerror=alert(1)>"}],"e":{}}'


@pytest.fixture
def cluster(transactional_db, bootstrap) -> Cluster:
    return Cluster.objects.create(name="orders-eu", bootstrap=bootstrap)


@pytest.fixture
def topic(a_topic, bootstrap):
    topic = a_topic(1, 300, "a line of text {n}")
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topic.name, BIG.encode(), b"\x00\x01", headers=[("trace", b"8f2c"), ("none", None)])
    producer.produce(topic.name, None, "key \u202ereversed".encode())
    producer.flush(20)
    return topic


@pytest.fixture
def rows(page, topic):
    page.goto(f"/c/orders-eu/topics/{topic.name}/?start=newest")
    expect(page.locator(".rows .r").first).to_be_visible()
    return page.locator(".rows .r")


def test_only_the_visible_rows_are_in_the_page_and_scrolling_reaches_the_last(page, rows):
    expect(page.locator("[data-tail=counts]")).to_have_text("100 records")
    assert rows.count() < 50
    page.locator("[data-tail=scroller]").evaluate("el => el.scrollTop = el.scrollHeight")
    expect(rows.filter(has_text="a line of text 202")).to_be_visible()


def test_older_goes_on_and_back_returns(page, rows):
    page.get_by_role("link", name="Older").click()
    expect(rows.first).to_contain_text("a line of text 201")
    page.go_back()
    expect(rows.first).to_contain_text("null")


def test_the_tree_keeps_every_digit_and_runs_nothing(page, rows):
    rows.nth(1).click()
    panel = page.locator("[data-tail=panel]")
    expect(panel).to_contain_text('"id": 12345678901234567890')
    expect(panel).to_contain_text('"id": 1e400')
    expect(panel).to_contain_text("<img src=x onerror=alert(1)>")
    assert panel.locator("img").count() == 0
    panel.get_by_role("button", name="Hex").click()
    expect(panel).to_contain_text("00000000  00 01")
    panel.get_by_role("button", name="Headers").click()
    expect(panel).to_contain_text("8f2c")
    assert "record=0%3A300" in page.url
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_a_link_to_a_record_opens_it(page, topic):
    page.goto(f"/c/orders-eu/topics/{topic.name}/?start=newest&record=0:301")
    expect(page.locator("[data-tail=panel]")).to_contain_text("a tombstone")


def test_direction_marks_are_shown_and_not_obeyed(rows):
    expect(rows.first).to_contain_text("key \\u202ereversed")


def test_the_hit_of_a_filter_is_marked_without_regard_to_capitals(page, rows):
    page.fill("[name=filter]", "TEXT 77")
    page.keyboard.press("Enter")
    expect(page.locator(".rows .hit:visible")).to_have_text(["text 77"])
    page.get_by_text("Aa", exact=True).click()
    expect(page.locator("[data-tail=empty]")).to_contain_text("No record")


def test_what_is_out_of_range_is_said_on_the_page(page, rows):
    page.select_option("[name=start]", "offset")
    page.fill("[name=offset]", "99999")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("[data-tail=empty]")).to_contain_text("partition 0 holds 0 to 301")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page, rows, scheme):
    page.emulate_media(color_scheme=scheme)
    rows.nth(1).click()
    expect(page.locator("[data-tail=panel] h2")).to_be_visible()
    assert violations(page) == []


DOUBLED = [['"a"', "1"], ['"a"', {"open": "[", "entries": [[None, "true"], [None, "null"]]}]]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('{"a":1,"a":[true,null]}', {"open": "{", "entries": DOUBLED}),
        ('["\\"}",-0.0]', {"open": "[", "entries": [[None, '"\\"}"'], [None, "-0.0"]]}),
        ("{}", {"open": "{", "entries": []}),
        ("[1", None),
        ("]", None),
    ],
)
def test_the_tree_is_made_of_the_text_itself(page, rows, text, tree):
    url = page.locator("#tail").get_attribute("data-panel")
    assert page.evaluate("async ([url, text]) => (await import(url)).parse(text)", [url, text]) == tree
