"""An experiment with consumers in the whole product: begun, pressed and proved in the browser, run by the worker."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.test_every_page import looked_at


def test_a_consumer_is_killed_by_button_and_what_it_processed_is_proved(stack, tab):
    tab.goto("/c/local/lab/consumers/own/?partitions=3&members=1&rate=200")
    expect(tab.get_by_label("Partitions", exact=True)).to_have_value("3")
    tab.get_by_role("button", name="Start").click()
    consumers = tab.get_by_role("region", name="Consumers")
    expect(consumers.get_by_text("0 1 2")).to_be_visible()
    expect(tab.locator("#seen li.member")).to_be_visible()  # the group's own page, once a poll has seen it
    tab.get_by_role("button", name="Add a consumer").click()
    expect(consumers.get_by_text("B", exact=True)).to_be_visible()
    tab.get_by_role("button", name="Kill -9: B").click()
    expect(consumers.get_by_text("killed")).to_be_visible()
    looked_at(tab)
    tab.get_by_role("button", name="Kill -9: A").click()
    expect(consumers.get_by_text("killed")).to_have_count(2)
    tab.get_by_role("button", name="End and prove").click()
    expect(tab.get_by_text("Proved")).to_be_visible()
    expect(tab.get_by_text(re.compile("Auto commit of what was processed, every 5 s: of .* 0 never"))).to_be_visible()
    tab.get_by_role("link", name="Its settings as a link").click()
    expect(tab.get_by_label("Rate", exact=True)).to_have_value("200")
