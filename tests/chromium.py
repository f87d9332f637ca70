"""The system's Chromium, for Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.surroundings import CI

NAMES = ("chromium", "chromium-browser", "google-chrome")
#: The same engine without a window. Of the others each page costs twice the CPU: they draw tabs and a toolbar that
#: nobody sees, in processes of their own. For tests; what is measured is measured in what people have.
SHELL = "chromium-headless-shell"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def launched(*first: str) -> Iterator[Browser]:
    """Without a browser a laptop skips; CI has to have one."""
    path = next(filter(None, map(shutil.which, (*first, *NAMES))), None)
    if path is None:
        if CI:
            raise AssertionError(f"none of {', '.join((*first, *NAMES))} is on the path")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for each folder whose conftest.py imports it, and only while its tests run: while Playwright runs, so does
    its event loop, and nothing else in the process may wait in one of its own."""
    with launched(SHELL) as chromium:
        yield chromium
