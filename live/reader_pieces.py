"""The bytes of one key or value as they come from the reader: so many at a time that memory stays flat."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator

from gateway.config import ClusterConfig
from live import reader_link
from live.reader_failed import ReadFailed
from reader.replies import Done, Failed, Piece, Reply
from reader.requests import Credit, Download

TIMEOUT = 20.0  # seconds for the next piece


class Pieces:
    """Asked for by a thread that may wait, handed out in an event loop. Raises ReadFailed."""

    def __init__(self, config: ClusterConfig, request: Download) -> None:
        self._link = reader_link.link(topic=request.topic)
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._id = self._link.send(config, request, self._replies.put)
        self._first = self._next()
        assert isinstance(self._first, Piece)
        self.size = self._first.size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        reply: Reply = self._first
        try:
            while isinstance(reply, Piece):
                yield reply.data
                self._link.tell(Credit(self._id, 1))
                reply = await asyncio.to_thread(self._next)
        finally:
            self._link.forget(self._id)  # whoever downloads may have gone

    def _next(self) -> Piece | Done:
        try:
            reply = self._replies.get(timeout=TIMEOUT)
        except queue.Empty:
            self._link.forget(self._id)
            raise ReadFailed("timed_out", f"Kafka did not answer within {TIMEOUT:.0f} s.") from None
        if isinstance(reply, Failed):
            raise ReadFailed(reply.code, reply.sentence)
        assert isinstance(reply, Piece | Done)
        return reply
