"""Two ways to have pages in a real browser.

`page` is of this very process: what the last poll found is given, the rest is as in production. `tab` is of the whole
stack as `make run` starts it, with its own broker and the demo's traffic; it is started once for all tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import handlers
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.clients import Clients
from tests.browser.scene import Scene, prepare
from tests.chromium import browser
from tests.clusters.conftest import admin, cluster, poller
from tests.stack import ROOT, Stack, running

__all__ = ["admin", "browser", "cluster", "poller"]

expect.set_options(timeout=15_000)  # a poll is 5 s away, and machines are busy


@pytest.fixture(scope="package")
def live_server() -> Iterator[LiveServer]:
    """Scripts and styles come from whitenoise, as in production: Django's own handler knows no hashed names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handlers, "StaticFilesHandler", lambda application: application)
        server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def page(browser: Browser, live_server, admin: Client) -> Iterator[Page]:
    """Signed in as an admin of the cluster `orders-eu`; fails on any error in the console of the browser."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
    session = admin.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    context.set_default_timeout(10_000)
    opened, said = context.new_page(), []
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("console", lambda m: said.append(m.text) if "Content Security Policy" in m.text else None)
    yield opened
    context.close()
    assert said == []


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    with running(demo=True) as up:
        yield up


@pytest.fixture(scope="package")
def clients(stack: Stack) -> Clients:
    return Clients(stack.bootstrap)


@pytest.fixture(scope="package")
def scene(clients: Clients) -> Iterator[Scene]:
    with prepare(clients) as scene:
        yield scene


@pytest.fixture(scope="package")
def signed_in(browser: Browser, stack: Stack) -> dict[str, Any]:
    """The cookies after the link that an administrator prints with the command."""
    command = [sys.executable, "manage.py", "signin_link", "--origin", stack.url]
    env = {**os.environ, "HIGHWATER_DATA": str(stack.data)}
    link = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout.strip()
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(link)
    opened.get_by_role("button", name="Sign in").click()
    opened.wait_for_url(lambda url: "/account/link/" not in url)
    state = context.storage_state()
    context.close()
    return dict(state)


@pytest.fixture
def tab(browser: Browser, stack: Stack, signed_in: dict[str, Any]) -> Iterator[Page]:
    """Signed in on the whole stack. Fails on a script's error, a refused script or style, a dialog, a broken answer."""
    size = {"width": 1440, "height": 900}
    context = browser.new_context(base_url=stack.url, storage_state=signed_in, viewport=size)
    context.set_default_timeout(15_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    said: list[str] = []
    context.on("page", lambda opened: listen(opened, said))
    yield context.new_page()
    context.close()
    assert said == []


def listen(page: Page, said: list[str]) -> None:
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
    page.on("response", lambda answer: said.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
    # What was not found is said here too: the tests of such pages look at the status themselves.
    page.on(
        "console",
        lambda m: said.append(m.text) if m.type == "error" and "status of 4" not in m.text else None,
    )
