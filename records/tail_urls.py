"""The messages of several topics. Words of our own begin with a plus."""

from __future__ import annotations

from django.urls import path

from records import expressions, tail_pages

app_name = "messages"
urlpatterns = [
    path("", tail_pages.page, name="page"),
    path("+topics/", tail_pages.names, name="names"),
    path("+check/", expressions.check, name="check"),
    path("+save/", tail_pages.save, name="save"),
    path("<uuid:view>/", tail_pages.view, name="view"),
    path("<uuid:view>/delete/", tail_pages.delete, name="delete"),
]
