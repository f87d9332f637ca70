from __future__ import annotations

import re

from access.models import Binding
from clusters import reading as stored
from gateway.reading import MaskRule
from pipelines.logs.asked import Asked
from pipelines.logs.found import Bar
from pipelines.logs.pages import HEIGHT, drawn
from tests.pipelines.test_stores import embedded

__all__ = ["embedded"]
HOUR = {"from": "2026-09-21T14:00:00Z", "to": "2026-09-21T15:00:00Z"}


def text(response) -> str:
    return response.content.decode()


def test_lines_facets_and_bars_are_on_the_page(viewer, cluster, settings, embedded):
    settings.LOGS = {cluster.slug: str(embedded.path)}
    page = text(viewer.get(f"/c/{cluster.slug}/logs/", HOUR | {"q": "service:checkout"}))
    assert "card declined for order 18" in page
    assert "filler" not in page
    assert re.search(r"3 lines", page)
    assert f"/c/{cluster.slug}/topics/logs-enriched/?partition=1&amp;start=offset:1&amp;record=1:1" in page
    assert 'aria-label="2026-09-21 14:13 UTC: 3 lines, 2 errors"' in page


def test_without_a_store_it_says_how_to_set_one(viewer, cluster, settings):
    settings.LOGS = {}
    assert f"HIGHWATER_LOGS={cluster.slug}=" in text(viewer.get(f"/c/{cluster.slug}/logs/"))


def test_a_dashboard_that_is_set_is_led_on_to(viewer, cluster, settings, embedded):
    settings.LOGS = {cluster.slug: str(embedded.path)}
    assert "Open in Dashboards" not in text(viewer.get(f"/c/{cluster.slug}/logs/"))
    settings.LOGS_DASHBOARDS = {cluster.slug: "https://dash.example/app/discover?a=1&b=2"}
    page = text(viewer.get(f"/c/{cluster.slug}/logs/"))
    assert '<a class="btn" href="https://dash.example/app/discover?a=1&amp;b=2" rel="noreferrer">Open in Dash' in page


def test_a_bad_search_loses_nothing_that_was_typed(viewer, cluster, settings, embedded):
    settings.LOGS = {cluster.slug: str(embedded.path)}
    response = viewer.get(f"/c/{cluster.slug}/logs/", {"q": 'level:BAD "<b>"'})
    assert response.status_code == 422
    assert "There is no level BAD" in text(response)
    assert "level:BAD &quot;&lt;b&gt;&quot;" in text(response)


def test_who_may_not_read_the_records_sees_no_lines(viewer, cluster, settings, embedded):
    settings.LOGS = {cluster.slug: str(embedded.path)}
    Binding.objects.update(names="orders-*")
    response = viewer.get(f"/c/{cluster.slug}/logs/", HOUR)
    assert response.status_code == 403
    assert "card declined" not in text(response)


def test_one_error_among_thousands_is_still_seen():
    (bar,) = drawn(Asked.of({}), [Bar(0, 10_000, 1), Bar(60_000, 0, 0)])
    assert bar.error_height >= 2
    assert bar.height + bar.error_height == HEIGHT


def test_lines_of_which_a_rule_hides_parts_are_for_who_may_see_them(viewer, cluster, settings, embedded):
    settings.LOGS = {cluster.slug: str(embedded.path)}
    stored.set_masks(cluster, [MaskRule("service-logs", "value", "card")])
    response = viewer.get(f"/c/{cluster.slug}/logs/", HOUR)
    assert response.status_code == 403
    assert "card declined" not in text(response)
