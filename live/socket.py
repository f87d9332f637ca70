"""The base of every websocket: who may have it, for how long, and what happens when it is slower than the data.

Rights are asked again every two seconds, from the session and the database and not from what the handshake saw: after a
sign-out or a lost role the socket ends within five. Frames wait in a short queue; when it is full the oldest one
goes and is counted.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from importlib import import_module
from types import SimpleNamespace
from typing import Any, ClassVar

import msgspec
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user

from access.policy import allow

log = logging.getLogger(__name__)

RECHECK = 2.0  # seconds between two looks at rights
QUIET = 5.0  # seconds of silence after which a ping says that we are there
SIGNED_OUT, FORBIDDEN, BAD_MESSAGE, FAILED = 4401, 4403, 4400, 4500  # close codes the scripts of our pages know

Refusal = tuple[int, str]


class LiveSocket(AsyncWebsocketConsumer):
    """Set `action`, and `name` when the URL carries a topic or group. Override `opened`, `received`, `closed`.

    There are `self.cluster` (the model), `self.subject` (the decoded name, "" without one) and `self.user`.
    """

    action: ClassVar[str]
    name: ClassVar[str] = ""  # the URL's keyword argument that holds the topic or group
    queue: ClassVar[int] = 8  # frames that may wait for a slow reader
    longest: ClassVar[int] = 110_000  # bytes of a message from the page; a filter may be 100 kB

    async def opened(self) -> None:
        """The socket stands and the right is given."""

    async def received(self, message: dict[str, Any]) -> None:
        """The page said something, a JSON object."""

    async def closed(self) -> None:
        """The socket is gone."""

    def offer(self, frame: dict[str, Any] | str) -> None:
        """Send when there is time; text as it is. Never waits."""
        if len(self._frames) == self.queue:
            self._frames.popleft()
            self.dropped += 1
        self._frames.append(frame)
        self._waiting.set()

    @property
    def idle(self) -> bool:
        """Whether everything offered has been taken over by the connection."""
        return not self._frames and not self._sending

    def spawn(self, work: Any) -> None:
        """Run a coroutine for as long as the socket lives. When it fails the socket closes: the page connects anew."""
        task = asyncio.create_task(work)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    # --- below: the machinery ---

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._frames: deque[dict[str, Any] | str] = deque()
        self._waiting = asyncio.Event()
        self._sending = False
        self._tasks: list[asyncio.Task[Any]] = []
        self.dropped = 0
        self.user: Any = None
        self.cluster: Any = None

    async def connect(self) -> None:
        kwargs = self.scope["url_route"]["kwargs"]
        self.subject: str = kwargs[self.name] if self.name else ""
        refusal = await self._refusal()
        if refusal is not None:
            await self.close()
            return
        await self.accept()
        self.spawn(self._send_frames())
        self.spawn(self._watch_rights())
        await self.opened()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if text_data is None or len(text_data) > self.longest:
            await self.close(BAD_MESSAGE, "That message is not one of ours, or too long.")
            return
        try:
            message = msgspec.json.decode(text_data, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError):
            self.offer({"t": "error", "text": "That message was not readable."})
            return
        await self.received(message)

    async def disconnect(self, code: int) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.user is not None:
            await self.closed()

    async def _send_frames(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIET):
                    await self._waiting.wait()
            self._waiting.clear()
            frames = [self._frames.popleft() for _ in range(len(self._frames))] or ['{"t":"ping"}']
            self._sending = True
            for frame in frames:
                await self.send(frame if isinstance(frame, str) else msgspec.json.encode(frame).decode())
            self._sending = False

    async def _watch_rights(self) -> None:
        while True:
            await asyncio.sleep(RECHECK)
            refusal = await self._refusal()
            if refusal is not None:
                await self.close(*refusal)
                return

    @database_sync_to_async
    def _refusal(self) -> Refusal | None:
        """Why this socket may not be (any more). Sets user and cluster as they are now."""
        session = self.scope.get("session")
        key = session.session_key if session is not None else None
        fresh = import_module(settings.SESSION_ENGINE).SessionStore(key)
        user = get_user(SimpleNamespace(session=fresh))  # type: ignore[arg-type]
        if key is None or not user.is_authenticated:
            return SIGNED_OUT, "You are signed out."
        slug = self.scope["url_route"]["kwargs"]["cluster"]
        cluster = apps.get_model("clusters", "Cluster").objects.filter(slug=slug).first()
        if cluster is None or not allow(user, self.action, cluster, self.subject):
            return FORBIDDEN, "You may not see this, or it is not there any more."
        self.user, self.cluster = user, cluster
        return None

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled() or task not in self._tasks:
            return
        error = task.exception()
        if error is not None:
            log.error("A live socket failed and is closed.", exc_info=error)
            self._closing = asyncio.ensure_future(self.close(FAILED, "Something failed here. Connecting again."))
