"""The sockets of topics."""

from __future__ import annotations

from django.urls import path

from topics.tail import TailSocket

sockets = [path("ws/c/<slug:cluster>/topics/<name:topic>/tail/", TailSocket.as_asgi())]
