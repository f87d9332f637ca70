"""Names and payloads that would act, or break a path, if a page took them for more than text.

The `tab` itself fails on a dialog, a script's error, a refused script or an image that is not there.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from clusters.names import encode
from tests.browser.scene import HOSTILE_CLIENT, HOSTILE_GROUPS, HOSTILE_TOPIC, KINDS, SCRIPT


def nothing_acts(tab: Page) -> None:
    assert tab.locator("main :is(img, svg:not(.spark), script, [onerror], [onload])").count() == 0
    assert tab.locator('[hx-get="/account/logout/"]').count() == 0
    assert "49" not in tab.locator("main h1").all_inner_texts()


def test_the_list_shows_every_name_as_it_is(scene, tab):
    scene.open(tab, f"/c/local/groups/{encode(HOSTILE_GROUPS[0])}/")
    tab.goto("/c/local/groups/?sort=name")
    shown = tab.locator("tbody td.name bdi").all_text_contents()
    assert {*HOSTILE_GROUPS, f"{SCRIPT} 2"} <= set(shown)
    nothing_acts(tab)


@pytest.mark.parametrize("group", HOSTILE_GROUPS, ids=range(len(HOSTILE_GROUPS)))
def test_each_group_has_its_pages(scene, tab, group):
    scene.open(tab, f"/c/local/groups/{encode(group)}/")
    tab.goto("/c/local/groups/?sort=name")
    tab.locator("tbody a").nth(tab.locator("tbody td.name bdi").all_text_contents().index(group)).click()
    heading = tab.locator("h1 bdi")
    assert heading.text_content() == group
    expect(tab.locator("#live")).to_contain_text("live ·")
    expect(tab.locator('#partitions [data-f="committed"]')).to_have_text("50")
    nothing_acts(tab)
    tab.get_by_role("link", name="Members").click()
    expect(tab).to_have_url(re.compile(re.escape(f"/{encode(group)}/members/") + "$"))
    assert heading.text_content() == group
    nothing_acts(tab)
    tab.get_by_role("link", name="Reset offsets…").click()
    assert tab.locator(".crumbs bdi").text_content() == group
    tab.get_by_role("radio", name="Latest only").check()
    tab.get_by_role("button", name="Make the plan").click()
    expect(tab.locator("table.diff")).to_contain_text("skips 50")
    assert tab.locator(".crumbs bdi").text_content() == group
    nothing_acts(tab)


def test_a_client_that_names_itself_like_markup_is_text_wherever_it_shows(scene, tab):
    path = f"/c/local/groups/{encode(f'{SCRIPT} 2')}/"
    for page in (path, f"{path}members/", f"{path}reset/", "/c/local/groups/?q=svg"):
        scene.open(tab, page)
        nothing_acts(tab)
    scene.open(tab, path)
    expect(tab.locator("#partitions .who")).to_have_text(HOSTILE_CLIENT)


def test_the_palette_and_the_topic_page_take_them_for_text_too(scene, tab):
    scene.open(tab, f"/c/local/topics/{HOSTILE_TOPIC}/groups/")
    expect(tab.locator("main tbody tr")).to_have_count(len(HOSTILE_GROUPS) + 1)
    nothing_acts(tab)
    tab.keyboard.press("Control+k")
    tab.keyboard.type("<img")
    expect(tab.get_by_role("option").first).to_contain_text("<img src=x")
    assert tab.locator("#palette img").count() == 0
    tab.keyboard.press("Enter")
    expect(tab.locator("h1")).to_contain_text("<img src=x")


@pytest.mark.parametrize("view", ["Tree", "Raw", "Hex", "Headers"])
def test_payloads_are_text_in_rows_and_panel(scene, tab, view):
    scene.open(tab, f"/c/local/topics/{KINDS}/?start=oldest")
    for kind in ("json", "text"):
        tab.locator(".rows .r", has_text=f"the {kind} one").click()
        tab.get_by_role("button", name=view).click()
        expect(tab.get_by_role("button", name=view)).to_have_attribute("aria-pressed", "true")
        nothing_acts(tab)


@pytest.mark.parametrize("asked", ["%3Cimg%20src=x%20onerror=alert(1)%3E", "%22onfocus=alert(1)%20x=%22"])
def test_what_is_asked_for_is_said_back_as_text(tab, asked):
    for path in (f"/c/local/groups/?q={asked}", f"/c/local/topics/?q={asked}", f"/c/local/topics/{asked}/"):
        tab.goto(path)
        nothing_acts(tab)
