"""Sign-in, the people of the console and their tokens. Of allauth's pages only those that need no e-mail are open."""

from __future__ import annotations

from allauth.account import views as allauth
from django.urls import include, path

from access import people, views
from access.guard import public

pages = [
    path("account/", views.account, name="account"),
    path("account/link/<str:token>/", views.link, name="link"),
    path("account/tokens/", views.token_list, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/roles/", people.give_role, name="give_role"),
    path("people/<int:pk>/roles/<int:binding>/take/", people.take_role, name="take_role"),
    path("people/<int:pk>/active/", people.switch, {"what": "is_active"}, name="switch_active"),
    path("people/<int:pk>/administrator/", people.switch, {"what": "is_superuser"}, name="switch_administrator"),
    path("people/<int:pk>/sign-out/", people.sign_out_everywhere, name="sign_out_everywhere"),
    path("people/<int:pk>/link/", people.new_link, name="new_link"),
]

urlpatterns = [
    path("account/login/", public(allauth.login), name="account_login"),
    path("account/logout/", views.sign_out, name="account_logout"),
    path("account/inactive/", public(allauth.account_inactive), name="account_inactive"),
    path("account/password/", views.change_password, name="account_change_password"),
    path("", include((pages, "access"))),
]
