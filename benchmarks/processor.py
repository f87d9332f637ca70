"""Processor time as the kernel counts it: work, and not waiting for a processor that others have."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Browser, Page

TICKS = os.sysconf("SC_CLK_TCK")


def used(pid: int) -> float:
    """Seconds of a processor, by all threads since the process began."""
    return _seconds(Path(f"/proc/{pid}/stat"))


def by_main_thread(pid: int) -> float:
    """The same of the thread that the process began with; a renderer runs its page in it."""
    return _seconds(Path(f"/proc/{pid}/task/{pid}/stat"))


def renderer(browser: Browser, page: Page) -> int:
    """The process that draws `page`: the one that works while the page does."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    before = {process["id"]: by_main_thread(process["id"]) for process in processes if process["type"] == "renderer"}
    page.evaluate("() => { const until = performance.now() + 300; while (performance.now() < until); }")
    return max(before, key=lambda pid: by_main_thread(pid) - before[pid])


def _seconds(stat: Path) -> float:
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
