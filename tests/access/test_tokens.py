from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access import tokens
from access.models import Token

pytestmark = pytest.mark.django_db


def call(text: str, path: str = "/api/v1/clusters"):
    return Client(headers={"authorization": f"Bearer {text}"}).get(path)


def test_a_token_is_shown_once_and_then_works(signed_in, person):
    client = signed_in(person())
    page = client.post("/account/tokens/", {"name": "scraper", "days": "30"}).content.decode()
    text = re.search(r"hw_[\w-]{43}", page)[0]
    assert text not in client.get("/account/tokens/").content.decode()
    assert text not in str(Token.objects.values())
    assert call(text).status_code == 200


def test_a_token_has_the_rights_its_user_has_now(person, cluster):
    user = person("viewer", cluster)
    _, text = tokens.issue(user, "x", None)
    assert [item["cluster"] for item in call(text).json()["items"]] == ["orders"]
    user.bindings.get().delete()
    assert call(text).json()["items"] == []


@pytest.mark.parametrize("spoil", ["revoke", "expire", "disable", "invent"])
def test_a_token_ends(person, spoil):
    user = person()
    token, text = tokens.issue(user, "x", 30)
    assert call(text).status_code == 200
    match spoil:
        case "revoke":
            token.delete()
        case "expire":
            Token.objects.update(expires=timezone.now() - timedelta(seconds=1))
        case "disable":
            user.is_active = False
            user.save()
        case "invent":
            text = text[:-1] + ("A" if text[-1] != "A" else "B")
    response = call(text)
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


def test_a_bad_token_is_not_made_good_by_a_session(signed_in, person):
    client = signed_in(person())
    assert client.get("/api/v1/clusters", headers={"authorization": "Bearer hw_wrong"}).status_code == 401


def test_nobody_revokes_the_token_of_another(signed_in, person):
    token, _ = tokens.issue(person(), "x", None)
    assert signed_in(person()).post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert Token.objects.exists()


def test_a_token_opens_no_page(person):
    _, text = tokens.issue(person(is_superuser=True), "x", None)
    for path in ("/account/", "/people/"):
        assert call(text, path).status_code == 302


def test_last_use_is_noted(person):
    token, text = tokens.issue(person(), "x", None)
    call(text)
    token.refresh_from_db()
    assert token.used is not None
