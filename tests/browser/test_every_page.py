"""Every kind of page: axe finds nothing in dark on a desk and in light on a phone, and all of it can be seen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.axe import violations
from tests.browser.conftest import listen
from tests.browser.scene import HOSTILE_TOPIC, LANES, REPLAY

PAGES = (
    "/?all=1",
    "/clusters/add/",
    "/c/local/",
    "/c/local/edit/",
    "/c/local/remove/",
    "/c/local/brokers/",
    "/c/local/brokers/1/",
    "/c/local/topics/",
    "/c/local/topics/?internal=1&q=no-such",
    "/c/local/topics/+create/",
    "/c/local/topics/user-events/",
    "/c/local/topics/kinds/?start=oldest&record=0:0",
    "/c/local/topics/user-events/?start=newest&where=value.a%20%3D%201",
    "/help/expressions/",
    "/c/local/topics/user-events/partitions/",
    "/c/local/topics/user-events/producers/",
    f"/c/local/topics/{HOSTILE_TOPIC}/groups/",
    "/c/local/topics/user-events/config/",
    "/c/local/topics/user-events/config/change/",
    "/c/local/topics/user-events/produce/",
    "/c/local/topics/user-events/reading/",
    "/c/local/masks/",
    "/c/local/messages/",
    "/c/local/messages/?topic=kinds&topic=user-events&where=has(value.user_id)",
    "/c/local/searches/",
    "/c/local/searches/looks/",
    "/c/local/topics/user-events/delete/",
    "/c/local/flow/",
    "/c/local/lab/",
    "/c/local/lab/producers/?n=3",
    "/c/local/lab/producers/faults/?fault=pause&seconds=6&timeout=2",
    "/c/local/lab/consumers/",
    "/c/local/lab/consumers/max-poll-interval/?protocol=cooperative-sticky&rate=none",
    "/c/local/logs/",
    "/c/local/shop/",
    "/c/local/shop/users/no-such/",
    "/c/local/groups/",
    "/c/local/groups/payments-settler/",
    "/c/local/groups/popular-products/members/",
    "/c/local/groups/popular-products/timeline/",
    f"/c/local/groups/{REPLAY}/reset/",
    f"/c/local/groups/{REPLAY}/bookmarks/",
    f"/c/local/groups/{REPLAY}/delete-offsets/",
    f"/c/local/groups/{REPLAY}/reset/?to=file",
    f"/c/local/groups/{REPLAY}/reset/?to=group",
    f"/c/local/groups/{REPLAY}/skip/{REPLAY}/1/20/",
    f"/c/local/groups/+here/{REPLAY}/1/40/",
    f"/c/local/groups/{REPLAY}/delete/",
    "/c/local/groups/+create/",
    "/c/local/groups/+delete/",
    "/c/local/changes/",
    "/account/",
    "/account/tokens/",
    "/account/password/",
    "/account/logout/",
    "/people/",
    "/people/1/",
    "/c/local/topics/no-such/",
)


DESK, LAPTOP = {"width": 1440, "height": 900}, {"width": 1120, "height": 700}
WHOLE = """() => [...document.querySelectorAll(".card")].every((card) => getComputedStyle(card).overflowX !== "clip"
    || [...card.querySelectorAll("table")].every((table) => table.offsetWidth <= card.clientWidth))"""


def looked_at(tab: Page) -> None:
    expect(tab.locator(".skeleton")).to_have_count(0)
    tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert violations(tab) == [], "dark"
    tab.wait_for_function(WHOLE)  # else the last columns of a table are nowhere
    tab.set_viewport_size(LAPTOP)
    tab.wait_for_function(WHOLE)
    tab.evaluate("document.documentElement.dataset.theme = 'light'")
    tab.set_viewport_size({"width": 400, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than a phone"
    assert violations(tab) == [], "light, on a phone"
    tab.set_viewport_size(DESK)


@pytest.fixture(scope="module")
def walked(browser, signed_in, stack, scene):
    """One tab for all pages, as a person has, and all that it said. The groups that they are about are known."""
    context, said = browser.new_context(base_url=stack.url, storage_state=signed_in), []
    context.on("page", lambda opened: listen(opened, said))
    page = context.new_page()
    page.set_viewport_size(DESK)
    for group in (REPLAY, "payments-settler", "popular-products"):
        scene.open(page, f"/c/local/groups/{group}/")
    yield page, said
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_nothing_is_cut_off_and_a_phone_scrolls_only_inside_cards(walked, path):
    page, said = walked
    page.set_viewport_size(DESK)
    page.goto("about:blank")
    said.clear()  # each test answers for its own page
    page.goto(path)
    looked_at(page)
    assert said == []


def test_the_pages_of_a_change_too(scene, tab, clients):
    clients.commit(REPLAY, REPLAY, {0: 10, 1: 20, 2: 30})
    scene.open(tab, f"/c/local/groups/{REPLAY}/reset/")
    tab.get_by_role("radio", name="Earliest").check()
    tab.get_by_role("button", name="Make the plan").click()
    tab.get_by_text("2 Review the plan").wait_for()
    looked_at(tab)
    tab.get_by_role("button", name="Apply to 3 partitions").click()
    tab.get_by_text("Applied, and read back from Kafka.").wait_for()
    looked_at(tab)


def test_the_dialogs_too(scene, tab):
    scene.open(tab, f"/c/local/groups/{LANES}/")
    for key in ("?", "Control+k"):
        tab.keyboard.press(key)
        tab.get_by_role("dialog").wait_for()
        assert violations(tab) == []
        tab.keyboard.press("Escape")


def test_the_pages_before_the_sign_in_too(browser, stack):
    context = browser.new_context(base_url=stack.url)
    for path in ("/account/login/", stack.link):
        page = context.new_page()
        page.goto(path)
        looked_at(page)
    context.close()
