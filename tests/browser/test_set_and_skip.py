"""From a record to the group that is set to it, and past it: by clicking; what counts is what the broker holds."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.scene import DONE, REPLAY

HELD = {0: 10, 1: 20, 2: 30}


@pytest.fixture(autouse=True)
def held(scene, clients):
    clients.commit(REPLAY, REPLAY, HELD)


def test_a_group_is_set_to_a_record_that_was_found_among_the_messages(scene, tab: Page, clients):
    scene.polled(tab, REPLAY, HELD)
    tab.goto(f"/c/local/topics/{REPLAY}/?start=oldest&record=1:45")
    tab.get_by_role("link", name="Set a group here…").click()
    expect(tab.get_by_role("heading", name="Set a group here")).to_be_visible()
    row = tab.get_by_role("row").filter(has_text=REPLAY)
    expect(row).to_contain_text("skips 25")
    row.get_by_role("link", name=f"Set {REPLAY} here").click()
    expect(tab.get_by_label("Offset", exact=True)).to_have_value("45")
    tab.get_by_role("button", name="Make the plan").click()
    tab.get_by_role("button", name="Apply to 1 partition").click()
    expect(tab.get_by_text(DONE)).to_be_visible()
    assert clients.committed(REPLAY, REPLAY, 3) == {**HELD, 1: 45}


def test_a_record_is_seen_copied_and_skipped(scene, tab: Page, clients):
    dead = "replay-dlq"
    if not clients.is_led(dead):
        clients.create({dead: 1})
    scene.polled(tab, REPLAY, HELD)
    tab.goto(f"/c/local/groups/{REPLAY}/skip/{REPLAY}/2/30/")
    record = tab.get_by_role("region", name="The record")
    expect(record).to_contain_text("record 30")
    tab.get_by_label("Copy it to a dead-letter topic first").fill(dead)
    tab.get_by_role("button", name="Make the plan").click()
    expect(record).to_contain_text("record 30")
    tab.get_by_role("button", name="Copy and skip it").click()
    expect(tab.get_by_text(DONE)).to_be_visible()
    expect(tab.locator("table.diff")).to_contain_text(f"{dead}-0 offset")
    assert clients.committed(REPLAY, REPLAY, 3) == {**HELD, 2: 31}
    assert clients.newest(dead)[1] == b"record 30"
