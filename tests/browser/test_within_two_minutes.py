"""Last of the folder: by now the demo has had its time, and each of its groups shows its habit."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

TWO_MINUTES = 120_000

HABITS = {
    "payments-settler": "Stalled",
    "fraud-scores": "Stopped",
    "invoice-mailer": "Falling behind",
    "popular-products": "Keeping up",
    "service-logs-sink": "Keeping up",
    "stock-importer": "Idle",
}


@pytest.mark.timeout(200)
def test_every_verdict_of_the_demo_is_there_with_its_evidence(tab):
    tab.goto("/c/local/groups/?sort=name")
    for group, verdict in HABITS.items():
        row = tab.locator("tbody tr").filter(has=tab.get_by_role("link", name=group, exact=True))
        expect(row.locator(".chip")).to_have_text(verdict, timeout=TWO_MINUTES)
    tab.goto("/c/local/")
    expect(tab.locator(".attention li").first).to_contain_text("Stalled")
    tab.locator(".attention li", has_text="payments-settler").get_by_role("link", name="Open").click()
    expect(tab.locator("#verdict")).to_contain_text("payments-2 has not moved for")
    expect(tab.locator("#partitions tr", has_text="payments-2").locator(".lane")).to_have_class(re.compile("stuck"))


def test_the_record_that_stalls_a_group_is_one_click_away(tab):
    tab.goto("/c/local/groups/payments-settler/")
    tab.get_by_role("link", name="Show the record").click()
    expect(tab.locator("[data-tail=panel]")).to_contain_text("12,50")
