from __future__ import annotations

from django.urls import path

from clusters.views import brokers, masks, pages, registry

app_name = "clusters"
urlpatterns = [
    path("", pages.index, name="index"),
    path("palette/", pages.find, name="palette"),
    path("clusters/add/", registry.add, name="add"),
    path("clusters/test/", registry.test_new, name="test_new"),
    path("c/<slug:cluster>/", pages.overview, name="overview"),
    path("c/<slug:cluster>/edit/", registry.edit, name="edit"),
    path("c/<slug:cluster>/test/", registry.test, name="test"),
    path("c/<slug:cluster>/remove/", registry.remove, name="remove"),
    path("c/<slug:cluster>/masks/", masks.masks, name="masks"),
    path("c/<slug:cluster>/brokers/", brokers.brokers, name="brokers"),
    path("c/<slug:cluster>/brokers/quorum/", brokers.quorum, name="quorum"),
    path("c/<slug:cluster>/brokers/<int:broker>/", brokers.broker, name="broker"),
    path("c/<slug:cluster>/brokers/<int:broker>/log-dirs/", brokers.log_dirs, name="log_dirs"),
    path("c/<slug:cluster>/brokers/<int:broker>/config/", brokers.broker_config, name="broker_config"),
]
