"""A group is sent back and brought home again, by clicking; what counts is what the broker holds afterwards."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.scene import BUSY, DONE, REPLAY

HELD = {0: 10, 1: 20, 2: 30}


@pytest.fixture(autouse=True)
def held(scene, clients):
    clients.commit(REPLAY, REPLAY, HELD)


def plan(tab: Page, way: str) -> None:
    tab.get_by_role("link", name="Reset offsets…").click()
    tab.get_by_role("radio", name=re.compile(f"^{way}")).check()
    tab.get_by_role("button", name="Make the plan").click()
    assert tab.get_by_role("alert").all_inner_texts() == []
    expect(tab.locator("[aria-current=step]")).to_have_text("2 Review the plan")


def test_a_stopped_group_is_reset_to_earliest_and_taken_back(scene, tab, clients):
    scene.open(tab, f"/c/local/groups/{REPLAY}/")
    plan(tab, "Earliest")
    expect(tab.locator(".kpis")).to_contain_text("60")
    expect(tab.locator("table.diff tbody tr").nth(2)).to_contain_text("replays 30")
    expect(tab.locator("td.first").first).to_contain_text("record 0")
    assert clients.committed(REPLAY, REPLAY, 3) == HELD
    tab.get_by_role("button", name="Apply to 3 partitions").click()
    expect(tab.get_by_text(DONE)).to_be_visible()
    assert clients.committed(REPLAY, REPLAY, 3) == {0: 0, 1: 0, 2: 0}
    tab.get_by_role("button", name="Undo…").click()
    tab.get_by_role("button", name=re.compile("Apply")).click()
    expect(tab.get_by_text(DONE)).to_be_visible()
    assert clients.committed(REPLAY, REPLAY, 3) == HELD
    tab.goto("/c/local/changes/")
    expect(tab.locator("table.changes tbody tr").first).to_contain_text(f"{REPLAY} (undo)")


def test_only_the_ticked_partitions_are_reset(scene, tab, clients):
    scene.open(tab, f"/c/local/groups/{REPLAY}/")
    tab.get_by_role("link", name="Reset offsets…").click()
    tab.get_by_label("All partitions of replay").uncheck()
    tab.get_by_label("replay-1").check()
    tab.get_by_role("radio", name=re.compile("^A shift")).check()
    tab.get_by_label("Records to shift by").fill("+5")
    tab.get_by_role("button", name="Make the plan").click()
    tab.get_by_role("button", name="Apply to 1 partition").click()
    expect(tab.get_by_text(DONE)).to_be_visible()
    assert clients.committed(REPLAY, REPLAY, 3) == {0: 10, 1: 25, 2: 30}


def test_commits_that_moved_after_the_plan_stop_it(scene, tab, clients):
    scene.open(tab, f"/c/local/groups/{REPLAY}/")
    plan(tab, "Latest")
    clients.commit(REPLAY, REPLAY, {0: 11})
    tab.get_by_role("button", name="Apply to 3 partitions").click()
    expect(tab.get_by_role("button", name="Plan again")).to_be_visible()
    assert clients.committed(REPLAY, REPLAY, 3) == {0: 11, 1: 20, 2: 30}


def test_a_group_with_members_is_refused_with_their_names(scene, tab, clients):
    before = clients.committed(BUSY, BUSY, 2)
    scene.open(tab, f"/c/local/groups/{BUSY}/")
    plan(tab, "Earliest")
    expect(tab.get_by_role("main")).to_contain_text("busy-reader-1")
    expect(tab.get_by_role("button", name=re.compile("^Apply to"))).to_have_count(0)
    expect(tab.get_by_role("button", name="Apply when empty")).to_be_visible()
    assert clients.committed(BUSY, BUSY, 2) == before


def test_a_production_cluster_asks_for_the_name_of_the_group(scene, tab, clients, stack):
    tab.goto("/clusters/add/")
    tab.get_by_label("Name", exact=True).fill("prod")
    tab.get_by_label("Environment").select_option(label="production")
    tab.get_by_label("Bootstrap servers").fill(stack.bootstrap)
    tab.get_by_role("button", name=re.compile("Test", re.IGNORECASE)).click()
    expect(tab.locator("#connection")).to_contain_text("visible")
    tab.get_by_role("button", name=re.compile("^(Add|Save)")).click()
    expect(tab).to_have_url(re.compile("/c/prod/"))
    tab.goto(f"/c/prod/groups/{REPLAY}/")
    expect(tab.locator("#partitions tbody tr")).to_have_count(
        3
    )  # the page that came before the first poll fills itself
    expect(tab.locator("#live")).to_contain_text("·")
    scene.open(tab, f"/c/prod/groups/{REPLAY}/")
    plan(tab, "Earliest")
    apply = tab.get_by_role("button", name="Apply to 3 partitions")
    name = tab.get_by_label(re.compile("^This is a production cluster"))
    name.fill("replai")
    apply.click()
    expect(tab.get_by_role("alert")).to_be_visible()
    assert clients.committed(REPLAY, REPLAY, 3) == HELD
    name.fill(REPLAY)
    apply.click()
    expect(tab.get_by_text(DONE)).to_be_visible()
    assert clients.committed(REPLAY, REPLAY, 3) == {0: 0, 1: 0, 2: 0}
