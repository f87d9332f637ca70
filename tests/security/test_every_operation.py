"""Each operation of the API: it declares its own rule, and the rule holds for sessions and tokens alike."""

from __future__ import annotations

import re

import pytest
from django.test import Client

import console.urls  # noqa: F401  registers the converters that the operations' paths use
from access import tokens
from access.policy import ACTIONS, allow
from console.api.auth import Bearer, Session
from console.api.urls import api
from tests.security import rules
from tests.security.walk import SAMPLES

OPERATIONS = [
    (path, method, operation)
    for router in api._get_bound_routers()
    for path, view in router.path_operations.items()
    for operation in view.operations
    for method in operation.methods
]
IDS = [f"{method} {path}" for path, method, _ in OPERATIONS]


def path_to(path: str) -> str:
    return "/api/v1" + re.sub(r"\{(\w+):\w+\}", lambda match: SAMPLES[match[1]], path)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=IDS)
def test_it_declares_who_may(path, method, operation):
    assert [type(callback) for callback in operation.auth_callbacks] == [Bearer, Session]
    rule, again = (callback.rule for callback in operation.auth_callbacks)
    assert rule == again
    assert rule.action in ACTIONS
    if ":cluster}" in path:
        assert rule.action != "signed_in"
    if ":topic}" in path or ":group}" in path:
        assert rule.name in ("topic", "group"), "an operation on one name must ask about that name"


def test_the_rules_are_those_that_were_agreed():
    declared = {f"{method} {path}": str(operation.auth_callbacks[0].rule) for path, method, operation in OPERATIONS}
    assert declared == rules.OPERATIONS


@pytest.mark.parametrize("kind", ["nobody", "viewer", "operator", "admin", "stranger", "administrator"])
def test_the_rule_holds_for_a_session_and_for_a_token(kind, cluster, snapshot, actor):
    user = actor(kind)
    session = Client()
    session.force_login(user)
    token = Client(headers={"authorization": f"Bearer {tokens.issue(user, 'x', None)[1]}"})
    for path, method, operation in OPERATIONS:
        rule = operation.auth_callbacks[0].rule
        name = SAMPLES["name"] if rule.name else ""
        place = cluster if ":cluster}" in path else None
        for client in (session, token):
            answer = client.generic(method, path_to(path), "{}", content_type="application/json")
            assert answer.status_code != 500
            assert answer["Content-Type"].startswith("application/json")
            if not allow(user, rule.action, place, name):
                assert answer.status_code in (403, 404), (method, path, answer.status_code)
                assert set(answer.json()) == {"error", "code"}


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=IDS)
def test_without_a_token_it_answers_401(path, method, operation, cluster, snapshot, client):
    answer = client.generic(method, path_to(path), "{}", content_type="application/json")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize(
    ("path", "method", "operation"),
    [o for o in OPERATIONS if o[1] == "POST"],
    ids=[i for i, o in zip(IDS, OPERATIONS, strict=True) if o[1] == "POST"],
)
def test_a_session_must_send_its_csrf_token(path, method, operation, cluster, snapshot, actor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(actor("all"))
    answer = client.post(path_to(path), "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "CSRF" in answer.json()["error"]
    client.get("/account/")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert (
        "CSRF" not in client.post(path_to(path), "{}", content_type="application/json", headers=headers).json()["error"]
    )
