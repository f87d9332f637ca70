"""The charts of a group, in a real browser: points are drawn, the range is in the address, marks lead on."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect

from changes.models import Change
from clusters.models import Cluster
from history import journal, read, rebalances
from history.work import work_up
from tests.axe import violations
from tests.history.polls import a_poll
from tests.history.test_rebalances import a_rebalance

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = 60_000
URL = "/c/orders-eu/groups/settler/timeline/"


@pytest.fixture
def told(cluster: Cluster, poller) -> int:
    """An hour and a half of a group that keeps up, falls behind and is reset; for ten minutes nobody looked."""
    read.forget()
    now = int(time.time() * 1000)
    begin, before = now - 90 * MINUTE, None
    end, committed = 1_000_000, 999_900
    for at in range(begin, now, 15_000):
        minute = (at - begin) // MINUTE
        end += 450
        committed = end - 100 if minute < 30 else committed + 300 if minute != 70 else end
        if 10 <= minute < 20:
            continue
        logs = {("payments", 0): (end, 0), ("payments", 1): (5000, 0)}
        poll = a_poll(at, logs, {"settler": {("payments", 0): committed, ("payments", 1): None}}, cluster=cluster.pk)
        journal.record(before, poll)
        before = poll
    work_up(cluster.pk, now)
    rebalances.store(cluster.pk, [a_rebalance(now - 40 * MINUTE, "settler"), a_rebalance(now - 41 * MINUTE, "settler")])
    Change.objects.create(
        kind="groups.reset_offsets",
        target="settler",
        cluster=cluster,
        cluster_name=cluster.name,
        actor_name="you@example.com",
        state="done",
        params={},
        lock="x",
        ended_at=datetime.fromtimestamp((now - 20 * MINUTE) / 1000, UTC),
    )
    poller(cluster, msgspec.structs.replace(before, at=int(time.time() * 1000)))
    return now


def chart_of(page: Page) -> Locator:
    canvas = page.locator("#plots canvas")
    expect(canvas).to_have_count(2)
    return page.locator("#plots .u-over").first


def painted(page: Page) -> list[int]:
    """Pixels of each chart in which the line's colour is."""
    return page.evaluate(
        """() => [...document.querySelectorAll('#plots canvas')].map((canvas) => {
            plots.style.color = 'var(--water)';
            const [r, g, b] = getComputedStyle(plots).color.match(/[0-9]+/g).map(Number);
            plots.style.color = '';
            const all = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            let count = 0;
            for (let i = 0; i < all.length; i += 4) count += all[i] === r && all[i + 1] === g && all[i + 2] === b;
            return count;
        })"""
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_points_are_drawn_in_the_colours_of_the_theme(page, told, theme):
    page.goto(URL)
    chart_of(page)
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    assert min(painted(page)) > 300


def test_a_stretch_that_is_dragged_over_is_in_the_address_and_escape_leads_out(page, told):
    page.goto(f"{URL}?range=6h")
    box = chart_of(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 60, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile(r"from=\d+&to=\d+"))
    since, until = (int(value) for value in re.search(r"from=(\d+)&to=(\d+)", page.url).groups())
    assert abs((until - since) - 0.2 * 360 * MINUTE) < 4 * MINUTE
    assert abs(since - (told - 0.4 * 360 * MINUTE)) < 6 * MINUTE
    chart_of(page)
    page.locator("#plots").focus()
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: f"from={since}" not in url)
    page.go_back()
    page.wait_for_url(re.compile(f"from={since}"))


def test_without_a_mouse(page, told):
    page.goto(f"{URL}?range=24h")
    chart_of(page)
    page.locator("#plots").focus()
    page.keyboard.press("End")
    expect(page.locator("#readout")).to_contain_text(re.compile(r"lag [\d,]+ · arriving 30/s · committed 20/s"))
    page.keyboard.press("+")
    page.wait_for_url(re.compile("from="))
    page.get_by_role("link", name="Zoom out").click()
    page.get_by_role("link", name="Earlier").click()
    expect(page.get_by_role("link", name="Later")).to_be_visible()


def test_both_charts_have_one_cursor(page, told):
    page.goto(URL)
    chart_of(page).hover(position={"x": 300, "y": 40})
    places = page.locator("#plots .u-cursor-x").evaluate_all("all => all.map((el) => el.style.transform)")
    assert places[0] == places[1] != ""


def test_marks_lead_to_what_happened(page, told):
    page.goto(URL)
    chart_of(page)
    flags = page.locator("#plots .flag")
    expect(flags).to_have_count(2)
    assert flags.first.get_attribute("title").count("Rebalance") == 2  # too close together to be hit apart
    flags.filter(has_text="R").last.click()
    page.wait_for_url(re.compile("/changes/"))


def test_an_hour_goes_on_and_the_cursor_stays(page, told, cluster):
    page.goto(URL)
    chart_of(page).hover(position={"x": 300, "y": 40})
    before = page.locator("#history-data").inner_text()
    journal.record(
        None, a_poll(told + 5_000, {("payments", 0): (10**7, 0)}, {"settler": {("payments", 0): 0}}, cluster.pk)
    )
    expect(page.locator(".figures")).to_contain_text("10,000,000")
    assert page.locator("#history-data").inner_text() != before
    expect(page.locator("#plots canvas")).to_have_count(2)
    expect(page.locator("#readout")).to_contain_text("lag")


def test_a_time_before_the_recording_has_no_chart_and_says_why(page, told):
    page.goto(f"{URL}?from={told - 900 * MINUTE}&to={told - 800 * MINUTE}")
    expect(page.get_by_text("Nothing was kept yet")).to_be_visible()
    expect(page.locator("#plots canvas")).to_have_count(0)


@pytest.mark.parametrize(("theme", "width"), [("light", 400), ("dark", 1280)])
def test_axe_finds_nothing_and_a_phone_is_wide_enough(page, told, theme, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(URL)
    chart_of(page)
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
