"""The sockets of groups."""

from __future__ import annotations

from django.urls import path

from groups.socket import GroupSocket

sockets = [path("ws/c/<slug:cluster>/groups/<name:group>/", GroupSocket.as_asgi())]
