"""Each socket: it has a rule, asks it, and stands only for pages of our own origin."""

from __future__ import annotations

import re

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.test import Client

from access.policy import ACTIONS
from console.asgi import application
from console.routing import sockets
from live.socket import LiveSocket
from tests.security.walk import SAMPLES

PATHS = {str(s.pattern): "/" + re.sub(r"<(\w+):\w+>", lambda m: SAMPLES[m[1]], str(s.pattern)) for s in sockets}
FOREIGN = [
    None,
    "",
    "null",
    "https://evil.example",
    "http://evil.example:8080",
    "http://localhost",
    "http://localhost:9999",
    "https://localhost:8080",
    "http://localhost.evil.example:8080",
    "http://evil.example/#http://localhost:8080",
    "http://localhost:8080@evil.example",
    "http://l\u043ecalhost:8080",  # a Cyrillic o
    "file://",
    "localhost:8080",
]


@pytest.mark.parametrize("socket", sockets, ids=lambda s: str(s.pattern))
def test_it_has_a_rule_and_the_common_guard(socket):
    kind = socket.callback.consumer_class
    assert issubclass(kind, LiveSocket)
    assert kind.action in ACTIONS
    assert kind.action != "signed_in"
    assert bool(kind.name) == ("<name:" in str(socket.pattern)), "a socket about one name must ask about that name"
    own = {name for base in kind.__mro__[: kind.__mro__.index(LiveSocket)] for name in vars(base)}
    assert not own & {"connect", "receive", "disconnect", "websocket_connect", "_refusal", "_watch_rights"}


def test_our_origins_are_whole_ones():
    assert "http://localhost:8080" in settings.ORIGINS
    assert "*" not in settings.ALLOWED_HOSTS


async def connects(path: str, origin: str | None, cookie: str = "") -> bool:
    headers = [(b"host", b"localhost:8080"), (b"cookie", cookie.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    scope = {"type": "websocket", "path": path, "query_string": b"", "headers": headers, "subprotocols": []}
    communicator = ApplicationCommunicator(application, scope)
    await communicator.send_input({"type": "websocket.connect"})
    answer = await communicator.receive_output(timeout=10)
    await communicator.send_input({"type": "websocket.disconnect", "code": 1000})
    await communicator.wait(timeout=10)
    return answer["type"] == "websocket.accept"


def cookie_of(user) -> str:
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_it_stands_for_a_viewer_and_nobody_else(path, cluster, snapshot, actor):
    assert async_to_sync(connects)(path, "http://localhost:8080", cookie_of(actor("viewer")))
    assert not async_to_sync(connects)(path, "http://localhost:8080")
    # A socket of many names stands for whoever may have one of them, and asks for each.
    for kind in ("nobody", "administrator", *(["stranger"] if "a-name" in path else [])):
        assert not async_to_sync(connects)(path, "http://localhost:8080", cookie_of(actor(kind))), kind


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_it_refuses_every_foreign_origin(path, cluster, snapshot, actor):
    cookie = cookie_of(actor("viewer"))
    assert [origin for origin in FOREIGN if async_to_sync(connects)(path, origin, cookie)] == []
