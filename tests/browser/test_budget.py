"""The first view, as it crosses the network: at most 6 requests and 45 kB, with nothing in the cache."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

REQUESTS, BYTES = 6, 45_000


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/c/local/", "#recent a"),
        ("/c/local/groups/", "#results"),
        ("/c/local/topics/user-events/", ".rows .r"),
        ("/c/local/messages/?topic=user-events", ".rows .r"),
        ("/c/local/flow/", ".flow svg .node"),
        ("/c/local/lab/consumers/kill-with-auto-commit/", ".settings"),
        ("/c/local/groups/popular-products/", "#live:visible"),
    ],
)
def test_the_first_view_is_small(scene, tab, path, there):
    scene.open(tab, path)
    tab.goto("about:blank")
    network = tab.context.new_cdp_session(tab)
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    asked: dict[str, str] = {}
    sizes: dict[str, int] = {}
    network.on("Network.requestWillBeSent", lambda e: asked.update({e["requestId"]: e["request"]["url"]}))
    network.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: int(e["encodedDataLength"])}))
    tab.goto(path, wait_until="networkidle")
    expect(tab.locator(there).first).to_be_visible()
    crossed = {asked[key]: size for key, size in sizes.items() if asked[key].startswith("http")}
    assert len(crossed) <= REQUESTS, crossed
    assert sum(crossed.values()) <= BYTES, crossed
    assert all(crossed.values()), "something came from the cache"
