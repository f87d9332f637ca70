"""Sign-in, the people of the console and their tokens. Of allauth's pages only those that work without e-mail are open."""

from __future__ import annotations

from allauth.account import views as allauth
from django.urls import path

from access.guard import public, requires

urlpatterns = [
    path("account/login/", public(allauth.login), name="account_login"),
    path("account/logout/", public(allauth.logout), name="account_logout"),
    path("account/inactive/", public(allauth.account_inactive), name="account_inactive"),
    path("account/password/", requires("signed_in")(allauth.password_change), name="account_change_password"),
    path("account/again/", requires("signed_in")(allauth.reauthenticate), name="account_reauthenticate"),
]
