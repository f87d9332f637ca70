"""Producers and consumers to be tried by hand, on topics that the lab makes and deletes."""

from __future__ import annotations

from django.urls import include, path

from lab import pages

app_name = "lab"
urlpatterns = [
    path("", pages.index, name="index"),
    path("producers/", include("lab.producers.urls")),
    path("producers/faults/", include("lab.producers.faults.urls")),
    path("consumers/", include("lab.consumers.urls")),
]
