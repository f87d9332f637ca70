from __future__ import annotations

from django.urls import path

from lab.producers import pages

urlpatterns = [
    path("", pages.form, name="producers"),
    path("<uuid:pk>/", pages.run, name="producer_run"),
    path("<uuid:pk>/cancel/", pages.cancel, name="cancel_producers"),
]
