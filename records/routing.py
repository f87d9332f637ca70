"""The sockets of records."""

from __future__ import annotations

from django.urls import path

from records.tail import TailSocket

sockets = [path("ws/c/<slug:cluster>/topics/<name:topic>/tail/", TailSocket.as_asgi())]
