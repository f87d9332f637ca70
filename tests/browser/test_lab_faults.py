"""A fault in the whole product: chosen in the browser, run by the worker, proved on the page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import looked_at


@pytest.mark.timeout(300)  # a broker starts, on a busy machine
def test_a_cut_is_chosen_watched_and_proved_and_its_link_asks_for_the_same(stack, tab):
    tab.goto("/c/local/lab/producers/")
    tab.get_by_role("link", name="What does a fault lose or double?").click()
    tab.get_by_role("link", name="When does a retry double?").click()
    expect(tab.get_by_role("radio", name="Cut")).to_be_checked()
    tab.get_by_label("Records/s").fill("300")
    tab.get_by_role("button", name="Run").click()
    expect(tab.get_by_text("the network is gone")).to_be_visible(timeout=120_000)
    expect(tab.get_by_role("button", name="Cancel")).to_be_visible()
    verdict = tab.get_by_role("region", name="Verdict")
    expect(verdict).to_contain_text(re.compile("acks=0 lost [1-9]"), timeout=90_000)
    expect(verdict).to_contain_text(re.compile("retries lost nothing and doubled [1-9]"))
    expect(verdict).to_contain_text("The idempotent producer lost nothing and doubled nothing")
    expect(tab.get_by_role("button", name="Cancel")).to_have_count(0)
    tab.get_by_role("group").filter(has_text="acks=all with retries").get_by_text("doubled").click()
    expect(tab.get_by_text(re.compile(r"record [\d,]+ at offsets [\d,]+ and [\d,]+")).first).to_be_visible()
    looked_at(tab)
    tab.get_by_role("link", name="Again, or with changes").click()
    expect(tab.get_by_label("Records/s")).to_have_value("300")
