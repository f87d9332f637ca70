"""The page of a group while its consumers commit."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from live import bus
from tests.browser.clients import until
from tests.browser.scene import LANES
from tests.stack import Stack

PAGE = f"/c/local/groups/{LANES}/"


@pytest.fixture
def live(scene, tab) -> Page:
    scene.clients.commit(LANES, LANES, {0: 40, 1: 100})
    scene.open(tab, PAGE)
    expect(tab.locator("#live")).to_contain_text("live ·")
    expect(cell(tab, "committed")).to_have_text("40")
    return tab


def cell(page: Page, name: str, partition: int = 0) -> Locator:
    return page.locator(f'#partitions tr[data-key="{partition}:{LANES}"] [data-f="{name}"]')


def distance(page: Page) -> float:
    """Of the marker from the right end of its lane, as drawn, in px."""
    lane = page.locator(f'#partitions tr[data-key="0:{LANES}"] .lane')
    at, mark = lane.bounding_box(), lane.locator(".mark").bounding_box()
    assert at is not None and mark is not None
    return at["x"] + at["width"] - mark["x"]


def test_a_commit_of_a_consumer_moves_marker_and_numbers_in_place(live, clients):
    live.evaluate("window.same = true")
    far = distance(live)
    with clients.member(LANES, LANES, "reader-1") as consumer:
        expect(live.locator(f'#partitions tr[data-key="0:{LANES}"]')).to_contain_text("reader-1")
        expect(live.locator(".head .chip").first).to_have_text("Stable")
        until(lambda: _read(consumer) >= 79)
        consumer.commit(asynchronous=False)
        expect(cell(live, "committed")).not_to_have_text("40")
        until(lambda: int(cell(live, "committed").inner_text()) + int(cell(live, "lag").inner_text()) == 100)
        until(lambda: distance(live) < far - 20)
    assert live.evaluate("window.same")


def _read(consumer) -> int:
    """The position of partition 0 after one more record."""
    consumer.poll(0.2)
    return next(at.offset for at in consumer.position(consumer.assignment()) if at.partition == 0)


def test_the_lag_of_all_is_that_of_the_rows_when_no_other_frame_comes(scene, tab, clients):
    group = "lanes-that-nobody-joins"  # who comes or goes makes the page fetch itself anew
    clients.commit(group, LANES, {0: 40, 1: 100})
    sockets: list[WebSocketRoute] = []
    whole: list[dict] = []
    silent: list[bool] = []

    def between(ws: WebSocketRoute) -> None:
        sockets.append(ws)

        def on(frame: str | bytes) -> None:
            if not silent:
                ws.send(frame)
                whole.extend([told] if (told := json.loads(frame))["t"] == "full" else [])

        ws.connect_to_server().on_message(on)

    def tell(lag: int) -> None:
        rows = [[n, *row[:2], lag, *row[3:]] for n, row in enumerate(whole[-1]["rows"])]
        sums = whole[-1]["sums"] | {"lag": lag * len(rows)}
        sockets[-1].send(json.dumps({"t": "delta", "rows": rows, "sums": sums, "commits": 1}))

    tab.route_web_socket(re.compile("/ws/"), between)
    scene.open(tab, PAGE.replace(LANES, group))
    expect(tab.locator("#live")).to_contain_text("live ·")
    silent.append(True)
    tab.wait_for_timeout(500)  # what waits for its turn has had it: its timer would be cleared as well
    tab.evaluate("for (let n = setInterval(() => 0, 1e6); n; n--) clearInterval(n)")  # nothing else draws it later
    count = len(whole[-1]["rows"])
    tell(60)
    drawn = "(lag) => document.querySelector('[data-kpi=lag]').textContent === lag"
    tab.wait_for_function(drawn, arg=str(60 * count), polling="raf")
    tell(50)  # before figures are drawn again
    expect(cell(tab, "lag")).to_have_text("50")
    expect(tab.locator("[data-kpi=lag]")).to_have_text(str(50 * count))


def test_a_new_record_moves_the_end_within_a_second_or_so(live, clients):
    clients.produce(LANES, [(None, "one more")], partition=1)
    expect(cell(live, "end", 1)).to_have_text("101")
    expect(cell(live, "lag", 1)).to_have_text("1")


def test_pause_freezes_the_page_and_resume_heals_it(live, clients):
    other = live.context.new_page()
    other.goto(PAGE)
    live.bring_to_front()
    live.keyboard.press("Space")
    expect(live.get_by_role("button", name="Resume")).to_be_visible()
    clients.commit(LANES, LANES, {0: 55})
    expect(cell(other, "committed")).to_have_text("55")
    expect(cell(live, "committed")).to_have_text("40")
    expect(live.locator("#live")).to_have_text("paused here")
    live.get_by_role("button", name="Resume").click()
    expect(cell(live, "committed")).to_have_text("55")
    expect(cell(live, "lag")).to_have_text("45")


def test_a_lost_connection_is_said_and_heals_with_the_whole_state(scene, tab, clients):
    clients.commit(LANES, LANES, {0: 40})
    sockets: list[WebSocketRoute] = []
    frames: list[str] = []
    down: list[bool] = []

    def between(ws: WebSocketRoute) -> None:
        if down:
            ws.close(code=1012)
            return
        sockets.append(ws)
        frames.clear()
        server = ws.connect_to_server()
        server.on_message(lambda frame: (frames.append(json.loads(frame)["t"]), ws.send(frame)))

    tab.route_web_socket(re.compile("/ws/"), between)
    scene.open(tab, PAGE)
    expect(tab.locator("#live")).to_contain_text("live ·")
    down.append(True)
    sockets[-1].close(code=1012)
    expect(tab.locator("#live")).to_have_text("reconnecting…")
    clients.commit(LANES, LANES, {0: 61})
    down.clear()
    expect(tab.locator("#live")).to_contain_text("live ·")
    expect(cell(tab, "committed")).to_have_text("61")
    expect(cell(tab, "lag")).to_have_text("39")
    assert frames[0] == "full"


def test_a_server_that_ends_the_socket_is_connected_to_again(live, clients):
    """A follower of ours in the page closes it, as a restart of the server would."""
    live.context.set_offline(True)
    clients.commit(LANES, LANES, {0: 62})
    live.context.set_offline(False)
    expect(cell(live, "committed")).to_have_text("62")
    expect(live.locator("#live")).to_contain_text("live ·")


@pytest.fixture
def no_follower(stack: Stack) -> Iterator[None]:
    pid = _follower(stack.pid)
    client = redis.Redis(unix_socket_path=str(next(stack.data.glob("redis/*.sock"))))
    os.kill(pid, signal.SIGSTOP)
    client.delete(bus.follower_key(1))
    yield
    os.kill(pid, signal.SIGCONT)


def _follower(supervisor: int) -> int:
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            parent = re.search(r"^PPid:\t(\d+)$", status.read_text(), re.MULTILINE)
            command = (status.parent / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if parent and int(parent[1]) == supervisor and b"follow" in command:
            return int(status.parent.name)
    raise AssertionError("there is no follower")


def test_without_the_follower_it_says_so_and_the_polls_move_it(live, clients, no_follower):
    expect(live.locator("#live")).to_contain_text("Polling every 5 s")
    clients.commit(LANES, LANES, {0: 70})
    expect(cell(live, "committed")).to_have_text("70")
    expect(cell(live, "lag")).to_have_text("30")
