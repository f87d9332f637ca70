"""The lower part of the timeline in a browser: bands, a comparison, a reconciliation that is under way."""

from __future__ import annotations

import time

import msgspec
import pytest
from playwright.sync_api import Page, expect

from clusters.models import Cluster
from history import rebalances
from live import bus
from tests.axe import violations
from tests.groups.test_past import FIRST, a_member, a_party, a_rebalance, a_state, moves
from tests.snapshots import a_snapshot, a_topic

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]
URL = "/c/orders-eu/groups/settler/timeline/"
MINUTE = 60_000


@pytest.fixture
def told(cluster: Cluster, poller) -> int:
    """b joined ten minutes ago; c is joining now, and a has not yet given up what c shall have. Now, ms."""
    now = int(time.time() * 1000)
    a, b, c = a_party("a", *range(6)), a_party("b", *range(6, 12)), a_member("c", target=(5,), epoch=4)
    joined = a_rebalance(now - 10 * MINUTE, a, b, joined=(b,), moved=moves(*range(6, 12), ms=1800), took_ms=2400)
    first = a_rebalance(now - 30 * MINUTE, *FIRST.members, code="seen")
    rebalances.store(cluster.pk, [first, joined])
    members = a_member("a", *range(6), target=tuple(range(5)), epoch=3), a_member("b", *range(6, 12), epoch=4), c
    state = a_state(*members, generation=4, target_epoch=4)
    poller(cluster, a_snapshot(a_topic("payments"), state))
    bus.client().set(bus.rebalancing_key(cluster.pk), msgspec.msgpack.encode({"settler": now - 3000}), ex=60)
    return now


def test_a_row_leads_to_the_comparison_with_the_generation_before(page: Page, told):
    page.goto(URL)
    row = page.get_by_role("row").filter(has_text="worker-b joined")
    expect(row).to_contain_text("6, up to 1.8 s")
    row.get_by_role("link").click()
    compared = page.get_by_role("region", name="Two generations compared")
    expect(compared).to_contain_text("6 partitions moved, 6 stayed")
    compared.get_by_role("link", name="Close").click()
    expect(compared).to_have_count(0)


def test_the_bands_say_in_words_what_they_draw(page: Page, told):
    page.goto(URL)
    expect(page.get_by_role("img", name="worker-a: 0-11; 0-5")).to_be_visible()
    expect(page.locator("#owned .cuts rect")).to_have_count(1)


def test_a_reconciliation_renews_itself_and_ends_without_a_reload(page: Page, cluster, poller, told):
    page.goto(URL)
    card = page.get_by_role("region", name="Reconciliation")
    expect(card.get_by_role("row").nth(1)).to_contain_text("holds it up")
    expect(card).to_contain_text("waits for partitions that are still owned")
    done = a_state(a_member("a", *range(5), epoch=4), a_member("c", 5, epoch=4), generation=4, target_epoch=4)
    poller(cluster, a_snapshot(a_topic("payments"), done, version=2))
    bus.client().delete(bus.rebalancing_key(cluster.pk))
    expect(card).to_have_count(0, timeout=10_000)
    expect(page.get_by_text("Every member owns what it should, at epoch 4")).to_be_visible()


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1280)])
def test_axe_finds_nothing_and_a_phone_is_wide_enough(page: Page, cluster, told, theme, width):
    page.set_viewport_size({"width": width, "height": 800})
    known = rebalances.assignments(cluster.pk, "settler", 0, told)
    page.goto(f"{URL}?a={known[0].pk}&b={known[1].pk}")
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    expect(page.get_by_role("region", name="Reconciliation")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
