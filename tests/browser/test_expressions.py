"""The box for expressions: completion, mistakes, conditions to choose from, a trial on the rows."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.axe import violations
from tests.browser.mistakes import typed_and_marked
from tests.browser.scene import TAIL

TOPIC = f"/c/local/topics/{TAIL}/"


@pytest.fixture
def carts(clients) -> str:
    """Three records under a key of their own; two of them JSON, one with an amount."""
    key = f"cart-{uuid.uuid4().hex[:8]}"
    clients.produce(
        TAIL, [(key, '{"event":"view","n":1}'), (key, '{"event":"add_to_cart","amount":12.5}'), (key, "plain text")]
    )
    return key


def box(tab: Page):
    expect(tab.locator("[data-tail=counts]")).not_to_be_empty()
    tab.get_by_label("Look for").select_option("Expression")
    field = tab.get_by_label("Expression that must hold")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("role", "combobox")
    return field


def test_fields_and_their_values_are_completed_with_the_keyboard(scene, tab, carts):
    scene.open(tab, f"{TOPIC}?start=newest")
    field = box(tab)
    field.press_sequentially(f'key == "{carts}" && value.eve')
    option = tab.get_by_role("option", name=re.compile("^value.event"))
    expect(option).to_be_visible()
    tab.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", option.get_attribute("id"))
    tab.keyboard.press("Enter")
    field.press_sequentially(' == "add')
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Tab")
    expect(field).to_have_value(f'key == "{carts}" && value.event == "add_to_cart"')
    expect(field).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile(r"where=key\+%3D%3D"))
    expect(tab.locator(".rows .r:visible")).to_have_count(1)
    expect(tab.locator(".rows .r:visible .hit:visible").first).to_have_text(re.compile("add_to_cart|cart-"))


def test_escape_closes_the_list_and_leaves_the_expression(scene, tab, carts):
    scene.open(tab, f"{TOPIC}?start=newest")
    field = box(tab)
    field.press_sequentially("value.")
    expect(tab.get_by_role("option", name=re.compile("^value.event"))).to_be_visible()
    field.press_sequentially("ev")
    expect(tab.get_by_role("listbox", name="Fields and functions")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("listbox", name="Fields and functions")).to_be_hidden()
    expect(field).to_have_value("value.ev")
    expect(field).to_have_attribute("aria-expanded", "false")


def test_a_mistake_is_marked_and_never_sent(scene, tab, carts):
    scene.open(tab, f"{TOPIC}?start=newest")
    field = box(tab)
    typed_and_marked(tab, field)
    field.fill("value.evnt == 1")
    expect(tab.get_by_text(re.compile(r"^None of the newest \d+ records has value\.evnt\.$"))).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "false")


def test_a_mistake_in_an_address_is_marked_as_well(scene, tab):
    scene.open(tab, f"{TOPIC}?where=value.a+%3D+1")
    expect(tab.get_by_text("Column 9: Two values are compared with ==.")).to_be_visible()
    expect(tab.locator(".rows .ended")).to_contain_text("Two values are compared with ==.")


def test_conditions_are_chosen_and_written(scene, tab, carts):
    scene.open(tab, f"{TOPIC}?start=newest")
    field = box(tab)
    tab.get_by_role("button", name="Add a condition").click()
    name, sign = tab.get_by_label("Field", exact=True), tab.get_by_label("Operator")
    expect(name).to_be_focused()
    expect(tab.locator("#where-fields option[value='value.amount']")).to_have_count(1)

    def add(of: str, how: str, what: str | None = None) -> None:
        name.fill(of)
        sign.select_option(how)
        if what is not None:
            tab.get_by_label("Value", exact=True).fill(what)
        tab.get_by_role("button", name="Add", exact=True).click()

    add("key", "is", carts)
    add("value.amount", "is more than", "10")
    add("value.event", "is one of (commas between)", "view, add_to_cart")
    add("headers", "is there")
    add("value.coupon", "is not there")
    add("timestamp", "is at least", "2020-01-01 00:00")
    expect(field).to_have_value(
        f'key == "{carts}" && value.amount > 10 && value.event in ["view", "add_to_cart"] && headers != null'
        ' && !has(value.coupon) && timestamp >= timestamp("2020-01-01T00:00:00Z")'
    )
    tab.get_by_role("button", name="Show").click()
    expect(tab.locator(".rows .r:visible")).to_have_count(1)
    expect(tab.locator(".rows .r:visible")).to_contain_text("12.5")


def test_it_is_tried_on_the_rows_in_sight(scene, tab, carts):
    scene.open(tab, f"{TOPIC}?start=newest&filter={carts}")
    expect(tab.locator(".rows .r:visible")).to_have_count(3)
    field = box(tab)
    field.fill("value.amount > 10 || value.n == 2")
    tab.get_by_role("button", name="Try it on these rows").click()
    expect(tab.get_by_text("Of the 3 rows shown: 1 true, 2 without an answer.")).to_be_visible()
    region = tab.get_by_role("region", name="What the expression says of each row")
    expect(region.get_by_role("row").filter(has_text="A text has no field amount.")).to_have_count(1)
    expect(region.get_by_role("row").filter(has_text="12.5")).to_contain_text("true")
    assert violations(tab) == []


def test_where_nothing_matches_it_is_tried_on_the_newest(scene, tab, carts):
    scene.open(tab, f"{TOPIC}?start=newest&where=value.amount+>+1000000")
    expect(tab.get_by_text("No record in this part matches the filter.")).to_be_visible()
    tab.get_by_role("button", name="Try it on these rows").click()
    expect(tab.get_by_text(re.compile(r"^Of the newest \d+ records: .*[1-9]\d* false"))).to_be_visible()


def test_text_and_expression_hold_together_and_what_has_no_answer_is_counted(scene, tab, clients):
    scene.open(tab, f"{TOPIC}?filter=needle")
    box(tab)
    expect(tab.get_by_role("button", name="and text “needle” ×")).to_be_visible()
    tab.keyboard.type("value.n > 1")
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile("filter=needle&where="))
    expect(tab.locator("[data-tail=live]")).to_contain_text("live")
    clients.produce(
        TAIL, [(None, '{"n":2,"t":"needle"}'), (None, '{"n":2}'), (None, "a needle"), (None, '{"n":1,"t":"needle"}')]
    )
    expect(tab.locator(".rows .r:visible")).to_have_count(1)
    expect(tab.locator("[data-tail=counts]")).to_contain_text("matched 1 of 4 · 25.0 % · 1 without an answer")
    tab.get_by_role("button", name="and text “needle” ×").click()
    expect(tab).not_to_have_url(re.compile("needle"))


def test_the_language_is_explained_on_a_page(scene, tab):
    scene.open(tab, "/help/expressions/")
    expect(tab.get_by_role("heading", name="Expressions", level=1)).to_be_visible()
    expect(tab.get_by_role("cell", name='value.event == "add_to_cart"')).to_be_visible()
