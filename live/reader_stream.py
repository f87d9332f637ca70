"""What the reader says to one request, as it comes, in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from gateway.config import ClusterConfig
from reader.replies import Done, Failed, Reply
from reader.requests import Credit, Request, Sync

if TYPE_CHECKING:
    from live.reader_link import ReaderLink


class Stream:
    """The replies to one request, in an event loop. Ends after Done or Failed. Close it when nobody listens."""

    def __init__(self, link: ReaderLink, config: ClusterConfig, request: Request) -> None:
        self._link, self._loop = link, asyncio.get_running_loop()
        self._replies: asyncio.Queue[Reply] = asyncio.Queue()  # bounded by the credits that the request gives
        self.id = link.send(config, request, self._hear)

    def _hear(self, reply: Reply) -> None:
        self._loop.call_soon_threadsafe(self._replies.put_nowait, reply)

    async def __aiter__(self) -> AsyncIterator[Reply]:
        while True:
            reply = await self._replies.get()
            yield reply
            if isinstance(reply, (Done, Failed)):
                return

    def credit(self, frames: int) -> None:
        self._link.tell(Credit(self.id, frames))

    def ask(self, question: int) -> None:
        """Here(question) comes when all that Kafka holds by now has been sent."""
        self._link.tell(Sync(self.id, question))

    def close(self) -> None:
        self._link.forget(self.id)
        self._replies.put_nowait(Failed(self.id, "cancelled", "Stopped."))  # whoever iterates goes home
