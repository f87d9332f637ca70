"""Searches of a cluster; one is begun beside its topic (records.urls)."""

from __future__ import annotations

from django.urls import path

from records.searches import exports, looks, views

app_name = "searches"
urlpatterns = [
    path("", views.list_searches, name="list"),
    path("looks/", looks.looks, name="looks"),
    path("<uuid:pk>/", views.search, name="search"),
    path("<uuid:pk>/state/", views.state, name="state"),
    path("<uuid:pk>/rows/", views.rows, name="rows"),
    path("<uuid:pk>/pause/", views.pause, name="pause"),
    path("<uuid:pk>/resume/", views.resume, name="resume"),
    path("<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("<uuid:pk>/export/", exports.export, name="export"),
]
