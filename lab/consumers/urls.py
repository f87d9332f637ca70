"""What happens to groups, tried on real ones."""

from __future__ import annotations

from django.urls import path

from lab.consumers import views

urlpatterns = [
    path("", views.experiments, name="consumers"),
    path("runs/<uuid:pk>/", views.run, name="consumer_run"),
    path("runs/<uuid:pk>/state/", views.state, name="consumer_state"),
    path("runs/<uuid:pk>/order/", views.order, name="consumer_order"),
    path("<slug:key>/", views.experiment, name="consumer_experiment"),
    path("<slug:key>/begin/", views.begin, name="consumer_begin"),
]
