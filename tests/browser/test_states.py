"""What is not there, what does not answer, and who is signed out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(
    "path", ["/c/local/topics/user-evnts/", "/c/local/groups/popular-prodcts/", "/c/lokal/", "/no/such/"]
)
def test_what_is_unknown_is_404_and_offers_a_way_on(scene, tab, path):
    answer = scene.open(tab, "/c/local/topics/") and tab.goto(path)
    assert answer is not None and answer.status == 404
    expect(tab.get_by_role("heading", level=1)).to_have_text("There is no such page")
    way_on = tab.get_by_role("searchbox").or_(tab.get_by_role("main").get_by_role("button", name="Go to…"))
    expect(way_on).to_be_visible()


def test_the_search_of_a_page_that_is_not_there_finds_what_was_meant(scene, tab):
    scene.open(tab, "/c/local/topics/")
    tab.goto("/c/local/topics/user-event/")
    tab.get_by_role("searchbox").fill("user")
    tab.get_by_role("button", name="Search topics").click()
    expect(tab.locator("tbody")).to_contain_text("user-events")


def test_an_answer_that_fails_is_said_and_leaves_the_page_as_it_was(scene, tab):
    scene.open(tab, "/c/local/groups/")
    expect(tab.locator("tbody")).to_contain_text("fraud-scores")
    tab.route("**/groups/?q=*", lambda route: route.fulfill(status=429, body="<h1>Traceback</h1>"))
    tab.get_by_role("searchbox").fill("x")
    expect(tab.locator("#toasts")).to_contain_text("Too many requests")
    expect(tab.locator("tbody")).to_contain_text("fraud-scores")
    expect(tab.get_by_role("main")).not_to_contain_text("Traceback")


def test_a_fragment_without_a_session_leads_to_the_sign_in_page_and_back(scene, tab):
    scene.open(tab, "/c/local/groups/")
    tab.context.clear_cookies()
    tab.get_by_role("searchbox").fill("pop")
    expect(tab).to_have_url(re.compile(r"/account/login/\?next=%2Fc%2Flocal%2Fgroups%2F"))


def test_a_live_page_without_a_session_leads_to_the_sign_in_page(scene, tab):
    scene.open(tab, "/c/local/groups/popular-products/")
    expect(tab.locator("#live")).to_contain_text("live ·")
    tab.context.clear_cookies()
    tab.reload()
    expect(tab).to_have_url(re.compile(r"/account/login/\?next="))
