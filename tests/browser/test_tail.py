"""The messages of a topic while they come, and the ways to look back."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from tests.browser.clients import Clients, until
from tests.browser.scene import FLOOD, KIND_RECORDS, KINDS, TAIL

PAGE = f"/c/local/topics/{TAIL}/"
FLOOD_RATE, FLOOD_SECONDS = 20_000, 3


def live(scene, tab: Page, path: str = PAGE) -> Locator:
    scene.open(tab, path)
    expect(tab.locator("[data-tail=live]")).to_contain_text("live")
    return tab.locator(".rows .r:visible")


def test_records_show_up_as_they_are_produced_newest_on_top(scene, tab, clients):
    rows = live(scene, tab)
    clients.produce(TAIL, [("a-key", "first"), ("a-key", "second")])
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("second")
    expect(rows.last).to_contain_text("a-key")
    expect(tab.locator("[data-tail=counts]")).to_have_text("2 records")


def test_a_filter_shows_what_matches_and_counts_the_rest(scene, tab, clients):
    rows = live(scene, tab)
    tab.get_by_label("Text in key, value or headers").fill("Needle")
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile(r"\?filter=Needle$"))
    expect(tab.locator("[data-tail=live]")).to_contain_text("live")
    clients.produce(TAIL, [(None, "hay"), (None, "a needle in it"), ("needle", "hay")])
    expect(rows).to_have_count(2)
    expect(tab.locator(".rows .hit:visible").first).to_have_text("needle")
    expect(tab.locator("[data-tail=counts]")).to_contain_text("matched 2 of 3")


def test_paused_rows_stay_and_what_came_meanwhile_is_there_afterwards(scene, tab, clients):
    rows = live(scene, tab)
    clients.produce(TAIL, [(None, "before")])
    expect(rows).to_have_count(1)
    other = tab.context.new_page()
    elsewhere = live(scene, other)
    tab.bring_to_front()
    tab.keyboard.press("Space")
    expect(tab.get_by_role("button", name="Resume")).to_be_visible()
    clients.produce(TAIL, [(None, "meanwhile")])
    expect(elsewhere).to_have_count(1)
    expect(rows).to_have_count(1)
    tab.keyboard.press("Space")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("meanwhile")


def test_a_row_of_live_records_opens_beside_them(scene, tab, clients):
    rows = live(scene, tab)
    clients.produce(TAIL, [("k", '{"n": 1}')], headers=[("trace", b"8f2c")])
    rows.first.click()
    panel = tab.locator("[data-tail=panel]")
    expect(panel).to_contain_text('"n": 1')
    panel.get_by_role("button", name="Headers").click()
    expect(panel).to_contain_text("8f2c")
    panel.get_by_role("button", name="Raw").click()
    expect(panel.locator("pre")).to_have_text('{"n": 1}')
    panel.get_by_role("button", name="Hex").click()
    expect(panel).to_contain_text("00000000  7b 22 6e 22")


def test_rows_that_come_have_the_columns_that_were_chosen(scene, tab, clients):
    rows, heads = live(scene, tab, f"{PAGE}?columns=value.user,value.n"), tab.locator("[role=columnheader].path")
    expect(heads).to_have_text(["value.user", "value.n"])
    clients.produce(TAIL, [("k", json.dumps({"user": "<img src=x onerror=alert(1)>", "n": 77})), ("k", "no json")])
    expect(rows.nth(1).locator(".path")).to_have_text(["<img src=x onerror=alert(1)>", "77"])
    expect(rows.first.locator(".path")).to_have_text(["—", "—"])
    tab.locator("[data-tail=more]").click()
    tab.get_by_label("Columns").fill("value.n")
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile(r"\?columns=value\.n$"))
    expect(heads).to_have_text(["value.n"])
    expect(tab.locator("[data-tail=live]")).to_contain_text("live")
    clients.produce(TAIL, [("k", '{"n": 78}')])
    expect(rows.first.locator(".path")).to_have_text(["78"])
    with tab.expect_response(lambda r: r.url.endswith("/records/columns/")):
        tab.get_by_label("Columns").fill("")
        tab.keyboard.press("Enter")
    expect(heads).to_have_count(0)
    expect(tab.locator("[data-tail=live]")).to_contain_text("live")
    clients.produce(TAIL, [("k", '{"n": 79}')])
    expect(rows.first).to_contain_text('{"n": 79}')


def test_looking_back_from_either_end_from_an_offset_and_from_a_time(scene, tab):
    scene.open(tab, "/c/local/topics/lanes/")
    rows, start = tab.locator(".rows .r:visible"), tab.get_by_label("Start")
    tab.get_by_text("All partitions").click()
    tab.get_by_label("0", exact=True).check()
    start.select_option("Oldest")
    expect(rows.first).to_contain_text("record 0")
    start.select_option("Newest")
    expect(rows.first).to_contain_text("record 99")
    start.select_option("From offset")
    tab.get_by_label("Offset").fill("42")
    tab.get_by_role("button", name="Show").click()
    expect(rows.first).to_contain_text("record 42")
    tab.go_back()
    expect(rows.first).to_contain_text("record 99")
    start.select_option("From time")
    tab.get_by_label("Time, in your zone").fill("2001-01-01T00:00:00")
    tab.get_by_role("button", name="Show").click()
    expect(rows.first).to_contain_text("record 0")
    assert "start=time%3A2001-01-01T" in tab.url and "partition=0" in tab.url


def test_json_text_binary_empty_and_null_are_told_apart(scene, tab):
    scene.open(tab, f"/c/local/topics/{KINDS}/?start=oldest")
    panel = tab.locator("[data-tail=panel]")
    said = {
        "json": "JSON",
        "text": "text",
        "binary": "bytes: neither JSON nor text",
        "empty": "zero bytes, which is not null",
        "null": "a tombstone",
    }
    for kind in KIND_RECORDS:
        row = tab.locator(".rows .r", has_text=f"the {kind} one")
        expect(row.locator(".v")).to_have_attribute("data-kind", kind)
        row.click()
        expect(panel).to_contain_text(f"the {kind} one")
        expect(panel).to_contain_text(said[kind])


@dataclass(slots=True)
class Frames:
    """What the server sent on the tail's socket."""

    shown: int = 0
    passed: int = 0
    matched: int = 0
    widest: int = 0
    notes: list[str] = field(default_factory=list)

    def take(self, text: str | bytes) -> None:
        frame = json.loads(text)
        if frame["t"] == "frame":
            self.shown += len(frame["rows"])
            self.passed += sum(count for _, count, *_ in frame["passed"])
            self.matched += frame["matched"]
            self.widest = max(self.widest, len(frame["rows"]))
        elif frame["t"] in ("notice", "ended"):
            self.notes.append(frame["sentence"])


@contextmanager
def flood(clients: Clients) -> Iterator[None]:
    """20,000 records/s beside the test; all are delivered when it ends."""

    def run() -> None:
        begun, sent = time.monotonic(), 0
        while sent < FLOOD_RATE * FLOOD_SECONDS:
            due = min(FLOOD_RATE * FLOOD_SECONDS, int((time.monotonic() - begun) * FLOOD_RATE))
            for n in range(sent, due):
                clients.producer.produce(FLOOD, f'{{"n":{n},"action":"view"}}', f"user-{n % 500}", n % 3)
            sent = max(sent, due)
            clients.producer.poll(0.01)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        assert clients.producer.flush(20) == 0


def test_at_20000_records_a_second_what_is_not_shown_is_counted_to_the_last_one(scene, tab, clients):
    frames = Frames()
    tab.on("websocket", lambda socket: socket.on("framereceived", lambda text: frames.take(text)))
    rows = live(scene, tab, f"/c/local/topics/{FLOOD}/")
    produced = FLOOD_RATE * FLOOD_SECONDS
    with flood(clients):
        expect(rows.first).to_be_visible()
        # The page answers in the middle of it.
        tab.keyboard.press("Space")
        expect(tab.get_by_role("button", name="Resume")).to_be_visible()
        rows.first.click()
        expect(tab.locator("[data-tail=panel]")).to_contain_text('"action": "view"')
        tab.keyboard.press("Escape")
        tab.get_by_role("button", name="Resume").click()
        expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    expect(tab.locator("[data-tail=counts]")).to_have_text(f"{produced:,} records")
    assert frames.shown + frames.passed == frames.matched == produced
    assert frames.passed > frames.shown > 0 and frames.widest <= 200 and frames.notes == []
    assert tab.locator(".rows > *").count() < 60
    until(lambda: tab.locator("[data-tail=live]").inner_text().startswith("live · 0 records/s in"))

    def passed_in_sight() -> bool:
        tab.locator("[data-tail=scroller]").evaluate("el => { el.scrollTop += 20 * 26 }")
        return tab.locator(".rows .passed:visible", has_text="passed between these rows").count() > 0

    until(passed_in_sight)
    tab.locator(".rows .passed:visible").first.get_by_role("link", name="read them").click()
    expect(tab).to_have_url(re.compile(r"[?&](start=offset|from=)"))
    expect(rows.first).to_contain_text("user-")
