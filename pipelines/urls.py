"""What flows through a cluster, and what the stream programs made of it."""

from __future__ import annotations

from django.urls import path

from pipelines.flow.pages import flow
from pipelines.logs import pages as logs
from pipelines.logs import trouble, unusual
from pipelines.shop import pages as shop
from pipelines.shop import shopper

app_name = "pipelines"
urlpatterns = [
    path("flow/", flow, name="flow"),
    path("logs/", logs.logs, name="logs"),
    path("logs/dead/", logs.dead, name="logs_dead"),
    path("logs/unusual/", unusual.unusual, name="unusual"),
    path("logs/sink/", trouble.sink, name="sink"),
    path("logs/evidence/", unusual.evidence, name="evidence"),
    path("shop/", shop.shop, name="shop"),
    path("shop/dead/", shop.dead, name="shop_dead"),
    path("shop/users/", shopper.find, name="find_shopper"),
    path("shop/users/<name:user>/", shopper.shopper, name="shopper"),
    path("shop/users/<name:user>/events/", shopper.did, name="did"),
]
