from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.snapshots import a_broker, a_group, a_partition, a_snapshot, a_topic

OVERVIEW, TOPICS = "/c/orders-eu/", "/c/orders-eu/topics/"
SHOP = a_snapshot(
    *(a_topic(f"t-{n:03}") for n in range(250)),
    a_topic("payments", a_partition(isr=(1,)), cleanup="compact"),
    a_group("settler", "stalled", "payments-6 has not moved for 4 min"),
    a_broker(1),
    a_broker(2, size=None, error="its log directories did not answer"),
)


@pytest.fixture(autouse=True)
def polled(cluster, poller):
    poller(cluster, SHOP)


@pytest.mark.parametrize(("keys", "path"), [("gt", TOPICS), ("gb", "/c/orders-eu/brokers/"), ("go", OVERVIEW)])
def test_two_keys_go_to_a_place(page, keys, path):
    page.goto("/c/orders-eu/brokers/1/")
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_url(f"**{path}")


def test_the_palette_opens_a_topic_by_a_part_of_its_name(page):
    page.goto(OVERVIEW)
    page.keyboard.press("Control+k")
    page.keyboard.type("paym")
    expect(page.get_by_role("option").first).to_contain_text("payments")
    page.keyboard.press("Enter")
    page.wait_for_url("**/topics/payments/")


def test_help_is_one_key_and_escape_gives_the_focus_back(page):
    page.goto(TOPICS)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next row, previous row")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_rows_are_walked_and_opened_by_key(page):
    page.goto(f"{TOPICS}?sort=name")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/topics/t-000/")


def test_a_search_changes_rows_and_address_in_place_and_keeps_the_focus(page):
    page.goto(TOPICS)
    page.keyboard.press("/")
    page.keyboard.type("t-01")
    expect(page.get_by_role("status").filter(has_text="10 of 251")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/topics/\?q=t-01$"))
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(10)


def test_scrolling_brings_the_rest_of_the_rows_once(page):
    page.goto(f"{TOPICS}?sort=name")
    for shown in (201, 251):
        page.locator("tr.more").scroll_into_view_if_needed()
        expect(page.locator("tbody tr[id]")).to_have_count(200 if shown == 201 else 251)
    assert len(set(page.locator("tbody tr[id]").evaluate_all("rows => rows.map(r => r.id)"))) == 251


def test_a_page_follows_the_polls_by_itself(page, cluster, poller):
    page.goto(OVERVIEW)
    expect(page.locator("#recent")).to_contain_text("All changes")
    poller(cluster, a_snapshot(a_topic(), a_group("settler"), error="No broker answered.", good_at=1))
    expect(page.get_by_text("did not answer the last poll")).to_be_visible(timeout=8000)
    expect(page.locator("#places")).not_to_contain_text("need attention")
    expect(page.locator("#recent")).to_contain_text("All changes")


def test_the_theme_stays(page):
    page.goto(OVERVIEW)
    page.locator("summary", has_text="you@example.com").click()
    page.get_by_role("button", name="dark").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize(("status", "sentence"), [(500, "could not answer"), (403, "may not"), (404, "not there")])
def test_a_fragment_that_failed_is_said_and_can_be_tried_again(page, status, sentence):
    page.route("**/brokers/quorum/", lambda route: route.fulfill(status=status, body="<h1>Traceback</h1>"))
    page.goto("/c/orders-eu/brokers/")
    expect(page.locator("#toasts")).to_contain_text(sentence)
    expect(page.get_by_role("main")).not_to_contain_text("Traceback")
    page.unroute("**/brokers/quorum/")
    page.route("**/brokers/quorum/", lambda route: route.fulfill(body="<p>it is back</p>"))
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("it is back")).to_be_visible()


def test_who_says_what_failed_listens_before_anything_is_asked_for(page):
    page.goto(OVERVIEW)
    names = page.locator("head script").evaluate_all("scripts => scripts.map(s => s.src.split('/').pop())")
    assert [name.partition(".")[0] for name in names] == ["frame", "htmx-4"]


def test_a_server_that_is_gone_is_said(page):
    page.route("**/brokers/quorum/", lambda route: route.abort())
    page.goto("/c/orders-eu/brokers/")
    expect(page.locator("#toasts")).to_contain_text("does not answer")


def test_an_ended_session_leads_to_the_sign_in_page_and_back(page):
    page.goto(TOPICS)
    page.context.clear_cookies()
    page.get_by_role("searchbox").fill("t")
    page.wait_for_url(re.compile(r"/account/login/\?next=%2Fc%2Forders-eu%2Ftopics%2F"))


def test_a_topic_called_like_markup_is_text(page, cluster, poller):
    poller(cluster, a_snapshot(a_topic("<img src=x onerror=alert(1)>")))
    page.goto(TOPICS)
    expect(page.locator("tbody a")).to_have_text("<img src=x onerror=alert(1)>")
