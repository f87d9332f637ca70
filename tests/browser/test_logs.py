"""The Logs page in a browser, on the embedded store: live mode, older lines, and where its links lead."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipelines.logs.asked import PAGE
from streams.store_sqlite import SqliteStore
from streams.stored import Doc, doc_of
from tests.browser.test_every_page import looked_at

pytestmark = pytest.mark.django_db(transaction=True)
LINES = "table.lines tbody tr:not(.more)"
Write = Callable[..., None]


def a_line(n: int, message: str, at: float, **other: object) -> Doc:
    """`at`: seconds since 1970."""
    body = {"@timestamp": datetime.fromtimestamp(at, UTC).isoformat(), "service": "checkout", "level": "INFO"}
    body |= {"message": message, "trace_id": "", "fields": {}}
    return doc_of("logs-enriched", 0, n, json.dumps(body | other).encode())


def broken(path: Path) -> Callable[[], None]:
    """No database stands where the store stood, until it is put back with what is beside it (-wal, -shm)."""
    kept = path.parent / "kept"
    kept.mkdir()
    moved = [file.rename(kept / file.name) for file in path.parent.glob("logs.db*")]
    path.write_bytes(b"this is no database " * 500)

    def put_back() -> None:
        for file in moved:
            file.replace(path.parent / file.name)

    return put_back


@pytest.fixture
def path(cluster, settings, tmp_path) -> Path:
    settings.LOGS = {cluster.slug: str(tmp_path / "logs.db")}
    return tmp_path / "logs.db"


@pytest.fixture
def write(path) -> Write:
    store = SqliteStore(path)
    store.prepare()
    return lambda *lines: store.write(lines)


@pytest.fixture
def live(page, cluster, write) -> Page:
    """Live, with two pages of lines."""
    write(*(a_line(n, f"line {n}", time.time() - 600 + n) for n in range(PAGE + 50)))
    page.goto(f"/c/{cluster.slug}/logs/?live=1")
    expect(page.locator(LINES)).to_have_count(PAGE)
    return page


def test_live_shows_a_line_that_comes(live, write):
    write(a_line(900, "it came just now", time.time()))
    expect(live.locator(LINES).first).to_contain_text("it came just now")


def test_live_goes_on_after_a_search_that_failed(live, path, write):
    put_back = broken(path)
    expect(live.get_by_role("alert")).to_contain_text("The log store cannot be read: file is not a database.")
    looked_at(live)
    put_back()
    expect(live.locator(LINES)).to_have_count(PAGE)
    expect(live.get_by_role("alert")).to_have_count(0)


def test_older_lines_stay_and_the_page_says_that_live_is_paused(live, write):
    live.locator("tr.more").scroll_into_view_if_needed()
    expect(live.locator(LINES)).to_have_count(PAGE + 50)
    paused = live.get_by_role("status").filter(has_text="Live is paused")
    expect(paused).to_contain_text("older lines are loaded")
    looked_at(live)
    write(a_line(900, "it came just now", time.time()))
    _two_polls(live)
    expect(live.locator(LINES)).to_have_count(PAGE + 50)
    paused.get_by_role("link", name="Go on live").click()
    expect(live.locator(LINES).first).to_contain_text("it came just now")
    expect(paused).to_be_hidden()


def test_what_is_selected_stays_until_it_is_not_any_more(live, write):
    live.locator(LINES).first.locator("td.wrap").select_text()
    expect(live.get_by_role("status").filter(has_text="Live is paused")).to_contain_text("text is selected")
    write(a_line(900, "it came just now", time.time()))
    _two_polls(live)
    expect(live.locator(LINES).first).to_contain_text("line 149")
    live.evaluate("document.getSelection().empty()")
    expect(live.locator(LINES).first).to_contain_text("it came just now")


def test_older_lines_that_failed_can_be_asked_for_again(page, cluster, path, write):
    write(*(a_line(n, f"line {n}", time.time() - 600 + n) for n in range(PAGE + 50)))
    page.goto(f"/c/{cluster.slug}/logs/")
    put_back = broken(path)
    page.locator("tr.more").scroll_into_view_if_needed()
    expect(page.locator("tr.more")).to_contain_text("The log store cannot be read: file is not a database.")
    expect(page.locator(LINES)).to_have_count(PAGE)
    put_back()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(LINES)).to_have_count(PAGE + 50)


STACK = 'Traceback (most recent call last):\n  File "pay.py", line 7\nValueError: <b>no card</b>'


def test_a_line_opens_with_what_came_with_it_and_live_is_paused_until_it_is_closed(page, cluster, write):
    came = {"owner": "payments", "trace_id": "8f2c77aa01", "fields": {"exception": STACK, "host": {"n": 3}}}
    write(a_line(1, "card declined", time.time(), **came))
    page.goto(f"/c/{cluster.slug}/logs/?live=1")
    page.get_by_text("card declined").hover()
    stood = page.locator(LINES).bounding_box()["y"]
    page.get_by_text("card declined").click()
    details = page.locator("table.lines details")
    expect(details.get_by_role("definition")).to_have_text(
        ["8f2c77aa01", "payments", STACK, '{"n": 3}'], use_inner_text=True
    )
    expect(page.get_by_role("link", name="8f2c77")).to_have_count(1)  # whole, and not beside it as well
    expect(page.get_by_role("status").filter(has_text="Live is paused")).to_contain_text("a line is open")
    assert page.locator(LINES).bounding_box()["y"] == stood  # what says so moves nothing
    looked_at(page)
    write(a_line(2, "it came just now", time.time()))
    _two_polls(page)
    expect(details.get_by_role("definition").first).to_be_visible()
    page.get_by_text("card declined").click()
    expect(page.locator(LINES).first).to_contain_text("it came just now")


def test_the_lines_of_an_old_trace_are_found_by_its_link_and_a_facet_narrows_them_down(page, cluster, write):
    old = time.time() - 5 * 86_400
    write(a_line(1, "in the trace", old, trace_id="8f2c"), a_line(2, "of another", old + 1, trace_id="77aa"))
    write(a_line(3, "its error", old + 2, trace_id="8f2c", level="ERROR"))
    page.goto(f"/c/{cluster.slug}/logs/?span=7d")
    expect(page.locator(LINES)).to_have_count(3)
    page.get_by_role("link", name="trace 8f2c").first.click()
    expect(page.locator(LINES)).to_have_count(2)
    page.get_by_role("navigation", name="Narrow down").get_by_role("link", name="ERROR").click()
    expect(page.locator(LINES)).to_have_count(1)
    expect(page.locator(LINES)).to_contain_text("its error")


def test_what_is_unusual_comes_to_a_live_page_and_stays_while_somebody_looks_into_it(page, cluster, write):
    said = iter(["the first", "the second", "the third"])

    def answer(route):
        body = f'<section class="unusual"><details><summary>{next(said)}</summary><p>why</p></details></section>'
        route.fulfill(body=body, content_type="text/html")

    page.clock.install()
    page.route("**/logs/unusual/", answer)
    page.goto(f"/c/{cluster.slug}/logs/?live=1")
    expect(page.get_by_text("the first")).to_be_visible()
    page.clock.run_for(15_000)
    page.get_by_text("the second").click()
    page.clock.run_for(40_000)
    expect(page.get_by_text("why")).to_be_visible()
    page.get_by_text("the second").click()
    page.clock.run_for(15_000)
    expect(page.get_by_text("the third")).to_be_visible()


def _two_polls(page: Page) -> None:
    """Two times at which the page would have asked."""
    page.evaluate(
        """() => new Promise((resolve) => {
          let left = 2;
          document.addEventListener("htmx:before:request", (event) => {
            if (event.detail.ctx.sourceElement.id === "found" && --left === 0) resolve();
          });
        })"""
    )
