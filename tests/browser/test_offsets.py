"""Apply when empty, bookmarks and a clean-up, by clicking; what counts is what the broker holds afterwards."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.clients import until
from tests.browser.scene import DONE, HOSTILE_GROUPS, HOSTILE_TOPIC, REPLAY
from tests.browser.test_every_page import looked_at

HELD = {0: 10, 1: 20, 2: 30}


def test_a_plan_waits_for_the_last_member_and_is_then_applied(scene, tab, clients):
    group = "waits-for-empty"
    clients.commit(group, REPLAY, HELD)
    with clients.member(group, REPLAY, "still-here"):
        scene.open(tab, f"/c/local/groups/{group}/reset/")
        tab.get_by_role("radio", name=re.compile("^Earliest")).check()
        tab.get_by_role("button", name="Make the plan").click()
        tab.get_by_role("link", name="Apply when empty…").click()
        looked_at(tab)
        tab.get_by_label("Wait at most").select_option("10 minutes")
        tab.get_by_role("button", name="Apply when empty").click()
        expect(tab.locator(".verdict")).to_contain_text("still-here on ")
        looked_at(tab)
    expect(tab.get_by_text(DONE)).to_be_visible(timeout=30_000)
    assert clients.committed(group, REPLAY, 3) == {0: 0, 1: 0, 2: 0}


def test_offsets_are_bookmarked_and_restored(scene, tab, clients):
    clients.commit(REPLAY, REPLAY, HELD)
    scene.open(tab, f"/c/local/groups/{REPLAY}/")
    tab.get_by_role("button", name="Bookmark offsets").click()
    expect(tab.get_by_text("The offsets of 3 partitions are saved.")).to_be_visible()
    clients.commit(REPLAY, REPLAY, {0: 99, 1: 20, 2: 30})
    tab.get_by_role("link", name="Saved by a person").first.click()
    until(lambda: tab.reload() and "+89" in tab.get_by_role("main").inner_text())
    looked_at(tab)
    tab.get_by_role("button", name="Restore the ticked ones…").click()
    tab.get_by_role("button", name="Apply to 3 partitions").click()
    expect(tab.get_by_text(DONE)).to_be_visible()
    assert clients.committed(REPLAY, REPLAY, 3) == HELD
    tab.get_by_role("link", name="the offsets from before").click()
    expect(tab.get_by_role("heading", name="Before a change")).to_be_visible()


def test_groups_are_cleaned_up_whatever_they_are_called(scene, tab, clients):
    for group in HOSTILE_GROUPS:
        clients.commit(group, HOSTILE_TOPIC, {0: 50})
    scene.open(tab, "/c/local/groups/+delete/?q=line")
    tab.get_by_label(re.compile("line one")).check()
    tab.get_by_role("button", name="Review the ticked ones").click()
    tab.get_by_label("Type 1 group to confirm.").fill("1 group")
    looked_at(tab)
    tab.get_by_role("button", name="Delete 1 group").click()
    expect(tab.get_by_text(DONE)).to_be_visible()
    assert clients.committed("line one\nline two", HOSTILE_TOPIC, 1) == {0: -1001}
    tab.get_by_role("button", name="Undo…").click()
    tab.get_by_role("button", name="Restore 1 group").click()
    expect(tab.get_by_text(DONE)).to_be_visible()
    assert clients.committed("line one\nline two", HOSTILE_TOPIC, 1) == {0: 50}
