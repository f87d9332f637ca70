"""Pages of every kind of group, of members and of what-if: axe, both themes, a phone, the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from live.snapshot import MemberState, OffsetState, ShareState
from tests.browser.test_every_page import looked_at
from tests.snapshots import a_group, a_partition, a_snapshot, a_topic

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/c/orders-eu/groups"


def a_member(n: int, *owned: int, **known) -> MemberState:
    owns = (("orders", owned),) if owned else ()
    return MemberState(f"m-{n}", f"worker-{n}", "10.0.0.7", known.pop("instance_id", None), owns, **known)


@pytest.fixture
def groups(cluster, poller) -> None:
    offsets = tuple(OffsetState("orders", p, 10 - p, rate=1.0) for p in range(4))
    crew = (
        a_member(1, 0, 1, rack="r1", epoch=3, target=(("orders", (0, 2)),), instance_id="w-1", since=1_790_000_000_000),
        a_member(2, 2, 3, epoch=4, classic=True, topics=("orders",)),
        a_member(3, epoch=4, topics=("orders",)),
    )
    shares = (ShareState("orders", 0, 2, 3), ShareState("orders", 1, 0, None))
    worker = a_member(1, says=(("worker", "http://10.0.0.7:8083/"), ("tasks", "orders-sink-0")))
    topology = (("0", ("orders",)),)
    topic = a_topic("orders", *[a_partition(p, end=12) for p in range(4)])
    told = [
        a_group("consumers", kind="consumer", protocol_type="consumer", generation=4, members=crew, offsets=offsets),
        a_group("sharers", kind="share", protocol_type="share", members=crew[:2], shares=shares, lag=15),
        a_group(
            "streamers", kind="streams", protocol_type="streams", members=crew[:1], offsets=offsets, topology=topology
        ),
        a_group("connect-cluster", protocol_type="connect", members=(worker,)),
        a_group("offsets-only", state="Empty", offsets=offsets),
    ]
    poller(cluster, a_snapshot(topic, *told))


PAGES = [
    "/",
    "/consumers/members/",
    "/consumers/members/+what-if/?members=6&assignor=sticky",
    "/consumers/members/m-1/remove/",
    "/sharers/",
    "/connect-cluster/",
    *(f"/{name}/members/" for name in ("sharers", "streamers", "connect-cluster", "offsets-only")),
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_holds_in_both_themes_and_on_a_phone(page: Page, groups, path) -> None:
    page.goto(f"{BASE}{path}")
    looked_at(page)


def test_the_kind_explains_itself_to_the_keyboard(page: Page, groups) -> None:
    page.goto(f"{BASE}/sharers/")
    expect(page.get_by_role("tooltip")).to_be_hidden()
    page.locator(".tip").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("tooltip")).to_be_visible()
    expect(page.get_by_role("tooltip")).to_contain_text("each record is settled by itself")


def test_what_if_answers_while_one_types_and_keeps_the_question_in_the_url(page: Page, groups) -> None:
    page.goto(f"{BASE}/consumers/members/")
    page.get_by_role("link", name="What if…").click()
    rows = page.get_by_role("region", name="What each would own").locator("tbody tr")
    expect(rows).to_have_count(3)
    page.get_by_role("spinbutton", name="members").fill("5")
    expect(rows).to_have_count(5)
    page.get_by_role("combobox").select_option("range")
    expect(page).to_have_url(f"{page.url.split('?')[0]}?members=5&assignor=range")
    expect(page.get_by_role("main")).to_contain_text("One member would own nothing")
