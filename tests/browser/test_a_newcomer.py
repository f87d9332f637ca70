"""First of the folder: the link that `make run` printed, followed by somebody who has never been here."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.stack import sign_in


def test_the_printed_link_signs_in_once_and_leads_to_the_overview(browser, stack):
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, stack)
    expect(page).to_have_url(f"{stack.url}/c/local/")
    expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()
    expect(page.locator("#overview .kpi", has_text="topics")).to_contain_text(re.compile(r"[1-9]"))
    page.get_by_role("link", name=re.compile("^Groups")).click()
    expect(page.get_by_role("link", name="popular-products")).to_be_visible()
    context.close()
    again = browser.new_context()
    page = again.new_page()
    page.goto(stack.link)
    expect(page.get_by_role("button", name="Sign in")).to_have_count(0)
    page.goto(f"{stack.url}/c/local/")
    expect(page).to_have_url(re.compile("/account/login/"))
    again.close()
