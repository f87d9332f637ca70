"""The messages of several topics: an expression completed, tried, marked where it is wrong; records read otherwise;
a view saved, opened and deleted through the page."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.browser.mistakes import typed_and_marked
from tests.browser.scene import KINDS, TAIL

PAGE = "/c/local/messages/"


def opened(scene, tab, query: str):
    with begun(tab):
        scene.open(tab, f"{PAGE}?{query}")
    return tab.locator(".rows .r:visible")


@contextmanager
def begun(tab, topics: int = 2) -> Iterator[None]:
    """Ends when the tail of each topic has said where it begins: what is produced then is shown."""
    names: set[str] = set()

    def hear(text: str) -> None:
        if (said := json.loads(text))["t"] == "started":
            names.add(said["topic"])

    def listen(socket) -> None:
        socket.on("framereceived", hear)

    tab.on("websocket", listen)
    yield
    for _ in range(300):
        if len(names) == topics:
            break
        tab.wait_for_timeout(50)
    tab.remove_listener("websocket", listen)
    assert len(names) == topics
    expect(tab.locator("[data-tail=live]")).to_contain_text("live")


def test_fields_of_the_chosen_topics_are_completed(scene, tab, clients):
    mine = uuid.uuid4().hex[:8]
    clients.produce(TAIL, [("k", json.dumps({f"amount_{mine}": 5}))])
    rows = opened(scene, tab, f"topic={TAIL}&topic={KINDS}")
    tab.get_by_label("Look for").select_option("Expression")
    field = tab.get_by_label("Expression that must hold")
    expect(field).to_have_attribute("role", "combobox")
    field.press_sequentially("value.amount_")
    option = tab.get_by_role("option", name=re.compile(f"^value.amount_{mine}"))
    expect(option).to_be_visible()
    option.click()
    expect(field).to_have_value(f"value.amount_{mine}")
    field.press_sequentially(" > 6")
    with begun(tab):
        tab.keyboard.press("Enter")
        expect(tab).to_have_url(re.compile("where=value.amount_"))
    clients.produce(TAIL, [("k", json.dumps({f"amount_{mine}": n})) for n in (5, 7)])
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text(f'"amount_{mine}": 7')
    expect(rows.first).to_contain_text(TAIL)


def test_a_mistake_is_marked_at_its_column_and_never_sent(scene, tab):
    opened(scene, tab, f"topic={TAIL}&topic={KINDS}")
    tab.get_by_label("Look for").select_option("Expression")
    field = tab.get_by_label("Expression that must hold")
    expect(field).to_have_attribute("role", "combobox")
    typed_and_marked(tab, field)


def test_a_mistake_in_its_address_is_marked_and_can_be_mended(scene, tab):
    scene.open(tab, f"{PAGE}?topic={TAIL}&topic={KINDS}&where=value.a+%3D+1")
    expect(tab.get_by_text("Column 9: Two values are compared with ==.")).to_be_visible()
    expect(tab.locator(".squiggle mark")).to_have_text("=")
    expect(tab.locator(".rows .ended")).to_contain_text("Two values are compared with ==.")
    tab.get_by_label("Expression that must hold").fill("value.a == 1")
    expect(tab.locator(".squiggle mark")).to_have_count(0)
    tab.keyboard.press("Enter")
    expect(tab.locator("[data-tail=live]")).to_contain_text("live")


def test_an_expression_is_tried_on_the_rows_of_all_topics(scene, tab, clients):
    rows = opened(scene, tab, f"topic={TAIL}&topic={KINDS}")
    clients.produce(TAIL, [("k", '{"n": 1}')])
    clients.produce(KINDS, [("k", '{"n": 2}')])
    expect(rows).to_have_count(2)
    tab.get_by_label("Look for").select_option("Expression")
    tab.get_by_label("Expression that must hold").fill("value.n == 2")
    tab.get_by_role("button", name="Try it on these rows").click()
    expect(tab.get_by_text("Of the 2 rows shown: 1 true, 1 false.")).to_be_visible()
    tried = tab.get_by_role("region", name="What the expression says of each row").get_by_role("row")
    expect(tried.filter(has_text=KINDS)).to_contain_text("true")
    expect(tried.filter(has_text=TAIL)).to_contain_text("false")


def test_a_format_of_the_view_is_that_of_all_its_topics_and_is_kept_with_it(scene, tab, clients):
    name = f"Bytes {uuid.uuid4().hex[:8]}"
    rows = opened(scene, tab, f"topic={TAIL}&topic={KINDS}")
    tab.locator("summary", has_text="Read as").click()
    with begun(tab):
        tab.get_by_label("Read values here as").select_option("int64")
    expect(tab).to_have_url(re.compile("read_value=int64"))
    clients.produce(TAIL, [("k", b"\0\0\0\0\0\0\0*")])
    expect(rows).to_have_count(1)
    expect(rows.first.get_by_role("gridcell").last).to_have_text("42")
    clients.produce(KINDS, [("k", "no number")])
    expect(rows).to_have_count(2)
    expect(rows.first.get_by_role("gridcell").last).to_have_text("no number")
    rows.first.click()
    expect(tab.locator("[data-tail=panel] .why")).to_contain_text("int64")
    tab.get_by_role("button", name="Save view").click()
    tab.get_by_role("dialog").get_by_label("Name").fill(name)
    with begun(tab):
        tab.get_by_role("dialog").get_by_role("button", name="Save").click()
        expect(tab.get_by_role("heading", name=name)).to_be_visible()
    expect(tab.get_by_role("row").filter(has_text=name)).to_contain_text("values read as int64")
    clients.produce(TAIL, [("k", b"\0\0\0\0\0\0\0+")])
    expect(rows.first.get_by_role("gridcell").last).to_have_text("43")
    chip = tab.get_by_role("button", name="values read as int64")
    chip.click()
    expect(chip).to_be_hidden()
    assert "read_value" not in tab.url
    tab.goto(PAGE)
    tab.get_by_role("button", name=f"Delete {name}").click()


def test_a_view_is_saved_opened_and_deleted(scene, tab, clients):
    name = f"Carts {uuid.uuid4().hex[:8]} <b>"
    opened(scene, tab, f"topic={TAIL}&topic={KINDS}&filter=cart&one_in=1")
    tab.locator("summary", has_text="Columns").click()
    for column in ("Part.", "Offset"):
        tab.get_by_label(column, exact=True).uncheck()
    expect(tab).to_have_url(re.compile("columns=time%2Ctopic%2Ckey%2Cvalue"))
    tab.get_by_role("button", name="Save view").click()
    tab.get_by_role("dialog").get_by_label("Name").fill(name)
    tab.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(tab).to_have_url(re.compile(r"/messages/[0-9a-f-]{36}/$"))
    expect(tab.get_by_text(f"The view “{name}” is saved.")).to_be_visible()
    expect(tab.get_by_role("heading", name=name)).to_be_visible()
    tab.goto(PAGE)
    with begun(tab):
        tab.get_by_role("link", name=name).click()
    expect(tab.get_by_label("Text in key, value or headers")).to_have_value("cart")
    expect(tab.locator("[data-tail=names]")).to_have_text(f"{KINDS} · {TAIL}")
    clients.produce(TAIL, [("k", "hay"), ("k", "one cart")])
    row = tab.locator(".rows .r:visible")
    expect(row).to_have_count(1)
    expect(row.get_by_role("gridcell")).to_have_count(4)
    tab.get_by_role("button", name=f"Delete {name}").click()
    expect(tab).to_have_url(re.compile(f"{PAGE}$"))
    expect(tab.get_by_role("link", name=name)).to_have_count(0)
