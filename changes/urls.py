from __future__ import annotations

from django.urls import path

from changes import views

app_name = "changes"
urlpatterns = [
    path("c/<slug:cluster>/changes/", views.list_changes, name="list"),
    path("c/<slug:cluster>/changes/recent/", views.recent, name="recent"),
    path("changes/<uuid:pk>/", views.change, name="change"),
    path("changes/<uuid:pk>/state/", views.state, name="state"),
    path("changes/<uuid:pk>/confirm/", views.confirm, name="confirm"),
    path("changes/<uuid:pk>/arm/", views.arm, name="arm"),
    path("changes/<uuid:pk>/call-off/", views.call_off, name="call_off"),
    path("changes/<uuid:pk>/stop/", views.stop, name="stop"),
    path("changes/<uuid:pk>/undo/", views.undo, name="undo"),
    path("changes/<uuid:pk>/again/", views.again, name="again"),
    path("changes/<uuid:pk>/retry/", views.retry, name="retry"),
]
