"""What a mistake in an expression looks like, wherever the box for them stands."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def typed_and_marked(tab: Page, field: Locator) -> None:
    """One is typed and sent: it is marked at its column, chosen, and the address stays as it was."""
    field.press_sequentially('  value.event = "ü"')
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("Column 13: Two values are compared with ==.")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(tab.locator(".squiggle mark")).to_have_text("=")
    assert field.evaluate("el => el.value.slice(el.selectionStart, el.selectionEnd)") == "="
    assert "where" not in tab.url
