from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from access import policy
from access.models import Binding

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(signed_in, person) -> Client:
    return signed_in(person(is_superuser=True))


def test_somebody_added_without_a_password_gets_a_link_that_is_shown_once(admin):
    page = admin.post("/people/", {"email": "New@Example.com", "password": ""}).content.decode()
    link = re.search(r"http://testserver(/account/link/\S+?/)<", page)
    assert link[1] not in admin.get("/people/").content.decode()
    other = Client()
    other.post(link[1])
    assert other.session["_auth_user_id"] == str(User.objects.get(email="new@example.com").pk)


def test_a_weak_first_password_is_refused(admin):
    assert b"too short" in admin.post("/people/", {"email": "new@example.com", "password": "abc"}).content
    assert not User.objects.filter(email="new@example.com").exists()


def test_the_same_email_is_not_added_twice(admin, person):
    assert b"already here" in admin.post("/people/", {"email": person().email.upper()}).content


def test_a_role_is_given_and_taken(admin, person, cluster):
    user = person()
    admin.post(f"/people/{user.pk}/roles/", {"cluster": cluster.pk, "role": "operator", "names": "mine-*"})
    assert policy.allow(user, "group.reset", cluster, "mine-1")
    admin.post(f"/people/{user.pk}/roles/{user.bindings.get().pk}/take/")
    assert not policy.allow(user, "cluster.view", cluster)


@pytest.mark.parametrize("bad", [{"role": "owner"}, {"cluster": 999}, {"names": ""}, {"names": "x" * 250}])
def test_a_role_that_makes_no_sense_is_refused_with_the_form_kept(admin, person, cluster, bad):
    user = person()
    response = admin.post(f"/people/{user.pk}/roles/", {"cluster": cluster.pk, "role": "viewer", "names": "*"} | bad)
    assert b"errorlist" in response.content
    assert not Binding.objects.exists()


def test_the_same_role_is_not_given_twice(admin, person, cluster):
    user = person("viewer", cluster)
    response = admin.post(f"/people/{user.pk}/roles/", {"cluster": cluster.pk, "role": "viewer", "names": "*"})
    assert b"given already" in response.content


def test_disabling_somebody_ends_their_sessions(admin, person):
    user, theirs = person(), Client()
    theirs.force_login(user)
    assert theirs.get("/account/").status_code == 200
    admin.post(f"/people/{user.pk}/active/")
    assert theirs.get("/account/").status_code == 302
    admin.post(f"/people/{user.pk}/active/")
    assert theirs.get("/account/").status_code == 302  # enabled again, not signed in again


def test_signing_somebody_out_everywhere_touches_nobody_else(admin, person):
    user, theirs, other = person(), Client(), Client()
    theirs.force_login(user)
    other.force_login(person())
    admin.post(f"/people/{user.pk}/sign-out/")
    assert theirs.get("/account/").status_code == 302
    assert other.get("/account/").status_code == 200
    assert admin.get("/people/").status_code == 200


@pytest.mark.parametrize("switch", ["active", "administrator"])
def test_an_administrator_cannot_shut_themselves_out(admin, switch):
    me = User.objects.get(is_superuser=True)
    assert admin.post(f"/people/{me.pk}/{switch}/").status_code == 409
    me.refresh_from_db()
    assert me.is_active
    assert me.is_superuser


def test_an_administrator_can_be_made(admin, person):
    user = person()
    admin.post(f"/people/{user.pk}/administrator/")
    assert policy.allow(user, "user.manage")
