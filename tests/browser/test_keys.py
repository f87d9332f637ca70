"""The console without a mouse, on the whole stack: where keys lead, and that the focus is seen and kept."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clients import until
from tests.browser.scene import LANES

SWAPS = "document.addEventListener('htmx:after:swap', () => { window.swaps = (window.swaps ?? 0) + 1 })"
OUTLINE = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
}"""


def focused(tab: Page) -> str:
    return tab.evaluate("document.activeElement.textContent.trim()")


def test_from_anywhere_to_a_group_and_back_by_keys_alone(scene, tab):
    scene.open(tab, "/c/local/brokers/")
    tab.keyboard.press("g")
    tab.keyboard.press("g")
    expect(tab).to_have_url(re.compile("/groups/$"))
    tab.keyboard.press("/")
    tab.keyboard.type("popular")
    expect(tab.locator("tbody tr")).to_have_count(1)
    expect(tab.get_by_role("searchbox")).to_be_focused()
    tab.keyboard.press("Tab")
    tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile("/groups/popular-products/$"))
    expect(tab.locator("#live")).to_contain_text("live ·")
    tab.keyboard.press("Space")
    expect(tab.get_by_role("button", name="Resume")).to_be_visible()
    tab.keyboard.press("Space")
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    tab.keyboard.press("?")
    expect(tab.get_by_role("dialog")).to_contain_text("pause and resume")
    tab.keyboard.press("Escape")
    tab.keyboard.press("g")
    tab.keyboard.press("t")
    expect(tab).to_have_url(re.compile("/topics/$"))
    tab.keyboard.press("Control+k")
    tab.keyboard.type("fraud")
    expect(tab.get_by_role("option").first).to_contain_text("fraud-scores")
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile("/groups/fraud-scores/$"))


def test_rows_of_records_are_walked_and_opened_by_key(scene, tab):
    scene.open(tab, f"/c/local/topics/{LANES}/?start=oldest&partition=0")
    expect(tab.locator(".rows .r").first).to_contain_text("record 0")
    for key in "jjk":
        tab.keyboard.press(key)
    expect(tab.locator(".rows .on")).to_contain_text("record 0")
    tab.locator("[data-tail=scroller]").focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("[data-tail=panel]")).to_contain_text("record 0")
    tab.keyboard.press("j")
    expect(tab.locator("[data-tail=panel]")).to_contain_text("record 1")
    tab.keyboard.press("Escape")
    expect(tab.locator("[data-tail=panel]")).to_be_hidden()


@pytest.mark.parametrize(
    "path", ["/c/local/", "/c/local/groups/", f"/c/local/groups/{LANES}/", "/c/local/topics/lanes/"]
)
def test_the_focus_is_seen_on_every_stop(scene, tab, path):
    scene.open(tab, path)
    tab.keyboard.press("Tab")
    assert focused(tab) == "Skip to the content"
    for _ in range(14):
        tab.keyboard.press("Tab")
        assert tab.evaluate(OUTLINE), tab.evaluate("document.activeElement.outerHTML")


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("/c/local/", "Groups"),
        ("/c/local/groups/?sort=name", "popular-products"),
        (f"/c/local/groups/{LANES}/", "Members"),
    ],
)
def test_the_focus_stays_when_the_page_renews_itself(scene, tab, path, link):
    scene.open(tab, path)
    # The live page renews itself when members come and go; here it is asked to.
    tab.evaluate(SWAPS)
    tab.get_by_role("link", name=re.compile(f"^{link}")).focus()
    tab.evaluate("htmx.trigger(document.querySelector('[data-refresh]'), 'refresh')")
    until(lambda: tab.evaluate("window.swaps > 0"))
    assert focused(tab).startswith(link)
