from __future__ import annotations

from django.urls import path

from lab.producers.faults import pages

urlpatterns = [
    path("", pages.form, name="faults"),
    path("<uuid:pk>/", pages.run, name="fault_run"),
    path("<uuid:pk>/cancel/", pages.cancel, name="cancel_fault"),
]
