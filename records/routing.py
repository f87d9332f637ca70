"""The sockets of records."""

from __future__ import annotations

from django.urls import path

from records.tail import TailSocket
from records.tails import MessagesSocket

sockets = [
    path("ws/c/<slug:cluster>/topics/<name:topic>/tail/", TailSocket.as_asgi()),
    path("ws/c/<slug:cluster>/messages/tail/", MessagesSocket.as_asgi()),
]
