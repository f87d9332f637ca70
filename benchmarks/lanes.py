"""The live page of a group with 500 partitions of which every one moves all the time, as Chromium draws it.

    python -m benchmarks.lanes

The whole of Highwater runs as `make run` starts it. Counted are the frames that the page gets, what its main
thread takes of a core, and how long the rows of the page's first HTML take; the ratio is against the same page standing
still, in the same run.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from playwright.sync_api import Page

from benchmarks import fixture, raw
from benchmarks.processor import by_main_thread, renderer, used
from tests import chromium, stack
from tests.faults.processes import ours

PARTITIONS = 500
PER_SECOND = 40  # commits of all partitions: there is something to tell in each of the page's 20 frames a second
SECONDS = 10
GROUP = "bench-lanes"


class Moves(threading.Thread):
    """Every partition one further, PER_SECOND times a second."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        super().__init__(daemon=True)
        self.line, self.topic, self.ended, self.sent = raw.Connection(bootstrap), topic, threading.Event(), 0

    def run(self) -> None:
        due = time.monotonic()
        while not self.ended.is_set():
            self.sent += 1
            body = raw.commit(GROUP, -1, "", self.topic, [(p, self.sent) for p in range(PARTITIONS)])
            assert not raw.commit_errors(self.line.ask(raw.COMMIT, body))
            due += 1 / PER_SECOND
            self.ended.wait(max(0.0, due - time.monotonic()))
        self.line.close()


def watched(page: Page, renderer: int, web: int, frames: list[Any]) -> tuple[float, float, float]:
    """Over SECONDS: frames a second, shares of a core of the page's main thread and of the web process."""
    page.wait_for_timeout(2000)
    begun, drawn, spent, heard = time.monotonic(), by_main_thread(renderer), used(web), len(frames)
    page.wait_for_timeout(SECONDS * 1000)
    passed = time.monotonic() - begun
    return (len(frames) - heard) / passed, (by_main_thread(renderer) - drawn) / passed, (used(web) - spent) / passed


def main() -> None:
    with stack.running() as site, chromium.launched() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        frames: list[Any] = []
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
        stack.sign_in(page, site)
        topic = fixture.topics(site.bootstrap, 1, PARTITIONS, GROUP)[0]
        fixture.fill(site.bootstrap, [topic], PARTITIONS, 100)
        fixture.groups(site.bootstrap, 1, [topic], PARTITIONS, "bench-lanes-first")  # now there are offsets
        line = raw.Connection(site.bootstrap)
        assert not raw.commit_errors(
            line.ask(raw.COMMIT, raw.commit(GROUP, -1, "", topic, [(p, 1) for p in range(PARTITIONS)]))
        )
        page.wait_for_timeout(12000)  # two polls, so that the group has a page
        begun = time.monotonic()
        answer = page.goto(f"{site.url}/c/local/groups/{GROUP}/")
        assert answer is not None
        body = len(answer.body())
        page.wait_for_selector('[data-f="committed"]')
        shown = time.monotonic() - begun
        rows = page.locator("#partitions tr[data-key]").count()
        print(f"{rows} rows, {body / 1000:.0f} kB of HTML, on the screen after {shown * 1000:.0f} ms")
        draws, web = renderer(browser, page), ours(site.pid)["web"]
        still = watched(page, draws, web, frames)
        moves = Moves(site.bootstrap, topic)
        moves.start()
        moving = watched(page, draws, web, frames)
        moves.ended.set()
        moves.join()
        print(f"still: {still[0]:.1f} frames/s, main thread {still[1]:.1%} of a core, web {still[2]:.1%}")
        print(f"all moving: {moving[0]:.1f} frames/s (goal 20), main thread {moving[1]:.1%} of a core (goal <= 35 %)")
        print(f"  web {moving[2]:.1%} of a core; moving / still = {moving[1] / still[1]:.1f}")


if __name__ == "__main__":
    main()
