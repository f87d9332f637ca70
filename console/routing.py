"""Every socket of the console."""

from __future__ import annotations

from typing import Any

from django.urls import re_path

import console.urls  # noqa: F401 - it registers the converter `name`, which sockets use too
from groups import routing as groups
from records import routing as records

sockets = [*groups.sockets, *records.sockets]


async def _refuse(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.close"})


#: Every other address is refused: without it the router raises, and the answer is a 500.
nowhere = re_path("", _refuse)
