from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.access.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def sign_in(client: Client, email: str, password: str = PASSWORD, next: str = ""):
    return client.post("/account/login/", {"login": email, "password": password, "next": next})


def test_email_and_password_open_the_console_for_a_working_day(client, person):
    assert sign_in(client, person().email)["Location"] == "/"
    assert abs(client.session.get_expiry_date() - timezone.now() - timedelta(hours=12)) < timedelta(minutes=1)


@pytest.mark.parametrize(("email", "password"), [("", "wrong"), ("nobody@example.com", PASSWORD)])
def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(client, person, email, password):
    response = sign_in(client, email or person().email, password)
    assert b"do not belong together" in response.content
    assert "_auth_user_id" not in client.session


def test_a_disabled_user_does_not_get_in(client, person):
    sign_in(client, person(is_active=False).email)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_sign_in_leads_to_no_other_site(client, person, elsewhere):
    assert sign_in(client, person().email, next=elsewhere)["Location"] == "/"


def test_guessing_is_stopped(client, person):
    email = person().email
    answers = [sign_in(client, email, "wrong") for _ in range(6)]
    assert b"Too many" in answers[-1].content
    sign_in(client, email)
    assert "_auth_user_id" not in client.session


def test_there_is_no_sign_up_and_no_page_that_needs_e_mail(client):
    for path in ("signup/", "email/", "password/reset/", "confirm-email/", "login/code/"):
        assert client.get(f"/account/{path}").status_code == 404


def test_sign_out_leaves_nothing_in_the_browser(signed_in, person):
    client = signed_in(person())
    assert client.get("/account/logout/").status_code == 200
    assert "_auth_user_id" in client.session
    response = client.post("/account/logout/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert "_auth_user_id" not in client.session


def test_the_session_id_changes_at_sign_in(client, person):
    client.get("/account/login/")
    session = client.session
    session["planted"] = 1
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    sign_in(client, person().email)
    assert client.session.session_key != planted


def test_a_changed_password_ends_the_other_sessions(signed_in, person):
    user = person()
    other = Client()
    other.force_login(user)
    client = signed_in(user)
    new = "an entirely different phrase"
    client.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


def test_whoever_came_by_a_link_sets_email_and_password(signed_in, person):
    user = person()
    user.set_unusable_password()
    user.save()
    client = signed_in(user)
    assert client.get("/account/password/")["Location"] == "/account/"
    client.post("/account/", {"email": "Me@Example.com", "password": "a long enough phrase"})
    assert client.get("/account/").status_code == 200
    client.post("/account/logout/")
    sign_in(client, "me@example.com", "a long enough phrase")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_changed_email_needs_the_password(signed_in, person):
    user = person()
    client = signed_in(user)
    assert b"not your password" in client.post("/account/", {"email": "new@example.com", "current": "wrong"}).content
    client.post("/account/", {"email": "new@example.com", "current": PASSWORD})
    user.refresh_from_db()
    assert user.email == "new@example.com"


def test_two_people_never_share_an_email(signed_in, person):
    first, second = person(), person()
    page = signed_in(second).post("/account/", {"email": first.email.upper(), "current": PASSWORD})
    assert b"already here" in page.content
