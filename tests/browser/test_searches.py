"""A search in the whole product: typed on the messages page, estimated, run by the real worker, its finds opened."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.scene import LANES, TAIL
from tests.browser.test_every_page import looked_at


@pytest.fixture
def ended(scene, tab):
    """A search that was typed on the messages page, at its end."""
    scene.open(tab, f"/c/local/topics/{LANES}/?start=newest")
    expect(tab.locator(".rows .r").first).to_be_visible()
    tab.fill("[name=filter]", "record 9")
    tab.get_by_role("link", name="Search all…").click()
    expect(tab.get_by_text("records at most, in 2 partitions")).to_be_visible()
    expect(tab.get_by_label("Text in key, value or headers")).to_have_value("record 9")
    tab.get_by_role("button", name="Search for “record 9”").click()
    expect(tab.get_by_text("complete", exact=True)).to_be_visible()


def test_it_finds_what_was_typed_and_a_find_opens_in_the_panel(ended, tab):
    expect(tab.get_by_text(re.compile(r"22 found in 20\d records: all of 2 partitions"))).to_be_visible()
    rows = tab.locator(".rows .r")
    expect(rows.first).to_contain_text("record 9")
    rows.first.click()
    expect(tab.locator("[data-find=panel]")).to_contain_text("record 9")
    tab.reload()  # the address is of the search and of the record
    expect(tab.locator("[data-find=panel]")).to_contain_text("record 9")
    tab.keyboard.press("Escape")
    expect(tab.locator("[data-find=panel]")).to_be_hidden()
    with tab.expect_download() as download:
        tab.locator("#export summary").click()
        tab.get_by_role("link", name="CSV").click()
    assert len(download.value.path().read_text().splitlines()) == 23
    tab.get_by_role("link", name="Searches").first.click()
    expect(tab.locator("table.searches tbody tr").first).to_contain_text("“record 9”")


def test_columns_and_the_format_of_the_view_go_along(scene, tab):
    scene.open(tab, f"/c/local/topics/{LANES}/?start=oldest&columns=key&read_key=hex")
    expect(tab.locator(".rows .r").first).to_contain_text("6b 2d")
    tab.get_by_role("link", name="Search all…").click()
    expect(tab.get_by_label("Columns")).to_have_value("key")
    tab.get_by_label("Text in key, value or headers").fill("record 77")
    tab.get_by_role("button", name="Estimate again").click()
    tab.get_by_role("button", name="Search for “record 77” keys read as hex").click()
    expect(tab.get_by_text("complete", exact=True)).to_be_visible()
    expect(tab.locator("[role=columnheader].path")).to_have_text(["key"])
    row = tab.locator(".rows .r:visible").first
    expect(row.locator(".path")).to_have_text("6b 2d 37 37")
    row.click()
    expect(tab.locator("[data-find=panel]")).to_contain_text("6b 2d 37 37")
    looked_at(tab)


def test_its_expression_is_completed_with_the_keyboard_and_checked_before_it_is_asked(scene, tab, clients):
    mine = uuid.uuid4().hex[:8]
    clients.produce(TAIL, [("k", json.dumps({f"event_{mine}": "view", "n": n})) for n in (1, 2)])
    scene.open(tab, f"/c/local/topics/{TAIL}/search/")
    field = tab.get_by_label("Expression", exact=True)
    field.focus()
    expect(field).to_have_attribute("role", "combobox")
    field.press_sequentially(f"value.event_{mine[:4]}")
    option = tab.get_by_role("option", name=re.compile(f"^value.event_{mine}"))
    expect(option).to_be_visible()
    tab.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", option.get_attribute("id"))
    tab.keyboard.press("Enter")
    field.press_sequentially(' = "view')
    tab.keyboard.press("Escape")
    field.press_sequentially('"')
    tab.keyboard.press("Enter")
    column = len(f"value.event_{mine} =")
    expect(tab.get_by_text(f"Column {column}: Two values are compared with ==.")).to_be_visible()
    expect(tab.locator(".squiggle mark")).to_have_text("=")
    assert "where" not in tab.url
    looked_at(tab)
    field.fill(f"value.event_{mine} == ")
    field.press_sequentially('"v')
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Tab")
    expect(field).to_have_value(f'value.event_{mine} == "view"')
    tab.get_by_role("button", name="Try it on the newest records").click()
    expect(tab.get_by_text(re.compile(r"^Of the newest \d+ records: 2 true"))).to_be_visible()
    field.press("Enter")
    expect(tab).to_have_url(re.compile(f"where=value.event_{mine}"))
    tab.get_by_role("button", name="Search for").click()
    expect(tab.get_by_text("complete", exact=True)).to_be_visible()
    expect(tab.locator(".rows .r:visible")).to_have_count(2)


def test_a_mistake_in_the_address_of_the_form_is_marked(scene, tab):
    tab.goto(f"/c/local/topics/{LANES}/search/?where=value.a+%3D+1")
    expect(tab.get_by_text("Column 9: Two values are compared with ==.")).to_be_visible()
    expect(tab.locator(".squiggle mark")).to_have_text("=")


def test_axe_finds_nothing_on_its_pages(ended, tab):
    looked_at(tab)
    tab.goto("/c/local/searches/")
    looked_at(tab)
    tab.goto(f"/c/local/topics/{LANES}/search/?filter=x")
    looked_at(tab)


def test_one_under_way_shows_its_progress_and_is_cancelled(scene, tab, clients):
    clients.create({"search-long": 2})
    for partition in (0, 1):
        clients.produce("search-long", ((None, "x" * 900) for _ in range(2000)), partition)
    scene.open(tab, "/c/local/topics/search-long/search/?where=value.matches('[xw]{100,400}q')")  # 2 ms a record
    tab.get_by_role("button", name="Search for").click()
    expect(tab.get_by_role("progressbar").first).to_be_visible()
    tab.get_by_role("button", name="Cancel").click()
    expect(tab.get_by_text("cancelled", exact=True)).to_be_visible()
    tab.get_by_role("button", name="Go on with the rest").click()
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
