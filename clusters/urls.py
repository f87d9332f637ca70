from __future__ import annotations

from django.urls import path

from clusters import views

app_name = "clusters"
urlpatterns = [
    path("", views.index, name="index"),
    path("clusters/add/", views.add, name="add"),
    path("clusters/test/", views.test_new, name="test_new"),
    path("palette/", views.palette, name="palette"),
    path("c/<slug:cluster>/", views.overview, name="overview"),
    path("c/<slug:cluster>/edit/", views.edit, name="edit"),
    path("c/<slug:cluster>/test/", views.test, name="test"),
    path("c/<slug:cluster>/remove/", views.remove, name="remove"),
    path("c/<slug:cluster>/brokers/", views.brokers, name="brokers"),
    path("c/<slug:cluster>/brokers/quorum/", views.quorum, name="quorum"),
    path("c/<slug:cluster>/brokers/<int:broker>/", views.broker, name="broker"),
    path("c/<slug:cluster>/brokers/<int:broker>/log-dirs/", views.log_dirs, name="log_dirs"),
    path("c/<slug:cluster>/brokers/<int:broker>/config/", views.broker_config, name="broker_config"),
]
