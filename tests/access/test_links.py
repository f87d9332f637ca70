from __future__ import annotations

from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from access import links
from access.models import Binding, SignInLink

pytestmark = pytest.mark.django_db


def path_of(link: str) -> str:
    return urlsplit(link).path


def test_the_first_link_makes_the_administrator_and_signs_in(client, cluster):
    link = links.make_link("http://127.0.0.1:8080/")
    assert link.startswith("http://127.0.0.1:8080/account/link/")
    assert client.post(path_of(link)).headers["Location"] == "/"
    admin = User.objects.get()
    assert (admin.email, admin.is_superuser, admin.has_usable_password()) == ("admin@localhost", True, False)
    assert [(b.role, b.cluster, b.names) for b in Binding.objects.all()] == [("admin", cluster, "*")]
    assert client.session["_auth_user_id"] == str(admin.pk)


def test_reading_the_page_does_not_use_the_link_up(client):
    path = path_of(links.make_link("http://x"))
    for _ in range(3):
        assert b"<button" in client.get(path).content
        assert client.head(path).status_code == 405
    assert client.post(path).status_code == 302


def test_a_link_works_once(client):
    path = path_of(links.make_link("http://x"))
    client.post(path)
    client.logout()
    assert client.post(path).status_code == 410
    assert client.get(path).status_code == 410
    assert "_auth_user_id" not in client.session


def test_a_link_works_for_an_hour(client):
    path = path_of(links.make_link("http://x"))
    SignInLink.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert client.post(path).status_code == 410


def test_a_made_up_link_does_not_work(client):
    for token in ("x", "0" * 43, "a" * 5000):
        assert client.post(f"/account/link/{token}/").status_code == 410


def test_the_token_is_not_in_the_database():
    token = path_of(links.make_link("http://x")).split("/")[-2]
    assert len(token) == 43
    assert token not in str(SignInLink.objects.values())


def test_a_link_for_somebody_signs_that_person_in(client, person):
    user = person()
    client.post(path_of(links.make_link("http://x", user)))
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_link_of_a_disabled_user_does_not_work(client, person):
    path = path_of(links.make_link("http://x", person(is_active=False)))
    assert client.post(path).status_code == 410


def test_a_later_link_signs_the_same_administrator_in(client):
    for _ in range(2):
        client.post(path_of(links.make_link("http://x")))
    assert User.objects.count() == 1


def test_the_command_prints_a_link(client):
    out = StringIO()
    call_command("signin_link", origin="http://localhost:9000", stdout=out)
    assert client.post(path_of(out.getvalue().strip())).status_code == 302


def test_a_session_begun_by_a_link_ends_within_a_working_day(client):
    client.post(path_of(links.make_link("http://x")))
    before = client.session.get_expiry_date()
    client.get("/account/")
    session = client.session
    session["anything"] = 1
    session.save()
    assert client.session.get_expiry_date() == before
    assert abs(before - timezone.now() - timedelta(hours=12)) < timedelta(minutes=1)
