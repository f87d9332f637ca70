"""What the stream programs made of a cluster's topics."""

from __future__ import annotations

from django.urls import path

from pipelines.logs import pages as logs

app_name = "pipelines"
urlpatterns = [path("logs/", logs.logs, name="logs")]
