"""A picture of two hundred topics and groups: one is found by name, it is made larger and smaller, and stays calm."""

from __future__ import annotations

import random

import pytest
from playwright.sync_api import Page, expect

from live.snapshot import OffsetState, ProducerState, Snapshot, WroteState
from tests.browser.test_every_page import looked_at
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic, now_ms

pytestmark = pytest.mark.django_db(transaction=True)
AREAS = ("orders", "payments", "catalog", "shipping", "search", "accounts")


def a_cluster(rate: float = 3.0) -> Snapshot:
    """120 topics and 80 groups; `billing <b>` reads three topics, and nobody else's name has its letters."""
    chance = random.Random(3)
    topics = [f"{AREAS[n % 6]}.events.{n}" for n in range(120)]
    read = {f"{AREAS[n % 6]}-worker-{n}": chance.sample(topics, chance.choice((1, 1, 2, 3))) for n in range(79)}
    read["billing <b>"] = topics[40:43]
    left = sorted(set(topics) - {topic for names in read.values() for topic in names})
    for n, topic in enumerate(left):
        read[f"{AREAS[n % 6]}-worker-{n}"].append(topic)
    return a_snapshot(
        *(a_topic(topic, a_partition(0, end=100, in_rate=rate)) for topic in topics),
        *(
            a_group(name, "falling_behind" if n % 9 == 0 else "keeping_up", offsets=offsets)
            for n, (name, names) in enumerate(read.items())
            if (offsets := tuple(OffsetState(topic, 0, 90 if n % 9 == 0 else 100, rate=rate) for topic in names))
        ),
    )


#: Counts what is painted without the mark.
UNMARKED = """() => {
  window.unmarked = 0;
  const look = () => { unmarked += !document.querySelector(".node.hit"); requestAnimationFrame(look); };
  look();
}"""


@pytest.fixture
def flow(page: Page, cluster, poller) -> Page:
    poller(cluster, a_cluster())
    page.goto(f"/c/{cluster.slug}/flow/")
    expect(page.locator(".flow .node")).to_have_count(200)
    return page


def in_sight(page: Page, node: str) -> bool:
    return page.locator(node).evaluate(
        """(el) => {
          const at = el.getBoundingClientRect(), seen = el.closest(".sheet").getBoundingClientRect();
          return at.top >= seen.top && at.bottom <= seen.bottom && at.left >= seen.left && at.right <= seen.right
            && at.bottom <= innerHeight;
        }"""
    )


def width(page: Page) -> float:
    return page.locator(".flow svg").evaluate("(svg) => svg.getBoundingClientRect().width")


def scrolled(page: Page) -> list[float]:
    return page.locator(".flow .sheet").evaluate("(el) => [el.scrollLeft, el.scrollTop]")


def test_one_is_found_by_name_with_its_lines_and_stays_found_as_the_picture_moves(flow, cluster, poller):
    box = flow.get_by_role("textbox", name="Find in the picture")
    box.fill("BILLING <")
    expect(flow.locator("#flow-found")).to_have_text("1 of 1")
    assert in_sight(flow, ".node.hit")
    expect(flow.locator(".node.hit .name")).to_have_text("billing <b>")
    expect(flow.locator(".edge.on")).to_have_count(3)
    expect(flow.locator(".node.on")).to_have_count(4)
    expect(flow.locator(".along.on").first).to_be_visible()  # of a crowd only these, and those that are behind
    expect(flow.locator(".along:not(.on, .warn)").first).to_be_hidden()
    flow.keyboard.press("Enter")
    expect(flow.locator(".node.hit")).to_be_focused()
    flow.keyboard.press("+")
    place = scrolled(flow)
    flow.evaluate(UNMARKED)
    poller(cluster, a_cluster(rate=7.0))
    expect(flow.locator(".node.hit .said")).to_have_text("Keeping up")
    expect(flow.get_by_text("7.0/s in").first).to_be_attached()
    expect(flow.locator(".node.hit")).to_be_focused()
    expect(flow.locator(".edge.on")).to_have_count(3)
    assert scrolled(flow) == place
    assert flow.evaluate("unmarked") == 0, "it flickered"
    box.press("Escape")
    expect(box).to_have_value("")
    expect(flow.locator(".hit, .edge.on, .finding")).to_have_count(0)


def test_arrows_go_through_what_is_found_the_best_first(flow):
    box = flow.get_by_role("textbox", name="Find in the picture")
    box.fill("orders.events.6")
    expect(flow.locator("#flow-found")).to_have_text("1 of 3")
    expect(flow.locator(".node.hit .name")).to_have_text("orders.events.6")
    box.press("ArrowUp")
    expect(flow.locator("#flow-found")).to_have_text("3 of 3")
    assert in_sight(flow, ".node.hit")
    box.press("ArrowDown")
    expect(flow.locator(".node.hit .name")).to_have_text("orders.events.6")
    box.fill("nobody has this")
    expect(flow.locator("#flow-found")).to_have_text("not in this picture")
    expect(flow.locator(".hit")).to_have_count(0)


def test_it_is_made_larger_and_smaller_by_keys_and_buttons_and_what_was_found_stays_in_sight(flow):
    plain, whole = width(flow), flow.get_by_role("group", name="Size of the picture")
    flow.keyboard.press("+")  # the first thing that is done there
    expect(whole).to_contain_text("140 %")
    flow.keyboard.press("0")
    flow.get_by_role("textbox", name="Find in the picture").fill("billing")
    flow.keyboard.press("-")  # typed into the box
    assert width(flow) == pytest.approx(plain, rel=0.01)
    flow.get_by_role("textbox", name="Find in the picture").fill("billing")
    flow.keyboard.press("Enter")
    flow.keyboard.press("+")
    assert width(flow) == pytest.approx(1.4 * plain, rel=0.01) and in_sight(flow, ".node.hit")
    expect(whole).to_contain_text("140 %")
    flow.keyboard.press("0")
    assert width(flow) == pytest.approx(plain, rel=0.01)
    for _ in range(4):
        whole.get_by_role("button", name="Smaller").click()
    expect(whole.get_by_role("button", name="Smaller")).to_be_disabled()
    assert width(flow) == pytest.approx(plain / 4, rel=0.01)
    whole.get_by_role("button", name="25 %").click()
    assert width(flow) == pytest.approx(plain, rel=0.01)


def test_producers_have_a_box_and_lead_to_what_is_around_them(page, cluster, poller):
    now = now_ms()
    poller(
        cluster,
        a_snapshot(
            a_topic("orders", a_partition(0, end=100, in_rate=3.0)),
            a_topic("mails", a_partition(0, end=100, in_rate=0.01)),
            a_topic("bills", a_partition(0, end=100, in_rate=0.0)),
            a_group("mailer", offsets=(OffsetState("orders", 0, 100, rate=3.0),)),
            producers=(
                ProducerState(1, "billing-0", None, (WroteState("orders", now, 1, now, 3.0),)),
                ProducerState(2, "billing-1", None, (WroteState("orders", now, 1, now, 2.0),)),
                ProducerState(3, "nightly", None, (WroteState("bills", now - 7_200_000, 1, now, 0.0),)),
                ProducerState(4, "mailer-x", "mailer", (WroteState("mails", now, 1, now, 1.5),)),
                ProducerState(5, None, None, tuple(WroteState(t, now, 1, now) for t in ("mails", "orders"))),
            ),
        ),
    )
    page.goto(f"/c/{cluster.slug}/flow/")
    boxes = page.locator(".flow .node")
    assert sorted(boxes.all_text_contents()) == sorted(
        [
            "1 producer without a known transactional id, of mails, orders1 producerno transactional id known",
            "bills" * 2 + "nothing arrives",
            "billing-*" * 2 + "2 producers",
            "mailer" * 2 + "Keeping up",
            "mails" * 2 + "next to nothing arrives, 2 producers",
            "nightly" * 2 + "last wrote 2 h ago",
            "orders" * 2 + "3.0/s in, 3 producers",
        ]
    )
    expect(page.locator(".flow .along", has_text="5.0/s")).to_be_visible()
    expect(page.locator(".edge.writes")).to_have_count(5)
    expect(page.locator(".edge.declared")).to_have_count(0)
    looked_at(page)
    page.set_viewport_size({"width": 400, "height": 800})
    looked_at(page)
    page.set_viewport_size({"width": 1200, "height": 800})
    page.locator(".node.producer", has_text="billing-*").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("around billing-*")).to_be_visible()
    expect(boxes).to_have_count(2)
    page.get_by_text("As a table of 1 line").click()
    expect(page.get_by_role("row").last).to_contain_text("Kafka's memory of producers")


def test_it_holds_in_both_themes_and_on_a_phone(flow):
    looked_at(flow)
    flow.set_viewport_size({"width": 400, "height": 800})
    flow.get_by_role("textbox", name="Find in the picture").fill("billing")
    assert in_sight(flow, ".node.hit")
    looked_at(flow)
