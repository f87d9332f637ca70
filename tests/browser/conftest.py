"""Pages of this very process in a real browser: what the last poll found is given, the rest is as in production."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.staticfiles import handlers
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.chromium import launched
from tests.clusters.conftest import admin, cluster, poller

__all__ = ["admin", "cluster", "poller"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="session")
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
