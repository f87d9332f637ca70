"""Each URL of the console, whoever asks and however. A new page is walked the moment it has a URL."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.policy import allow
from tests.security.conftest import CANARY
from tests.security.rules import PAGES
from tests.security.walk import Route, routes

ROUTES = routes()
ACTORS = ["nobody", "viewer", "operator", "admin", "stranger", "administrator"]
PUBLIC = {pattern for pattern, rule in PAGES.items() if not rule}
OPENED_BY_TOKEN = ("api/", "metrics")


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_it_has_a_rule(route: Route):
    assert route.rule is not None


def test_the_rules_are_those_that_were_agreed():
    assert {route.pattern: str(route.rule) for route in ROUTES if not route.in_api} == PAGES


@pytest.mark.parametrize("route", [r for r in ROUTES if r.pattern not in PUBLIC], ids=str)
def test_without_signing_in_it_answers_nothing(route: Route, cluster, snapshot, client):
    for answer in (client.get(route.path), client.post(route.path)):
        if route.pattern.startswith(OPENED_BY_TOKEN):
            assert answer.status_code in (401, 405)
        else:
            assert answer.status_code == 302
            assert answer["Location"].startswith("/account/login/")
        assert b"a-name" not in answer.content


@pytest.mark.parametrize("kind", ACTORS)
def test_everybody_gets_what_the_rule_says_and_no_more(kind: str, cluster, snapshot, client, actor):
    user = actor(kind)
    wrong = []
    for route in ROUTES:
        if route.in_api or route.rule is None or not route.rule.action:
            continue
        client.force_login(user)
        for method in (client.get, client.post):
            status, expected = method(route.path).status_code, _refusal(user, route, cluster)
            if (status != expected) if expected else (status in (401, 500)):
                wrong.append((route.pattern, method.__name__, status, expected))
    assert not wrong


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_reading_it_changes_nothing(route: Route, cluster, snapshot, client, actor):
    client.force_login(actor("all"))
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(route.path)
    writes = [q["sql"] for q in queries if q["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE", "REPLACE")]
    assert [sql for sql in writes if "django_session" not in sql] == []
    assert answer.status_code != 500


@pytest.mark.parametrize("headers", [{}, {"origin": "null"}, {"origin": "https://evil.example"}], ids=str)
def test_no_post_gets_through_from_another_site(headers, cluster, snapshot, actor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(actor("all"))
    client.get("/account/")
    token = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value} if headers else {}
    for route in ROUTES:
        for content_type in ("application/x-www-form-urlencoded", "text/plain", "application/json"):
            body = "&".join(f"{key}={value}" for key, value in token.items())
            for method in (client.post, client.put, client.patch, client.delete):
                answer = method(route.path, body, content_type=content_type, headers=headers)
                assert answer.status_code in (401, 403, 405), (route, method.__name__, answer.status_code)


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_it_never_shows_a_secret_of_a_cluster(route: Route, cluster, snapshot, client, actor):
    client.force_login(actor("all"))
    answer = client.get(route.path)
    assert CANARY.encode() not in b"".join(answer)
    assert cluster.secrets.encode() not in b"".join(answer)


def test_a_secret_of_a_cluster_is_not_readable_in_the_database(cluster):
    assert CANARY not in cluster.secrets


def _refusal(user, route: Route, cluster) -> int | None:
    """The status with which the rule refuses this user; None when it lets them in."""
    assert route.rule is not None
    if route.of_cluster and not allow(user, "cluster.view", cluster):
        return 404
    name = "a-name" if route.rule.name else ""
    if name and not allow(
        user, "group.view" if route.rule.action.startswith("group.") else "topic.view", cluster, name
    ):
        return 404
    return None if allow(user, route.rule.action, cluster if route.of_cluster else None, name) else 403
